package engine

import (
	"fmt"
	"time"
)

// guard is one of the things beside when and unless that a rule waits for.
type guard uint8

const (
	guardPosition guard = iota // for
	guardEntries               // max_entries
	guardOnce                  // once_per
	guardCooldown
	guardEnabled // not switched off
	guardEdge    // fire: edge
)

// guards are those that a rule has.
func (r *Rule) guards() []guard {
	var all []guard
	for _, g := range [...]struct {
		guard   guard
		written bool
	}{
		{guardPosition, r.For != ForAny},
		{guardEntries, r.MaxEntries > 0},
		{guardOnce, r.OncePer != OnceAlways},
		{guardCooldown, r.Cooldown != Cooldown{}},
		{guardEnabled, true},
		{guardEdge, !r.Level},
	} {
		if g.written {
			all = append(all, g.guard)
		}
	}
	return all
}

// text is a guard as people write it.
func (g guard) text(r *Rule) string {
	switch g {
	case guardPosition:
		if r.For == ForFlat {
			return "for: flat"
		}
		return "for: long"
	case guardEntries:
		return fmt.Sprintf("max_entries: %d", r.MaxEntries)
	case guardOnce:
		return "once_per: " + [...]string{OncePerBar: "bar", OncePerDay: "day", OncePerPosition: "position"}[r.OncePer]
	case guardCooldown:
		if r.Cooldown.Bars > 0 {
			return fmt.Sprintf("cooldown: %d bars", r.Cooldown.Bars)
		}
		return "cooldown: " + ageText(r.Cooldown.Age)
	case guardEnabled:
		return "switched on"
	case guardEdge:
	}
	return "fire: edge"
}

// guardsPassed are the guards of a rule that fires: all of them hold.
func guardsPassed(r *Rule) []Reading {
	guards := r.guards()
	passed := make([]Reading, 0, len(guards))
	for _, g := range guards {
		passed = append(passed, Reading{Text: g.text(r), Clause: true, Truth: True})
	}
	return passed
}

// ageText writes a duration as rules do: 90s, 30m, 4h.
func ageText(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}

// passes reports whether one guard of a rule holds now. It asks what decides,
// and decides nothing.
func (e *Engine) passes(g guard, t *trader, index int, v *View, m moment, truth Truth) (Truth, Cause) {
	if rule := &t.strategy.Rules[index]; g == guardPosition {
		return rule.placed(v)
	}
	return truthOf(e.allows(g, t, index, v, m, truth)), Ready
}

// allows is passes of the guards that always hold or do not.
func (e *Engine) allows(g guard, t *trader, index int, v *View, m moment, truth Truth) bool {
	rule, state := &t.strategy.Rules[index], &t.rules[index]
	rises, retry := state.rises(rule, truth, m)
	switch g {
	case guardEntries:
		return !rule.entered(v)
	case guardOnce:
		return !e.spent(t, index, m, retry)
	case guardCooldown:
		return !e.cooling(rule, state, t, m)
	case guardEnabled:
		return !state.Disabled
	case guardPosition, guardEdge:
	}
	return truth != True || rises
}
