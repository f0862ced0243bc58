package engine_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// bazaar is an exchange of one instrument with orders that rest. It counts its
// own truth, answers late, twice or never, and fails the test when it is asked
// for what must not be: to sell what is not held, to buy without money, or to
// let two of our orders trade with each other.
type bazaar struct {
	t       *testing.T
	rng     *rand.Rand
	scene   *scene
	now     market.Time
	price   int64 // in ticks
	orders  []*order.Order
	byID    map[string]*order.Order
	fills   []order.Fill
	owner   map[string]string // strategy of an order
	stops   []*heldAtBazaar
	told    []engine.Event  // on the way to the bot
	changes []engine.Change // journaled
	held    map[string]num.Money
	calm    bool
	seen    map[string]int
}

func newBazaar(t *testing.T, seed uint64) *bazaar {
	b := &bazaar{
		t: t, rng: rand.New(rand.NewPCG(seed, 3)), now: day.Add(time.Hour), price: 1000, byID: map[string]*order.Order{}, owner: map[string]string{},
		held: map[string]num.Money{"USD": num.MustMoney("50000"), "BTC": {}}, seen: map[string]int{},
	}
	b.scene = b.engine()
	b.mood("false")
	b.scan()
	return b
}

func (b *bazaar) engine() *scene {
	s := newScene()
	for _, l := range []string{
		"instrument BTC-USD",
		"strategy a BTC-USD 1m",
		"rule dip when=p do=buy:base:1/limit=last~-1/expire=2bars/then/tag=dip",
		"rule in for=flat when=q do=buy:quote:300/slip=50",
		"rule out for=long when=r do=close/limit=last~0.5/expire=40s/then",
		"rule part for=long when=s do=reduce:position_pct:40/limit=last~1/expire=90s",
		"rule no when=u do=cancel",
		"exit stop_loss price=fill.price~-2 ratchet=true", "exit take_profit pct=1 size_pct=50", "exit take_profit pct=2", "exit time_stop after=15bars",
		"strategy b BTC-USD 1m",
		"rule above for=flat when=p do=buy:quote:500/stop=last~0.4/expire=5bars",
		"rule guard for=long when=q do=close/stop=last~-0.8+sell:position_pct:50/stop=last~-0.5/limit=last~-0.6/tag=half",
		"rule rest for=long when=s do=sell:position_pct:30/limit=last~0.3/tif=post_only",
		"rule gone when=u do=cancel:sell", "rule out for=long when=r do=close",
		"exit trailing_stop activate_pct=0.2 distance_pct=0.5",
		"strategy c BTC-USD 1m",
		"rule in for=flat when=q do=buy:base:0.7", "rule more for=long when=p do=buy:base:0.2",
		"rule half for=long when=s do=reduce:position_pct:50", "rule out for=long when=r do=close",
		"exit stop_loss price=last~-1.2 ratchet=true where=exchange", "exit take_profit pct=1.5",
		"limits daily_loss=40000",
	} {
		if err := s.line(strings.Fields(l)); err != nil {
			b.t.Fatal(err)
		}
	}
	e, err := engine.New(s.cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	s.e = e
	return s
}

// mood gives the rules' conditions their truth; "" is any.
func (b *bazaar) mood(all string) {
	for _, name := range []string{"p", "q", "r", "s", "u"} {
		truth := all
		if truth == "" {
			truth = [...]string{"true", "false", "false"}[b.rng.IntN(3)]
		}
		b.scene.prog.set(name, truth)
	}
}

// step gives the engine an event, journals, and carries out what it wants.
func (b *bazaar) step(ev engine.Event) {
	ev.At, ev.Seen = b.now, b.now
	out := *b.scene.e.Step(&ev)
	if err := b.scene.e.Err(); err != nil {
		b.t.Fatal(err)
	}
	for i := range out.Changes {
		c := out.Changes[i]
		b.changes = append(b.changes, c)
		if c.Kind == engine.ChangeHalt || c.Kind == engine.ChangeOrder && c.Order.State == order.Conflict {
			b.t.Fatalf("%s: %s", clockText(b.now), asJSON(b.t, &c))
		}
		if c.Kind == engine.ChangeStanding {
			b.seen[c.Standing.Over]++
		}
	}
	for i := range out.Commands {
		b.do(&out.Commands[i])
	}
}

func (b *bazaar) do(c *engine.Command) {
	switch c.Kind {
	case engine.CommandSubmit:
		b.submit(c.Approved.Order())
	case engine.CommandCancel:
		if o := b.byID[c.Order.ClientID]; o != nil && o.State.Live() && (b.calm || b.rng.IntN(3) > 0) {
			b.end(o)
		}
	case engine.CommandQuery:
		b.tell(b.evidence(b.known(&c.Order), order.FromQuery))
	case engine.CommandFills:
		for _, f := range b.fills {
			if f.ClientID == b.known(&c.Order) {
				b.tell(fillEvent(f))
			}
		}
	case engine.CommandHold:
		b.hold(c)
	case engine.CommandRelease:
		b.release(&c.Held)
	case engine.CommandHeld:
		b.list()
	case engine.CommandAudit, engine.CommandReconcile:
		b.scan()
	}
}

func (b *bazaar) tell(ev engine.Event) { b.told = append(b.told, ev) }

func fillEvent(f order.Fill) engine.Event {
	if strings.HasPrefix(f.ClientID, becameMark) {
		f.ClientID = "" // the exchange knows no id of ours
	}
	return engine.Event{Kind: engine.KindFill, Instrument: f.Instrument, Account: engine.AccountNews{Fill: f}}
}

func (b *bazaar) evidence(id string, from order.Source) engine.Event {
	x := order.Evidence{Source: from, ClientID: id, Instrument: "BTC-USD", Missing: true}
	if o := b.byID[id]; o != nil {
		x = order.Evidence{
			Source: from, ClientID: id, ExchangeID: "X" + id, Instrument: o.Instrument, Side: o.Side, Price: o.Price, Quantity: o.Quantity,
			Filled: o.Filled, State: o.State, At: b.now,
		}
	}
	if from != order.FromPush {
		x.Asked = b.now
	}
	if strings.HasPrefix(id, becameMark) {
		x.ClientID, id = "", ""
	}
	return engine.Event{Kind: engine.KindEvidence, Instrument: "BTC-USD", Account: engine.AccountNews{ClientID: id, Evidence: x}}
}

// submit takes an order, and judges it.
func (b *bazaar) submit(o order.Order) {
	answer := engine.Event{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID}}
	if !b.calm && b.rng.IntN(12) == 0 {
		answer.Account.Result.Class = order.NotSent
		b.tell(answer)
		return
	}
	if b.byID[o.ClientID] != nil {
		b.t.Fatalf("%s was sent twice", o.ClientID)
	}
	b.judge(&o)
	o.State = order.Open
	b.orders, b.byID[o.ClientID], b.owner[o.ClientID] = append(b.orders, &o), &o, o.Strategy
	answer.Account.Result = order.Result{Class: order.Accepted, ExchangeID: "X" + o.ClientID}
	if b.calm || b.rng.IntN(8) > 0 {
		b.tell(answer)
	} else {
		answer.Account.Result = order.Result{} // lost
		b.tell(answer)
	}
	if !o.Rests() {
		b.fill(&o)
		b.end(&o)
		b.seen[o.TIF.String()]++
		return
	}
	b.seen["rests"]++
}

// judge is what no order of ours may do.
func (b *bazaar) judge(o *order.Order) {
	var c num.Calc
	base, quote := num.AsQuantity(b.held["BTC"]), b.held["USD"]
	for _, x := range b.orders {
		switch rest := num.Sub(&c, x.Quantity, x.Filled); {
		case !x.State.Live():
		case x.Side != o.Side && (o.Side == order.Buy && !o.Price.Less(x.Price) || o.Side == order.Sell && !x.Price.Less(o.Price)):
			b.t.Fatalf("%s: %s at %s would trade with our own %s at %s", clockText(b.now), o.Side, o.Price, x.Side, x.Price)
		case x.Side == order.Sell:
			base = num.Sub(&c, base, rest)
		default:
			quote = num.Sub(&c, quote, num.Cost(&c, x.Price, rest))
		}
	}
	for _, s := range b.stops {
		if s.live {
			base = num.Sub(&c, base, s.quantity)
		}
	}
	if o.Side == order.Sell && base.Less(o.Quantity) {
		b.t.Fatalf("%s: selling %s of %s held", clockText(b.now), o.Quantity, base)
	}
	if o.Side == order.Buy && quote.Less(num.Cost(&c, o.Price, o.Quantity)) {
		b.t.Fatalf("%s: buying for more than the %s there is", clockText(b.now), quote)
	}
}

// fill executes some of an order, perhaps all, at its limit.
func (b *bazaar) fill(o *order.Order) {
	var c num.Calc
	q, err := num.FloorTo(num.MulDown(&c, num.Sub(&c, o.Quantity, o.Filled), num.QuantityOf(b.rng.Int64N(5), 1), 8), num.MustQuantity("0.0001"))
	if b.rng.IntN(2) == 0 {
		q = num.Sub(&c, o.Quantity, o.Filled)
	}
	if err != nil || q.Sign() <= 0 {
		return
	}
	o.Filled = num.Add(&c, o.Filled, q)
	cost := num.Cost(&c, o.Price, q)
	if o.Side == order.Buy {
		b.held["BTC"], b.held["USD"] = num.Add(&c, b.held["BTC"], q.Money()), num.Sub(&c, b.held["USD"], cost)
	} else {
		b.held["BTC"], b.held["USD"] = num.Sub(&c, b.held["BTC"], q.Money()), num.Add(&c, b.held["USD"], cost)
	}
	f := order.Fill{
		Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: "X" + o.ClientID, ID: fmt.Sprint(len(b.fills)), At: b.now, Side: o.Side,
		Price: o.Price, Quantity: q, FeeCurrency: "USD",
	}
	b.fills = append(b.fills, f)
	b.tell(fillEvent(f))
	o.State = order.Partial
	if o.Filled == o.Quantity {
		o.State = order.Filled
	}
	b.tell(b.evidence(o.ClientID, order.FromPush))
	if c.Err() != nil {
		b.t.Fatal(c.Err())
	}
}

func (b *bazaar) end(o *order.Order) {
	if o.State.Live() {
		o.State = order.Canceled
		b.tell(b.evidence(o.ClientID, order.FromPush))
	}
}

// scan tells everything there is.
func (b *bazaar) scan() {
	for _, o := range b.scene.e.Unsettled() {
		b.tell(b.evidence(b.known(&o), order.FromQuery))
	}
	for _, f := range b.fills {
		b.tell(fillEvent(f))
	}
	for _, ev := range b.told {
		b.step(ev)
	}
	b.told = b.told[:0]
	for _, currency := range []string{"BTC", "USD"} {
		b.step(engine.Event{Kind: engine.KindBalance, Account: engine.AccountNews{Balance: order.Balance{Currency: currency, Total: b.held[currency]}}})
	}
	b.step(engine.Event{Kind: engine.KindReconciled, Scan: engine.Scan{Asked: b.now, Complete: true}})
}

// second passes a second: the market moves, what rests may trade, and some of
// what is on its way arrives, in any order.
func (b *bazaar) second() {
	b.now = b.now.Add(time.Second)
	for _, o := range b.orders {
		if o.State.Live() && !b.calm && b.rng.IntN(20) == 0 {
			b.fill(o)
		}
	}
	if !b.calm {
		b.price = max(500, b.price+b.rng.Int64N(7)-3)
	}
	b.reach()
	p := b.price
	b.step(quoteEvent("BTC-USD", num.PriceOf(p-1, 1).String(), num.PriceOf(p+1, 1).String()))
	b.step(tradeEvent("BTC-USD", num.PriceOf(p, 1).String()))
	b.step(engine.Event{Kind: engine.KindTimer})
	b.arrive()
	if b.now.Floor(time.Minute) == b.now {
		price := num.PriceOf(p, 1)
		b.mood(map[bool]string{true: "false"}[b.calm])
		b.step(engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD", Bar: market.Bar{
			Open: b.now.Add(-time.Minute), Timeframe: market.Minute, O: price, H: price, L: price, C: price,
		}})
	}
}

func (b *bazaar) arrive() {
	told := b.told
	b.told = nil
	if !b.calm {
		b.rng.Shuffle(len(told), func(i, j int) { told[i], told[j] = told[j], told[i] })
	}
	for _, ev := range told {
		switch n := b.rng.IntN(10); {
		case b.calm || n > 2:
			b.step(ev)
		case n == 0 && ev.Kind != engine.KindSubmitted:
			b.step(ev)
			b.tell(ev) // again
		default:
			b.tell(ev) // later
		}
	}
}

// crash makes a new engine of what was journaled. What was on its way is lost.
func (b *bazaar) crash() {
	s := b.engine()
	for i := range b.changes {
		var c engine.Change
		if err := json.Unmarshal([]byte(asJSON(b.t, &b.changes[i])), &c); err != nil {
			b.t.Fatal(err)
		}
		if err := s.e.Restore(&c); err != nil {
			b.t.Fatal(err)
		}
	}
	s.e.Restored()
	was, got := b.scene.e.Snapshot(), s.e.Snapshot()
	if asJSON(b.t, got.Standing) != asJSON(b.t, was.Standing) || asJSON(b.t, got.Kept) != asJSON(b.t, was.Kept) {
		b.t.Fatalf("held after a restart: %s %s, before it %s %s", asJSON(b.t, got.Standing), asJSON(b.t, got.Kept), asJSON(b.t, was.Standing), asJSON(b.t, was.Kept))
	}
	b.scene, b.told = s, nil
	b.mood("false")
	b.scan()
}

// TestOrdersThatRest plays random markets, answers and crashes: whatever
// happens, no order does what it must not, positions are the sum of the fills,
// and nothing that the engine holds is forgotten or hangs.
func TestOrdersThatRest(t *testing.T) {
	total := map[string]int{}
	for seed := range uint64(*seeds * 5 / 8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			b := newBazaar(t, seed)
			for range 6 {
				for range 200 + b.rng.IntN(200) {
					b.second()
				}
				b.crash()
			}
			b.calm = true
			for range 400 {
				b.second()
			}
			b.agree()
			for what, n := range b.seen {
				total[what] += n
			}
			total["fills"] += len(b.fills)
		})
	}
	for _, what := range []string{"fills", "rests", "ioc", "placed", "expired", "cancelled", "nothing is left to sell", "stops", "stops reached", "stops released", "stops whose answer was lost"} {
		if total[what] < 5 {
			t.Errorf("%s: %d times, so nothing was shown: %v", what, total[what], total)
		}
	}
}

// agree compares what the engine holds with what the exchange knows.
func (b *bazaar) agree() {
	b.t.Helper()
	snap := b.scene.e.Snapshot()
	for i := range snap.Positions {
		p := &snap.Positions[i]
		var c num.Calc
		var want num.Quantity
		for _, f := range b.fills {
			switch {
			case b.owner[f.ClientID] != p.Strategy:
			case f.Side == order.Buy:
				want = num.Add(&c, want, f.Quantity)
			default:
				want = num.Sub(&c, want, f.Quantity)
			}
		}
		if p.Quantity != want || want.Sign() < 0 {
			b.t.Errorf("%s holds %s, its fills say %s", p.Strategy, p.Quantity, want)
		}
	}
	for _, x := range b.scene.e.Balances() {
		if x.Total != b.held[x.Currency] {
			b.t.Errorf("%s: we count %s, the exchange %s", x.Currency, x.Total, b.held[x.Currency])
		}
	}
	for _, s := range snap.Standing {
		if s.Reached != 0 {
			b.t.Errorf("it hangs: %s", standingText(&s))
		}
	}
	b.protected(&snap)
	for i := range snap.Live {
		o := &snap.Live[i]
		if x := b.byID[b.known(o)]; x == nil || !x.State.Live() || o.CancelWanted || o.Filled != x.Filled {
			b.t.Errorf("it hangs: %s", orderText(o))
		}
	}
}
