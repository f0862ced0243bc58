package sim_test

import (
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// bot is what a driver does to a paper venue, drawn from a seed.
type bot struct {
	t      *testing.T
	p      *sim.Paper
	random *rand.Rand
	now    market.Time
	n      int
	told   []engine.Event
}

func paperConfig(seed uint64) sim.PaperConfig {
	return sim.PaperConfig{
		Instruments: []market.Instrument{coarse}, Fees: feeSets[seed%uint64(len(feeSets))],
		Latency: sim.Latency{From: time.Duration(seed%3) * 7 * time.Millisecond}, SlippageBps: num.MustRate("1.5"), SpreadBps: num.MustRate("4"),
		Balances: map[string]num.Money{"USD": num.MustMoney("500"), "BTC": num.MustMoney("3")},
	}
}

func newBot(t *testing.T, seed uint64) *bot {
	p, err := sim.NewPaper(paperConfig(seed))
	if err != nil {
		t.Fatal(err)
	}
	return &bot{t: t, p: p, random: rand.New(rand.NewPCG(seed, 2))}
}

func (b *bot) drain() {
	var ev engine.Event
	for b.p.Next(&ev) {
		b.told = append(b.told, ev)
	}
}

func (b *bot) market(ev engine.Event) {
	ev.Instrument, ev.At = coarse.ID, b.now
	b.p.Market(&ev)
	b.drain()
}

func (b *bot) quote() {
	bid := ticks(b.random.IntN)
	b.market(engine.Event{Kind: engine.KindQuote, Quote: market.Quote{
		Bid: num.PriceOf(bid, 2), BidSize: num.QuantityOf(int64(b.random.IntN(90)), 3),
		Ask: num.PriceOf(bid+1+int64(b.random.IntN(3)), 2), AskSize: num.QuantityOf(int64(b.random.IntN(90)), 3),
	}})
}

func (b *bot) step() {
	b.now += market.Milli(int64(b.random.IntN(6)))
	switch b.random.IntN(7) {
	case 0, 1:
		b.quote()
	case 2, 3:
		b.market(engine.Event{Kind: engine.KindTrade, Trade: market.Trade{
			Price: num.PriceOf(ticks(b.random.IntN), 2), Size: num.QuantityOf(int64(b.random.IntN(40)), 3), Buyer: b.random.IntN(2) == 0,
		}})
	case 4:
		o := order.Order{ClientID: strconv.Itoa(b.n - b.random.IntN(6)), Intent: order.Intent{Instrument: coarse.ID}}
		kinds := [...]engine.CommandKind{engine.CommandCancel, engine.CommandCancel, engine.CommandQuery, engine.CommandFills}
		b.p.Take(kinds[b.random.IntN(len(kinds))], o, b.now)
	default:
		b.n++
		b.p.Take(engine.CommandSubmit, order.Order{ClientID: strconv.Itoa(b.n), Intent: order.Intent{
			Instrument: coarse.ID, Side: order.Buy + order.Side(b.random.IntN(2)), TIF: order.GTC + order.TimeInForce(b.random.IntN(4)),
			Price: num.PriceOf(ticks(b.random.IntN), 2), Quantity: num.QuantityOf(int64(2+b.random.IntN(200)), 3),
		}}, b.now)
	}
	b.drain()
}

// settle lets everything on its way arrive.
func (b *bot) settle() {
	b.now = max(b.now, b.p.Wake()) + market.Milli(100)
	b.p.Advance(b.now)
	b.drain()
}

// TestPaperTells holds what a bot relies on: times never fall, one answer a
// submit and before anything else of that order, fills before the evidence
// that includes them, nothing after a final state, and balances that are the
// sum of the fills.
func TestPaperTells(t *testing.T) {
	for seed := range uint64(40) {
		b := newBot(t, seed)
		b.quote()
		for range 300 {
			b.step()
		}
		b.settle()
		b.check(seed)
	}
}

func (b *bot) check(seed uint64) {
	usd, btc := rat("500"), rat("3")
	filled := map[string]num.Quantity{}
	known := map[order.Key]bool{}
	answered, over := map[string]bool{}, map[string]bool{}
	var last market.Time
	for i := range b.told {
		ev := &b.told[i]
		a, c := &ev.Account, num.Calc{}
		if ev.At < last {
			b.t.Fatalf("seed %d event %d: time falls from %s to %s", seed, i, last, ev.At)
		}
		last = ev.At
		switch ev.Kind {
		case engine.KindSubmitted:
			if answered[a.ClientID] {
				b.t.Fatalf("seed %d event %d: %s is answered twice", seed, i, a.ClientID)
			}
			answered[a.ClientID] = true
		case engine.KindFill:
			f := &a.Fill
			if known[f.Key()] {
				continue // told again because it was asked for
			}
			if known[f.Key()] = true; !answered[f.ClientID] || over[f.ClientID] {
				b.t.Fatalf("seed %d event %d: fill %+v before the answer or after the end", seed, i, f)
			}
			filled[f.ClientID] = num.Add(&c, filled[f.ClientID], f.Quantity)
			b.account(f, usd, btc)
		case engine.KindEvidence:
			e := &a.Evidence
			if e.Filled != filled[e.ClientID] {
				b.t.Fatalf("seed %d event %d: evidence says %s filled, fills sum to %s", seed, i, e.Filled, filled[e.ClientID])
			}
			over[e.ClientID] = over[e.ClientID] || e.State.Terminal()
		default: // cancel answers and balances: checked at the end
		}
	}
	b.checkEnd(seed, usd, btc)
	if len(answered) != b.n || len(known) == 0 {
		b.t.Fatalf("seed %d: %d of %d submits answered, %d fills", seed, len(answered), b.n, len(known))
	}
}

// checkEnd holds the balances against the sum of the fills, and the whole
// against itself.
func (b *bot) checkEnd(seed uint64, usd, btc *big.Rat) {
	for _, bal := range b.p.Balances() {
		want := map[string]string{"USD": usd.FloatString(12), "BTC": btc.FloatString(12)}[bal.Currency]
		if rat(bal.Total.String()).FloatString(12) != want {
			b.t.Fatalf("seed %d: %s is %s, fills sum to %s", seed, bal.Currency, bal.Total, want)
		}
	}
	list, err := b.p.Audit()
	for _, h := range list {
		var c num.Calc
		if got := num.Add(&c, num.Add(&c, h.Users, h.Market), h.Fees); err != nil || got != h.Deposited {
			b.t.Fatalf("seed %d: %s sums to %s, want %s (%v)", seed, h.Currency, got, h.Deposited, err)
		}
	}
}

// TestPaperRestart holds that a venue restored from its state tells the same
// as the one it was taken from, once the market has spoken again.
func TestPaperRestart(t *testing.T) {
	for seed := range uint64(30) {
		a := newBot(t, seed)
		a.quote()
		for range 150 {
			a.step()
		}
		a.settle()
		kept, err := json.Marshal(a.p.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		var state sim.PaperState
		if err := json.Unmarshal(kept, &state); err != nil {
			t.Fatal(err)
		}
		b := newBot(t, seed)
		if err := b.p.Restore(state); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		a.told, b.now, b.n = nil, a.now, a.n
		a.random, b.random = rand.New(rand.NewPCG(seed, 3)), rand.New(rand.NewPCG(seed, 3))
		for _, x := range []*bot{a, b} {
			x.quote()
			for range 100 {
				x.step()
			}
			x.settle()
		}
		if diff := cmp.Diff(a.told, b.told, cmp.Comparer(func(a, b num.Price) bool { return a == b }),
			cmp.Comparer(func(a, b num.Quantity) bool { return a == b }), cmp.Comparer(func(a, b num.Money) bool { return a == b })); diff != "" {
			t.Fatalf("seed %d: (-went on +restored)\n%s", seed, diff)
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	used := newBot(t, 0)
	used.quote()
	used.p.Take(engine.CommandSubmit, order.Order{ClientID: "a", Intent: order.Intent{
		Instrument: coarse.ID, Side: order.Buy, TIF: order.GTC, Price: num.MustPrice("90"), Quantity: num.MustQuantity("1"),
	}}, 1)
	state := used.p.Snapshot()
	if err := used.p.Restore(state); err == nil {
		t.Error("restore into a used venue: got no error")
	}
	poor := state
	poor.Owned = nil
	if err := newBot(t, 0).p.Restore(poor); err == nil {
		t.Error("restore of an order without its money: got no error")
	}
	state.Orders[0].Instrument = "X"
	if err := newBot(t, 0).p.Restore(state); err == nil {
		t.Error("restore of an order in an unlisted instrument: got no error")
	}
}

// account adds a fill to what the bot owns.
func (b *bot) account(f *order.Fill, usd, btc *big.Rat) {
	cost := new(big.Rat).Mul(rat(f.Price.String()), rat(f.Quantity.String()))
	gets, gives, got, gave := btc, usd, rat(f.Quantity.String()), cost
	if f.Side == order.Sell {
		gets, gives, got, gave = usd, btc, cost, rat(f.Quantity.String())
	}
	gets.Add(gets, got).Sub(gets, rat(f.Fee.String()))
	gives.Sub(gives, gave)
}
