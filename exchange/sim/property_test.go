package sim_test

import (
	"flag"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// The instrument of the random streams: one tick is 0.01, one lot 0.001.
var coarse = market.Instrument{
	ID: "BTC-USD", Base: "BTC", Quote: "USD",
	Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.001"), Min: num.MustQuantity("0.002"),
}

var users = []string{"ann", "bob", "cid"}

// pair drives the exchange and the model with the same stream.
type pair struct {
	x   *sim.Exchange
	m   *model
	now market.Time
	ids []string
}

func newPair(t fataler, fees sim.Fees) *pair { return newGuarded(t, fees, false) }

// newGuarded is newPair with a price guard of five ticks or so, and at most 5
// USD in a market order.
func newGuarded(t fataler, fees sim.Fees, guarded bool) *pair {
	var rules sim.Rules
	if guarded {
		rules = sim.Rules{Guard: num.MustRate("0.0005"), MarketMax: map[string]num.Money{"USD": num.MustMoney("5")}}
	}
	x, err := sim.New(sim.Config{Instruments: []market.Instrument{coarse}, Fees: fees, Rules: rules})
	if err != nil {
		t.Fatalf("new: %v", err)
	}
	p := &pair{x: x, m: newModel(coarse, fees)}
	if guarded {
		p.m.guard = rat(rules.Guard.String())
	}
	for _, u := range users {
		if err := x.Open(u, map[string]num.Money{"USD": num.MustMoney("50"), "BTC": num.MustMoney("0.5")}); err != nil {
			t.Fatalf("open: %v", err)
		}
		p.m.add(u, "USD", rat("50"))
		p.m.add(u, "BTC", rat("0.5"))
	}
	return p
}

type fataler interface {
	Fatalf(format string, args ...any)
}

// source gives small numbers below a bound: rapid draws them, fuzzing reads
// them from its input.
type source func(bound int) int

// step does one random thing to both.
func (p *pair) step(t fataler, draw source) {
	p.now++
	switch kind := draw(18); {
	case kind >= 16:
		p.amend(t, draw)
	case kind < 8:
		p.submit(t, draw)
	case kind < 10:
		p.cancel(t, draw)
	case kind < 12:
		p.liquidity(t, draw)
	case kind < 13:
		p.quote(t, draw)
	default:
		p.trade(t, draw)
	}
	p.compare(t)
}

func ticks(draw source) int64 { return int64(9990 + draw(21)) }

func (p *pair) submit(t fataler, draw source) {
	o := &modelOrder{
		account: users[draw(len(users))], side: order.Buy + order.Side(draw(2)),
		tif: order.GTC + order.TimeInForce(draw(4)), typ: sim.Limit, price: ticks(draw), left: int64(2 + draw(40)),
	}
	r := sim.Request{
		Account: o.account, ClientID: strconv.Itoa(draw(5)), Instrument: coarse.ID, Side: o.side, TIF: o.tif, Type: o.typ,
		Price: num.PriceOf(o.price, 2), Quantity: num.QuantityOf(o.left, 3),
	}
	if draw(6) == 0 {
		o.typ, o.tif, r.Type, r.Price = sim.Market, order.IOC, sim.Market, num.Price{}
		if o.side == order.Buy {
			cents := int64(1 + draw(700))
			o.budget, o.left = times(cents, "0.01"), 0
			r.Notional, r.Quantity = num.MoneyOf(cents, 2), num.Quantity{}
		}
	}
	done, no := p.x.Submit(p.now, r)
	if no == nil && p.refusable(o, sim.TooValuable) {
		t.Fatalf("submit %+v: accepted, and it is worth too much", r)
	}
	if no == nil {
		p.m.submit(done.ID, o)
		p.ids = append(p.ids, done.ID)
		return
	}
	if !p.refusable(o, no.Reason) {
		t.Fatalf("submit %+v: refused without cause: %v", r, no)
	}
}

// refusable says whether the model agrees with a refusal.
func (p *pair) refusable(o *modelOrder, reason sim.Reason) bool {
	if reason == sim.TooValuable {
		bids := p.m.prices(order.Buy)
		worth := o.budget
		if o.side == order.Sell && len(bids) > 0 {
			worth = new(big.Rat).Mul(times(bids[0], "0.01"), times(o.left, "0.001"))
		}
		return p.m.guard != nil && o.typ == sim.Market && worth != nil && worth.Cmp(rat("5")) > 0
	}
	if reason == sim.BelowMinimum {
		asks := p.m.prices(order.Sell)
		return o.budget != nil && len(asks) > 0 && o.budget.Cmp(new(big.Rat).Mul(times(asks[0], "0.01"), rat("0.002"))) < 0
	}
	currency, need := "BTC", times(o.left, "0.001")
	switch {
	case o.budget != nil:
		currency, need = "USD", o.budget
	case o.side == order.Buy:
		currency, need = "USD", need.Mul(need, times(o.price, "0.01"))
	}
	free := new(big.Rat).Sub(p.m.money[o.account+" "+currency], p.m.held(o.account, currency))
	return reason == sim.Funds && need.Cmp(free) > 0
}

func (p *pair) cancel(t fataler, draw source) {
	if len(p.ids) == 0 {
		return
	}
	id := p.ids[len(p.ids)-1-draw(min(len(p.ids), 30))]
	o := p.m.orders[id]
	_, no := p.x.Cancel(p.now, o.account, coarse.ID, id)
	if live := o.state == order.Open || o.state == order.Partial; live != (no == nil) {
		t.Fatalf("cancel of %s order: refusal %v", o.state, no)
	}
	if no == nil {
		o.state = order.Canceled
		p.m.drop(o)
	}
}

// amend asks for another price, another quantity or both.
func (p *pair) amend(t fataler, draw source) {
	if len(p.ids) == 0 {
		return
	}
	id := p.ids[len(p.ids)-1-draw(min(len(p.ids), 30))]
	o := p.m.orders[id]
	price, total := o.price, o.filled+o.left
	m := sim.Amendment{Account: o.account, Instrument: coarse.ID, ID: id, CancelOnFail: draw(2) == 0}
	if kind := draw(3); kind != 0 {
		price = ticks(draw)
		m.Price = num.PriceOf(price, 2)
	}
	if kind := draw(3); kind != 0 {
		total = int64(2 + draw(40))
		m.Quantity = num.QuantityOf(total, 3)
	}
	_, no := p.x.Amend(p.now, m)
	if live := o.state == order.Open || o.state == order.Partial; live != (no == nil) {
		t.Fatalf("amend of %s order: refusal %v", o.state, no)
	}
	if no == nil {
		p.m.amend(id, o, price, total, m.CancelOnFail)
	}
}

func (p *pair) liquidity(t fataler, draw source) {
	bids, asks := []market.Level{}, []market.Level{}
	mid := ticks(draw)
	reset := draw(3) == 0
	stated := map[order.Side]map[int64]int64{order.Buy: {}, order.Sell: {}}
	for range 1 + draw(4) {
		bid, ask, n, k := mid-1-int64(draw(6)), mid+int64(draw(6)), int64(draw(30)), int64(draw(30))
		stated[order.Buy][bid], stated[order.Sell][ask] = n, k
		bids = append(bids, market.Level{Price: num.PriceOf(bid, 2), Size: num.QuantityOf(n, 3)})
		asks = append(asks, market.Level{Price: num.PriceOf(ask, 2), Size: num.QuantityOf(k, 3)})
	}
	if err := p.x.Liquidity(coarse.ID, p.now, reset, bids, asks); err != nil {
		t.Fatalf("liquidity: %v", err)
	}
	p.state(stated, reset)
}

// state gives the model what the exchange was given.
func (p *pair) state(stated map[order.Side]map[int64]int64, reset bool) {
	for s, levels := range stated {
		if reset {
			for _, price := range p.m.prices(s) {
				if _, kept := levels[price]; !kept {
					p.m.show(s, price, 0)
				}
			}
		}
		for price, n := range levels {
			p.m.show(s, price, n)
		}
	}
	p.m.meet()
}

func (p *pair) quote(t fataler, draw source) {
	bid := ticks(draw)
	q := market.Quote{
		Bid: num.PriceOf(bid, 2), BidSize: num.QuantityOf(int64(draw(20)), 3),
		Ask: num.PriceOf(bid+1+int64(draw(4)), 2), AskSize: num.QuantityOf(int64(draw(20)), 3),
	}
	if err := p.x.Quote(coarse.ID, p.now, q); err != nil {
		t.Fatalf("quote: %v", err)
	}
	bids, asks := sim.Ladder(coarse, q, nil, nil)
	stated := map[order.Side]map[int64]int64{order.Buy: {}, order.Sell: {}}
	for s, levels := range map[order.Side][]market.Level{order.Buy: bids, order.Sell: asks} {
		for _, l := range levels {
			stated[s][int64(l.Price.Float()*100+0.5)] = int64(l.Size.Float()*1000 + 0.5)
		}
	}
	p.state(stated, true)
}

func (p *pair) trade(t fataler, draw source) {
	price, n, buyer := ticks(draw), int64(draw(40)), draw(2) == 0
	if _, err := p.x.Trade(coarse.ID, p.now, market.Trade{Price: num.PriceOf(price, 2), Size: num.QuantityOf(n, 3), Buyer: buyer}); err != nil {
		t.Fatalf("trade: %v", err)
	}
	p.m.trade(price, n, buyer)
}

// compare holds the two against each other, and the exchange against itself.
func (p *pair) compare(t fataler) {
	for _, u := range users {
		for _, b := range p.x.Balances(u) {
			want := p.m.money[u+" "+b.Currency]
			if rat(b.Total.String()).Cmp(want) != 0 {
				t.Fatalf("%s %s: total %s, want %s", u, b.Currency, b.Total, want.FloatString(12))
			}
			want = new(big.Rat).Sub(want, p.m.held(u, b.Currency))
			if rat(b.Available.String()).Cmp(want) != 0 || want.Sign() < 0 {
				t.Fatalf("%s %s: available %s, want %s", u, b.Currency, b.Available, want.FloatString(12))
			}
		}
		for _, o := range p.x.Orders(u, coarse.ID, nil) {
			want := p.m.orders[o.ID]
			if o.State != want.state || o.Filled != num.QuantityOf(want.filled, 3) {
				t.Fatalf("order %+v: got %s with %s, want %s with %d lots", o, o.State, o.Filled, want.state, want.filled)
			}
		}
	}
	p.compareBook(t)
	p.audit(t)
}

func (p *pair) compareBook(t fataler) {
	bids, asks := p.x.Book(coarse.ID, 0)
	for _, side := range []struct {
		s      order.Side
		levels []market.Level
	}{{order.Buy, bids}, {order.Sell, asks}} {
		got := ""
		for _, l := range side.levels {
			got += levelText(l.Price, l.Size)
		}
		if want := p.m.book(side.s); got != want {
			t.Fatalf("book %s:\n got%s\nwant%s", side.s, got, want)
		}
	}
}

// audit holds that no currency was made or lost and that the fees are those
// of the model.
func (p *pair) audit(t fataler) {
	list, err := p.x.Audit()
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	for _, h := range list {
		sum := rat(h.Users.String())
		sum.Add(sum, rat(h.Market.String())).Add(sum, rat(h.Fees.String()))
		if sum.Cmp(rat(h.Deposited.String())) != 0 {
			t.Fatalf("%s: users %s + market %s + fees %s is not %s", h.Currency, h.Users, h.Market, h.Fees, h.Deposited)
		}
		if want := p.m.fee[h.Currency]; rat(h.Fees.String()).Cmp(want) != 0 {
			t.Fatalf("%s: fees %s, want %s", h.Currency, h.Fees, want.FloatString(12))
		}
	}
}

var feeSets = []sim.Fees{
	{},
	{Maker: num.MustRate("0.001"), Taker: num.MustRate("0.002")},
	{Maker: num.MustRate("-0.00025"), Taker: num.MustRate("0.00075")},
	{Maker: num.MustRate("0.000123"), Taker: num.MustRate("0.333333")},
}

func TestExchangeAgreesWithModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newGuarded(t, feeSets[rapid.IntRange(0, len(feeSets)-1).Draw(t, "fees")], rapid.Bool().Draw(t, "guarded"))
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			p.step(t, func(bound int) int { return rapid.IntRange(0, bound-1).Draw(t, "n") })
		}
	})
}

// streams is how many long streams run; longer proofs raise it.
var streams = flag.Int("streams", 40, "number of seeded random streams")

// TestExchangeAgreesWithModelLong draws evenly where rapid prefers small
// numbers, so that deep queues and long lives of orders occur.
func TestExchangeAgreesWithModelLong(t *testing.T) {
	for seed := range *streams {
		p := newGuarded(t, feeSets[seed%len(feeSets)], seed/len(feeSets)%2 == 1)
		random := rand.New(rand.NewPCG(uint64(seed), 1))
		for range 150 {
			p.step(seeded{t, seed}, random.IntN)
		}
	}
}

// seeded says which stream failed.
type seeded struct {
	t    *testing.T
	seed int
}

func (s seeded) Fatalf(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("stream %d: "+format, append([]any{s.seed}, args...)...)
}

// FuzzExchange is the same comparison over streams that fuzzing finds.
func FuzzExchange(f *testing.F) {
	f.Add([]byte("a market, three users, and what they do to each other"))
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
	f.Fuzz(func(t *testing.T, stream []byte) {
		if len(stream) > 1024 {
			stream = stream[:1024]
		}
		p := newGuarded(t, feeSets[len(stream)%len(feeSets)], len(stream)%8 > 3)
		for len(stream) > 0 {
			p.step(t, func(bound int) int {
				if len(stream) < 2 {
					stream = nil
					return 0
				}
				n := int(stream[0])<<8 | int(stream[1])
				stream = stream[2:]
				return n % bound
			})
		}
	})
}
