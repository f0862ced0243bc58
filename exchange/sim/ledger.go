package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// account is one user's money and orders.
type account struct {
	name     string
	balances []*balance // by currency
	orders   []*entry   // oldest first
	ended    int        // how many of the oldest have ended
	clients  map[string]*entry
	fills    []Fill     // oldest first
	algos    []*waiting // oldest first

	turnovers []*turnover // by currency; with fee tiers alone
}

// balance is one currency of an account: 0 ≤ held ≤ total for users.
type balance struct {
	currency string
	opened   num.Money // deposited when the account was opened
	total    num.Money
	held     num.Money
}

func (b *balance) report() order.Balance {
	var c num.Calc
	free := num.Sub(&c, b.total, b.held)
	if c.Err() != nil {
		free = num.Money{} // cannot be: every hold is checked against it first
	}
	return order.Balance{Currency: b.currency, Total: b.total, Available: free}
}

// balance returns the account's balance in a currency, made when missing.
func (a *account) balance(currency string) *balance {
	i, found := slices.BinarySearchFunc(a.balances, currency, func(b *balance, c string) int {
		return strings.Compare(b.currency, c)
	})
	if !found {
		a.balances = slices.Insert(a.balances, i, &balance{currency: currency})
	}
	return a.balances[i]
}

// recent returns the orders from the oldest live one on.
func (a *account) recent() []*entry {
	for a.ended < len(a.orders) && !a.orders[a.ended].live() {
		a.ended++
	}
	return a.orders[a.ended:]
}

// Open creates an account with what it owns.
func (x *Exchange) Open(name string, balances map[string]num.Money) error {
	if name == "" || x.accounts[name] != nil {
		return fmt.Errorf("sim: account %q exists or has no name", name)
	}
	a := &account{name: name, clients: map[string]*entry{}}
	for currency, amount := range balances { // order does not show: balance sorts
		if currency == "" || amount.Sign() < 0 {
			return fmt.Errorf("sim: account %q cannot begin with %s of %q", name, amount, currency)
		}
		b := a.balance(currency)
		b.opened, b.total = amount, amount
	}
	x.accounts[name] = a
	return nil
}

// Balances returns what the account owns, by currency. Currencies that it
// never used are not listed.
func (x *Exchange) Balances(name string) []order.Balance {
	a := x.accounts[name]
	if a == nil {
		return nil
	}
	list := make([]order.Balance, 0, len(a.balances))
	for _, b := range a.balances {
		list = append(list, b.report())
	}
	return list
}

// hold reserves what an accepted order may give.
func (x *Exchange) hold(a *account, currency string, amount num.Money) *Refusal {
	var c num.Calc
	b := a.balance(currency)
	held := num.Add(&c, b.held, amount)
	free := num.Sub(&c, b.total, held)
	switch {
	case c.Err() != nil:
		return refuse(TooLarge, "hold of %s %s: %v", amount, currency, c.Err())
	case free.Sign() < 0:
		return refuse(Funds, "needs %s %s, available is %s", amount, currency, b.report().Available)
	}
	b.held = held
	x.touch(a, b)
	return nil
}

// release gives back what an ended order still holds.
func (x *Exchange) release(e *entry, inst *market.Instrument) {
	if e.held.IsZero() {
		return
	}
	b := e.acct.balance(gives(inst, e.Side))
	var c num.Calc
	b.held = num.Sub(&c, b.held, e.held) // exact: it was added before
	e.held = num.Money{}
	x.touch(e.acct, b)
}

func gives(inst *market.Instrument, s order.Side) string {
	if s == order.Buy {
		return inst.Quote
	}
	return inst.Base
}

func receives(inst *market.Instrument, s order.Side) string { return gives(inst, s.Opposite()) }

// touch is a balance to be told at the end of the operation.
type touch struct {
	acct *account
	bal  *balance
}

func (x *Exchange) touch(a *account, b *balance) {
	t := touch{a, b}
	if !slices.Contains(x.touched, t) {
		x.touched = append(x.touched, t)
	}
}

// tellBalances ends an operation: each balance it changed is told once.
func (x *Exchange) tellBalances(at market.Time) {
	for _, t := range x.touched {
		x.news = append(x.news, News{Kind: NewsBalance, At: at, Account: t.acct.name, Balance: t.bal.report()})
	}
	x.touched = x.touched[:0]
}

// posting is one side of an execution: what every amount will be. It is
// computed whole before anything is written, so that an execution happens
// completely or not at all.
type posting struct {
	calc    num.Calc
	writes  [9]write
	n       int
	fee     num.Money
	pay     *balance
	receive *balance
}

type write struct {
	to *num.Money
	v  num.Money
}

func (p *posting) add(to *num.Money, amount num.Money) {
	p.writes[p.n] = write{to, num.Add(&p.calc, *to, amount)}
	p.n++
}

// post prepares one side. With others false the counterparty is the market.
func (x *Exchange) post(p *posting, inst *market.Instrument, e *entry, price num.Price, q num.Quantity, rate num.Rate, others bool) bool {
	c := &p.calc
	cost := num.Cost(c, price, q)
	paid, received, freed := cost, q.Money(), cost
	if e.Side == order.Sell {
		paid, received, freed = received, paid, received
	} else if e.Type == Limit {
		freed = num.Cost(c, e.Price, q)
	}
	p.fee = feeOf(c, received, rate)
	give, get := gives(inst, e.Side), receives(inst, e.Side)
	p.pay, p.receive = e.acct.balance(give), e.acct.balance(get)
	p.add(&p.pay.total, paid.Neg())
	p.add(&p.pay.held, freed.Neg())
	p.add(&p.receive.total, num.Sub(c, received, p.fee))
	p.add(&e.held, freed.Neg())
	p.add(&e.Spent, cost)
	p.add(&e.Fee, p.fee)
	p.add(&x.revenue.balance(get).total, p.fee)
	if !others {
		p.add(&x.market.balance(give).total, paid)
		p.add(&x.market.balance(get).total, received.Neg())
	}
	return c.Err() == nil
}

func (x *Exchange) commit(p *posting, a *account) {
	for _, w := range p.writes[:p.n] {
		*w.to = w.v
	}
	x.touch(a, p.pay)
	x.touch(a, p.receive)
}

// feeScale is the number of decimals of a fee.
const feeScale = 8

// feeOf returns rate × received at 8 decimals, rounded against the account,
// at most what is received. The amount is split where the first part's fee
// needs no rounding, because the exact product of the whole may not fit.
func feeOf(c *num.Calc, received num.Money, rate num.Rate) num.Money {
	whole := num.RoundDown(received, max(0, feeScale-rate.Scale()))
	rest := num.Mul(c, num.Sub(c, received, whole), rate)
	if rate.Sign() < 0 {
		rest = num.RoundDown(rest, feeScale)
	} else {
		rest = num.RoundUp(c, rest, feeScale)
	}
	return num.Add(c, num.Mul(c, whole, rate), rest).Min(received)
}

// Holding says where one currency is. Deposited = Users + Market + Fees,
// always.
type Holding struct {
	Currency  string
	Deposited num.Money // by Open
	Users     num.Money // owned by accounts
	Market    num.Money // gained by the market's own orders; negative is lost
	Fees      num.Money // charged, less rebates
}

// Audit sums every currency over the accounts, by currency.
func (x *Exchange) Audit() ([]Holding, error) {
	var c num.Calc
	found := map[string]*Holding{}
	of := func(b *balance) *Holding {
		if found[b.currency] == nil {
			found[b.currency] = &Holding{Currency: b.currency}
		}
		return found[b.currency]
	}
	for _, name := range slices.Sorted(maps.Keys(x.accounts)) {
		for _, b := range x.accounts[name].balances {
			h := of(b)
			h.Deposited, h.Users = num.Add(&c, h.Deposited, b.opened), num.Add(&c, h.Users, b.total)
		}
	}
	for _, b := range x.market.balances {
		of(b).Market = b.total
	}
	for _, b := range x.revenue.balances {
		of(b).Fees = b.total
	}
	list := make([]Holding, 0, len(found))
	for _, h := range found {
		list = append(list, *h)
	}
	slices.SortFunc(list, func(a, b Holding) int { return strings.Compare(a.Currency, b.Currency) })
	return list, c.Err()
}
