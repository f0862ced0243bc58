package engine

import (
	"fmt"
	"time"
)

// guardsPassed are the guards of a rule that fires: all of them hold.
func guardsPassed(r *Rule) []Reading {
	texts := guardTexts(r)
	passed := make([]Reading, 0, len(texts))
	for _, text := range texts {
		passed = append(passed, Reading{Text: text, Clause: true, Truth: True})
	}
	return passed
}

// guardTexts are a rule's guards as people write them.
func guardTexts(r *Rule) []string {
	var texts []string
	switch r.For {
	case ForFlat:
		texts = append(texts, "for: flat")
	case ForLong:
		texts = append(texts, "for: long")
	case ForAny:
	}
	if p := [...]string{OncePerBar: "bar", OncePerDay: "day", OncePerPosition: "position"}[r.OncePer]; p != "" {
		texts = append(texts, "once_per: "+p)
	}
	switch c := r.Cooldown; {
	case c.Bars > 0:
		texts = append(texts, fmt.Sprintf("cooldown: %d bars", c.Bars))
	case c.Age > 0:
		texts = append(texts, "cooldown: "+ageText(c.Age))
	}
	if r.MaxEntries > 0 {
		texts = append(texts, fmt.Sprintf("max_entries: %d", r.MaxEntries))
	}
	return texts
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
