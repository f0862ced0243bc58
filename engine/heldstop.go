package engine

import (
	"fmt"
	"slices"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// HeldStop is a stop loss that the exchange holds for a position (where:
// exchange). The exchange knows it by an id of its own alone: the id is what
// the order is called that it becomes once its price is reached.
//
// For each strategy there is one at most, for all that it holds. Whatever else
// the strategy would sell waits until the stop is proven to be gone, or to be
// an order: the same coins are never offered twice. The engine watches the
// level itself as long as the exchange is not proven to.
type HeldStop struct {
	ID         string       `json:"id"`
	Strategy   string       `json:"strategy"`
	Instrument string       `json:"instrument"`
	Decision   string       `json:"decision"`
	Quantity   num.Quantity `json:"quantity"`
	Trigger    num.Price    `json:"trigger"` // the last price at or below which the exchange sells
	State      HeldState    `json:"state"`
	ExchangeID string       `json:"exchange_id,omitzero"` // of the stop; "" until it is known
	OrderID    string       `json:"order_id,omitzero"`    // the exchange's, of the order that it became
	Created    market.Time  `json:"created"`
	Why        string       `json:"why,omitzero"` // why it is over
}

// HeldState is how far a stop at the exchange is.
type HeldState uint8

// The states. Only HeldOver is final: one that is proven absent may show yet.
const (
	HeldSent      HeldState = iota + 1 // durable, and on its way
	HeldUnproven                       // whether the exchange took it is not known
	HeldLive                           // the exchange holds it
	HeldReleasing                      // it was asked to let go
	HeldOver                           // gone, or an order
	HeldAbsent                         // proven never taken
)

var heldStateNames = [...]string{"", "SENT", "UNPROVEN", "LIVE", "RELEASING", "OVER", "ABSENT"}

// String returns the state in capitals.
func (s HeldState) String() string {
	if int(s) < len(heldStateNames) {
		return heldStateNames[s]
	}
	return "HELD?"
}

// MarshalText writes the name.
func (s HeldState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a name.
func (s *HeldState) UnmarshalText(text []byte) error {
	i := slices.Index(heldStateNames[:], string(text))
	if i < 1 {
		return fmt.Errorf("engine: %q is no state of a stop", text)
	}
	*s = HeldState(i)
	return nil
}

// HeldNews is what the exchange says of stops that it holds.
type HeldNews struct {
	ID       string       // whose answer this is; "" of rows that came without a question about one
	Released bool         // the answer is to a release
	Result   order.Result // the answer
	Listed   bool         // Rows are all of the instrument, in whatever state
	Asked    market.Time  // of a list: run clock before the question left
	Rows     []HeldRow
}

// HeldRow is a stop as the exchange shows it, ours or not.
type HeldRow struct {
	ExchangeID string
	OrderID    string // of the order that it became
	Side       order.Side
	Quantity   num.Quantity
	Trigger    num.Price
	State      HeldState // HeldLive, or HeldOver
	At         market.Time
	Why        string // why it is over
}

// heldTracked is a stop at the exchange and the questions we ask about it.
type heldTracked struct {
	HeldStop
	probe   order.Probe // while it is not proven
	asked   int
	next    market.Time // run clock: when to ask again; 0 is not at all
	listed  bool        // a list showed it since the last reconciliation was asked for
	reached market.Time // run clock: since when its price is reached; 0 is not
}

// heldOf returns the stop that the exchange holds, or may hold, for a
// strategy, or nil.
func (b *orderBook) heldOf(strategy string) *heldTracked {
	for _, s := range b.held {
		if s.Strategy == strategy {
			return s
		}
	}
	return nil
}

// applyHeld makes what is known of a stop at the exchange what a change says.
func (e *Engine) applyHeld(h *HeldStop) {
	b := &e.book
	if _, _, seq, err := order.ParseID(h.ID); err == nil {
		b.seq = max(b.seq, seq)
	}
	if h.ExchangeID != "" {
		b.heldIDs[h.ExchangeID] = true
	}
	is := func(s *heldTracked) bool { return s.ID == h.ID }
	s := &heldTracked{}
	if i := slices.IndexFunc(b.held, is); i >= 0 {
		s = b.held[i]
	} else if i := slices.IndexFunc(b.absent, is); i >= 0 {
		s = b.absent[i]
	}
	was := s.State
	s.HeldStop = *h
	b.held = listed(b.held, s, was.open(), h.State.open())
	b.absent = listed(b.absent, s, was == HeldAbsent, h.State == HeldAbsent)
}

// listed puts a stop on a list, or takes it off.
func listed(all []*heldTracked, s *heldTracked, was, is bool) []*heldTracked {
	switch {
	case is && !was:
		return append(all, s)
	case was && !is:
		i := slices.Index(all, s)
		return slices.Delete(all, i, i+1)
	}
	return all
}

// open reports whether the exchange holds the stop, or may.
func (s HeldState) open() bool { return s != 0 && s != HeldOver && s != HeldAbsent }

// keepHeld journals a stop that moved, and starts asking afresh.
func (e *Engine) keepHeld(s *heldTracked, h HeldStop) {
	if h == s.HeldStop {
		return
	}
	e.change(Change{Kind: ChangeHeld, Held: h})
	s.asked = 0
	s.schedule(e.now)
}

// schedule decides when to ask next, after news or a question. now is 0 when
// the engine was restored and has not seen the clock yet: then at once.
func (s *heldTracked) schedule(now market.Time) {
	switch {
	case s.State == HeldUnproven || s.State == HeldSent && now == 0:
		if !s.probe.Active() {
			sent := now // as of an order
			if now == 0 {
				sent = s.Created.Add(lateGate)
			}
			s.probe = order.NewProbe(sent, order.Seed(s.ID))
		}
		s.next = s.probe.Due()
	case s.State == HeldAbsent:
		s.next = max(now.Add(min(watchFirst<<min(s.asked, 8), watchMax)), 1)
	case s.State == HeldReleasing:
		s.next = max(now.Add(min(fillsEvery<<min(s.asked, 5), silenceMax)), 1)
	case s.State == HeldSent && !s.probe.Active() || s.State == HeldOver:
		s.next = 0
	case s.State == HeldSent:
		s.next = s.probe.Due()
	default:
		s.next = max(now.Add(silenceMax), 1)
	}
}

// heldWake returns when the next question about a stop is due; 0 is never.
func (b *orderBook) heldWake() market.Time {
	var first market.Time
	for _, s := range b.held {
		first = sooner(first, s.next)
	}
	return sooner(first, b.absentDue())
}
