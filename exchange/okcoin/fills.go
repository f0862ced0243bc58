package okcoin

import (
	"fmt"
	"strings"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/wire"
)

// ledgerRow is one row of the fills list: half an execution. The exchange
// lists what was received (labelled buy, with the fee) and what was given
// (labelled sell), in their own currencies.
type ledgerRow struct {
	ledger   int64
	at       market.Time
	key      fillKey
	currency string
	price    num.Price
	size     num.Quantity
	side     order.Side
	fee      num.Money // negative was charged
	maker    bool
}

type fillKey struct{ order, trade string }

// ledgerRows reads one page.
func ledgerRows(v *fastjson.Value, instrument string) ([]ledgerRow, error) {
	var rows []ledgerRow
	err := eachRow(v, func(r *row) error {
		l := ledgerRow{
			ledger: r.Int("ledger_id"), at: r.Time("timestamp"),
			key:      fillKey{order: string(r.Required("order_id")), trade: string(r.Required("trade_id"))},
			currency: string(r.Required("currency")),
			price:    r.Price("price"), size: r.Quantity("size"), side: r.Side(),
			fee: wire.Parsed(&r.Row, "fee", wire.ParseMoney), maker: wire.Parsed(&r.Row, "exec_type", parseLiquidity),
		}
		if id := canonical(r.Required("instrument_id")); r.Err == nil && id != instrument {
			r.Fail("instrument_id", fmt.Errorf("%q, asked for %q", id, instrument))
		}
		if r.Err == nil && (l.price.Sign() <= 0 || l.size.Sign() <= 0) {
			r.Fail("trade "+l.key.trade, fmt.Errorf("%s at %s is out of range", l.size, l.price))
		}
		rows = append(rows, l)
		return r.Err
	})
	return rows, err
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

// pairFills joins the halves of each execution, whatever their order, and
// returns the fills in the order of their first row. Rows before since may
// lack their other half, because reading stopped there; they are left out.
func pairFills(rows []ledgerRow, instrument string, since market.Time) ([]order.Fill, error) {
	base, quote, ok := strings.Cut(instrument, "-")
	if !ok {
		return nil, fmt.Errorf("instrument %q names no two currencies", instrument)
	}
	half := make(map[fillKey]int, len(rows))
	fills := make([]order.Fill, 0, len(rows)/2)
	var broken error
	for i := range rows {
		first, found := half[rows[i].key]
		if !found {
			half[rows[i].key] = i
			continue
		}
		delete(half, rows[i].key)
		f, err := joinRows(&rows[first], &rows[i], base, quote)
		if broken == nil {
			broken = err
		}
		f.Instrument = instrument
		if err == nil && f.At >= since {
			fills = append(fills, f)
		}
	}
	for i := range rows {
		if first, found := half[rows[i].key]; broken == nil && found && first == i && rows[i].at >= since {
			broken = fmt.Errorf("trade %s of order %s has one row, not two", rows[i].key.trade, rows[i].key.order)
		}
	}
	return fills, broken
}

// joinRows makes a fill of its two halves: quantity and side from the base
// currency's row, the fee from the row that was received.
func joinRows(a, b *ledgerRow, base, quote string) (order.Fill, error) {
	if a.currency != base {
		a, b = b, a
	}
	bad := func(why string) (order.Fill, error) {
		return order.Fill{}, fmt.Errorf("trade %s of order %s: %s", a.key.trade, a.key.order, why)
	}
	switch {
	case a.currency != base || b.currency != quote:
		return bad("rows in " + a.currency + " and " + b.currency)
	case a.side == b.side:
		return bad("both rows are labelled " + a.side.String())
	case a.price != b.price:
		return bad("prices " + a.price.String() + " and " + b.price.String())
	case a.maker != b.maker:
		return bad("made and taken at once")
	}
	received, given := a, b
	if a.side == order.Sell {
		received, given = b, a
	}
	if !given.fee.IsZero() {
		return bad("fee on both currencies")
	}
	return order.Fill{
		ExchangeID: a.key.order, ID: a.key.trade, At: a.at, Side: a.side,
		Price: a.price, Quantity: a.size,
		Fee: received.fee.Neg(), FeeCurrency: received.currency, Maker: a.maker,
	}, nil
}
