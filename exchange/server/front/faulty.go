package front

import (
	"net/http"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server/faults"
)

// Since returns the exchange time since the front was made.
func (d *Desk[T]) Since() time.Duration { return d.x.Now().Sub(d.began) }

// Now returns what the exchange says the time is.
func (d *Desk[T]) Now() market.Time {
	if d.opt.Faults == nil {
		return d.x.Now()
	}
	return d.x.Now().Add(d.Plan().Skew(d.Since()))
}

func (d *Desk[T]) mute() bool { return d.Plan().Mute(d.Since()) }

// ends reports whether a connection that was made then ends now. On a clock
// that stands while its clients work, whose own patience it does not measure,
// that is also when they would have given up a silent one.
func (d *Desk[T]) ends(made time.Duration) bool {
	p, since := d.Plan(), d.Since()
	return p.Cuts(made, since) || d.sleeper != nil && p.Mute(since) && p.Mute(since-silence)
}

// farewell holds the clock for who must notice that a connection ended.
func (d *Desk[T]) farewell() {
	if d.opt.Farewell != nil {
		d.x.Clock().Begin()
		d.opt.Farewell()
	}
}

// Refuses reports whether new connections are refused.
func (d *Desk[T]) Refuses() bool {
	p, since := d.Plan(), d.Since()
	return p.Refuses(since) || d.sleeper != nil && p.Mute(since)
}

// sleeper is a clock that stands while its clients work, and on which waiting
// takes market time alone.
type sleeper interface {
	// After returns a channel that is closed when market time has moved by d,
	// and the clock is held. Cancel takes it back, with the hold.
	After(d time.Duration) (woken <-chan struct{}, cancel func())
	// Sleep lets go of one Begin meanwhile. It returns false when done is closed
	// before.
	Sleep(done <-chan struct{}, d time.Duration) bool
}

// Plan returns what goes wrong. In a drill nothing does before the market has
// begun to move: a client that begins could wait for nothing.
func (d *Desk[T]) Plan() *faults.Plan {
	if d.opt.Farewell != nil && d.Since() <= 0 {
		return nil
	}
	return d.opt.Faults
}

// patience is how long a client waits for an answer on a clock that stands
// while it works. On others it decides that itself.
const patience = 5 * time.Second

// silence is how long a client listens to a connection that says nothing.
const silence = 25 * time.Second

// wait lets exchange time pass, or returns when done is closed.
func (d *Desk[T]) wait(long time.Duration, done <-chan struct{}) {
	if long <= 0 {
		return
	}
	t := time.NewTimer(long / time.Duration(max(1, d.opt.Speed)))
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	}
}

// Spoil lets a fault happen to a request of a class: it waits, breaks the
// connection, or does the request without its answer. run does the request.
// What is left to answer is told; gone is true when nothing is.
func (d *Desk[T]) Spoil(w http.ResponseWriter, r *http.Request, class string, run func()) (a faults.Answer, gone bool) {
	a = d.Plan().Request(d.Since(), class)
	if d.sleeper == nil {
		d.wait(a.Delay, r.Context().Done())
	} else if a.Delay > 0 && !d.sleep(w, r, run, a.Delay) {
		return a, true
	}
	if (a.Kind == faults.Lost || a.Kind == faults.Error) && a.Applied {
		run()
	}
	if a.Kind == faults.Lost {
		panic(http.ErrAbortHandler) // how a handler breaks the connection
	}
	return a, false
}

// sleep lets market time pass before a request is done. It reports false when
// the client has given up by then: the request is done all the same, and nobody
// is told.
func (d *Desk[T]) sleep(w http.ResponseWriter, r *http.Request, run func(), late time.Duration) bool {
	done := r.Context().Done()
	if late < patience {
		d.sleeper.Sleep(done, late)
		return true
	}
	if !d.sleeper.Sleep(done, patience) {
		return true
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return true // it must be answered, then
	}
	d.x.Clock().Begin() // the client ends the one before when it sees its connection broken
	_ = conn.Close()
	if d.sleeper.Sleep(d.closing, late-patience) {
		run()
		d.x.Clock().End()
	}
	return false
}

// longest is how long maintenance without an end is announced for.
const longest = 24 * time.Hour

// Upkeep returns the maintenance that is on, or nil.
func (d *Desk[T]) Upkeep() *faults.Fault { return d.Plan().Maintained(d.Since()) }

// Span returns from when to when a maintenance is.
func (d *Desk[T]) Span(m *faults.Fault) (from, to market.Time) {
	began := d.began.Add(m.Shift(d.Since()))
	until := m.Until
	if until == 0 {
		until = m.From + longest
	}
	return began.Add(m.From), began.Add(until)
}

// Turn returns the maintenance that has ended and the one that has begun since
// it was asked last. The exchange is locked.
func (d *Desk[T]) Turn() (ended, begun *faults.Fault) {
	was, on := d.upkeep, d.Upkeep()
	if was == on {
		return nil, nil
	}
	d.upkeep = on
	return was, on
}

// deliver sends a frame, or does to it what a fault says. The exchange is
// locked.
func (d *Desk[T]) deliver(s *Session[T], t T, frame []byte) {
	if d.opt.Faults == nil {
		s.Send(frame)
		return
	}
	fate := d.Plan().Frame(d.Since(), t.Name())
	s.hold(fate.Delay)
	switch fate.Kind {
	case faults.Drop:
		return
	case faults.Duplicate:
		s.Send(frame)
	case faults.Reorder:
		if s.lag.frame == nil {
			s.lag.frame = frame
			return
		}
	default: // the others do nothing to a frame
	}
	s.Send(frame)
	if s.lag.frame != nil {
		frame, s.lag.frame = s.lag.frame, nil
		s.Send(frame)
	}
}

// lag is what a connection keeps back on demand.
type lag struct {
	frame []byte        // until the next one went before it; guarded by the exchange's lock
	due   market.Time   // before which nothing that is queued now leaves; guarded by the session's
	made  time.Duration // when the connection was, for faults that end it
}

// hold lets what is queued from now on wait, in order.
func (s *Session[T]) hold(d time.Duration) {
	if d <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag.due = max(s.lag.due, s.desk.x.Now().Add(d))
}

// outgoing is a frame on its way to a client. The clock knows of it, but while
// it is late on a clock that stands for its clients: then woken is closed when
// it is due.
type outgoing struct {
	frame  []byte
	due    market.Time // 0 is at once
	woken  <-chan struct{}
	cancel func()
}

// outgo makes a frame ready to be queued. The session is locked.
func (s *Session[T]) outgo(frame []byte) (o outgoing) {
	o.frame = frame
	late := s.lag.due.Sub(s.desk.x.Now())
	if late > 0 {
		o.due = s.lag.due
		if s.desk.sleeper != nil {
			o.woken, o.cancel = s.desk.sleeper.After(late)
			return o
		}
	}
	s.desk.x.Clock().Begin()
	return o
}

// forget tells the clock of a frame that will not reach the client.
func (s *Session[T]) forget(o *outgoing) {
	if o.cancel != nil {
		o.cancel()
		return
	}
	s.desk.x.Clock().End()
}

// await waits until a frame is due, and reports false when the connection is
// over before.
func (s *Session[T]) await(o *outgoing) bool {
	switch {
	case o.woken != nil:
		select {
		case <-o.woken:
			o.cancel = nil // it is counted from now on
		case <-s.ended:
			return false
		}
	case o.due != 0:
		s.desk.wait(o.due.Sub(s.desk.x.Now()), s.ended)
	}
	return true
}
