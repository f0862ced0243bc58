package okcoin

import (
	"strconv"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

// orderRow is an order as queries answer it.
type orderRow struct {
	ClientOID      string `json:"client_oid"`
	CreatedAt      string `json:"created_at"`
	Fee            string `json:"fee"`
	FeeCurrency    string `json:"fee_currency"`
	FilledNotional string `json:"filled_notional"`
	FilledSize     string `json:"filled_size"`
	Funds          string `json:"funds"`
	InstrumentID   string `json:"instrument_id"`
	Notional       string `json:"notional"`
	OrderID        string `json:"order_id"`
	OrderType      string `json:"order_type"`
	Price          string `json:"price"`
	PriceAvg       string `json:"price_avg"`
	ProductID      string `json:"product_id"`
	Rebate         string `json:"rebate"`
	RebateCurrency string `json:"rebate_currency"`
	Side           string `json:"side"`
	Size           string `json:"size"`
	State          string `json:"state"`
	Status         string `json:"status"`
	Timestamp      string `json:"timestamp"`
	Type           string `json:"type"`

	id int64
}

// orderPush is an order as it is pushed: with its newest fill, without the
// average price.
type orderPush struct {
	ClientOID       string `json:"client_oid"`
	CreatedAt       string `json:"created_at"`
	EventCode       string `json:"event_code"`
	EventMessage    string `json:"event_message"`
	Fee             string `json:"fee"`
	FeeCurrency     string `json:"fee_currency"`
	FilledNotional  string `json:"filled_notional"`
	FilledSize      string `json:"filled_size"`
	InstrumentID    string `json:"instrument_id"`
	LastAmendResult string `json:"last_amend_result"`
	LastFillID      string `json:"last_fill_id"`
	LastFillPx      string `json:"last_fill_px"`
	LastFillQty     string `json:"last_fill_qty"`
	LastFillTime    string `json:"last_fill_time"`
	LastRequestID   string `json:"last_request_id"`
	MarginTrading   string `json:"margin_trading"`
	Notional        string `json:"notional"`
	OrderID         string `json:"order_id"`
	OrderType       string `json:"order_type"`
	Price           string `json:"price"`
	Rebate          string `json:"rebate"`
	RebateCurrency  string `json:"rebate_currency"`
	Side            string `json:"side"`
	Size            string `json:"size"`
	State           string `json:"state"`
	Status          string `json:"status"`
	Timestamp       string `json:"timestamp"`
	Type            string `json:"type"`
}

// stateTexts returns the code and the word of a state.
func stateTexts(s order.State) (code, word string) {
	switch s {
	case order.Partial:
		return "1", "part_filled"
	case order.Filled:
		return "2", "filled"
	case order.Canceled:
		return "-1", "cancelled"
	default: // the matching engine knows no other
		return "0", "open"
	}
}

// orderTypes are the codes of the times in force.
var orderTypes = [...]struct {
	code string
	tif  order.TimeInForce
}{{"0", order.GTC}, {"1", order.PostOnly}, {"2", order.FOK}, {"3", order.IOC}}

func orderTypeOf(o *sim.Order) string {
	if o.Type == sim.Market {
		return orderTypes[0].code
	}
	for _, t := range orderTypes {
		if t.tif == o.TIF {
			return t.code
		}
	}
	return orderTypes[0].code
}

// charged returns the four fee fields: a fee is negative, a rebate positive,
// and both are empty before the first fill.
func charged(o *sim.Order) (fee, feeCurrency, rebate, rebateCurrency string) {
	switch {
	case o.Filled.IsZero():
		return "", "", "", ""
	case o.Fee.Sign() < 0:
		return "", "", o.Fee.Neg().String(), o.FeeCurrency
	}
	return o.Fee.Neg().String(), o.FeeCurrency, "", ""
}

// orEmpty returns the text of a, or "" for what was not given.
func orEmpty[U num.Unit](a num.Amount[U]) string {
	if a.IsZero() {
		return ""
	}
	return a.String()
}

// averageScale is how many decimals an average price shows.
const averageScale = 8

func average(o *sim.Order) string {
	if o.Filled.IsZero() {
		return "0"
	}
	var c num.Calc
	return num.PriceFor(&c, o.Spent, o.Filled, averageScale).String()
}

func newOrder(o *sim.Order) orderRow {
	r := orderRow{
		ClientOID: o.ClientID, CreatedAt: iso(o.Created), Timestamp: iso(o.Created),
		FilledNotional: o.Spent.String(), FilledSize: o.Filled.String(),
		InstrumentID: o.Instrument, ProductID: o.Instrument, Notional: orEmpty(o.Notional),
		OrderID: o.ID, OrderType: orderTypeOf(o), Price: o.Price.String(), PriceAvg: average(o),
		Side: o.Side.String(), Size: o.Quantity.String(), Type: o.Type.String(), id: orderNumber(o.ID),
	}
	r.Fee, r.FeeCurrency, r.Rebate, r.RebateCurrency = charged(o)
	r.State, r.Status = stateTexts(o.State)
	return r
}

// orderNumber returns an order id as a number, for paging.
func orderNumber(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		panic("okcoin: order id " + id + " is not a number")
	}
	return n
}

// amendResults are the codes of what became of an amendment.
var amendResults = [...]string{"", sim.AmendDone: "0", sim.AmendFailed: "-1", sim.AmendCanceled: "1"}

func newOrderPush(o *sim.Order) orderPush {
	p := orderPush{
		ClientOID: o.ClientID, CreatedAt: iso(o.Created), Timestamp: iso(o.Changed), EventCode: "0",
		FilledNotional: o.Spent.String(), FilledSize: o.Filled.String(), InstrumentID: o.Instrument,
		LastFillID: strconv.FormatInt(o.Last.TradeID, 10), LastFillPx: o.Last.Price.String(),
		LastFillQty: o.Last.Quantity.String(), LastFillTime: iso(o.Last.At), MarginTrading: "1",
		Notional: orEmpty(o.Notional), OrderID: o.ID, OrderType: orderTypeOf(o), Price: o.Price.String(),
		Side: o.Side.String(), Size: o.Quantity.String(), Type: o.Type.String(),
	}
	p.Fee, p.FeeCurrency, p.Rebate, p.RebateCurrency = charged(o)
	p.State, p.Status = stateTexts(o.State)
	p.LastAmendResult, p.LastRequestID = amendResults[o.Amended], o.LastRequest
	return p
}
