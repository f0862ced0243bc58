package engine

import (
	"encoding/json"
	"math"

	"rulebot/engine/market"
)

// Reading is one line of an explanation: a clause with its truth, or a number
// that the clause above it read. An explanation is a tree told from top to
// bottom: what a clause is made of follows it, one deeper. The clauses at
// depth 0 must all hold for the whole to hold.
type Reading struct {
	Text    string      `json:"text"`             // as written: rsi(close, 14)
	Depth   int         `json:"depth,omitzero"`   // of a clause; a number belongs to the clause before it
	Truth   Truth       `json:"truth,omitzero"`   // clauses
	Number  float64     `json:"number,omitzero"`  // numbers
	Clause  bool        `json:"clause,omitzero"`  // Truth counts, not Number
	Decided bool        `json:"decided,omitzero"` // clauses: this one alone settled what it is part of
	Cause   Cause       `json:"cause,omitzero"`   // why not ready
	Gap     Maybe       `json:"gap,omitzero"`     // comparisons: how far the left side is from where the truth turns
	Was     Maybe       `json:"was,omitzero"`     // numbers of a cross: one bar before
	Feed    string      `json:"feed,omitzero"`    // numbers of another feed: its name
	Closed  market.Time `json:"closed,omitzero"`  // and when its newest bar closed
}

// Maybe is a number that may be absent. In JSON it is the number, or is not
// written.
type Maybe struct {
	Value float64
	Known bool
}

// Surely returns x, or nothing when it is not finite.
func Surely(x float64) Maybe {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return Maybe{}
	}
	return Maybe{Value: x, Known: true}
}

// MarshalJSON writes the number.
func (m Maybe) MarshalJSON() ([]byte, error) {
	if !m.Known {
		return []byte("null"), nil
	}
	return json.Marshal(m.Value)
}

// UnmarshalJSON reads a number.
func (m *Maybe) UnmarshalJSON(b []byte) error {
	*m = Maybe{}
	if string(b) == "null" {
		return nil
	}
	m.Known = true
	return json.Unmarshal(b, &m.Value)
}

// Settle marks which of the clauses at a depth settled the whole that they are
// part of: the first that does not hold where all must, the first that holds
// where one suffices. Where it took all of them, none is marked.
func Settle(readings []Reading, depth int, by Truth, whole Truth) {
	if whole == NotReady {
		by = NotReady
	}
	if whole != by {
		return
	}
	for i := range readings {
		if r := &readings[i]; r.Clause && r.Depth == depth && r.Truth == by {
			r.Decided = true
			return
		}
	}
}

// Explained are the lists of readings in a change, for whoever copies or
// stores it.
func (c *Change) Explained() []*[]Reading {
	lists := []*[]Reading{&c.Decision.Readings, &c.Decision.Unless, &c.Decision.Guards}
	if x := c.Evaluation; x != nil {
		lists = append(lists, &x.Readings, &x.Unless)
	}
	return lists
}
