package okcoin

import (
	"strconv"
	"strings"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// postingRow is one change of a balance. A trade's row has the fee or the
// rebate in it, as it has on the real exchange.
type postingRow struct {
	LedgerID  string         `json:"ledger_id"`
	Timestamp string         `json:"timestamp"`
	CreatedAt string         `json:"created_at"`
	Currency  string         `json:"currency"`
	Amount    string         `json:"amount"`
	Balance   string         `json:"balance"`
	Type      string         `json:"type"`
	Details   postingDetails `json:"details"`

	id   int64
	code string // of the type, as it is asked for
}

type postingDetails struct {
	OrderID      string `json:"order_id"`
	InstrumentID string `json:"instrument_id"`
	ProductID    string `json:"product_id"`
}

// The codes of the types of rows there are.
const (
	postedBuy  = "7"
	postedSell = "8"
)

// ledger lists the changes of one currency's balance.
func (q *request) ledger() (answer any, no *fault) {
	page, no := q.page()
	if no != nil {
		return nil, no
	}
	kind := q.query("type", "")
	if _, err := strconv.Atoi(kind); kind != "" && err != nil {
		return nil, invalid("type")
	}
	currency := strings.ToUpper(q.http.PathValue("currency"))
	q.front.x.With(func(s *server.State) {
		if !hasCurrency(s, currency) {
			no = noCurrency(currency)
			return
		}
		rows := []postingRow{}
		for _, r := range postings(s, q.account.Name, currency) {
			if kind == "" || r.code == kind {
				rows = append(rows, r)
			}
		}
		rows = cut(rows, page, func(r *postingRow) int64 { return r.id })
		pageHeaders(q, rows, func(r *postingRow) int64 { return r.id })
		answer = rows
	})
	return answer, no
}

// postings returns the changes of a balance newest first. Only fills change
// it, so that each row's balance follows from the present one.
func postings(s *server.State, account, currency string) []postingRow {
	var c num.Calc
	var total num.Money
	for _, b := range s.Balances(account) {
		if b.Currency == currency {
			total = b.Total
		}
	}
	var rows []postingRow
	for _, f := range s.Fills(account, "") {
		inst := s.Known(f.Instrument)
		amount, id, concerned := posted(&c, &f, &inst, currency)
		if !concerned {
			continue
		}
		rows = append(rows, newPosting(&f, currency, amount, total, id))
		total = num.Sub(&c, total, amount)
	}
	return rows
}

// posted returns by how much a fill changed a currency's balance, and the
// number of the row.
func posted(c *num.Calc, f *sim.Fill, inst *market.Instrument, currency string) (amount num.Money, id int64, concerned bool) {
	got, gave := f.Quantity.Money(), num.Cost(c, f.Price, f.Quantity)
	gets, gives := inst.Base, inst.Quote
	if f.Side == order.Sell {
		got, gave, gets, gives = gave, got, gives, gets
	}
	switch currency {
	case gets:
		return num.Sub(c, got, f.Fee), f.Ledger, true
	case gives:
		return gave.Neg(), f.Ledger - 1, true
	}
	return num.Money{}, 0, false
}

func newPosting(f *sim.Fill, currency string, amount, balance num.Money, id int64) postingRow {
	at, code := iso(f.At), postedBuy
	if f.Side == order.Sell {
		code = postedSell
	}
	return postingRow{
		LedgerID: strconv.FormatInt(id, 10), Timestamp: at, CreatedAt: at, Currency: currency,
		Amount: amount.String(), Balance: balance.String(), Type: "trade",
		Details: postingDetails{f.ExchangeID, f.Instrument, f.Instrument}, id: id, code: code,
	}
}
