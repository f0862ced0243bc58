package sim_test

import (
	"math/big"
	"slices"
	"strings"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// model is a second, naive exchange: each price is a plain queue of pieces, of
// the market or of a user, and money is in big.Rat. Prices are counted in
// ticks, quantities in lots.
type model struct {
	inst   market.Instrument
	fees   sim.Fees
	queues map[order.Side]map[int64][]piece
	orders map[string]*modelOrder
	money  map[string]*big.Rat // account and currency
	fee    map[string]*big.Rat // currency
	guard  *big.Rat            // nil is none
}

// piece stands in a queue; a nil order is the market.
type piece struct {
	o *modelOrder
	q int64
}

type modelOrder struct {
	account string
	side    order.Side
	tif     order.TimeInForce
	typ     sim.Type
	price   int64
	left    int64
	filled  int64
	budget  *big.Rat // market buys
	state   order.State
}

func newModel(inst market.Instrument, fees sim.Fees) *model {
	return &model{
		inst: inst, fees: fees, orders: map[string]*modelOrder{},
		queues: map[order.Side]map[int64][]piece{order.Buy: {}, order.Sell: {}},
		money:  map[string]*big.Rat{}, fee: map[string]*big.Rat{inst.Base: new(big.Rat), inst.Quote: new(big.Rat)},
	}
}

func rat(s string) *big.Rat {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		panic(s)
	}
	return r
}

func times(n int64, unit string) *big.Rat {
	return new(big.Rat).Mul(new(big.Rat).SetInt64(n), rat(unit))
}

func (m *model) add(account, currency string, amount *big.Rat) {
	key := account + " " + currency
	if m.money[key] == nil {
		m.money[key] = new(big.Rat)
	}
	m.money[key].Add(m.money[key], amount)
}

// prices returns a side's prices, best first.
func (m *model) prices(s order.Side) []int64 {
	var list []int64
	for p, q := range m.queues[s] {
		if len(q) > 0 {
			list = append(list, p)
		}
	}
	slices.Sort(list)
	if s == order.Buy {
		slices.Reverse(list)
	}
	return list
}

// roundFee rounds against the account at eight decimals.
func roundFee(exact, received *big.Rat) *big.Rat {
	scaled := new(big.Rat).Mul(exact, rat("100000000"))
	n := new(big.Int).Div(scaled.Num(), scaled.Denom()) // floor
	if !scaled.IsInt() {
		n.Add(n, big.NewInt(1)) // up is against the account for a fee and for a rebate: -1.2 is paid as -1
	}
	fee := new(big.Rat).Quo(new(big.Rat).SetInt(n), rat("100000000"))
	if fee.Cmp(received) > 0 {
		return received
	}
	return fee
}

// pay moves the money of one side of an execution.
func (m *model) pay(o *modelOrder, price, q int64, maker bool) {
	base := times(q, m.inst.Lot.String())
	cost := new(big.Rat).Mul(times(price, m.inst.Tick.String()), base)
	rate := rat(m.fees.Taker.String())
	if maker {
		rate = rat(m.fees.Maker.String())
	}
	got, gotCurrency, gave, gaveCurrency := base, m.inst.Base, cost, m.inst.Quote
	if o.side == order.Sell {
		got, gotCurrency, gave, gaveCurrency = cost, m.inst.Quote, base, m.inst.Base
	}
	fee := roundFee(new(big.Rat).Mul(got, rate), got)
	m.add(o.account, gotCurrency, new(big.Rat).Sub(got, fee))
	m.add(o.account, gaveCurrency, new(big.Rat).Neg(gave))
	m.fee[gotCurrency].Add(m.fee[gotCurrency], fee)
	o.filled += q
	o.state = order.Partial
	if o.budget != nil {
		o.budget.Sub(o.budget, cost)
		return
	}
	if o.left -= q; o.left == 0 {
		o.state = order.Filled
		m.drop(o)
	}
}

// drop takes an order out of its queue.
func (m *model) drop(o *modelOrder) {
	q := m.queues[o.side][o.price]
	m.queues[o.side][o.price] = slices.DeleteFunc(q, func(p piece) bool { return p.o == o })
}

func (o *modelOrder) reaches(price int64) bool {
	return o.typ == sim.Market || o.side == order.Buy && price <= o.price || o.side == order.Sell && price >= o.price
}

func (o *modelOrder) wants(price int64, inst *market.Instrument) int64 {
	if o.budget == nil {
		return o.left
	}
	lots := new(big.Rat).Quo(o.budget, new(big.Rat).Mul(times(price, inst.Tick.String()), rat(inst.Lot.String())))
	return new(big.Int).Div(lots.Num(), lots.Denom()).Int64()
}

// submit matches an order that the exchange accepted.
func (m *model) submit(id string, o *modelOrder) {
	m.orders[id] = o
	o.state = order.Open
	far := o.side.Opposite()
	if o.tif == order.PostOnly {
		if best := m.prices(far); len(best) > 0 && o.reaches(best[0]) {
			o.state = order.Canceled
			return
		}
	}
	if o.tif == order.FOK && !m.fits(o) || m.strays(o) {
		o.state = order.Canceled
		return
	}
	for m.step(o, far) {
	}
	switch {
	case o.state == order.Filled || o.state == order.Canceled:
	case o.typ == sim.Limit && o.tif != order.IOC:
		m.queues[o.side][o.price] = append(m.queues[o.side][o.price], piece{o: o})
	case o.budget != nil && o.filled > 0 && len(m.prices(far)) > 0:
		o.state = order.Filled
	default:
		o.state = order.Canceled
	}
}

// step executes against the first piece of the far side.
func (m *model) step(o *modelOrder, far order.Side) bool {
	best := m.prices(far)
	if o.state == order.Filled || len(best) == 0 || !o.reaches(best[0]) {
		return false
	}
	price := best[0]
	first := m.queues[far][price][0]
	want := o.wants(price, &m.inst)
	switch {
	case first.o == nil:
		if want = min(want, m.run(far, price)); want == 0 {
			return false
		}
		m.eat(far, price, want)
	case first.o.account == o.account:
		o.state = order.Canceled
		return false
	default:
		if want = min(want, first.o.left); want == 0 {
			return false
		}
		m.pay(first.o, price, want, true)
	}
	m.pay(o, price, want, false)
	return true
}

// run returns the market's quantity before the first user of a queue: one
// execution, whose fee is rounded once.
func (m *model) run(s order.Side, price int64) (n int64) {
	for _, p := range m.queues[s][price] {
		if p.o != nil {
			break
		}
		n += p.q
	}
	return n
}

func (m *model) fits(o *modelOrder) bool {
	need := o.left
	for _, price := range m.prices(o.side.Opposite()) {
		if !o.reaches(price) {
			break
		}
		for _, p := range m.queues[o.side.Opposite()][price] {
			if p.o != nil && p.o.account == o.account {
				return false
			}
			need -= p.q
			if p.o != nil {
				need -= p.o.left
			}
			if need <= 0 {
				return true
			}
		}
	}
	return false
}

// strays walks the far side piece by piece, as if the order took it, and tells
// whether it would come to a price beyond the guard.
func (m *model) strays(o *modelOrder) bool {
	far := o.side.Opposite()
	prices := m.prices(far)
	if m.guard == nil || len(prices) == 0 {
		return false
	}
	left, budget := o.left, o.budget
	for _, price := range prices {
		away := big.NewRat(price-prices[0], prices[0])
		for _, p := range m.queues[far][price] {
			if budget != nil {
				left = (&modelOrder{budget: budget}).wants(price, &m.inst)
			}
			if left == 0 || !o.reaches(price) || p.o != nil && p.o.account == o.account {
				return false
			}
			if away.Abs(away).Cmp(m.guard) > 0 {
				return true
			}
			q := p.q
			if p.o != nil {
				q = p.o.left
			}
			q = min(q, left)
			left -= q
			if budget != nil {
				cost := new(big.Rat).Mul(times(price, m.inst.Tick.String()), times(q, m.inst.Lot.String()))
				budget = new(big.Rat).Sub(budget, cost)
			}
		}
	}
	return false
}

// eat removes market quantity from the front of a queue.
func (m *model) eat(s order.Side, price, n int64) {
	var rest []piece
	for _, p := range m.queues[s][price] {
		if p.o == nil {
			part := min(p.q, n)
			n, p.q = n-part, p.q-part
		}
		if p.o != nil || p.q > 0 {
			rest = append(rest, p)
		}
	}
	m.queues[s][price] = rest
}

// show makes the market's quantity at a price n: more joins the end, less is
// withdrawn from the end.
func (m *model) show(s order.Side, price, n int64) {
	q := m.queues[s][price]
	surplus := m.shown(s, price) - n
	if surplus < 0 {
		q = append(q, piece{q: -surplus})
	}
	for i := len(q) - 1; i >= 0 && surplus > 0; i-- {
		if q[i].o == nil {
			part := min(q[i].q, surplus)
			q[i].q, surplus = q[i].q-part, surplus-part
		}
	}
	m.queues[s][price] = slices.DeleteFunc(q, func(p piece) bool { return p.o == nil && p.q == 0 })
}

func (m *model) shown(s order.Side, price int64) (n int64) {
	for _, p := range m.queues[s][price] {
		n += p.q
	}
	return n
}

// meet lets the market's levels trade against users' orders they reached.
func (m *model) meet() {
	for _, s := range []order.Side{order.Buy, order.Sell} {
		for {
			o, price := m.firstUser(s), int64(-1)
			for _, p := range m.prices(s.Opposite()) {
				if m.shown(s.Opposite(), p) > 0 {
					price = p
					break
				}
			}
			if o == nil || price < 0 || !o.reaches(price) {
				break
			}
			n := min(o.left, m.shown(s.Opposite(), price))
			m.eat(s.Opposite(), price, n)
			m.pay(o, o.price, n, true)
		}
	}
}

func (m *model) firstUser(s order.Side) *modelOrder {
	for _, p := range m.prices(s) {
		for _, x := range m.queues[s][p] {
			if x.o != nil {
				return x.o
			}
		}
	}
	return nil
}

// trade fills what a market trade passes or reaches.
func (m *model) trade(price, n int64, buyer bool) {
	for _, s := range []order.Side{order.Buy, order.Sell} {
		for o := m.firstUser(s); o != nil && o.price != price && o.reaches(price); o = m.firstUser(s) {
			m.pay(o, o.price, o.left, true)
		}
	}
	s := order.Buy
	if buyer {
		s = order.Sell
	}
	if m.queues[s][price] == nil {
		return
	}
	var traded int64
	for _, p := range slices.Clone(m.queues[s][price]) {
		if p.o == nil {
			part := min(p.q, n)
			n, traded = n-part, traded+part
			continue
		}
		if part := min(p.o.left, n); part > 0 {
			n -= part
			m.pay(p.o, price, part, true)
		}
	}
	m.eat(s, price, traded) // what traded stands there anew, behind everyone
	if traded > 0 {
		m.queues[s][price] = append(m.queues[s][price], piece{q: traded})
	}
}

// held returns what an account's open orders reserve of a currency.
func (m *model) held(account, currency string) *big.Rat {
	sum := new(big.Rat)
	for _, o := range m.orders {
		if o.account != account || o.state != order.Open && o.state != order.Partial {
			continue
		}
		amount := times(o.left, m.inst.Lot.String())
		gives := m.inst.Base
		if o.side == order.Buy {
			amount.Mul(amount, times(o.price, m.inst.Tick.String()))
			gives = m.inst.Quote
		}
		if gives == currency {
			sum.Add(sum, amount)
		}
	}
	return sum
}

// book returns the levels of a side as text.
func (m *model) book(s order.Side) string {
	var b strings.Builder
	for _, p := range m.prices(s) {
		n := m.shown(s, p)
		for _, x := range m.queues[s][p] {
			if x.o != nil {
				n += x.o.left
			}
		}
		b.WriteString(levelText(num.PriceOf(p, m.inst.Tick.Scale()), num.QuantityOf(n, m.inst.Lot.Scale())))
	}
	return b.String()
}

func levelText(p num.Price, q num.Quantity) string { return " " + p.String() + "x" + q.String() }
