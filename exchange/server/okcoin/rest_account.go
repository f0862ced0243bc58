package okcoin

import (
	"strings"

	"rulebot/engine/order"
	"rulebot/exchange/server"
)

func (q *request) accounts() (any, *fault) {
	rows := []balanceRow{}
	q.front.x.With(func(s *server.State) {
		for _, b := range s.Balances(q.account.Name) {
			if !b.Total.IsZero() {
				rows = append(rows, newBalance(&b))
			}
		}
	})
	return rows, nil
}

func (q *request) accountOf() (answer any, no *fault) {
	currency := strings.ToUpper(q.http.PathValue("currency"))
	q.front.x.With(func(s *server.State) {
		for _, b := range s.Balances(q.account.Name) {
			if b.Currency == currency {
				answer = newBalance(&b)
				return
			}
		}
		if !hasCurrency(s, currency) {
			no = noCurrency(currency)
			return
		}
		answer = newBalance(&order.Balance{Currency: currency})
	})
	return answer, no
}

// fills lists ledger rows, two an execution.
func (q *request) fills() (any, *fault) {
	instrument := q.query("instrument_id", "")
	if instrument == "" {
		return nil, missing("instrument_id")
	}
	page, no := q.page()
	if no != nil {
		return nil, no
	}
	orderID := q.query("order_id", "")
	return q.view(instrument, func(s *server.State, id string) (any, *fault) {
		inst, _ := s.Instrument(id)
		rows := []fillRow{}
		for _, f := range s.Fills(q.account.Name, id) {
			if orderID == "" || f.ExchangeID == orderID {
				received, given := newFills(&f, &inst)
				rows = append(rows, received, given)
			}
		}
		rows = cut(rows, page, func(r *fillRow) int64 { return r.ledger })
		pageHeaders(q, rows, func(r *fillRow) int64 { return r.ledger })
		return rows, nil
	})
}

// tradeFee answers the account's rates: those of the pair's quote currency, or of
// dollars.
func (q *request) tradeFee() (answer any, no *fault) {
	id := strings.ToUpper(q.query("instrument_id", ""))
	q.front.x.With(func(s *server.State) {
		inst, listed := s.Instrument(id)
		if id != "" && !listed {
			no = &faultNoPair
			return
		}
		if !listed {
			inst.Quote = "USD"
		}
		fees := s.Fees(q.account.Name, inst.Quote)
		answer = struct {
			Category  string `json:"category"`
			Maker     string `json:"maker"`
			Taker     string `json:"taker"`
			Timestamp string `json:"timestamp"`
		}{"1", fees.Maker.String(), fees.Taker.String(), iso(s.Now())}
	})
	return answer, no
}
