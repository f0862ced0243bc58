package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rulebot/engine"
	"rulebot/engine/backtest"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/paper"
	"rulebot/exchange/history"
	"rulebot/exchange/sim"
	"rulebot/strategies"
)

// trial is one test at work: a strategy alone, its bars, and what came of it.
type trial struct {
	file    *strategies.File
	test    *strategies.Test
	set     *setup
	bars    []market.Bar // all of them: the first are for warming up
	lead    int          // how many of them warm up
	program *staged
	engine  *engine.Engine
	source  backtest.Source
	record  record
}

// newTrial puts a test together: its strategy, the feeds that it reads, an
// account as given.
func newTrial(f *strategies.File, test *strategies.Test, cover *coverage) (*trial, error) {
	t := &trial{file: f, test: test}
	st := &f.Strategies[test.Strategy]
	inst, ok := find(listings(f), st.Series.Instrument)
	if !ok {
		return nil, fmt.Errorf("%s is not listed; add it to instruments: of the file, as {tick: ..., lot: ..., min: ...}", st.Series.Instrument)
	}
	played, err := t.played(&test.Bars, inst, st.Series.Timeframe)
	if err != nil {
		return nil, err
	}
	t.bars, t.lead = played.All(), max(0, test.Bars.First-1)
	if t.source, err = t.market(played); err != nil {
		return nil, err
	}
	one := *f
	one.Strategies = []engine.Strategy{*st}
	if t.program, err = newStaged(t, cover); err != nil {
		return nil, err
	}
	one.Strategies[0].Await = t.program.awaited(st.Await)
	one.Feeds = t.program.feedList()
	if t.set, err = newSetup(&one, listings(f), played.Timeframe, t.equity); err != nil {
		return nil, err
	}
	t.set.trace = true
	return t, nil
}

// market plays the bars: the first ones as history, the others as quotes,
// trades and bars.
func (t *trial) market(played *history.Bars) (backtest.Source, error) {
	w := &warmed{}
	start := t.bars[t.lead].Open
	for _, b := range t.bars[:t.lead] {
		w.bars = append(w.bars, engine.Event{Kind: engine.KindHistory, Instrument: played.Instrument.ID, At: start, Bar: b})
	}
	rest, err := history.BarsOf(played.Instrument, played.Timeframe, t.bars[t.lead:])
	if err != nil {
		return nil, err
	}
	source, err := rest.Source(spread(t.file))
	w.source = &silenced{source: source, trial: t}
	return w, err
}

// equity is what the account is worth at the start.
func (t *trial) equity(quote string) num.Money {
	if e := t.test.Given.Equity; !e.IsZero() {
		return e
	}
	if e := startEquity(t.file)(quote); !e.IsZero() {
		return e
	}
	return num.MoneyOf(testEquity, 0)
}

// testEquity is the account where neither the test nor the file says.
const testEquity = 100_000

// played returns the bars of a test as rows of an instrument: all rows of the
// file up to the last one asked for, or what is written down.
func (t *trial) played(b *strategies.TestBars, inst market.Instrument, tf market.Timeframe) (*history.Bars, error) {
	if b.File == "" {
		return writtenBars(b, inst, tf)
	}
	name := b.File
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(t.test.In), name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	bars, err := history.OpenBars(name, file, inst, 0)
	if err != nil {
		return nil, err
	}
	if b.Last > bars.Len() {
		return nil, fmt.Errorf("%s has %d rows, the test wants %d..%d", name, bars.Len(), b.First, b.Last)
	}
	if b.Last > 0 {
		return history.BarsOf(inst, bars.Timeframe, bars.All()[:b.Last])
	}
	return bars, nil
}

func writtenBars(b *strategies.TestBars, inst market.Instrument, tf market.Timeframe) (*history.Bars, error) {
	var bars []market.Bar
	start := tf.Open(b.Start)
	for i, r := range b.Rows {
		bars = append(bars, market.Bar{
			Open: start.Add(tf.Duration() * time.Duration(i)), Timeframe: tf, O: r.O, H: r.H, L: r.L, C: r.C, Volume: r.Volume,
		})
	}
	return history.BarsOf(inst, tf, bars)
}

// run plays the bars through the engine and keeps what happened.
func (t *trial) run(ctx context.Context) error {
	ids := order.IDs{Tag: order.Tag(t.file.Account.Alias, "test"), Boot: 1}
	e, err := t.set.engineOf(t.program, ids)
	if err != nil {
		return err
	}
	t.engine = e
	venue, err := t.venue()
	if err != nil {
		return err
	}
	if err := t.give(ids); err != nil {
		return err
	}
	desk := paper.New(e, venue, func(ev *engine.Event, out *engine.Outcome) error {
		t.record.see(t, ev, out)
		return nil
	})
	return backtest.Run(ctx, desk, t.set.deepened(t.source))
}

// venue is the simulated exchange, which answers at once and fills whole.
func (t *trial) venue() (*sim.Paper, error) {
	in := t.set.instruments[0]
	var c num.Calc
	cash := t.equity(in.Quote)
	if q := t.test.Given.Quantity; q.Sign() > 0 {
		cash = num.Sub(&c, cash, num.Cost(&c, t.entry(), q))
	}
	if c.Err() != nil || cash.Sign() < 0 {
		return nil, fmt.Errorf("the given position is worth more than the equity %s", t.equity(in.Quote))
	}
	cfg, err := paperOf(t.file, t.set.instruments)
	if err != nil {
		return nil, err
	}
	cfg.Latency, cfg.Fills.Volume = sim.Latency{}, num.Rate{} // bars of a test seldom say a volume
	cfg.Balances = map[string]num.Money{in.Quote: cash, in.Base: t.test.Given.Quantity.Money()}
	return sim.NewPaper(cfg)
}

// entry is what the given position was bought at.
func (t *trial) entry() num.Price {
	if p := t.test.Given.Entry; !p.IsZero() {
		return p
	}
	return t.bars[t.lead].O
}

// give makes true what the test says of the start, the way a restart does.
func (t *trial) give(ids order.IDs) error {
	g := &t.test.Given
	st := &t.set.file.Strategies[0]
	if g.Quantity.Sign() > 0 {
		at := t.bars[t.lead].Open.Add(-time.Duration(g.Bars) * st.Series.Timeframe.Duration())
		for _, c := range t.bought(ids.New(1), at) {
			if err := t.engine.Restore(&c); err != nil {
				return err
			}
		}
	}
	if len(g.State) > 0 {
		set := engine.Variables{Strategy: st.Name}
		for _, v := range g.State {
			set.Set = append(set.Set, engine.Value{Name: st.State[v.Variable].Name, Number: v.Value})
		}
		if err := t.engine.Restore(&engine.Change{Kind: engine.ChangeState, At: t.bars[t.lead].Open, State: set}); err != nil {
			return err
		}
	}
	t.record.begin(st, g.State)
	t.engine.Restored()
	return nil
}

// bought is the order, the fill and the memory behind a given position.
func (t *trial) bought(id string, at market.Time) []engine.Change {
	g, st := &t.test.Given, &t.set.file.Strategies[0]
	in, price := t.set.instruments[0], t.entry()
	o := order.Order{
		Intent: order.Intent{
			Strategy: st.Name, Rule: "given", Decision: "given", Instrument: in.ID,
			Side: order.Buy, TIF: order.IOC, Price: price, Quantity: g.Quantity, Reference: price,
		},
		ClientID: id, ExchangeID: "given", State: order.Filled, Created: at, Changed: at,
		Filled: g.Quantity, Booked: g.Quantity, Settled: true,
	}
	f := order.Fill{
		Instrument: in.ID, ClientID: id, ExchangeID: "given", ID: "given", At: at,
		Side: order.Buy, Price: price, Quantity: g.Quantity, FeeCurrency: in.Quote,
	}
	h := engine.Holding{Strategy: st.Name, Opened: at, Bars: g.Bars, Entries: 1, Entry: id, Max: price, Min: price}
	return []engine.Change{
		{Kind: engine.ChangeOrder, At: at, Order: o},
		{Kind: engine.ChangeFill, At: at, Fill: f},
		{Kind: engine.ChangeHolding, At: at, Holding: h},
	}
}

// bar returns the number of the bar that closes at a time, from 1, counted
// from the first that is played.
func (t *trial) bar(at market.Time) int {
	i, ok := slices.BinarySearchFunc(t.bars, at, func(b market.Bar, at market.Time) int { return int(b.Close() - at) })
	if !ok {
		return 0
	}
	return i - t.lead + 1
}

// at returns the time of a moment.
func (t *trial) at(w strategies.When) (market.Time, error) {
	if w.Bar == 0 {
		return w.Time, nil
	}
	if i := t.lead + w.Bar - 1; i < len(t.bars) {
		return t.bars[i].Close(), nil
	}
	return 0, fmt.Errorf("bar %d: the test has %d", w.Bar, len(t.bars)-t.lead)
}
