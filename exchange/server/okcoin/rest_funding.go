package okcoin

import (
	"maps"
	"slices"
	"strings"

	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
)

// funding is where the calls about the funding account live. What is in it is
// shown and cannot be moved: all that trades is in the spot account.
const funding = " /api/account/v3/"

func fundingCalls() (list []call) {
	limit := front.PerSecond(6)
	for path, serve := range map[string]func(*request) (any, *fault){
		"GET" + funding + "wallet":                        (*request).wallet,
		"GET" + funding + "wallet/{currency}":             (*request).walletOf,
		"GET" + funding + "currencies":                    (*request).currencies,
		"GET" + funding + "ledger":                        (*request).nothing,
		"GET" + funding + "deposit/history":               (*request).nothing,
		"GET" + funding + "deposit/history/{currency}":    (*request).nothing,
		"GET" + funding + "withdrawal/history":            (*request).nothing,
		"GET" + funding + "withdrawal/history/{currency}": (*request).nothing,
		"GET" + funding + "withdrawal/fee":                (*request).nothing,
		"GET" + funding + "deposit/address":               (*request).moveNothing,
		"POST" + funding + "transfer":                     (*request).moveNothing,
		"POST" + funding + "withdrawal":                   (*request).mayNotMove,
	} {
		list = append(list, call{pattern: path, limit: limit, access: private, serve: serve})
	}
	return list
}

// nothing lists what has come in or gone out.
func (q *request) nothing() (any, *fault) { return []struct{}{}, nil }

// moveNothing refuses what would move money between accounts: there is but one.
func (q *request) moveNothing() (any, *fault) {
	return nil, newFault(34014, "Transfers are restricted: the built-in exchange moves no money")
}

// mayNotMove refuses what needs the right to take money out, which no key has.
func (q *request) mayNotMove() (any, *fault) { return nil, &faultRight }

// walletRow is one currency of the funding account.
type walletRow struct {
	Available string `json:"available"`
	Balance   string `json:"balance"`
	Currency  string `json:"currency"`
	Hold      string `json:"hold"`
}

// currencyRow is one currency of the exchange. Nothing comes in and nothing
// goes out.
type currencyRow struct {
	CanDeposit    string `json:"can_deposit"`
	CanWithdraw   string `json:"can_withdraw"`
	Currency      string `json:"currency"`
	MinWithdrawal string `json:"min_withdrawal"`
	Name          string `json:"name"`
}

// inWallet returns a currency of the account's funding account.
func (q *request) inWallet(s *server.State, currency string) walletRow {
	amount := s.Funding(q.account.Name)[currency].String()
	return walletRow{Available: amount, Balance: amount, Currency: currency, Hold: "0"}
}

// currenciesOf returns the currencies of the listed instruments, sorted.
func currenciesOf(s *server.State) []string {
	var list []string
	for _, i := range s.Instruments() {
		list = append(list, i.Base, i.Quote)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (q *request) wallet() (any, *fault) {
	rows := []walletRow{}
	q.front.x.With(func(s *server.State) {
		list := append(currenciesOf(s), slices.Collect(maps.Keys(s.Funding(q.account.Name)))...)
		slices.Sort(list)
		for _, c := range slices.Compact(list) {
			rows = append(rows, q.inWallet(s, c))
		}
	})
	return rows, nil
}

// walletOf answers a list of one, as the real call does.
func (q *request) walletOf() (answer any, no *fault) {
	currency := strings.ToUpper(q.http.PathValue("currency"))
	q.front.x.With(func(s *server.State) {
		answer = []walletRow{q.inWallet(s, currency)}
		if _, owned := s.Funding(q.account.Name)[currency]; !owned && !hasCurrency(s, currency) {
			no = noCurrency(currency)
		}
	})
	return answer, no
}

func (q *request) currencies() (any, *fault) {
	rows := []currencyRow{}
	q.front.x.With(func(s *server.State) {
		for _, c := range currenciesOf(s) {
			rows = append(rows, currencyRow{"0", "0", c, "0", ""})
		}
	})
	return rows, nil
}

// statusRow is one maintenance.
type statusRow struct {
	Title       string `json:"title"`
	Href        string `json:"href"`
	ProductType string `json:"product_type"`
	Status      string `json:"status"`
	StartTime   string `json:"start_time"`
	EndTime     string `json:"end_time"`
}

// systemStatus lists the maintenance that is planned or running: this exchange
// knows of it when it begins.
func (q *request) systemStatus() (any, *fault) {
	rows := []statusRow{}
	switch status := q.query("status", ""); status {
	case "", "1":
		if m := q.front.Upkeep(); m != nil {
			rows = append(rows, q.front.maintenance(m))
		}
	case "0", "2":
	default:
		return nil, invalid("status")
	}
	return rows, nil
}
