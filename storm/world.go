package storm

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"time"
)

// world is virtual time: what shall happen, when, and in which order. It
// belongs to one thread.
type world struct {
	now     time.Duration // true time since 1970
	agenda  agenda
	added   uint64
	current *fiber // whose code runs; nil is the world's own
	random  *rand.Rand
	trace   trace
}

// happening is one entry of the agenda.
type happening struct {
	at  time.Duration
	seq uint64 // those of one moment come in the order in which they were added
	do  func()
}

type agenda []happening

// Len is for package heap.
func (a agenda) Len() int { return len(a) }

// Less is for package heap.
func (a agenda) Less(i, j int) bool {
	return a[i].at < a[j].at || a[i].at == a[j].at && a[i].seq < a[j].seq
}

// Swap is for package heap.
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }

// Push is for package heap.
func (a *agenda) Push(x any) { *a = append(*a, x.(happening)) }

// Pop is for package heap.
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	old[len(old)-1] = happening{}
	*a = old[:len(old)-1]
	return last
}

// after lets something happen when a while has passed.
func (w *world) after(d time.Duration, do func()) {
	w.added++
	heap.Push(&w.agenda, happening{w.now + max(d, 0), w.added, do})
}

// run lets everything happen until a time, or until stop says so.
func (w *world) run(until time.Duration, stop func() bool) {
	for len(w.agenda) > 0 && w.agenda[0].at <= until {
		h := heap.Pop(&w.agenda).(happening)
		w.now = h.at
		h.do()
		if stop() {
			return
		}
	}
	w.now = max(w.now, until)
}

// sleep parks the fiber that runs for a while.
func (w *world) sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	f := w.current
	f.wakeAfter(d)
	f.park()
	return ctx.Err()
}

// chance reports true so many times in ten thousand. Where it cannot, nothing
// is drawn, so that a knob that is off costs nothing.
func (w *world) chance(perMyriad int) bool {
	return perMyriad > 0 && w.random.IntN(10_000) < perMyriad
}

// upTo draws a duration of at most d, most of them short.
func (w *world) upTo(d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	x := w.random.Float64()
	return time.Duration(float64(d) * float64(x*float64(x*x)))
}
