package storm

import (
	"iter"
	"time"
)

// killed unwinds a fiber whose process is gone.
type killed struct{}

// fiber is a function that waits: it runs until it parks, and goes on when
// somebody wakes it. Never two run at once; there is no other thread.
type fiber struct {
	world  *world
	next   func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
	parks  uint64 // how often it parked: who would wake it from an earlier wait comes too late
	parked bool
	waits  bool // parked until there is work
	done   bool
	killed bool
	thaws  func() time.Duration // when its process goes on; past is now
}

// spawn starts a fiber, which runs for the first time when the world comes to
// it.
func (w *world) spawn(thaws func() time.Duration, fn func()) *fiber {
	f := &fiber{world: w, parked: true, thaws: thaws}
	f.next, f.stop = iter.Pull(func(yield func(struct{}) bool) {
		f.yield = yield
		defer func() {
			f.done = true
			if p := recover(); p != nil && p != any(killed{}) {
				panic(p)
			}
		}()
		fn()
	})
	f.wakeAfter(0)
	return f
}

// park waits until somebody wakes the fiber that runs.
func (f *fiber) park() {
	if f.killed {
		panic(killed{})
	}
	f.parked = true
	if !f.yield(struct{}{}) || f.killed {
		panic(killed{})
	}
}

// wakeAfter ends the wait that is under way, or the next one, after a while.
func (f *fiber) wakeAfter(d time.Duration) {
	parks := f.parks
	var wake func()
	wake = func() {
		if f.parks != parks {
			return
		}
		if f.thaws != nil && f.thaws() > f.world.now {
			f.world.after(f.thaws()-f.world.now, wake) // the process is stopped
			return
		}
		f.resume()
	}
	f.world.after(d, wake)
}

// wake ends the present wait, if there is one.
func (f *fiber) wake() {
	if f.parked && f.world.current != f {
		f.wakeAfter(0)
	}
}

// resume runs the fiber until it parks again.
func (f *fiber) resume() {
	if f.done || !f.parked {
		return
	}
	f.parks++
	f.parked = false
	before := f.world.current
	f.world.current = f
	f.next()
	f.world.current = before
}

// kill unwinds the fiber. One that runs is unwound when it parks.
func (f *fiber) kill() {
	f.killed = true
	if f.done || f.world.current == f {
		return
	}
	f.done = true
	before := f.world.current
	f.world.current = f
	f.stop()
	f.world.current = before
}

// idle marks a fiber that waits for work, and for nothing else.
func (f *fiber) idle() {
	f.waits = true
	f.park()
	f.waits = false
}

// wakeIdle gives a fiber that waits for work a look at it.
func (f *fiber) wakeIdle() {
	if f.waits {
		f.wake()
	}
}
