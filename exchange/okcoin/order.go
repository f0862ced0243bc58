package okcoin

import (
	"errors"
	"fmt"
	"strings"

	"github.com/valyala/fastjson"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/wire"
)

// orderState is the meaning of the exchange's state code. The words beside it
// in a row are never read: they changed over the years. A failed order that
// traded is a contradiction, which the engine must see as one.
func orderState(code int64, filled num.Quantity) (order.State, error) {
	switch code {
	case 3, 0: // being submitted; in the book
		return order.Open, nil
	case 1:
		return order.Partial, nil
	case 4:
		return order.Canceling, nil
	case 2:
		return order.Filled, nil
	case -1:
		return order.Canceled, nil
	case -2:
		if filled.Sign() > 0 {
			return order.Conflict, nil
		}
		return order.Refused, nil
	}
	return order.StateNone, fmt.Errorf("%d is not a state of an order", code) // 6 and 7 are filters
}

// evidence reads what an order row says, in a push or in a reply. At is not
// set: only in a push is the row's timestamp the time of the change.
func (r *row) evidence(source order.Source) order.Evidence {
	ev := order.Evidence{
		Source:     source,
		Instrument: canonical(r.Required("instrument_id")),
		ClientID:   r.Text("client_oid"),
		ExchangeID: string(r.Required("order_id")),
		Side:       r.Side(),
		Filled:     r.Quantity("filled_size"),
	}
	switch kind := r.Optional("type"); string(kind) {
	case "market": // not ours: those have no price, and perhaps no size
		ev.Quantity = r.orZero("size")
	case "limit", "":
		ev.Price, ev.Quantity = r.Price("price"), r.Quantity("size")
	default:
		r.Fail("type", fmt.Errorf("%q is neither limit nor market", wire.Clip(kind)))
	}
	code := r.Int("state")
	if r.Err != nil {
		return order.Evidence{}
	}
	var err error
	ev.State, err = orderState(code, ev.Filled)
	r.Fail("state", err)
	if ev.Filled.Sign() < 0 || ev.Quantity.Sign() < 0 || ev.Price.Sign() < 0 {
		r.Fail("order "+ev.ExchangeID, errors.New("negative amount"))
	}
	return ev
}

// orZero reads a quantity that may be absent.
func (r *row) orZero(key string) num.Quantity {
	if len(r.Optional(key)) == 0 {
		return num.Quantity{}
	}
	return r.Quantity(key)
}

// canonical returns an instrument's id as the exchange lists it: upper case
// with a dash. Some replies echo btc_usd.
func canonical(id []byte) string {
	return strings.ReplaceAll(strings.ToUpper(string(id)), "_", "-")
}

// execution is the part of an order push that tells of its last fill. The fee
// is the order's running total; negative was charged.
type execution struct {
	id       string
	fill     order.Fill
	filled   num.Quantity
	fee      num.Money
	currency string
	feeKnown bool
}

// execution reads the last fill of an order push; ok is false before the first.
func (r *row) execution(ev *order.Evidence) (x execution, ok bool) {
	x = execution{id: r.Text("last_fill_id"), filled: ev.Filled, currency: r.Text("fee_currency")}
	fee, rebate := r.optionalMoney("fee"), r.optionalMoney("rebate")
	x.fee = fee
	x.feeKnown = x.currency != "" && rebate.IsZero()
	if r.Err != nil || x.id == "" || x.id == "0" || ev.Filled.IsZero() {
		return x, false
	}
	x.fill = order.Fill{
		Instrument: ev.Instrument, ClientID: ev.ClientID, ExchangeID: ev.ExchangeID,
		ID: x.id, Side: ev.Side, FeeCurrency: x.currency,
		At: r.Time("last_fill_time"), Price: r.Price("last_fill_px"), Quantity: r.Quantity("last_fill_qty"),
	}
	if r.Err == nil && (x.fill.Price.Sign() <= 0 || x.fill.Quantity.Sign() <= 0) {
		r.Fail("last_fill", fmt.Errorf("%s at %s is out of range", x.fill.Quantity, x.fill.Price))
	}
	return x, r.Err == nil
}

func (r *row) optionalMoney(key string) num.Money {
	if len(r.Optional(key)) == 0 {
		return num.Money{}
	}
	return wire.Parsed(&r.Row, key, wire.ParseMoney)
}

func (r *row) optionalPrice(key string) num.Price {
	if len(r.Optional(key)) == 0 {
		return num.Price{}
	}
	return r.Price(key)
}

func (r *row) optionalBalance(key string) num.Money {
	if len(r.Optional(key)) == 0 {
		return num.Money{}
	}
	return r.Balance(key)
}

func (r *row) accountBalance() order.Balance {
	return order.Balance{
		Currency: string(r.Required("currency")), Total: r.Balance("balance"), Available: r.Balance("available"),
	}
}

// eachRow calls f for every object of an array.
func eachRow(v *fastjson.Value, f func(*row) error) error {
	if v.Type() != fastjson.TypeArray {
		return wire.ErrShape
	}
	for i, e := range v.GetArray() {
		r := newRow(e, nil)
		err := r.Err
		if err == nil {
			err = f(&r)
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", i, err)
		}
	}
	return nil
}
