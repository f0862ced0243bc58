package engine

import (
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/risk"
)

// absentWindow is how long after a stop was sent an exchange in trouble may
// have taken it.
const absentWindow = 10 * time.Minute

// proveAbsent ends the wait for a stop that lists prove was never taken. It is
// looked for during a day all the same, as such orders are: what it becomes is
// ours.
func (e *Engine) proveAbsent(s *heldTracked) {
	h := s.HeldStop
	h.State, h.Why = HeldAbsent, "the exchange never had it"
	e.keepHeld(s, h)
}

// absentDue returns when the next stop that was proven absent is to be looked
// for; 0 is never.
func (b *orderBook) absentDue() market.Time {
	var first market.Time
	for _, s := range b.absent {
		first = sooner(first, s.next)
	}
	return first
}

// lookForAbsent looks for stops that were proven absent, and lets those go that
// were looked for long enough.
func (e *Engine) lookForAbsent() {
	b := &e.book
	b.absent = slices.DeleteFunc(b.absent, func(s *heldTracked) bool { return e.now.Sub(s.Created) > watchFor })
	for _, s := range b.absent {
		if s.next != 0 && s.next <= e.now {
			s.asked++
			s.schedule(e.now)
			e.listFor(s)
		}
	}
}

// listFor looks for a stop that is known by what it is alone: any list of its
// instrument will do.
func (e *Engine) listFor(s *heldTracked) {
	asked := func(c Command) bool { return c.Kind == CommandHeld && c.Held.Instrument == s.Instrument }
	if !slices.ContainsFunc(e.out.Commands, asked) {
		e.list(s)
	}
}

// appeared adopts a stop that shows though its absence was proven, and stops
// the instrument: another one may have been asked for meanwhile, or sold.
func (e *Engine) appeared(instrument string, x *HeldNews) {
	for _, s := range slices.Clone(e.book.absent) {
		if s.Instrument != instrument {
			continue
		}
		i := slices.IndexFunc(x.Rows, func(r HeldRow) bool {
			return e.isHeld(s, &r) && r.At <= s.Created.Add(absentWindow)
		})
		if i >= 0 {
			reason := "stop " + s.ID + " appeared at the exchange after it was taken for never accepted"
			e.halt(Halt{Mode: ModeHaltNew, Instrument: instrument, Code: string(risk.CodeLate), Reason: reason})
			e.heldAs(s, &x.Rows[i])
		}
	}
}
