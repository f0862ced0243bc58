package strategies

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Test is one entry of a strategy's tests: bars, what is given, what goes
// wrong, and what must follow. The loader reads it; whoever runs it plays the
// bars through the engine as a backtest does.
type Test struct {
	Name     string
	In       string // the file it stands in
	Place    Position
	Strategy int // of File.Strategies
	Bars     TestBars
	Feeds    []TestFeed
	Given    Given
	Faults   []Fault
	Expect   []Expectation
}

// TestBars are the bars of a series: rows of a file, or written down.
type TestBars struct {
	Place       Position
	File        string // as written: relative to the file that it stands in; "" is Rows
	First, Last int    // rows of the file from 1; 0 is all. Rows before First warm up
	Start       market.Time
	Rows        []TestBar
}

// TestBar is a bar that was written down. A zero volume is a bar without a
// trade.
type TestBar struct {
	O, H, L, C num.Price
	Volume     num.Quantity
}

// TestFeed gives the bars of a named feed, in place of those that the engine
// builds.
type TestFeed struct {
	Name string
	Feed int // of File.Feeds
	Bars TestBars
}

// Given is how things stand when the test begins. Zero is not written.
type Given struct {
	Equity   num.Money // of the account, in quote currency, position included
	Quantity num.Quantity
	Entry    num.Price // what the position was bought at; 0 is the first open
	Bars     int64     // how long it is held
	State    []GivenState
}

// GivenState is the value of a state variable at the start.
type GivenState struct {
	Variable int
	Value    float64
}

// Fault is what goes wrong: a feed that falls silent.
type Fault struct {
	Feed        int // of File.Feeds
	Name        string
	From, Until When // Until zero is for good
}

// When is a moment of a test: a time, or the close of a bar by number from 1.
type When struct {
	Time market.Time
	Bar  int
}

// IsZero reports whether no moment was written.
func (w When) IsZero() bool { return w == When{} }

// Expectation is one thing that must be so. They are held one after the other:
// each looks at what follows the one before.
type Expectation struct {
	Place    Position
	At       When   // zero is whenever it comes next
	Rule     string // rule or exit; "" is any
	Never    bool   // the rule never fires in the whole test
	None     bool   // nothing is decided until Until
	Until    When
	Times    int    // how often the rule fires in the whole test; 0 is not written
	Because  string // of Never: what blocks; not-ready, not-ready: TEXT, false: TEXT
	Denied   string // code of the denial; "" is not written
	Order    ExpectedOrder
	Position *num.Quantity // held at At, or at the end
	State    []GivenState  // at At, or at the end
}

// ExpectedOrder is what an expected decision must ask for. Zero is not
// written.
type ExpectedOrder struct {
	Side  order.Side
	Base  num.Quantity // exactly
	Quote num.Money    // rounded down to the lot
	Price num.Price    // limit
}
