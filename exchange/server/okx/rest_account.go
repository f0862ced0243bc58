package okx

import (
	"slices"
	"strconv"
	"strings"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
)

func accountCalls() []call {
	return []call{
		{"GET account/config", "query", front.Per2s(5), private, (*request).config},
		{"GET account/balance", "query", front.Per2s(10), private, (*request).balance},
		{"GET account/instruments", "query", front.Per2s(20), private, (*request).instruments},
		{"GET account/trade-fee", "query", front.Per2s(5), private, (*request).tradeFee},
		{"GET account/max-avail-size", "query", front.Per2s(20), private, (*request).maxAvailSize},
		{"GET asset/balances", "query", front.PerSecond(6), private, (*request).funding},
	}
}

type configRow struct {
	UID              string   `json:"uid"`
	MainUID          string   `json:"mainUid"`
	AcctLv           string   `json:"acctLv"`
	AcctStpMode      string   `json:"acctStpMode"`
	PosMode          string   `json:"posMode"`
	AutoLoan         bool     `json:"autoLoan"`
	EnableSpotBorrow bool     `json:"enableSpotBorrow"`
	SpotBorrowRepay  bool     `json:"spotBorrowAutoRepay"`
	FeeType          string   `json:"feeType"`
	Level            string   `json:"level"`
	LevelTmp         string   `json:"levelTmp"`
	Label            string   `json:"label"`
	RoleType         string   `json:"roleType"`
	KycLv            string   `json:"kycLv"`
	IP               string   `json:"ip"`
	Perm             string   `json:"perm"`
	Type             string   `json:"type"`
	OpAuth           string   `json:"opAuth"`
	SettleCcy        string   `json:"settleCcy"`
	SettleCcyList    []string `json:"settleCcyList"`
}

// firstUID is the user of the first account.
const firstUID = 44_705_892_343_619_584

// uid returns the user id of an account.
func (f *Front) uid(name string) string {
	i := slices.IndexFunc(f.opt.Accounts, func(a Account) bool { return a.Name == name })
	return strconv.Itoa(firstUID + i)
}

// config tells what the key and the account may. No key can withdraw, nothing
// is bound to an address, and no account borrows.
func (q *request) config() (any, *fault) {
	uid := q.front.uid(q.account.Name)
	row := configRow{
		UID: uid, MainUID: uid, AcctLv: "1", AcctStpMode: "cancel_taker", PosMode: "net_mode", FeeType: "0", Level: "Lv1",
		Label: q.account.Name, RoleType: "0", KycLv: "3", Perm: "read_only,trade", Type: "0", OpAuth: "1", SettleCcyList: []string{},
	}
	if q.account.ReadOnly {
		row.Perm = "read_only"
	}
	return []configRow{row}, nil
}

// balanceRow is one currency of an account.
type balanceRow struct {
	Ccy       string `json:"ccy"`
	CashBal   string `json:"cashBal"`
	AvailBal  string `json:"availBal"`
	AvailEq   string `json:"availEq"`
	FrozenBal string `json:"frozenBal"`
	OrdFrozen string `json:"ordFrozen"`
	Eq        string `json:"eq"`
	EqUsd     string `json:"eqUsd"`
	Liab      string `json:"liab"`
	StgyEq    string `json:"stgyEq"`
	UTime     string `json:"uTime"`
}

// balances is the body of balances, in answers and in pushes.
type balances struct {
	UTime   string       `json:"uTime"`
	TotalEq string       `json:"totalEq"`
	AdjEq   string       `json:"adjEq"`
	IsoEq   string       `json:"isoEq"`
	Details []balanceRow `json:"details"`
}

func newBalance(b *order.Balance, at market.Time) balanceRow {
	var c num.Calc
	held := num.Sub(&c, b.Total, b.Available).String()
	return balanceRow{
		Ccy: b.Currency, CashBal: b.Total.String(), AvailBal: b.Available.String(), FrozenBal: held, OrdFrozen: held,
		Eq: b.Total.String(), Liab: "", StgyEq: "0", UTime: milli(at),
	}
}

// holdings lists what an account has of some currencies; none is all.
func holdings(s *server.State, account string, of []string) []balanceRow {
	rows := []balanceRow{}
	for _, b := range s.Balances(account) {
		if !b.Total.IsZero() && (len(of) == 0 || slices.Contains(of, b.Currency)) {
			rows = append(rows, newBalance(&b, s.Now()))
		}
	}
	return rows
}

func (q *request) currencies() []string {
	if text := q.query.Get("ccy"); text != "" {
		return strings.Split(text, ",")
	}
	return nil
}

func (q *request) balance() (answer any, no *fault) {
	of := q.currencies()
	if len(of) > 20 {
		return nil, invalid("ccy")
	}
	q.front.x.With(func(s *server.State) {
		q.front.elapse(s)
		answer = []balances{{UTime: milli(s.Now()), Details: holdings(s, q.account.Name, of)}}
	})
	return answer, nil
}

type feeGroupRow struct {
	GroupID string `json:"groupId"`
	Maker   string `json:"maker"`
	Taker   string `json:"taker"`
}

type feeRow struct {
	Category string        `json:"category"`
	InstType string        `json:"instType"`
	Level    string        `json:"level"`
	Maker    string        `json:"maker"`
	Taker    string        `json:"taker"`
	FeeGroup []feeGroupRow `json:"feeGroup"`
	RuleType string        `json:"ruleType"`
	TS       string        `json:"ts"`
}

// tradeFee answers the rates that are charged now: negative is paid.
func (q *request) tradeFee() (answer any, no *fault) {
	if no := q.spot(true); no != nil {
		return nil, no
	}
	id := q.query.Get("instId")
	q.front.x.With(func(s *server.State) {
		inst, listed := s.Instrument(id)
		if id != "" && !listed {
			no = &faultInstrument
			return
		}
		fees := s.Fees(q.account.Name, inst.Quote)
		maker, taker := fees.Maker.Neg().String(), fees.Taker.Neg().String()
		answer = []feeRow{{
			Category: "1", InstType: "SPOT", Level: "Lv1", Maker: maker, Taker: taker,
			FeeGroup: []feeGroupRow{{feeGroup, maker, taker}}, RuleType: "normal", TS: milli(s.Now()),
		}}
	})
	return answer, no
}

type availRow struct {
	InstID    string `json:"instId"`
	AvailBuy  string `json:"availBuy"`
	AvailSell string `json:"availSell"`
}

func (q *request) maxAvailSize() (any, *fault) {
	switch q.query.Get("tdMode") {
	case "":
		return nil, missing("tdMode")
	case "cash":
	default:
		return nil, &faultMode
	}
	return q.view(func(s *server.State, id string) (any, *fault) {
		q.front.elapse(s)
		inst, _ := s.Instrument(id)
		t := &trader{front: q.front, state: s, account: q.account.Name}
		return []availRow{{id, t.available(inst.Quote).String(), t.available(inst.Base).String()}}, nil
	})
}

type fundingRow struct {
	Ccy       string `json:"ccy"`
	Bal       string `json:"bal"`
	AvailBal  string `json:"availBal"`
	FrozenBal string `json:"frozenBal"`
}

// funding lists what lies beside what trades.
func (q *request) funding() (answer any, no *fault) {
	of := q.currencies()
	q.front.x.With(func(s *server.State) {
		rows := []fundingRow{}
		for ccy, m := range s.Funding(q.account.Name) { // sorted below
			if len(of) == 0 || slices.Contains(of, ccy) {
				rows = append(rows, fundingRow{ccy, m.String(), m.String(), "0"})
			}
		}
		slices.SortFunc(rows, func(a, b fundingRow) int { return strings.Compare(a.Ccy, b.Ccy) })
		answer = rows
	})
	return answer, nil
}
