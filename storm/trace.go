package storm

import (
	"fmt"
	"time"
)

// lastKept is how many events a failure shows.
const lastKept = 200

// trace is what happened: a hash over all of it, and the end in words.
type trace struct {
	hash uint64
	ring [lastKept]string
	n    int
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

func (t *trace) sum(text []byte) {
	h := t.hash
	if h == 0 {
		h = fnvOffset
	}
	for _, c := range text {
		h = (h ^ uint64(c)) * fnvPrime
	}
	t.hash = h
}

// say adds an event in words.
func (w *world) say(format string, args ...any) {
	t := &w.trace
	line := fmt.Sprintf("%s ", clockText(w.now)) + fmt.Sprintf(format, args...)
	t.ring[t.n%lastKept] = line
	t.n++
	t.sum([]byte(line))
}

func clockText(at time.Duration) string {
	return time.Unix(0, int64(at)).UTC().Format("15:04:05.000000")
}

// last returns the newest events, oldest first.
func (t *trace) last() []string {
	lines := make([]string, 0, lastKept)
	for i := max(0, t.n-lastKept); i < t.n; i++ {
		lines = append(lines, t.ring[i%lastKept])
	}
	return lines
}
