package front

import "sync"

// sessions are the open connections.
type sessions[T Topic] struct {
	mu     sync.Mutex
	open   map[*Session[T]]struct{}
	closed bool
}

// enter counts a request in, unless the front is closing.
func (ss *sessions[T]) enter(requests *sync.WaitGroup) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.closed {
		return false
	}
	requests.Add(1)
	return true
}

func (ss *sessions[T]) add(s *Session[T]) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.closed {
		return false
	}
	ss.open[s] = struct{}{}
	return true
}

func (ss *sessions[T]) remove(s *Session[T]) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	delete(ss.open, s)
}

// close cuts all connections off, and reports whether it was open before.
func (ss *sessions[T]) close() bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.closed {
		return false
	}
	ss.closed = true
	for s := range ss.open { // the order in which they end does not show
		s.cutOff()
	}
	return true
}

// end ends the connections that a fault ends now, as if the network had, after
// what is queued.
func (ss *sessions[T]) end(d *Desk[T]) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for s := range ss.open { // all at once: no order shows
		s.mu.Lock()
		if !s.gone && !s.last && d.ends(s.lag.made) {
			s.last = true
			d.farewell()
			s.wake()
		}
		s.mu.Unlock()
	}
}

// outbox is what waits for a writer.
type outbox struct {
	frames []outgoing
	bytes  int
}

// full reports whether one more frame is too much.
func (o *outbox) full(frame []byte) bool {
	return len(o.frames) >= queueMax || o.bytes+len(frame) > queueBytes
}

func (o *outbox) add(out outgoing) {
	o.frames, o.bytes = append(o.frames, out), o.bytes+len(out.frame)
}

// take empties the outbox, which goes on with spare.
func (o *outbox) take(spare []outgoing) []outgoing {
	frames := o.frames
	o.frames, o.bytes = spare[:0], 0
	return frames
}
