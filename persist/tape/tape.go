// Package tape is what the core of a run was told, written down in the order
// in which it was told: told again, it decides the same again. A run keeps a
// tape; `bot verify` plays it to a core that was built anew and compares what
// that decides with what the journal says the run decided.
//
// # What is on it
//
// The core is a function of the rules, of what the journal held when the run
// began, and of the calls that its driver made: the events, and the times at
// which an alarm rang. All of that is on the tape and nothing else is, so
// nothing that could make a difference is left to be assumed. Of a dry run the
// simulated exchange is computed anew too: its fills and latencies are not on
// the tape. Of a live run the exchange's answers are.
//
// Events stand here as the adapter understood them. The frames they came in
// are another recording, which `bot record` makes.
//
// # The file
//
// JSON lines, compressed by gzip, one file a start of the program: first a
// [Head], then an [Entry] a line. What an event does not say is left out; a
// time is RFC 3339 with nanoseconds. The numbers of enumerations that have no
// text are those of the version in the head. What was written is on disk after
// about a second; a file that was cut off ends with its last whole line.
package tape

import (
	"encoding/json"
	"fmt"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Format is the version of the file.
const Format = 1

// Head says which run the tape is of, and with what it began.
type Head struct {
	Format  int    `json:"tape"`
	Version string `json:"version"`
	Live    bool   `json:"live,omitzero"`
	Store   string `json:"store"` // id of the store
	Seq     uint64 `json:"seq"`   // changes that its journal held
	Tag     string `json:"tag"`   // of the client order ids
	Boot    uint64 `json:"boot"`

	Rules   json.RawMessage     `json:"rules"`  // the text of the strategies file, and of those it includes
	Listed  []market.Instrument `json:"listed"` // by the exchange, when the run began
	Base    market.Timeframe    `json:"base"`
	Equity  num.Money           `json:"equity"`          // limits that the file does not write follow from it
	Account json.RawMessage     `json:"paper,omitempty"` // the simulated account; none of a live run, or of one that is new
}

// Do says what the driver did.
type Do uint8

// What a driver does to a core. The zero value is to let it take an event.
const (
	Take   Do = iota // Event
	Start            // reconcile with the simulated exchange
	Ring             // an alarm rang: everything due at At happens
	Finish           // Event is the last
)

var doNames = [...]string{"take", "start", "ring", "finish"}

// String returns the word.
func (d Do) String() string {
	if int(d) < len(doNames) {
		return doNames[d]
	}
	return fmt.Sprintf("do %d", d)
}

// MarshalText writes String.
func (d Do) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Do) UnmarshalText(b []byte) error {
	for i, name := range doNames {
		if name == string(b) {
			*d = Do(i)
			return nil
		}
	}
	return fmt.Errorf("tape: %q is nothing that a driver does", b)
}

// Entry is one call.
type Entry struct {
	Do    Do           `json:"do,omitzero"`
	At    market.Time  `json:"at,omitzero"`
	Event engine.Event `json:"event,omitzero"`
}

// Core is what a tape is played to. The desk of a dry run is one.
type Core interface {
	Start(at market.Time) error
	Take(ev *engine.Event) error
	Until(at market.Time) error
	Finish(last *engine.Event) error
}

// Play makes the call that the entry stands for.
func (e *Entry) Play(c Core) error {
	switch e.Do {
	case Start:
		return c.Start(e.At)
	case Ring:
		return c.Until(e.At)
	case Finish:
		return c.Finish(&e.Event)
	case Take:
	}
	return c.Take(&e.Event)
}
