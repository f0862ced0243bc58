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
	return f.x.Now().Add(f.opt.Faults.Skew(f.since()))
}

func (f *Front) mute() bool { return f.opt.Faults != nil && f.opt.Faults.Mute(f.since()) }

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
	a := q.front.opt.Faults.Request(q.front.since(), c.class())
	q.front.wait(a.Delay, q.http.Context().Done())
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

// gatewayBody is what stands in front of the exchange says.
type gatewayBody struct {
	Message string `json:"message"`
}

// longest is how long maintenance without an end is announced for.
const longest = 24 * time.Hour

// maintenance returns the row of one that is on.
func (f *Front) maintenance(m *faults.Fault) statusRow {
	r := statusRow{Title: "Spot System Upgrade", ProductType: "1", Status: "1", StartTime: iso(f.began.Add(m.From))}
	until := m.Until
	if until == 0 {
		until = m.From + longest
	}
	r.EndTime = iso(f.began.Add(until))
	return r
}

// tellUpkeep pushes a maintenance that has begun or ended. The exchange is
// locked.
func (f *Front) tellUpkeep() {
	was, on := f.upkeep, f.opt.Faults.Maintained(f.since())
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
	fate := f.opt.Faults.Frame(f.since(), t.name())
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
	delay time.Duration // of what is queued; guarded by the session's
	made  time.Duration // when the connection was, for faults that end it
}

// hold lets what is queued from now on wait, in order.
func (s *session) hold(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lag.delay = max(s.lag.delay, d)
}
