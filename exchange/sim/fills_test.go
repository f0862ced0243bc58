package sim_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// tapes are markets without users, with one of them who rests orders.
type tapes struct {
	x       *sim.Exchange
	fills   sim.Fills
	now     market.Time
	quote   market.Quote
	traded  num.Quantity // by market trades
	beyond  num.Quantity // shown by quotes at or beyond an order at rest
	resting num.Quantity // filled as the maker
	open    map[string]sim.Order
}

func newTapes(t fataler, fills sim.Fills) *tapes {
	x, err := sim.New(sim.Config{Instruments: []market.Instrument{coarse}, Fees: feeSets[1], Fills: fills})
	if err != nil {
		t.Fatalf("new: %v", err)
	}
	if err := x.Open("ann", map[string]num.Money{"USD": num.MustMoney("5000"), "BTC": num.MustMoney("50")}); err != nil {
		t.Fatalf("open: %v", err)
	}
	m := &tapes{x: x, fills: fills, open: map[string]sim.Order{}}
	m.show(t, 10000, 5, 5)
	return m
}

// show states a quote two ticks wide.
func (m *tapes) show(t fataler, middle, bids, asks int64) {
	m.now++
	m.quote = market.Quote{
		Bid: num.PriceOf(middle-1, 2), Ask: num.PriceOf(middle+1, 2), BidSize: num.QuantityOf(bids, 3), AskSize: num.QuantityOf(asks, 3),
	}
	var c num.Calc
	for _, o := range m.open {
		if o.Side == order.Buy && !o.Price.Less(m.quote.Ask) {
			m.beyond = num.Add(&c, m.beyond, m.quote.AskSize)
			break
		}
	}
	for _, o := range m.open {
		if o.Side == order.Sell && !m.quote.Bid.Less(o.Price) {
			m.beyond = num.Add(&c, m.beyond, m.quote.BidSize)
			break
		}
	}
	if err := m.x.Quote(coarse.ID, m.now, m.quote); err != nil {
		t.Fatalf("quote: %v", err)
	}
	m.hear(t, market.Trade{})
}

func (m *tapes) print(t fataler, price, size int64, buyer bool) {
	m.now++
	trade := market.Trade{Price: num.PriceOf(price, 2), Size: num.QuantityOf(size, 3), Buyer: buyer}
	var c num.Calc
	m.traded = num.Add(&c, m.traded, trade.Size)
	if _, err := m.x.Trade(coarse.ID, m.now, trade); err != nil {
		t.Fatalf("trade: %v", err)
	}
	m.hear(t, trade)
}

// rest places an order that takes nothing.
func (m *tapes) rest(side order.Side, price, size int64) {
	m.now++
	_, _ = m.x.Submit(m.now, sim.Request{
		Account: "ann", Instrument: coarse.ID, Side: side, TIF: order.PostOnly, Price: num.PriceOf(price, 2), Quantity: num.QuantityOf(size, 3),
	})
}

// hear takes what happened, and holds every fill against the market that
// caused it.
func (m *tapes) hear(t fataler, trade market.Trade) {
	var c num.Calc
	for _, n := range m.x.Drain() {
		switch n.Kind {
		case sim.NewsOrder:
			delete(m.open, n.Order.ID)
			if n.Order.State == order.Open || n.Order.State == order.Partial {
				m.open[n.Order.ID] = n.Order
			}
		case sim.NewsFill:
			f := &n.Fill
			m.resting = num.Add(&c, m.resting, f.Quantity)
			if !f.Maker || !m.caused(f, trade) {
				t.Fatalf("%s %s at %s filled by trade %+v and quote %+v", f.Side, f.Quantity, f.Price, trade, m.quote)
			}
		default:
		}
	}
	if c.Err() != nil {
		t.Fatalf("sums: %v", c.Err())
	}
}

// caused reports whether the market has been at the fill's price or beyond.
func (m *tapes) caused(f *sim.Fill, trade market.Trade) bool {
	if f.Side == order.Buy {
		return trade.Size.Sign() > 0 && !f.Price.Less(trade.Price) || trade.Size.IsZero() && !f.Price.Less(m.quote.Ask)
	}
	return trade.Size.Sign() > 0 && !trade.Price.Less(f.Price) || trade.Size.IsZero() && !m.quote.Bid.Less(f.Price)
}

// audit holds the sums: no more than the share of what traded and of what quotes
// showed beyond, and no money from nowhere.
func (m *tapes) audit(t fataler) {
	var c num.Calc
	limit := num.Mul(&c, num.Add(&c, m.traded, m.beyond), m.fills.Volume)
	if c.Err() != nil || limit.Less(m.resting) {
		t.Fatalf("orders at rest filled %s; %s of %s traded and %s shown beyond allow %s (%v)",
			m.resting, m.fills.Volume, m.traded, m.beyond, limit, c.Err())
	}
	holdings, err := m.x.Audit()
	if err != nil {
		t.Fatalf("audit: %v", err)
	}
	for _, h := range holdings {
		if sum := num.Add(&c, num.Add(&c, h.Users, h.Market), h.Fees); sum != h.Deposited || c.Err() != nil {
			t.Fatalf("%s: users %s, market %s and fees %s are not the %s deposited", h.Currency, h.Users, h.Market, h.Fees, h.Deposited)
		}
	}
}

// TestRestingOrdersFillWithinTheMarket: whatever the market does, an order at
// rest fills at its own price, only where the market traded or showed that
// price or a worse one for it, and never with more than that.
func TestRestingOrdersFillWithinTheMarket(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newTapes(t, sim.Fills{
			Queue:  sim.Queue(rapid.IntRange(0, 1).Draw(t, "queue")),
			Volume: hundredths(rapid.IntRange(1, 100).Draw(t, "volume")),
		})
		step := func(bound int64) int64 { return rapid.Int64Range(0, bound-1).Draw(t, "n") }
		for range 40 {
			switch price := 9990 + step(21); step(3) {
			case 0:
				m.show(t, price, 1+step(20), 1+step(20))
			case 1:
				m.print(t, price, 1+step(20), step(2) == 0)
			default:
				m.rest(order.Buy+order.Side(step(2)), price, 2+step(20))
				m.hear(t, market.Trade{})
			}
			m.audit(t)
		}
	})
}

func hundredths(n int) num.Rate { return num.MustRate(fmt.Sprintf("%d.%02d", n/100, n%100)) }

// TestQueueMovesAsItSays: an order at the touch fills with what trades there
// after the quantity that stood first; with a queue by the book that quantity
// is also never more than what the book shows.
func TestQueueMovesAsItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		queue := sim.Queue(rapid.IntRange(0, 1).Draw(t, "queue"))
		m := newTapes(t, sim.Fills{Queue: queue, Volume: num.MustRate("1")})
		ahead := rapid.Int64Range(1, 30).Draw(t, "ahead")
		m.show(t, 10000, ahead, 5)
		m.rest(order.Buy, 9999, 100)
		m.hear(t, market.Trade{})
		var want int64
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			n := rapid.Int64Range(1, 20).Draw(t, "size")
			if rapid.Bool().Draw(t, "trades") {
				m.print(t, 9999, n, false)
				wait := min(ahead, n)
				ahead, want = ahead-wait, min(100, want+n-wait)
			} else if m.show(t, 10000, n, 5); queue == sim.ByBook {
				ahead = min(ahead, n)
			}
			if got := m.resting; got != num.QuantityOf(want, 3) {
				t.Fatalf("queue by %s: filled %s, want %s", queue, got, num.QuantityOf(want, 3))
			}
		}
	})
}

// TestQuoteHidesTheQueue: behind the touch a quote does not say what stands
// there; when it comes to the order's price, what it shows then stands first,
// and at a better price nobody does.
func TestQuoteHidesTheQueue(t *testing.T) {
	for name, c := range map[string]struct {
		price int64
		want  string
	}{"at the new touch": {9997, "0.002"}, "inside the new quote": {9998, "0.007"}, "still behind it": {9996, "0"}} {
		m := newTapes(t, sim.Fills{Queue: sim.ByTrades, Volume: num.MustRate("1")})
		m.rest(order.Buy, c.price, 20)
		m.hear(t, market.Trade{})
		m.show(t, 9998, 5, 5) // bid 9997
		m.show(t, 10000, 9, 5)
		m.print(t, c.price, 7, false)
		if got := m.resting.String(); got != c.want {
			t.Errorf("%s: filled %s, want %s", name, got, c.want)
		}
	}
}

// TestGap: the market jumps over an order at rest without touching its price.
// It fills at its own price, for it stood there first; an order that comes
// after the jump takes the better price that is there.
func TestGap(t *testing.T) {
	for _, queue := range []sim.Queue{sim.ByBook, sim.ByTrades} {
		m := newTapes(t, sim.Fills{Queue: queue, Volume: num.MustRate("1")})
		m.rest(order.Buy, 9990, 10)
		m.print(t, 9900, 25, false)
		if got := m.resting.String(); got != "0.01" {
			t.Errorf("queue by %s: a trade far below filled %s of 0.01", queue, got)
		}
		m.show(t, 9900, 50, 50)
		late, no := m.x.Submit(m.now, sim.Request{
			Account: "ann", Instrument: coarse.ID, Side: order.Buy, Price: num.PriceOf(9990, 2), Quantity: num.QuantityOf(10, 3),
		})
		if no != nil || late.Last.Price.String() != "99.01" || late.State != order.Filled {
			t.Errorf("queue by %s: an order after the jump: %s at %s (%v), want filled at 99.01", queue, late.State, late.Last.Price, no)
		}
	}
}

// TestGapFillsInFull: wherever the market jumps to beyond an order at rest, by a
// trade or by a quote, whatever stood before it, it fills at its own price with
// all that the jump leaves it, and a jump that ends before its price leaves it
// alone.
func TestGapFillsInFull(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		share := rapid.IntRange(1, 100).Draw(t, "share")
		m := newTapes(t, sim.Fills{Queue: sim.Queue(rapid.IntRange(0, 1).Draw(t, "queue")), Volume: hundredths(share)})
		side := order.Buy + order.Side(rapid.IntRange(0, 1).Draw(t, "side"))
		off, size := rapid.Int64Range(1, 9).Draw(t, "off"), rapid.Int64Range(2, 40).Draw(t, "size")
		m.show(t, 10000, rapid.Int64Range(1, 50).Draw(t, "bids"), rapid.Int64Range(1, 50).Draw(t, "asks"))
		m.rest(side, 10000-towards(side)*off, size)
		m.hear(t, market.Trade{})
		jump, volume := rapid.Int64Range(0, 30).Draw(t, "jump"), rapid.Int64Range(1, 100).Draw(t, "volume")
		if jump == off {
			return // at its price the queue decides
		}
		if to := 10000 - towards(side)*jump; rapid.Bool().Draw(t, "trade") {
			m.print(t, to, volume, side == order.Sell)
		} else {
			m.show(t, to, volume, volume) // the side that it meets is a tick before that
		}
		want := num.QuantityOf(min(size, volume*int64(share)/100), 3)
		if jump < off {
			want = num.Quantity{}
		}
		if m.resting != want {
			t.Fatalf("filled %s, want %s", m.resting, want)
		}
		m.audit(t)
	})
}

// towards is 1 for buys and -1 for sells.
func towards(s order.Side) int64 {
	if s == order.Sell {
		return -1
	}
	return 1
}

// TestShareOfSmallTrades: parts of a lot are not lost, and not gained.
func TestShareOfSmallTrades(t *testing.T) {
	m := newTapes(t, sim.Fills{Queue: sim.ByTrades, Volume: num.MustRate("0.1")})
	m.rest(order.Sell, 10005, 50)
	for range 25 {
		m.print(t, 10010, 1, true)
	}
	if got := m.resting.String(); got != "0.002" {
		t.Errorf("a tenth of 25 trades of a lot: filled %s, want 0.002", got)
	}
}

// levels writes prices of ticks and sizes of lots in turn.
func levels(v ...int64) []market.Level {
	var list []market.Level
	for i := 0; i < len(v); i += 2 {
		list = append(list, market.Level{Price: num.PriceOf(v[i], 2), Size: num.QuantityOf(v[i+1], 3)})
	}
	return list
}

// TestToldBook: where the book is told, orders take what it shows and stand
// behind what their own level shows; beyond the levels told, behind what is
// there once it is told.
func TestToldBook(t *testing.T) {
	for _, c := range []struct {
		price int64
		want  string // of 20 lots traded at the price
	}{{9997, "0.013"}, {9996, "0.02"}, {9980, "0.016"}} {
		m := newTapes(t, sim.Fills{Queue: sim.ByTrades, Volume: num.MustRate("1")})
		tell := func(bids ...int64) {
			m.now++
			b, a := levels(bids...), levels(10001, 3, 10005, 50)
			q := market.Quote{Bid: b[0].Price, BidSize: b[0].Size, Ask: a[0].Price, AskSize: a[0].Size}
			if err := m.x.Told(coarse.ID, m.now, q, market.Depth{Bids: b, Asks: a}); err != nil {
				t.Fatal(err)
			}
		}
		tell(9999, 2, 9997, 7, 9990, 5)
		m.rest(order.Buy, c.price, 30)
		tell(9999, 2, 9997, 1)
		tell(9997, 1, 9996, 9, 9980, 4)
		m.hear(t, market.Trade{})
		m.print(t, c.price, 20, false)
		if got := m.resting.String(); got != c.want {
			t.Errorf("at %d: filled %s of 20 lots traded there, want %s", c.price, got, c.want)
		}
		o, no := m.x.Submit(m.now, sim.Request{
			Account: "ann", Instrument: coarse.ID, Side: order.Buy, TIF: order.IOC, Price: num.PriceOf(10005, 2), Quantity: num.QuantityOf(10, 3),
		})
		if no != nil || o.Spent.String() != "1.00038" {
			t.Errorf("taking 10 lots of 3 at 100.01 and 50 at 100.05: spent %s (%v)", o.Spent, no)
		}
	}
}

// TestGapBeyondLevels: of several levels told beyond its price an order at rest
// fills with the share of their sum, and no more until the market says more.
func TestGapBeyondLevels(t *testing.T) {
	m := newTapes(t, sim.Fills{Queue: sim.ByTrades, Volume: num.MustRate("0.5")})
	m.rest(order.Buy, 9990, 30)
	m.now++
	b, a := levels(9970, 4), levels(9980, 6, 9985, 8, 9995, 100)
	q := market.Quote{Bid: b[0].Price, BidSize: b[0].Size, Ask: a[0].Price, AskSize: a[0].Size}
	if err := m.x.Told(coarse.ID, m.now, q, market.Depth{Bids: b, Asks: a}); err != nil {
		t.Fatal(err)
	}
	m.quote = q
	m.hear(t, market.Trade{})
	if got := m.resting.String(); got != "0.007" {
		t.Errorf("half of 6 and 8 lots: filled %s, want 0.007", got)
	}
}

// TestNobodyStandsBeforeAfterAGap: what stood before an order has traded or is
// gone once the market went through its price.
func TestNobodyStandsBeforeAfterAGap(t *testing.T) {
	m := newTapes(t, sim.Fills{Queue: sim.ByTrades, Volume: num.MustRate("1")})
	m.show(t, 10000, 50, 50)
	m.rest(order.Buy, 9999, 20)
	m.hear(t, market.Trade{})
	m.print(t, 9998, 3, false)
	m.print(t, 9999, 4, false)
	if got := m.resting.String(); got != "0.007" {
		t.Errorf("3 lots traded beyond and 4 at the price: filled %s, want 0.007", got)
	}
}
