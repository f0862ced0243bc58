package sim_test

import (
	"encoding/json"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// arrivals gives commands a second apart and returns how long each took.
func arrivals(t *testing.T, l sim.Latency, n int) []time.Duration {
	t.Helper()
	p, err := sim.NewPaper(sim.PaperConfig{Instruments: []market.Instrument{fine}, Latency: l})
	if err != nil {
		t.Fatal(err)
	}
	var took []time.Duration
	for i := range n {
		at := market.Milli(int64(i+1) * 10_000)
		p.Take(engine.CommandReconcile, order.Order{}, at)
		took = append(took, p.Wake().Sub(at))
		p.Advance(p.Wake())
	}
	return took
}

// TestLatencyIsDrawn: between the bounds, the same from the same seed, and
// with the mean of its distribution.
func TestLatencyIsDrawn(t *testing.T) {
	const n = 4000
	for name, c := range map[string]struct {
		l    sim.Latency
		mean time.Duration
	}{
		"uniform":     {sim.Latency{From: 20 * time.Millisecond, To: 220 * time.Millisecond, Seed: 1}, 120 * time.Millisecond},
		"exponential": {sim.Latency{From: 20 * time.Millisecond, To: 220 * time.Millisecond, Seed: 1, Exponential: true}, 66269 * time.Microsecond},
	} {
		first, again := arrivals(t, c.l, n), arrivals(t, c.l, n)
		c.l.Seed = 2
		other := arrivals(t, c.l, n)
		var sum time.Duration
		same := 0
		for i, d := range first {
			if d < c.l.From || d > c.l.To || d != again[i] {
				t.Fatalf("%s: command %d took %s, then %s", name, i, d, again[i])
			}
			if d == other[i] {
				same++
			}
			sum += d
		}
		if off := (sum/n - c.mean).Abs(); off > 4*time.Millisecond || same > n/100 {
			t.Errorf("%s: mean %s, want about %s; %d of %d as with another seed", name, sum/n, c.mean, same, n)
		}
	}
}

// TestNoCommandOvertakes: what was sent first arrives first, and a restart goes
// on with the draws where it stopped.
func TestNoCommandOvertakes(t *testing.T) {
	cfg := sim.PaperConfig{Instruments: []market.Instrument{fine}, Latency: sim.Latency{To: time.Second, Seed: 3}}
	p, err := sim.NewPaper(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		p.Take(engine.CommandReconcile, order.Order{}, market.Milli(int64(1000+i)))
	}
	last := market.Time(0)
	for p.Wake() != 0 {
		if p.Wake() < last {
			t.Fatalf("arrived at %s after %s", p.Wake(), last)
		}
		last = p.Wake()
		p.Advance(last)
	}
	again, err := sim.NewPaper(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Restore(stored(t, p)); err != nil {
		t.Fatal(err)
	}
	p.Take(engine.CommandReconcile, order.Order{}, last)
	again.Take(engine.CommandReconcile, order.Order{}, last)
	if p.Wake() != again.Wake() {
		t.Errorf("after a restart the next command arrives at %s, without it at %s", again.Wake(), p.Wake())
	}
}

// stored is the state as a store keeps it.
func stored(t *testing.T, p *sim.Paper) (s sim.PaperState) {
	t.Helper()
	text, err := json.Marshal(p.Snapshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFeeTiers: a day counts from the next UTC day on, for thirty days, also
// over a restart.
func TestFeeTiers(t *testing.T) {
	cfg := sim.PaperConfig{
		Instruments: []market.Instrument{fine},
		Balances:    map[string]num.Money{"USD": num.MustMoney("100000")},
		Fees:        sim.Fees{Maker: num.MustRate("0.001"), Taker: num.MustRate("0.002")},
		Tiers: []sim.Tier{
			{Traded: num.MustMoney("100"), Fees: sim.Fees{Maker: num.MustRate("0.0005"), Taker: num.MustRate("0.001")}},
			{Traded: num.MustMoney("300"), Fees: sim.Fees{Taker: num.MustRate("0.0001")}},
		},
	}
	p, err := sim.NewPaper(cfg)
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	for _, c := range []struct {
		day  int
		want string // fee of 1 BTC at 100 USD
	}{
		{0, "0.002"}, {0, "0.002"}, {1, "0.001"}, {2, "0.0001"}, {30, "0.0001"}, {33, "0.001"}, {34, "0.001"}, {70, "0.002"},
	} {
		at := market.Milli(0).Add(time.Duration(c.day)*day + time.Hour)
		p.Market(&engine.Event{Kind: engine.KindQuote, Instrument: fine.ID, At: at, Quote: market.Quote{
			Bid: num.MustPrice("99"), BidSize: num.MustQuantity("5"), Ask: num.MustPrice("100"), AskSize: num.MustQuantity("5"),
		}})
		var o order.Order
		o.Instrument, o.Side, o.TIF, o.Price, o.Quantity = fine.ID, order.Buy, order.IOC, num.MustPrice("100"), num.MustQuantity("1")
		p.Take(engine.CommandSubmit, o, at)
		var ev engine.Event
		got := ""
		for p.Next(&ev) {
			if ev.Kind == engine.KindFill {
				got = ev.Account.Fill.Fee.String()
			}
		}
		if got != c.want {
			t.Errorf("day %d: fee %q, want %s", c.day, got, c.want)
		}
		again, err := sim.NewPaper(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Restore(stored(t, p)); err != nil {
			t.Fatal(err)
		}
		p = again
	}
}

// TestModelsThatCannotBe are refused before anything runs.
func TestModelsThatCannotBe(t *testing.T) {
	one := sim.Tier{Traded: num.MustMoney("1")}
	for name, change := range map[string]func(*sim.PaperConfig){
		"to below from":   func(c *sim.PaperConfig) { c.Latency = sim.Latency{From: 2, To: 1} },
		"more than all":   func(c *sim.PaperConfig) { c.Fills.Volume = num.MustRate("1.01") },
		"less than none":  func(c *sim.PaperConfig) { c.Fills.Volume = num.MustRate("-0.1") },
		"another queue":   func(c *sim.PaperConfig) { c.Fills.Queue = 7 },
		"tiers not apart": func(c *sim.PaperConfig) { c.Tiers = []sim.Tier{one, one} },
		"a tier's fee":    func(c *sim.PaperConfig) { c.Tiers = []sim.Tier{{one.Traded, sim.Fees{Taker: num.MustRate("2")}}} },
	} {
		cfg := sim.PaperConfig{Instruments: []market.Instrument{fine}}
		change(&cfg)
		if _, err := sim.NewPaper(cfg); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
