package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"rulebot"
	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/strategies"
)

// load reads and checks a strategies file; without a name, the embedded
// example.
func load(name string) (*strategies.File, error) {
	src := rulebot.Example()
	var open strategies.Open
	if name == "" {
		name = rulebot.ExampleName
	} else {
		var err error
		if src, err = os.ReadFile(name); err != nil {
			return nil, coded{exitMisused, err}
		}
		open = including(name)
	}
	f, found := strategies.LoadWith(name, src, open)
	if len(found) > 0 {
		return nil, fmt.Errorf("the file has errors, nothing was started\n%s", found.Render(src))
	}
	return f, nil
}

// quoteCurrency is the currency in which the account is counted: the quote of
// every instrument the strategies trade.
func quoteCurrency(f *strategies.File, listed []market.Instrument) (string, error) {
	quote := ""
	for i := range f.Strategies {
		id := f.Strategies[i].Series.Instrument
		in, ok := find(listed, id)
		if !ok {
			return "", fmt.Errorf("%s: strategy %s trades %s, which the exchange does not list; it lists %v", f.Name, f.Strategies[i].Name, id, ids(listed))
		}
		if quote != "" && quote != in.Quote {
			return "", fmt.Errorf("%s: strategies trade against %s and %s; one file counts in one currency", f.Name, quote, in.Quote)
		}
		quote = in.Quote
	}
	return quote, nil
}

func find(listed []market.Instrument, id string) (market.Instrument, bool) {
	for _, in := range listed {
		if in.ID == id {
			return in, true
		}
	}
	return market.Instrument{}, false
}

func ids(listed []market.Instrument) []string {
	names := make([]string, 0, len(listed))
	for _, in := range listed {
		names = append(names, in.ID)
	}
	return names
}

// traded returns the instruments the strategies need, in the order in which
// they are first named, as the file writes them or else as the exchange lists
// them.
func traded(f *strategies.File, listed []market.Instrument) ([]market.Instrument, error) {
	var used []market.Instrument
	for _, feed := range f.Feeds {
		id := feed.Series.Instrument
		if _, ok := find(used, id); ok {
			continue
		}
		in, ok := f.Instrument(id)
		if !ok {
			in, ok = find(listed, id)
		}
		if !ok {
			return nil, fmt.Errorf("%s: the exchange does not list %s; it lists %v", f.Name, id, ids(listed))
		}
		if why := mistaken(in); why != "" {
			return nil, fmt.Errorf("%s: nothing was started: %s", f.Name, why)
		}
		used = append(used, in)
	}
	return used, nil
}

// mistaken says why an instrument is not what its name says, or "": prices
// against USD and against USDT are alike, and the money is not.
func mistaken(in market.Instrument) string {
	base, quote, ok := strings.Cut(in.ID, "-")
	if !ok || base == in.Base && quote == in.Quote {
		return ""
	}
	return fmt.Sprintf("%s is listed as %s against %s: that is another instrument than its name says", in.ID, in.Base, in.Quote)
}

// setup is everything a driver needs to know that follows from a file and the
// exchange's listings.
type setup struct {
	file        *strategies.File
	instruments []market.Instrument
	quote       string
	limits      risk.Limits
	filled      []risk.Default
	base        market.Timeframe
	trace       bool                                                   // a store keeps what explains it
	audit       time.Duration                                          // how often a live account is compared with our books; 0 is never
	inside      func(instrument string, open market.Time) []market.Bar // finer bars of a bar; nil is none at all
}

func newSetup(f *strategies.File, listed []market.Instrument, base market.Timeframe, equity func(quote string) num.Money) (*setup, error) {
	used, err := traded(f, listed)
	if err != nil {
		return nil, err
	}
	quote, err := quoteCurrency(f, used)
	if err != nil {
		return nil, err
	}
	s := &setup{file: f, instruments: used, quote: quote, base: base}
	s.limits, s.filled = f.Risk.Effective(equity(quote))
	return s, nil
}

// deep reports whether any strategy reads levels of a book.
func (s *setup) deep() bool {
	if s.file.Account.Fills.ByBook {
		return true
	}
	for _, in := range s.instruments {
		if s.file.Levels(in.ID) > 0 {
			return true
		}
	}
	return false
}

// engine builds the decision core. ids makes its client order ids.
func (s *setup) engine(ids order.IDs) (*engine.Engine, error) {
	return s.engineOf(s.file.Program(), ids)
}

// engineOf builds the core around a program of the file's expressions.
func (s *setup) engineOf(p engine.Program, ids order.IDs) (*engine.Engine, error) {
	return engine.New(engine.Config{
		Strategies:   s.file.Strategies,
		Program:      p,
		Feeds:        s.file.Feeds,
		Instruments:  s.instruments,
		Base:         s.base,
		Quote:        s.quote,
		Limits:       s.limits,
		Fee:          highestFee(&s.file.Account),
		IDs:          ids,
		CancelOnStop: !s.file.Leave,
		Flatten:      s.file.Flatten,
		Trace:        s.trace,
		Audit:        s.audit,
	})
}

func balances(f *strategies.File) map[string]num.Money {
	m := make(map[string]num.Money, len(f.Account.Balances))
	for _, b := range f.Account.Balances {
		m[b.Currency] = b.Amount
	}
	return m
}

// startEquity is what a simulated account starts with.
func startEquity(f *strategies.File) func(string) num.Money {
	return func(quote string) num.Money { return balances(f)[quote] }
}

// keptBars is how many candles of a length an exchange is sure to keep.
const keptBars = 1440

// warmUp plans what to fetch before a run: base bars as far as an exchange
// keeps them, and the bars of longer feeds that need more.
func (s *setup) warmUp(history live.History) live.WarmUp {
	w := live.WarmUp{History: history, Series: baseSeries(s)}
	for _, feed := range s.file.Feeds {
		each := int(feed.Series.Timeframe / s.base)
		n := (feed.WarmUp + 1) * each
		if n > keptBars && each > 1 {
			w.Longer = append(w.Longer, live.Wanted{Series: feed.Series, Bars: feed.WarmUp + 1})
			n = each
		}
		w.Bars = max(w.Bars, n)
	}
	return w
}

// warmUpBars is how many base bars the deepest feed needs, one bar of its own
// more so that its boundary is met.
func warmUpBars(f *strategies.File, base market.Timeframe) int {
	n := 0
	for _, feed := range f.Feeds {
		n = max(n, (feed.WarmUp+1)*int(feed.Series.Timeframe/base))
	}
	return n
}

// span says how long a duration is, for people.
func span(d time.Duration) string {
	if d >= 48*time.Hour {
		return fmt.Sprintf("%.1f days", d.Hours()/24)
	}
	return shortSpan(d.Round(time.Second))
}
