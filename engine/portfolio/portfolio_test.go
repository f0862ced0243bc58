package portfolio_test

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
)

var btc = market.Instrument{ID: "BTC-USD", Base: "BTC", Quote: "USD", Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.001")}

// model is the account in fractions: no rounding anywhere, nothing clever.
type model struct {
	base, quote, fees *big.Rat            // fees taken in base
	balances          map[string]*big.Rat // moved, from zero
}

func newModel() *model {
	return &model{base: new(big.Rat), quote: new(big.Rat), fees: new(big.Rat), balances: map[string]*big.Rat{}}
}

func (m *model) move(currency string, by *big.Rat) {
	if m.balances[currency] == nil {
		m.balances[currency] = new(big.Rat)
	}
	m.balances[currency].Add(m.balances[currency], by)
}

func (m *model) book(f *order.Fill) {
	q, p, fee := rat(f.Quantity), rat(f.Price), rat(f.Fee)
	cost := new(big.Rat).Mul(p, q)
	if f.Side == order.Sell {
		q.Neg(q)
		cost.Neg(cost)
	}
	m.base.Add(m.base, q)
	m.move("BTC", q)
	m.move("USD", cost.Neg(cost))
	m.move(f.FeeCurrency, fee.Neg(fee))
	if f.FeeCurrency == "BTC" {
		m.base.Add(m.base, fee)
	}
}

func rat(v fmt.Stringer) *big.Rat {
	r, ok := new(big.Rat).SetString(v.String())
	if !ok {
		panic("no number: " + v.String())
	}
	return r
}

func drawFills(t *rapid.T) []order.Fill {
	n := rapid.IntRange(1, 30).Draw(t, "fills")
	fills := make([]order.Fill, n)
	for i := range fills {
		fills[i] = order.Fill{
			Instrument: "BTC-USD", ClientID: "c", ExchangeID: rapid.SampledFrom([]string{"X1", "X2"}).Draw(t, "order"), ID: fmt.Sprint(i),
			Side:        rapid.SampledFrom([]order.Side{order.Buy, order.Sell}).Draw(t, "side"),
			Price:       num.PriceOf(rapid.Int64Range(1, 20_000_000).Draw(t, "price"), 2),
			Quantity:    num.QuantityOf(rapid.Int64Range(1, 1_000_000).Draw(t, "quantity"), 4),
			Fee:         num.MoneyOf(rapid.Int64Range(-1000, 1000).Draw(t, "fee"), 8),
			FeeCurrency: rapid.SampledFrom([]string{"BTC", "USD", "OKB"}).Draw(t, "currency"),
		}
	}
	return fills
}

// apply books what is not known yet, as the engine does.
func apply(t *rapid.T, l *portfolio.Ledger, fills []order.Fill) {
	for i := range fills {
		known, err := l.Known(&fills[i])
		if err != nil {
			t.Fatalf("fill %d: %v", i, err)
		}
		if known {
			continue
		}
		if err := l.Apply("s", btc, fills[i]); err != nil {
			t.Fatalf("fill %d: %v", i, err)
		}
	}
}

func ledger() *portfolio.Ledger {
	l := portfolio.New([]string{"s"})
	for _, c := range [...]string{"BTC", "OKB", "USD"} {
		l.SetBaseline(c, num.MustMoney("1000000"))
	}
	return l
}

func compare(t *rapid.T, l *portfolio.Ledger, m *model) {
	p := l.Position("s")
	if got := rat(p.Quantity); got.Cmp(m.base) != 0 {
		t.Fatalf("position %s, want %s", p.Quantity, m.base.FloatString(18))
	}
	million := big.NewRat(1_000_000, 1)
	for currency, moved := range m.balances {
		want := new(big.Rat).Add(million, moved)
		if got := rat(l.Balance(currency)); got.Cmp(want) != 0 {
			t.Fatalf("%s: balance %s, want %s", currency, l.Balance(currency), want.FloatString(18))
		}
	}
}

func TestPositionAndBalancesAreTheSumOfFills(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fills := drawFills(t)
		l, m := ledger(), newModel()
		apply(t, l, fills)
		for i := range fills {
			m.book(&fills[i])
		}
		compare(t, l, m)
	})
}

// TestFillsAreASet, faults: OU-01 OU-04.
func TestFillsAreASet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fills := drawFills(t)
		l, m := ledger(), newModel()
		for i := range fills {
			m.book(&fills[i])
		}
		again := append(slices.Clone(fills), rapid.SliceOf(rapid.SampledFrom(fills)).Draw(t, "repeated")...)
		apply(t, l, rapid.Permutation(again).Draw(t, "order"))
		compare(t, l, m)
		if p := l.Position("s"); p.Buys+p.Sells != len(fills) {
			t.Fatalf("%d buys and %d sells, want %d in all", p.Buys, p.Sells, len(fills))
		}
	})
}

// TestClosingLosesNoCost buys and sells in parts until nothing is held: what
// was made is what came in less what went out, to the last digit.
func TestClosingLosesNoCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := ledger()
		held, flow := int64(0), new(big.Rat)
		for i := 0; ; i++ {
			f := order.Fill{Instrument: "BTC-USD", ExchangeID: "X", ID: fmt.Sprint(i), FeeCurrency: "USD"}
			f.Price = num.PriceOf(rapid.Int64Range(1, 20_000_000).Draw(t, "price"), 2)
			f.Fee = num.MoneyOf(rapid.Int64Range(-1000, 100_000).Draw(t, "fee"), 8)
			q := rapid.Int64Range(1, 100_000).Draw(t, "quantity")
			f.Side = order.Buy
			if held > 0 && (i > 20 || rapid.Bool().Draw(t, "sell")) {
				f.Side, q = order.Sell, min(q, held)
				if i > 25 {
					q = held
				}
			}
			f.Quantity = num.QuantityOf(q, 4)
			cost := new(big.Rat).Mul(rat(f.Price), rat(f.Quantity))
			if f.Side == order.Buy {
				held += q
				cost.Neg(cost)
			} else {
				held -= q
			}
			flow.Add(flow, cost).Sub(flow, rat(f.Fee))
			apply(t, l, []order.Fill{f})
			p := l.Position("s")
			if held > 0 {
				// what is held cost what went out and has not come back as a result
				want := new(big.Rat).Sub(rat(p.Realised), flow)
				if rat(p.Cost).Cmp(want) != 0 {
					t.Fatalf("cost %s, want %s", p.Cost, want.FloatString(10))
				}
				continue
			}
			if !p.Cost.IsZero() || rat(p.Realised).Cmp(flow) != 0 || !p.Entry().IsZero() {
				t.Fatalf("closed with cost %s, entry %s, realised %s, want 0, 0, %s", p.Cost, p.Entry(), p.Realised, flow.FloatString(10))
			}
			if i > 3 {
				return
			}
		}
	})
}

func TestEntryIsTheMeanPriceFeesAside(t *testing.T) {
	l := ledger()
	for i, f := range []order.Fill{
		{Side: order.Buy, Price: num.MustPrice("100"), Quantity: num.MustQuantity("1"), Fee: num.MustMoney("0.01"), FeeCurrency: "BTC"},
		{Side: order.Buy, Price: num.MustPrice("200"), Quantity: num.MustQuantity("0.99"), Fee: num.MustMoney("5"), FeeCurrency: "USD"},
	} {
		f.Instrument, f.ExchangeID, f.ID = "BTC-USD", "X", fmt.Sprint(i)
		if err := l.Apply("s", btc, f); err != nil {
			t.Fatal(err)
		}
	}
	p := l.Position("s")
	for _, c := range []struct {
		what      string
		got, want fmt.Stringer
	}{
		{"quantity", p.Quantity, num.MustQuantity("1.98")},
		{"entry", p.Entry(), num.MustPrice("150")},
		{"cost", p.Cost, num.MustMoney("303")},
		{"fees", p.Fees, num.MustMoney("6")}, // 0.01 BTC at 100, and 5
	} {
		if c.got.String() != c.want.String() {
			t.Errorf("%s %s, want %s", c.what, c.got, c.want)
		}
	}
	var c num.Calc
	if got := p.Unrealised(&c, num.MustPrice("200")); got != num.MustMoney("93") || c.Err() != nil {
		t.Errorf("unrealised %s (%v), want 93", got, c.Err())
	}
}

// TestOneIdentityOneContent, faults: OU-10.
func TestOneIdentityOneContent(t *testing.T) {
	f := order.Fill{Instrument: "BTC-USD", ExchangeID: "X", ID: "1", Side: order.Buy, Price: num.MustPrice("1"), Quantity: num.MustQuantity("1"), FeeCurrency: "USD"}
	l := ledger()
	if err := l.Apply("s", btc, f); err != nil {
		t.Fatal(err)
	}
	for name, alter := range map[string]func(*order.Fill){
		"side":     func(f *order.Fill) { f.Side = order.Sell },
		"price":    func(f *order.Fill) { f.Price = num.MustPrice("2") },
		"quantity": func(f *order.Fill) { f.Quantity = num.MustQuantity("2") },
		"fee":      func(f *order.Fill) { f.Fee = num.MustMoney("1") },
		"currency": func(f *order.Fill) { f.FeeCurrency = "BTC" },
	} {
		g := f
		alter(&g)
		var differs *portfolio.ErrDiffers
		if known, err := l.Known(&g); !known || !errors.As(err, &differs) {
			t.Errorf("another %s: got %v, %v, want known and *ErrDiffers", name, known, err)
		}
	}
	// The same id in another instrument or order is another fill.
	for name, alter := range map[string]func(*order.Fill){
		"instrument": func(f *order.Fill) { f.Instrument = "ETH-USD" },
		"order":      func(f *order.Fill) { f.ExchangeID = "Y" },
	} {
		g := f
		alter(&g)
		if known, err := l.Known(&g); known || err != nil {
			t.Errorf("another %s: got %v, %v, want not known", name, known, err)
		}
	}
}

func TestNothingIsBookedHalf(t *testing.T) {
	l := ledger()
	huge := order.Fill{Instrument: "BTC-USD", ExchangeID: "X", ID: "1", Side: order.Buy, Price: num.MustPrice("99999999999.99"), Quantity: num.MustQuantity("99999999.9999"), FeeCurrency: "USD"}
	if err := l.Apply("s", btc, huge); !errors.Is(err, num.ErrInexact) {
		t.Fatalf("got %v, want ErrInexact", err)
	}
	if known, err := l.Known(&huge); known || err != nil {
		t.Errorf("known %v, %v, want not known", known, err)
	}
	if p := l.Position("s"); *p != (portfolio.Position{Strategy: "s"}) {
		t.Errorf("position %+v, want untouched", *p)
	}
	if got := l.Balance("USD"); got != num.MustMoney("1000000") {
		t.Errorf("balance %s, want untouched", got)
	}
}

func TestStrategiesKeepTheirOwnBooks(t *testing.T) {
	l := portfolio.New([]string{"a", "b"})
	for i, s := range [...]string{"a", "b", "gone"} {
		f := order.Fill{Instrument: "BTC-USD", ExchangeID: "X", ID: fmt.Sprint(i), Side: order.Buy, Price: num.MustPrice("10"), Quantity: num.MustQuantity("1"), FeeCurrency: "USD"}
		if err := l.Apply(s, btc, f); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range [...]string{"a", "b", "gone"} {
		if p := l.Position(s); p == nil || p.Quantity != num.MustQuantity("1") {
			t.Errorf("%s holds %+v, want 1", s, p)
		}
	}
	if got := l.Balance("BTC"); got != num.MustMoney("3") {
		t.Errorf("the account holds %s BTC, want 3", got)
	}
	if got := l.Currencies(); !slices.Equal(got, []string{"BTC", "USD"}) {
		t.Errorf("currencies %v", got)
	}
}
