package okx

import (
	"strconv"
	"strings"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// orderRow is an order as queries answer it, and the part of a push that is the
// same.
type orderRow struct {
	InstType     string `json:"instType"`
	InstID       string `json:"instId"`
	OrdID        string `json:"ordId"`
	ClOrdID      string `json:"clOrdId"`
	Tag          string `json:"tag"`
	Px           string `json:"px"`
	Sz           string `json:"sz"`
	OrdType      string `json:"ordType"`
	Side         string `json:"side"`
	PosSide      string `json:"posSide"`
	TdMode       string `json:"tdMode"`
	TgtCcy       string `json:"tgtCcy"`
	State        string `json:"state"`
	AccFillSz    string `json:"accFillSz"`
	AvgPx        string `json:"avgPx"`
	FillPx       string `json:"fillPx"`
	FillSz       string `json:"fillSz"`
	FillTime     string `json:"fillTime"`
	TradeID      string `json:"tradeId"`
	Fee          string `json:"fee"`
	FeeCcy       string `json:"feeCcy"`
	Rebate       string `json:"rebate"`
	RebateCcy    string `json:"rebateCcy"`
	Source       string `json:"source"`
	Category     string `json:"category"`
	CancelSource string `json:"cancelSource"`
	CancelReason string `json:"cancelSourceReason"`
	CTime        string `json:"cTime"`
	UTime        string `json:"uTime"`
	QuoteCcy     string `json:"tradeQuoteCcy"`
	AlgoID       string `json:"algoId"`
	AlgoClOrdID  string `json:"algoClOrdId"`
	ReduceOnly   string `json:"reduceOnly"`
	StpMode      string `json:"stpMode"`
	Lever        string `json:"lever"`
	Ccy          string `json:"ccy"`
	Pnl          string `json:"pnl"`

	Attached []string `json:"attachAlgoOrds"`

	id int64
}

// orderPush is an order as it is pushed.
type orderPush struct {
	orderRow
	FillFee         string `json:"fillFee"`
	FillFeeCcy      string `json:"fillFeeCcy"`
	ExecType        string `json:"execType"`
	FillNotionalUsd string `json:"fillNotionalUsd"`
	ReqID           string `json:"reqId"`
	AmendResult     string `json:"amendResult"`
	AmendSource     string `json:"amendSource"`
	LastPx          string `json:"lastPx"`
	Code            string `json:"code"`
	Msg             string `json:"msg"`
}

func stateOf(s order.State) string {
	switch s {
	case order.Partial:
		return "partially_filled"
	case order.Filled:
		return "filled"
	case order.Canceled:
		return "canceled"
	default: // the matching engine knows no other
		return "live"
	}
}

// cancelSources are the codes of why an order ended.
var cancelSources = map[string]string{
	sim.ByUser: "1", sim.ByFOK: "13", sim.ByRest: "14", sim.ByGuard: "27", sim.ByPostOnly: "31", sim.BySelf: "32",
}

// times are the names of the times in force.
var times = map[string]order.TimeInForce{
	"limit": order.GTC, "post_only": order.PostOnly, "ioc": order.IOC, "fok": order.FOK, "market": order.IOC,
}

func kindOf(o *sim.Order, m *mark) string {
	if m != nil && m.kind != "" {
		return m.kind
	}
	if o.Type == sim.Market {
		return "market"
	}
	for _, name := range [...]string{"post_only", "ioc", "fok"} {
		if times[name] == o.TIF {
			return name
		}
	}
	return "limit"
}

// averageScale is how many decimals an average price shows.
const averageScale = 8

// newOrder writes an order; m may be nil.
func newOrder(o *sim.Order, m *mark) orderRow {
	r := orderRow{
		InstType: "SPOT", InstID: o.Instrument, OrdID: o.ID, ClOrdID: o.ClientID, Px: orEmpty(o.Price), Sz: o.Quantity.String(),
		OrdType: kindOf(o, m), Side: o.Side.String(), TdMode: "cash", State: stateOf(o.State), AccFillSz: o.Filled.String(),
		Fee: "0", Rebate: "0", Category: "normal", CTime: milli(o.Created), UTime: milli(o.Changed), ReduceOnly: "false",
		StpMode: "cancel_taker", Pnl: "0", Attached: []string{}, id: number(o.ID),
	}
	_, r.QuoteCcy, _ = strings.Cut(o.Instrument, "-")
	if r.OrdType == "market" {
		r.Px, r.TgtCcy = "", "base_ccy"
		if !o.Notional.IsZero() {
			r.Sz, r.TgtCcy = o.Notional.String(), "quote_ccy"
		}
	}
	if m != nil {
		r.Tag, r.Source, r.AlgoID, r.AlgoClOrdID = m.tag, m.source, m.algoID, m.algoClOrdID
		if m.sz != "" {
			r.Sz, r.TgtCcy = m.sz, m.tgtCcy
		}
	}
	if !o.Filled.IsZero() {
		var c num.Calc
		r.AvgPx = num.PriceFor(&c, o.Spent, o.Filled, averageScale).String()
		r.FillPx, r.FillSz, r.FillTime = o.Last.Price.String(), o.Last.Quantity.String(), milli(o.Last.At)
		r.TradeID = strconv.FormatInt(o.Last.TradeID, 10)
		r.Fee, r.FeeCcy = o.Fee.Neg().String(), o.FeeCurrency
		if o.Fee.Sign() < 0 {
			r.Fee, r.Rebate, r.RebateCcy = "0", o.Fee.Neg().String(), o.FeeCurrency
		}
	}
	if o.State == order.Canceled {
		r.CancelSource = "0"
		if code, known := cancelSources[o.Reason]; known {
			r.CancelSource = code
		}
		if m != nil && m.cancelSource != "" {
			r.CancelSource = m.cancelSource
		}
		r.CancelReason = o.Reason
	}
	return r
}

// number returns an id as a number, for paging.
func number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		panic("okx: id " + id + " is not a number")
	}
	return n
}

// amendResults are the codes of what became of an amendment.
var amendResults = [...]string{"", sim.AmendDone: "0", sim.AmendFailed: "-1", sim.AmendCanceled: "1"}

// newOrderPush writes an order with the fill that changed it, if one did.
func newOrderPush(o *sim.Order, m *mark, f *sim.Fill) orderPush {
	p := orderPush{orderRow: newOrder(o, m), FillFee: "0", Code: "0", AmendResult: amendResults[o.Amended], ReqID: o.LastRequest}
	if p.AvgPx == "" {
		p.AvgPx = "0"
	}
	p.FillPx, p.FillSz, p.FillTime, p.TradeID = "", "0", "", ""
	if f != nil {
		p.FillPx, p.FillSz, p.FillTime, p.TradeID = f.Price.String(), f.Quantity.String(), milli(f.At), f.ID
		p.FillFee, p.FillFeeCcy, p.ExecType = f.Fee.Neg().String(), f.FeeCurrency, execType(f)
		p.LastPx = f.Price.String()
	}
	return p
}

func execType(f *sim.Fill) string {
	if f.Maker {
		return "M"
	}
	return "T"
}

// fillRow is one execution.
type fillRow struct {
	InstType  string `json:"instType"`
	InstID    string `json:"instId"`
	TradeID   string `json:"tradeId"`
	OrdID     string `json:"ordId"`
	ClOrdID   string `json:"clOrdId"`
	BillID    string `json:"billId"`
	SubType   string `json:"subType"`
	Tag       string `json:"tag"`
	FillPx    string `json:"fillPx"`
	FillSz    string `json:"fillSz"`
	Side      string `json:"side"`
	PosSide   string `json:"posSide"`
	ExecType  string `json:"execType"`
	FeeCcy    string `json:"feeCcy"`
	Fee       string `json:"fee"`
	FeeRate   string `json:"feeRate"`
	FillTime  string `json:"fillTime"`
	TS        string `json:"ts"`
	FillPnl   string `json:"fillPnl"`
	QuoteCcy  string `json:"tradeQuoteCcy"`
	FillIdxPx string `json:"fillIdxPx"`

	id int64
}

func newFill(f *sim.Fill, m *mark, fees sim.Fees) fillRow {
	r := fillRow{
		InstType: "SPOT", InstID: f.Instrument, TradeID: f.ID, OrdID: f.ExchangeID, ClOrdID: f.ClientID,
		BillID: strconv.FormatInt(f.Ledger, 10), SubType: "1", FillPx: f.Price.String(), FillSz: f.Quantity.String(),
		Side: f.Side.String(), PosSide: "net", ExecType: execType(f), FeeCcy: f.FeeCurrency, Fee: f.Fee.Neg().String(),
		FeeRate: fees.Taker.Neg().String(), FillTime: milli(f.At), TS: milli(f.At), FillPnl: "0", id: f.Ledger,
	}
	if f.Maker {
		r.FeeRate = fees.Maker.Neg().String()
	}
	if f.Side == order.Sell {
		r.SubType = "2"
	}
	if m != nil {
		r.Tag = m.tag
	}
	_, r.QuoteCcy, _ = strings.Cut(f.Instrument, "-")
	return r
}
