package okcoin

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/wire"
)

// Page says which part of a list to read, newest row first: After is the id
// that all rows are older than, Before the one that they are newer than. Both
// may be empty. Which rows come when more than Limit are newer than Before is
// not known; to read everything, go back from the newest with After.
type Page struct {
	After, Before string
	Limit         int // 100, the most, when it is 0
}

func (p Page) onto(query url.Values) (url.Values, error) {
	for name, id := range map[string]string{"after": p.After, "before": p.Before} {
		switch {
		case id == "":
		case !wire.Digits(id):
			return nil, fmt.Errorf("%s: %q is not the id of a row", name, wire.Clip([]byte(id)))
		default:
			query.Set(name, id)
		}
	}
	n := p.Limit
	if n <= 0 {
		n = pageSize
	}
	query.Set("limit", strconv.Itoa(min(n, pageSize)))
	return query, nil
}

// Balance returns what the account holds of one currency.
func (c *Client) Balance(ctx context.Context, currency string) (order.Balance, error) {
	v, err := c.query(ctx, getAccounts, "/api/spot/v3/accounts/"+url.PathEscape(currency), true)
	var b order.Balance
	if err == nil {
		r := newRow(v, nil)
		b = r.accountBalance()
		err = r.Err
	}
	if err == nil && b.Currency != currency {
		err = fmt.Errorf("the answer is about %q", wire.Clip([]byte(b.Currency)))
	}
	if err != nil {
		return order.Balance{}, fmt.Errorf("okcoin: balance %s: %w", currency, err)
	}
	return b, nil
}

// Wallet returns what the funding account holds. It is not for trading, and
// nothing here can move it.
func (c *Client) Wallet(ctx context.Context) ([]order.Balance, error) {
	v, err := c.query(ctx, getWallet, "/api/account/v3/wallet", true)
	var list []order.Balance
	if err == nil {
		list, err = rowsOf(v, func(r *row) (order.Balance, error) { return r.accountBalance(), r.Err })
	}
	if err != nil {
		return nil, fmt.Errorf("okcoin: wallet: %w", err)
	}
	return list, nil
}

// Entry is one change of a balance. Kind is the exchange's own word for its
// cause: trade, fee, rebate and others, which nothing here depends on.
type Entry struct {
	ID         string
	At         market.Time
	Currency   string
	Kind       string
	Amount     num.Money // signed
	Balance    num.Money // after the change
	ExchangeID string    // of the order, if it was one
	Instrument string    // likewise
}

// Ledger returns changes of one currency's balance, newest first, of the last
// three months.
func (c *Client) Ledger(ctx context.Context, currency string, p Page) ([]Entry, error) {
	query, err := p.onto(url.Values{})
	var list []Entry
	if err == nil {
		list, err = listOf(ctx, c, getLedger, target("/api/spot/v3/accounts/"+url.PathEscape(currency)+"/ledger", query), (*row).entry)
	}
	if err != nil {
		return nil, fmt.Errorf("okcoin: ledger %s: %w", currency, err)
	}
	return list, nil
}

// listOf makes a signed call whose reply is an array of rows.
func listOf[T any](ctx context.Context, c *Client, e endpoint, target string, read func(*row) (T, error)) ([]T, error) {
	v, err := c.query(ctx, e, target, true)
	if err != nil {
		return nil, err
	}
	return rowsOf(v, read)
}

func (r *row) entry() (Entry, error) {
	e := Entry{
		ID: string(r.Required("ledger_id")), At: r.Time("timestamp"), Currency: string(r.Required("currency")),
		Kind: string(r.Required("type")), Amount: wire.Parsed(&r.Row, "amount", wire.ParseMoney), Balance: r.Balance("balance"),
	}
	if details := r.Value.Get("details"); r.Err == nil && details != nil {
		d := newRow(details, nil)
		e.ExchangeID, e.Instrument = d.Text("order_id"), canonical(d.Optional("instrument_id"))
		r.Fail("details", d.Err)
	}
	return e, r.Err
}

// Fees are the parts of a trade that a maker and a taker pay; negative is
// paid to them.
type Fees struct {
	At           market.Time
	Maker, Taker num.Rate
}

// TradeFee returns what trading an instrument costs the account.
func (c *Client) TradeFee(ctx context.Context, instrument string) (Fees, error) {
	v, err := c.query(ctx, getFee, target("/api/spot/v3/trade_fee", url.Values{"instrument_id": {instrument}}), true)
	var f Fees
	if err == nil {
		r := newRow(v, nil)
		f, err = r.fees()
	}
	if err != nil {
		return Fees{}, fmt.Errorf("okcoin: trade fee %s: %w", instrument, err)
	}
	return f, nil
}

func (r *row) fees() (Fees, error) {
	f := Fees{At: r.Time("timestamp"), Maker: wire.Parsed(&r.Row, "maker", wire.ParseRate), Taker: wire.Parsed(&r.Row, "taker", wire.ParseRate)}
	whole := num.MustRate("1")
	for _, rate := range [...]num.Rate{f.Maker, f.Taker} {
		if rate.Cmp(whole) >= 0 || rate.Cmp(whole.Neg()) <= 0 {
			r.Fail("fee", fmt.Errorf("%s is not a part of a trade", rate))
		}
	}
	return f, r.Err
}

// Phase is how far maintenance is.
type Phase uint8

// The phases of maintenance.
const (
	Announced Phase = iota
	Running
	Over
)

// Maintenance is a time in which the exchange, or a part of it, does not work.
type Maintenance struct {
	Title      string
	Phase      Phase
	Start, End market.Time
	Product    int64 // 0 is the streams, 1 spot, others are of no concern
}

// Concerns reports whether it can touch spot trading at a time.
func (m *Maintenance) Concerns(at market.Time) bool {
	return m.Product <= 1 && m.Phase != Over && at >= m.Start && at < m.End
}

// Status returns the maintenance that is announced or running.
func (c *Client) Status(ctx context.Context) ([]Maintenance, error) {
	v, err := c.query(ctx, getStatus, "/api/system/v3/status", false)
	var list []Maintenance
	if err == nil {
		list, err = rowsOf(v, (*row).maintenance)
	}
	if err != nil {
		return nil, fmt.Errorf("okcoin: status: %w", err)
	}
	return list, nil
}

func (r *row) maintenance() (Maintenance, error) {
	m := Maintenance{
		Title: printable(r.Text("title")), Phase: wire.Parsed(&r.Row, "status", parsePhase),
		Start: r.Time("start_time"), End: r.Time("end_time"), Product: r.Int("product_type"),
	}
	if r.Err == nil && (m.End < m.Start || m.Product < 0) {
		r.Fail("maintenance", errors.New("ends before it starts, or is of no product"))
	}
	return m, r.Err
}

func parsePhase(b []byte) (Phase, error) {
	switch string(b) {
	case "0":
		return Announced, nil
	case "1":
		return Running, nil
	case "2":
		return Over, nil
	}
	return 0, fmt.Errorf("%q is not a state of maintenance", wire.Clip(b))
}

// Filter says in which states orders are listed.
type Filter string

// The filters of Orders.
const (
	AllOpen     Filter = "6" // in the book, partly filled or not
	AllFinished Filter = "7" // cancelled or filled
	AllFilled   Filter = "2"
	AllCanceled Filter = "-1"
	AllFailed   Filter = "-2"
)

// Orders returns an instrument's orders in some states, newest first, ours or
// not. A cancelled order that never traded is forgotten after two hours.
func (c *Client) Orders(ctx context.Context, instrument string, f Filter, p Page) ([]order.Evidence, error) {
	query, err := p.onto(url.Values{"instrument_id": {instrument}, "state": {string(f)}})
	var list []order.Evidence
	if err == nil {
		list, err = listOf(ctx, c, getOrders, target("/api/spot/v3/orders", query), func(r *row) (order.Evidence, error) {
			return r.listed(instrument)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("okcoin: orders %s: %w", instrument, err)
	}
	return list, nil
}

// listed reads an order of a list that was asked for one instrument.
func (r *row) listed(instrument string) (order.Evidence, error) {
	ev := r.evidence(order.FromList)
	if r.Err == nil && ev.Instrument != instrument {
		r.Fail("instrument_id", fmt.Errorf("%q, asked for %q", ev.Instrument, instrument))
	}
	return ev, r.Err
}

// parseEpoch reads seconds since 1970, with or without a fraction.
func parseEpoch(b []byte) (market.Time, error) {
	n, scale, ok := wire.Small(b)
	if !ok || n < 0 || scale > 9 {
		return 0, fmt.Errorf("%q is not a time in seconds", wire.Clip(b))
	}
	unit := int64(time.Second)
	for range scale {
		unit /= 10
	}
	const last = 7_258_118_400 // the year 2200
	if n/(int64(time.Second)/unit) >= last {
		return 0, fmt.Errorf("%q is not a time in seconds", wire.Clip(b))
	}
	return market.Time(n * unit), nil
}
