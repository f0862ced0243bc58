package okcoin

import (
	"net/http"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server/faults"
)

// since returns the exchange time since the front was made.
func (f *Front) since() time.Duration { return f.x.Now().Sub(f.began) }

// now returns what the exchange says the time is.
func (f *Front) now() market.Time {
	if f.opt.Faults == nil {
		return f.x.Now()
	}
	return f.x.Now().Add(f.plan().Skew(f.since()))
}

func (f *Front) mute() bool { return f.plan().Mute(f.since()) }

// ends reports whether a connection that was made then ends now. On a clock
// that stands while its clients work, whose own patience it does not measure,
// that is also when they would have given up a silent one.
func (f *Front) ends(made time.Duration) bool {
	p, since := f.plan(), f.since()
	return p.Cuts(made, since) || f.sleeper != nil && p.Mute(since) && p.Mute(since-silence)
}

// farewell holds the clock for who must notice that a connection ended.
func (f *Front) farewell() {
	if f.opt.Farewell != nil {
		f.x.Clock().Begin()
		f.opt.Farewell()
	}
}

// refuses reports whether new connections are refused.
func (f *Front) refuses() bool {
	p, since := f.plan(), f.since()
	return p.Refuses(since) || f.sleeper != nil && p.Mute(since)
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

// plan returns what goes wrong. In a drill nothing does before the market has
// begun to move: a client that begins could wait for nothing.
func (f *Front) plan() *faults.Plan {
	if f.opt.Farewell != nil && f.since() <= 0 {
		return nil
	}
	return f.opt.Faults
}

// patience is how long a client waits for an answer on a clock that stands
// while it works. On others it decides that itself.
const patience = 5 * time.Second

// silence is how long a client listens to a connection that says nothing.
const silence = 25 * time.Second

// wait lets exchange time pass, or returns when done is closed.
func (f *Front) wait(d time.Duration, done <-chan struct{}) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d / time.Duration(max(1, f.opt.Speed)))
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	}
}

// class returns what a call is to the faults.
func (c *call) class() string {
	switch path := strings.TrimPrefix(c.pattern, "POST"+spot); {
	case c.access == public:
		return "public"
	case path == c.pattern:
		return "query"
	case path == "orders" || path == "batch_orders":
		return "place"
	case strings.HasPrefix(path, "amend"):
		return "amend"
	case strings.Contains(path, "algo"):
		return "algo"
	}
	return "cancel"
}

// faulty runs a call unless a fault says otherwise. A spoilt one was answered
// here.
func (q *request) faulty(w http.ResponseWriter, c *call, body []byte) (answer any, no *fault, spoilt bool) {
	a := q.front.plan().Request(q.front.since(), c.class())
	if q.front.sleeper == nil {
		q.front.wait(a.Delay, q.http.Context().Done())
	} else if a.Delay > 0 && !q.sleep(w, c, body, a.Delay) {
		return nil, nil, true
	}
	switch a.Kind {
	case faults.Lost:
		if a.Applied {
			q.run(c, body)
		}
		panic(http.ErrAbortHandler) // how a handler breaks the connection
	case faults.Error:
		if a.Applied {
			q.run(c, body)
		}
		writeJSON(w, a.Status, gatewayBody{"Server is busy, please try again."})
		return nil, nil, true
	case faults.Limit:
		return nil, &faultLimit, false
	case faults.Maintenance:
		return faultUpgrade.refusal("", "-1"), nil, false
	default: // no request is refused for the others
	}
	answer, no = q.run(c, body)
	return answer, no, false
}

// sleep lets market time pass before a request is done. It reports false when
// the client has given up by then: the request is done all the same, and nobody
// is told.
func (q *request) sleep(w http.ResponseWriter, c *call, body []byte, d time.Duration) bool {
	f, done := q.front, q.http.Context().Done()
	if d < patience {
		f.sleeper.Sleep(done, d)
		return true
	}
	if !f.sleeper.Sleep(done, patience) {
		return true
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return true // it must be answered, then
	}
	f.x.Clock().Begin() // the client ends the one before when it sees its connection broken
	_ = conn.Close()
	if f.sleeper.Sleep(f.closing, d-patience) {
		q.run(c, body)
		f.x.Clock().End()
	}
	return false
}

// gatewayBody is what stands in front of the exchange says.
type gatewayBody struct {
	Message string `json:"message"`
}

// longest is how long maintenance without an end is announced for.
const longest = 24 * time.Hour

// maintenance returns the row of one that is on.
func (f *Front) maintenance(m *faults.Fault) statusRow {
	began := f.began.Add(m.Shift(f.since()))
	r := statusRow{Title: "Spot System Upgrade", ProductType: "1", Status: "1", StartTime: iso(began.Add(m.From))}
	until := m.Until
	if until == 0 {
		until = m.From + longest
	}
	r.EndTime = iso(began.Add(until))
	return r
}

// tellUpkeep pushes a maintenance that has begun or ended. The exchange is
// locked.
func (f *Front) tellUpkeep() {
	was, on := f.upkeep, f.plan().Maintained(f.since())
	if was == on {
		return
	}
	f.upkeep = on
	t := topic{channel: chanStatus}
	if was != nil {
		row := f.maintenance(was)
		row.Status = "2"
		f.send(t, f.topics[t], f.encoder.status(row))
	}
	if on != nil {
		f.send(t, f.topics[t], f.encoder.status(f.maintenance(on)))
	}
}

// deliver sends a frame, or does to it what a fault says. The exchange is
// locked.
func (f *Front) deliver(s *session, t topic, frame []byte) {
	if f.opt.Faults == nil {
		s.send(frame)
		return
	}
	fate := f.plan().Frame(f.since(), t.name())
	s.hold(fate.Delay)
	switch fate.Kind {
	case faults.Drop:
		return
	case faults.Duplicate:
		s.send(frame)
	case faults.Reorder:
		if s.lag.frame == nil {
			s.lag.frame = frame
			return
		}
	default: // the others do nothing to a frame
	}
	s.send(frame)
	if s.lag.frame != nil {
		frame, s.lag.frame = s.lag.frame, nil
		s.send(frame)
	}
}

// lag is what a connection keeps back on demand.
type lag struct {
	frame []byte        // until the next one went before it; guarded by the exchange's lock
	due   market.Time   // before which nothing that is queued now leaves; guarded by the session's
	made  time.Duration // when the connection was, for faults that end it
}

// hold lets what is queued from now on wait, in order.
func (s *session) hold(d time.Duration) {
	if d <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag.due = max(s.lag.due, s.front.x.Now().Add(d))
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
func (s *session) outgo(frame []byte) (o outgoing) {
	o.frame = frame
	late := s.lag.due.Sub(s.front.x.Now())
	if late > 0 {
		o.due = s.lag.due
		if s.front.sleeper != nil {
			o.woken, o.cancel = s.front.sleeper.After(late)
			return o
		}
	}
	s.front.x.Clock().Begin()
	return o
}

// forget tells the clock of a frame that will not reach the client.
func (s *session) forget(o *outgoing) {
	if o.cancel != nil {
		o.cancel()
		return
	}
	s.front.x.Clock().End()
}

// await waits until a frame is due, and reports false when the connection is
// over before.
func (s *session) await(o *outgoing) bool {
	switch {
	case o.woken != nil:
		select {
		case <-o.woken:
			o.cancel = nil // it is counted from now on
		case <-s.ended:
			return false
		}
	case o.due != 0:
		s.front.wait(o.due.Sub(s.front.x.Now()), s.ended)
	}
	return true
}
