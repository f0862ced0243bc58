package okx

import (
	"errors"
	"fmt"

	"rulebot/engine/order"
	"rulebot/exchange/wire"
)

// parseState reads how an order stands. A state that is not known is an error:
// nothing is guessed about an order.
func parseState(b []byte) (order.State, error) {
	switch string(b) {
	case "live":
		return order.Open, nil
	case "partially_filled":
		return order.Partial, nil
	case "filled":
		return order.Filled, nil
	case "canceled", "mmp_canceled":
		return order.Canceled, nil
	}
	return 0, fmt.Errorf("%q is no state of an order that is known here", wire.Clip(b))
}

// evidence reads what an order row says, in a push or in a reply. At is not
// set: only in a push is the row's time the time of the news.
func (r *row) evidence(source order.Source) order.Evidence {
	ev := order.Evidence{
		Source: source, Instrument: string(r.Required("instId")), ClientID: r.Text("clOrdId"),
		ExchangeID: string(r.Required("ordId")), Side: r.Side(), Filled: r.mayQuantity("accFillSz"),
		State: wire.Parsed(&r.Row, "state", parseState),
	}
	if r.Text("ordType") != "market" {
		ev.Price = r.mayPrice("px")
	}
	if r.Text("tgtCcy") != "quote_ccy" && (r.Text("ordType") != "market" || ev.Side == order.Sell || r.Text("tgtCcy") == "base_ccy") {
		ev.Quantity = r.Quantity("sz") // else it is money
	}
	if ev.Filled.Sign() < 0 || ev.Quantity.Sign() < 0 || ev.Price.Sign() < 0 {
		r.Fail("order "+ev.ExchangeID, errors.New("negative amount"))
	}
	return ev
}

// listed reads an order of a list that was asked for one instrument.
func (r *row) listed(instrument string) (order.Evidence, error) {
	ev := r.evidence(order.FromList)
	if r.Err == nil && ev.Instrument != instrument {
		r.Fail("instId", fmt.Errorf("%q, asked for %q", ev.Instrument, instrument))
	}
	return ev, r.Err
}

// fill reads a row of the list of fills.
func (r *row) fill() (order.Fill, error) {
	f := order.Fill{
		Instrument: string(r.Required("instId")), ClientID: r.Text("clOrdId"), ExchangeID: string(r.Required("ordId")),
		ID: string(r.Required("tradeId")), Side: r.Side(), Price: r.Price("fillPx"), Quantity: r.Quantity("fillSz"),
		At: r.mayMilli("fillTime"), Maker: may(r, "execType", parseLiquidity),
		Fee: may(r, "fee", wire.ParseMoney).Neg(), FeeCurrency: r.Text("feeCcy"),
	}
	if f.At == 0 {
		f.At = r.Milli("ts")
	}
	r.checkFill(&f)
	return f, r.Err
}

// checkFill refuses a fill of nothing, and a fee in no currency.
func (r *row) checkFill(f *order.Fill) {
	if r.Err == nil && (f.Price.Sign() <= 0 || f.Quantity.Sign() <= 0 || !f.Fee.IsZero() && f.FeeCurrency == "") {
		r.Fail("trade "+f.ID, fmt.Errorf("%s at %s, fee %s %q, is out of range", f.Quantity, f.Price, f.Fee, f.FeeCurrency))
	}
}

// pushed reads the fill that an order push tells of; ok is false when it tells
// of none. Unlike a reply, a push tells the fee of this fill.
func (r *row) pushed(ev *order.Evidence) (f order.Fill, ok bool) {
	id := r.Text("tradeId")
	if r.Err != nil || id == "" || id == "0" || r.mayQuantity("fillSz").IsZero() {
		return f, false
	}
	f = order.Fill{
		Instrument: ev.Instrument, ClientID: ev.ClientID, ExchangeID: ev.ExchangeID, ID: id, Side: ev.Side,
		Price: r.Price("fillPx"), Quantity: r.Quantity("fillSz"), At: r.Milli("fillTime"),
		Maker: may(r, "execType", parseLiquidity),
		Fee:   may(r, "fillFee", wire.ParseMoney).Neg(), FeeCurrency: r.Text("fillFeeCcy"),
	}
	r.checkFill(&f)
	return f, r.Err == nil
}

func parseLiquidity(b []byte) (maker bool, err error) {
	switch string(b) {
	case "M":
		return true, nil
	case "T":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither M nor T", wire.Clip(b))
}

// balance reads one currency of the account. Debt is refused: whoever owes
// trades with what is not theirs.
func (r *row) balance() (order.Balance, error) {
	b := order.Balance{Currency: string(r.Required("ccy")), Total: r.Balance("cashBal"), Available: r.Balance("availBal")}
	if r.Err == nil && !may(r, "liab", wire.ParseBalance).IsZero() {
		r.Fail("liab", errors.New("the account owes "+b.Currency))
	}
	return b, r.Err
}
