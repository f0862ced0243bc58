package synth_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/synth"
)

// fingerprintEvents is how many events a fingerprint covers: some eight hours of
// all instruments.
const fingerprintEvents = 20_000

// fingerprint is the hash of a market's first events as text.
func fingerprint(tb testing.TB, cfg synth.Config) string {
	tb.Helper()
	m := synth.New(cfg)
	sum := sha256.New()
	var ev engine.Event
	for range fingerprintEvents {
		if more, err := m.Next(&ev); err != nil || !more {
			tb.Fatalf("got %v, %v, want an event", more, err)
		}
		tell(sum, &ev)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

func tell(sum hash.Hash, ev *engine.Event) {
	b, q, t := &ev.Bar, &ev.Quote, &ev.Trade
	fmt.Fprintln(sum, uint8(ev.Kind), ev.Instrument, int64(ev.At), int64(b.Open), b.O, b.H, b.L, b.C, b.Volume,
		q.Bid, q.BidSize, q.Ask, q.AskSize, t.ID, t.Price, t.Size, t.Buyer)
}

// TestSame holds the market to what it was when this was written, on whatever
// machine the test runs.
func TestSame(t *testing.T) {
	const want = "a63197d4e8d3536400b0d609c1f2475a"
	got := fingerprint(t, synth.Config{Seed: 1})
	if got != want {
		t.Errorf("seed 1: got fingerprint %s, want %s: the model changed, or this machine computes otherwise", got, want)
	}
	if again := fingerprint(t, synth.Config{Seed: 1}); again != got {
		t.Errorf("seed 1, again: got fingerprint %s, want %s", again, got)
	}
	seen := map[string]uint64{got: 1}
	for seed := range uint64(4) {
		seed += 2
		f := fingerprint(t, synth.Config{Seed: seed})
		if other, found := seen[f]; found {
			t.Errorf("got equal markets from seeds %d and %d, want different ones", other, seed)
		}
		seen[f] = seed
	}
}

// checker follows one instrument and checks each event against those before.
type checker struct {
	inst   market.Instrument
	at     market.Time
	quote  market.Quote
	quoted market.Time
	bar    market.Bar // of the trades since the last bar
	last   num.Price  // of the last bar
	bars   int
	events int // since the last bar
	trades int64
}

func (c *checker) check(t *rapid.T, ev *engine.Event) {
	if ev.At < c.at || ev.At%market.Time(time.Millisecond) != 0 {
		t.Fatalf("%s: got %s after %s, want whole milliseconds that do not fall", c.inst.ID, ev.At, c.at)
	}
	c.at = ev.At
	c.events++
	switch ev.Kind {
	case engine.KindQuote:
		c.onQuote(t, ev)
	case engine.KindTrade:
		c.onTrade(t, ev)
	case engine.KindBar:
		c.onBar(t, ev)
	default:
		t.Fatalf("%s: got an event of kind %d", c.inst.ID, ev.Kind)
	}
}

func (c *checker) onQuote(t *rapid.T, ev *engine.Event) {
	q := ev.Quote
	onGrid := num.IsMultiple(q.Bid, c.inst.Tick) && num.IsMultiple(q.Ask, c.inst.Tick) &&
		num.IsMultiple(q.BidSize, c.inst.Lot) && num.IsMultiple(q.AskSize, c.inst.Lot)
	if q.Crossed() || !onGrid || q.BidSize.Less(c.inst.Min) || q.AskSize.Less(c.inst.Min) {
		t.Fatalf("%s: got quote %+v, want one on the grid that is not crossed", c.inst.ID, q)
	}
	c.quote, c.quoted = q, ev.At
}

func (c *checker) onTrade(t *rapid.T, ev *engine.Event) {
	p := ev.Trade
	want := c.quote.Bid
	if p.Buyer {
		want = c.quote.Ask
	}
	if p.Price != want || c.quoted != ev.At {
		t.Fatalf("%s: got trade %+v at %s, want it at quote %+v of %s", c.inst.ID, p, ev.At, c.quote, c.quoted)
	}
	if !num.IsMultiple(p.Size, c.inst.Lot) || p.Size.Less(c.inst.Min) {
		t.Fatalf("%s: got trade of %s, want lots of %s from %s up", c.inst.ID, p.Size, c.inst.Lot, c.inst.Min)
	}
	if c.trades++; p.ID != c.trades {
		t.Fatalf("%s: got trade %d, want %d", c.inst.ID, p.ID, c.trades)
	}
	b := &c.bar
	if b.Volume.IsZero() {
		b.O, b.H, b.L = p.Price, p.Price, p.Price
	}
	var sum num.Calc
	b.H, b.L, b.C, b.Volume = b.H.Max(p.Price), b.L.Min(p.Price), p.Price, num.Add(&sum, b.Volume, p.Size)
}

func (c *checker) onBar(t *rapid.T, ev *engine.Event) {
	if c.bar.Volume.IsZero() && !c.last.IsZero() {
		c.bar.O, c.bar.H, c.bar.L, c.bar.C = c.last, c.last, c.last, c.last
	}
	c.bar.Open, c.bar.Timeframe = ev.At.Add(-time.Minute), market.Minute
	if diff := cmp.Diff(c.bar, ev.Bar, cmpopts.EquateComparable(num.Price{}, num.Quantity{})); diff != "" {
		t.Fatalf("%s: bar is not what its trades made (-want +got):\n%s", c.inst.ID, diff)
	}
	if age := ev.At.Sub(c.quoted); age <= 0 || age > 400*time.Millisecond {
		t.Fatalf("%s: got a quote %v old when the bar closed, want at most 400ms", c.inst.ID, age)
	}
	if c.events > 17 {
		t.Fatalf("%s: got %d events in a minute, want at most 17", c.inst.ID, c.events)
	}
	c.last, c.bar, c.events = ev.Bar.C, market.Bar{}, 0
	c.bars++
}

// TestEvents plays markets of any configuration and checks every event.
func TestEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := synth.Config{
			Seed:        rapid.Uint64().Draw(t, "seed"),
			Lead:        rapid.IntRange(0, 100).Draw(t, "lead"),
			Instruments: rapid.SliceOfNDistinct(rapid.SampledFrom(synth.Names()), 1, 4, rapid.ID).Draw(t, "instruments"),
		}
		m := synth.New(cfg)
		all := map[string]*checker{}
		for _, inst := range m.Instruments() {
			c := &checker{inst: inst}
			if past := m.History(inst.ID); len(past) > 0 {
				c.last = past[len(past)-1].C
			}
			all[inst.ID] = c
		}
		var ev engine.Event
		var at market.Time
		for range 3000 {
			if more, err := m.Next(&ev); err != nil || !more {
				t.Fatalf("got %v, %v, want an event", more, err)
			}
			if ev.At < at {
				t.Fatalf("got %s after %s, want times that do not fall", ev.At, at)
			}
			at = ev.At
			c := all[ev.Instrument]
			if c == nil {
				t.Fatalf("got an event of %s, want only %v", ev.Instrument, cfg.Instruments)
			}
			if c.bars == 0 && c.last.IsZero() && ev.Kind == engine.KindBar && c.bar.Volume.IsZero() {
				c.last = ev.Bar.C // no history, and no trade to tell the price
			}
			c.check(t, &ev)
		}
	})
}

// TestAlone checks that an instrument does not depend on the others listed.
func TestAlone(t *testing.T) {
	together := synth.New(synth.Config{Seed: 7, Days: 1, Lead: 30})
	alone := synth.New(synth.Config{Seed: 7, Days: 1, Lead: 30, Instruments: []string{"LTC-USD"}})
	var got, want engine.Event
	n := 0
	for {
		more, err := together.Next(&got)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
		if got.Instrument != "LTC-USD" {
			continue
		}
		n++
		if more, err := alone.Next(&want); err != nil || !more || !reflect.DeepEqual(got, want) {
			t.Fatalf("event %d: got %+v among others, want %+v (%v, %v)", n, got, want, more, err)
		}
	}
	if more, err := alone.Next(&want); more || err != nil || n < 5000 {
		t.Errorf("after %d events: got %v, %v, want the end", n, more, err)
	}
}

// TestHistory checks that the past leads up to the start without a hole.
func TestHistory(t *testing.T) {
	const lead = 500
	start := synth.DefaultStart.Add(12 * time.Hour)
	m := synth.New(synth.Config{Seed: 3, Start: start.Add(17 * time.Second), Days: 2, Lead: lead})
	for _, inst := range m.Instruments() {
		bars := m.History(inst.ID)
		if len(bars) != lead {
			t.Fatalf("%s: got %d bars, want %d", inst.ID, len(bars), lead)
		}
		for i := range bars {
			want := start.Add(time.Duration(i-lead) * time.Minute)
			if err := bars[i].Check(); err != nil || bars[i].Open != want {
				t.Fatalf("%s: bar %d: got one of %s, %v, want one of %s", inst.ID, i, bars[i].Open, err, want)
			}
		}
	}
	if got := m.History("XRP-USD"); got != nil {
		t.Errorf("XRP-USD: got a history of %d bars, want none", len(got))
	}
	var ev, last engine.Event
	bars := 0
	for more := true; more; {
		last = ev
		var err error
		if more, err = m.Next(&ev); err != nil {
			t.Fatal(err)
		}
		if more && ev.Kind == engine.KindBar {
			bars++
		}
	}
	if want := len(synth.Names()) * 2 * 1440; bars != want {
		t.Errorf("got %d bars, want %d", bars, want)
	}
	if want := start.Add(48 * time.Hour); last.Kind != engine.KindBar || last.At != want {
		t.Errorf("got the end at %s with kind %d, want %s with a bar", last.At, last.Kind, want)
	}
}

func TestUnknownInstrument(t *testing.T) {
	var ev engine.Event
	more, err := synth.New(synth.Config{Instruments: []string{"BTC-USD", "XRP-USD"}}).Next(&ev)
	if more || err == nil || !strings.Contains(err.Error(), `"XRP-USD"`) {
		t.Errorf("got %v, %v, want an error that names XRP-USD", more, err)
	}
}

// TestTogether checks that instruments move with the climate they share, each
// by its own measure.
func TestTogether(t *testing.T) {
	for _, name := range synth.Names()[1:] {
		if got := together(5, name); got < 0.4 || got > 0.8 {
			t.Errorf("%s with BTC-USD: got correlation %.2f of one-minute returns, want 0.4 to 0.8", name, got)
		}
	}
}

// TestNoAllocation checks that the steady state allocates nothing.
func TestNoAllocation(t *testing.T) {
	m := synth.New(synth.Config{Seed: 1})
	var ev engine.Event
	got := testing.AllocsPerRun(20_000, func() {
		if _, err := m.Next(&ev); err != nil {
			t.Fatal(err)
		}
	})
	if got != 0 {
		t.Errorf("got %g allocations an event, want 0", got)
	}
}

// TestLong checks that a market without end stays where orders make sense.
func TestLong(t *testing.T) {
	m := synth.New(synth.Config{Seed: 11, Instruments: []string{"SOL-USD"}})
	var ev engine.Event
	low, high := 190.0, 190.0
	for bars := 0; bars < 100*1440; {
		if more, err := m.Next(&ev); err != nil || !more {
			t.Fatalf("got %v, %v, want an event", more, err)
		}
		if ev.Kind == engine.KindBar {
			low, high = min(low, ev.Bar.L.Float()), max(high, ev.Bar.H.Float())
			bars++
		}
	}
	if low < 190.0/10 || high > 190.0*10 {
		t.Errorf("got prices from %g to %g in 100 days, want them within a factor of ten of 190", low, high)
	}
}

func BenchmarkNext(b *testing.B) {
	m := synth.New(synth.Config{Seed: 1})
	var ev engine.Event
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Next(&ev); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
