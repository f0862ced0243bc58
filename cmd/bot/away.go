package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange/history"
	"rulebot/exchange/sim"
)

// away is the time in which nobody watched the orders that a dry run left at
// rest, and what the bars of that time did to them. They go through the same
// simulated exchange as everything else, by the way inside bars that a
// backtest assumes, and only then does the run begin: it learns of the fills
// as a live run would, when it reconciles.
type away struct {
	set         *setup
	base        market.Timeframe
	from, until market.Time
	told        []absence // by instrument that orders rest on
	filled      []sim.Fill
	rests       []sim.Order
	stops       []sim.Algo // that still wait
}

// absence is what is known of one instrument.
type absence struct {
	instrument    string
	known, passed int // bars that are there, bars that began and ended meanwhile
}

// comeBack decides from the data what happened to the orders at rest. An
// exchange that cannot be asked ends the run before it begins, for to go on
// would be to assume that nothing happened.
func (r *runner) comeBack(ctx context.Context, history live.History) (*away, error) {
	before := r.paper.Snapshot()
	a := &away{set: r.set, base: r.conn.base, from: before.At, until: r.conn.clock.Now()}
	if !r.paper.Waits() || a.until.Sub(a.from) <= 0 {
		return nil, nil
	}
	sources, err := a.fetch(ctx, history, waiting(&before))
	if err != nil {
		return nil, fmt.Errorf("what happened to the orders at rest since %s: %w", stamp(a.from), err)
	}
	if err := a.play(r.paper, sources); err != nil {
		return nil, err
	}
	after := r.paper.Snapshot()
	a.compare(&before, &after)
	if r.paper, err = r.set.paper(); err != nil { // without the news: whoever was away did not hear it
		return nil, err
	}
	return a, r.paper.Restore(after)
}

// waiting names the instruments on which something rests.
func waiting(s *sim.PaperState) []string {
	var ids []string
	for i := range s.Orders {
		if s.Orders[i].State.Live() {
			ids = append(ids, s.Orders[i].Instrument)
		}
	}
	for i := range s.Algos {
		ids = append(ids, s.Algos[i].Instrument)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// fetch asks for the bars that began and ended meanwhile.
func (a *away) fetch(ctx context.Context, from live.History, ids []string) ([]history.Events, error) {
	length := a.base.Duration()
	first, end := a.from.Add(length-1).Floor(length), a.until.Floor(length)
	passed := max(0, int(end.Sub(first)/length))
	var sources []history.Events
	for _, id := range ids {
		told := absence{instrument: id, passed: passed}
		if passed > 0 {
			rows, err := from.Bars(ctx, market.Series{Instrument: id, Timeframe: a.base}, min(passed, keptBars), end)
			if err != nil {
				return nil, err
			}
			rows = slices.DeleteFunc(rows, func(b market.Bar) bool { return b.Open < first || b.Close() > end })
			told.known = len(rows)
			source, err := a.source(id, rows)
			if err != nil {
				return nil, err
			}
			sources = append(sources, source)
		}
		a.told = append(a.told, told)
	}
	return sources, nil
}

func (a *away) source(id string, rows []market.Bar) (history.Events, error) {
	i := slices.IndexFunc(a.set.instruments, func(in market.Instrument) bool { return in.ID == id })
	if i < 0 {
		return nil, fmt.Errorf("%s is not listed", id)
	}
	bars, err := history.BarsOf(a.set.instruments[i], a.base, rows)
	if err != nil {
		return nil, err
	}
	return bars.Source(spread(a.set.file))
}

// play has the simulated exchange match against the bars.
func (a *away) play(venue *sim.Paper, sources []history.Events) error {
	all := history.Merge(sources...)
	var ev engine.Event
	for {
		ok, err := all.Next(&ev)
		if err != nil || !ok {
			return err
		}
		venue.Market(&ev)
	}
}

// compare notes what came of the orders.
func (a *away) compare(before, after *sim.PaperState) {
	seen := map[int64]bool{}
	for i := range before.Fills {
		seen[before.Fills[i].Ledger] = true
	}
	for i := range after.Fills {
		if f := &after.Fills[i]; !seen[f.Ledger] {
			a.filled = append(a.filled, *f)
		}
	}
	for i := range after.Orders {
		if o := &after.Orders[i]; o.State.Live() {
			a.rests = append(a.rests, o.Order)
		}
	}
	for i := range after.Algos {
		a.stops = append(a.stops, after.Algos[i].Algo)
	}
}

// report says what happened, and what nobody can know.
func (a *away) report(w io.Writer) {
	if a == nil {
		return
	}
	fmt.Fprintf(w, "AWAY from %s to %s, %s: what happened to the orders at rest is decided by the bars of that time\n",
		stamp(a.from), stamp(a.until), span(a.until.Sub(a.from).Round(time.Second)))
	for _, t := range a.told {
		fmt.Fprintf(w, "  %-10s %s\n", t.instrument, a.knownText(&t))
	}
	for i := range a.filled {
		f := &a.filled[i]
		fmt.Fprintf(w, "  %-10s %s %s %s at %s, %s\n", "filled", done(f.Side), f.Quantity, f.Instrument, f.Price, stamp(f.At))
	}
	for i := range a.rests {
		o := &a.rests[i]
		fmt.Fprintf(w, "  %-10s %s %s %s, limit %s\n", "rests", o.Side, o.Remaining(), o.Instrument, o.Price)
	}
	for i := range a.stops {
		s := &a.stops[i]
		fmt.Fprintf(w, "  %-10s %s %s %s, stop from %s\n", "waits", s.Side, s.Size, s.Instrument, s.Stop.Trigger)
	}
	fmt.Fprintln(w)
}

func (a *away) knownText(t *absence) string {
	switch {
	case t.passed == 0:
		return fmt.Sprintf("no %s bar began and ended meanwhile: an order is taken to have rested", a.base)
	case t.known == 0:
		return fmt.Sprintf("no data: the exchange has none of the %s, an order is taken to have rested", count(int64(t.passed), a.base.String()+" bar"))
	case t.known < t.passed:
		return fmt.Sprintf("%d of %s; in the others an order is taken to have rested", t.known, count(int64(t.passed), a.base.String()+" bar"))
	}
	return count(int64(t.known), a.base.String()+" bar")
}

// watched has the simulated account kept with the next commit while orders are
// at rest, so that the next run knows until when they were watched.
func (r *runner) watched() error {
	if r.paper == nil || r.conn.fresh || !r.paper.Waits() {
		return nil
	}
	data, err := json.Marshal(r.paper.Snapshot())
	if err != nil {
		return err
	}
	r.store.PutBlob(paperBlob, data)
	return nil
}

func done(s order.Side) string {
	if s == order.Sell {
		return "sold"
	}
	return "bought"
}
