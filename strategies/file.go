package strategies

import (
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/risk"
)

// Mode says whether a file asks for live trading: one of the three things
// that live trading needs.
type Mode string

// The modes.
const (
	DryRun Mode = "dry-run"
	Live   Mode = "live"
)

// File is one configuration, read, validated and compiled. It does not
// change; Program makes the parts that do.
type File struct {
	Name        string
	Mode        Mode
	Exchange    Exchange
	Account     Account
	Instruments []market.Instrument // as written; empty leaves it to the exchange
	Risk        risk.Limits         // as written; zero is not written
	Ending
	Record bool // keep the market frames

	Strategies []engine.Strategy // as written, in order
	Feeds      []engine.Feed     // what Program.Update counts by
	Settled    []int             // for each feed: bars until a seed weighs less than 1e-6
	Sources    []Source          // for each strategy: where it stands
	Notes      Diagnostics       // what is allowed and most likely not meant
	Texts      []Text            // what was read: this file, then those that it includes
	inside
}

// Ending is what becomes of orders and positions when a run does not go on.
type Ending struct {
	Leave   bool // on_exit: leave; otherwise orders that open are cancelled
	Flatten bool // whether bot halt --flatten may close positions
}

// inside is what a file was made into, for this package alone.
type inside struct {
	graph   *graph
	entries []*entry         // for each strategy: what the findings read
	tests   []Test           // written beside the rules
	limits  map[string]place // of the limits that are written
	mode    place
}

// Source is where a strategy and its rules stand in the file. Strategies of
// one entry over several instruments share it.
type Source struct {
	File      string // that one, or one that it includes
	Line, Col int
	Entry     int        // of strategies in the file, from 0
	Rules     []Position // one for each rule
}

// Warning makes a warning about a strategy, at a place of the file in which it
// is written.
func (f *File) Warning(strategy int, p Position, code Code, message, hint string) Diagnostic {
	d := f.entries[strategy].scope.src.diagnostic(place{p.Line, p.Col}, code, message, hint)
	d.Warning = true
	return d
}

// Failure makes a diagnostic about a test, at a place in it.
func (f *File) Failure(t *Test, p Position, code Code, message, hint string) Diagnostic {
	return f.entries[t.Strategy].scope.src.diagnostic(place{p.Line, p.Col}, code, message, hint)
}

// Position is a place in the file, from 1.
type Position struct{ Line, Col int }

// Exchange says where to trade.
type Exchange struct {
	Name    string
	Builtin bool   // endpoint: builtin
	REST    string // endpoint: {rest, ws}; empty is the real host
	WS      string
	CA      string // endpoint: {ca}, a file of certificates; empty is the system's
	Market  Market // builtin only

	Region      string // okx at its own hosts: global, us, eea or okcoin
	Environment string // okx: live or demo
	Staged      bool   // environment is written

	UnsafeKey   bool          // okx: unsafe_key: warn, of a key that can take money out; otherwise it is refused
	CancelAfter time.Duration // okx: cancel_after, without a word from us; 0 is never
}

// Market says what the built-in exchange plays: a generated market, or a file.
type Market struct {
	Seed int64
	Days int // 0 is without end
	File string
}

// Account is what the run starts from where no exchange says it.
type Account struct {
	Alias    string
	Balances []Balance // in the order written
	MakerFee num.Rate
	TakerFee num.Rate
	Tiers    []Tier // ascending; in place of the fees for who trades enough
	Latency  Latency
	Fills    Fills
	Slippage num.Rate // share of the price; 1 bps is 0.0001
	Spread   num.Rate // where the data has no quotes
	Adopt    bool     // baseline: adopt; otherwise what is held already is ignored
}

// Tier is what is charged instead from so much traded in thirty days on.
type Tier struct {
	Traded       num.Money
	Maker, Taker num.Rate
}

// Latency is the time from a decision to the exchange: From, or drawn between
// both from a seed.
type Latency struct {
	From, To    time.Duration // To is 0 where it is always the same
	Exponential bool
	Seed        int64
}

// Fills says how orders that rest fill in a simulation.
type Fills struct {
	ByBook bool     // their queue shrinks also with what the book shows
	At     Position // where that is written
	Volume num.Rate // the most of each trade that they fill with
}

// Balance is an amount of one currency.
type Balance struct {
	Currency string
	Amount   num.Money
}

// defaults is what counts where the file says nothing. Limits are not here: a
// limit that was not written stays zero, so that it can be told from one that
// was, and the engine knows what to do then.
func defaults(name string) *File {
	return &File{
		Name:     name,
		Mode:     DryRun,
		Exchange: Exchange{Market: Market{Seed: 1, Days: 4}},
		Account: Account{
			Alias:    "main",
			MakerFee: num.MustRate("0.001"),
			TakerFee: num.MustRate("0.002"),
			Latency:  Latency{From: 50 * time.Millisecond},
			Fills:    Fills{Volume: num.MustRate("1")},
			Spread:   num.MustRate("0.0002"),
		},
	}
}

// LimitAt tells where a limit is written: by its key, as in max_orders or
// allow.BTC-USD.
func (f *File) LimitAt(key string) (Position, bool) {
	p, ok := f.limits[key]
	return Position{p.line, p.col}, ok
}

// ModeAt tells where the mode is written, if it is.
func (f *File) ModeAt() Position { return Position{f.mode.line, f.mode.col} }

// BudgetAt tells where a limit of one strategy is written, by its key.
func (f *File) BudgetAt(strategy int, key string) (Position, bool) {
	p, ok := f.entries[strategy].scope.limits[key]
	return Position{p.line, p.col}, ok
}

// Tests returns the tests that stand beside the rules, in the order written.
func (f *File) Tests() []Test { return f.tests }

// Program returns a fresh evaluator of the file's expressions, with every
// series empty. Each run has its own.
func (f *File) Program() engine.Program { return f.graph.program() }

// Instrument returns what the file says about an instrument.
func (f *File) Instrument(id string) (market.Instrument, bool) {
	for _, i := range f.Instruments {
		if i.ID == id {
			return i, true
		}
	}
	return market.Instrument{}, false
}
