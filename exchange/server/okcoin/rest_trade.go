package okcoin

import (
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// place places one order.
func (q *request) place() (any, *fault) {
	r, no := q.body.order()
	if no != nil {
		return nil, no
	}
	return q.view(r.Instrument, func(s *server.State, id string) (any, *fault) {
		r.Instrument, r.Account = id, q.account.Name
		o, refusal := s.Submit(r)
		if refusal != nil {
			return refusedBy(refusal).refusal(r.ClientID, "-1"), nil
		}
		return accepted(o.ClientID, o.ID), nil
	})
}

// refusedBy translates the matching engine's reasons.
func refusedBy(r *sim.Refusal) *fault {
	switch r.Reason {
	case sim.BadInstrument:
		return &faultNoPair
	case sim.BadTick:
		return &faultPricePlace
	case sim.BadLot:
		return &faultSizePlace
	case sim.BelowMinimum:
		return &faultMinimum
	case sim.Funds:
		return &faultBalance
	case sim.UnknownOrder:
		return &faultNoOrder
	case sim.AlreadyFilled:
		return &faultFilled
	case sim.AlreadyCancelled:
		return &faultCancelled
	case sim.TooValuable:
		return &faultMarketMax
	case sim.TooMany:
		return &faultAlgos
	case sim.BadAccount, sim.BadOrder, sim.BadPrice, sim.BadNotional, sim.TooLarge, sim.BadTerms, sim.WrongSide:
	}
	return newFault(30024, r.Text)
}

// orderTexts is the body of an order as it came. Empty texts are as good as
// absent.
type orderTexts struct {
	instrument, clientID, side, kind, orderType string
	price, size, notional, margin               string
}

func (b fields) orderTexts() (t orderTexts, no *fault) {
	for _, f := range [...]struct {
		name string
		into *string
	}{
		{"instrument_id", &t.instrument},
		{"client_oid", &t.clientID},
		{"side", &t.side},
		{"type", &t.kind},
		{"order_type", &t.orderType},
		{"price", &t.price},
		{"size", &t.size},
		{"notional", &t.notional},
		{"margin_trading", &t.margin},
	} {
		if *f.into, no = b.text(f.name); no != nil {
			return t, no
		}
	}
	return t, nil
}

// order reads the body of an order.
func (b fields) order() (r sim.Request, no *fault) {
	t, no := b.orderTexts()
	switch {
	case no != nil:
		return r, no
	case t.instrument == "":
		return r, missing("instrument_id")
	case !validClientID(t.clientID):
		return r, invalid("client_oid")
	case t.margin != "" && t.margin != "1":
		return r, invalid("margin_trading")
	}
	r.Instrument, r.ClientID = t.instrument, t.clientID
	if r.Side, no = readSide(t.side); no != nil {
		return r, no
	}
	if r.TIF, no = readOrderType(t.orderType); no != nil {
		return r, no
	}
	switch t.kind {
	case "", "limit":
		return t.limit(r)
	case "market":
		return t.market(r)
	}
	return r, invalid("type")
}

// limit reads what a limit order has.
func (t *orderTexts) limit(r sim.Request) (sim.Request, *fault) {
	var no *fault
	r.Type = sim.Limit
	if r.Price, no = readAmount("price", t.price, num.ParsePrice); no != nil {
		return r, no
	}
	r.Quantity, no = readAmount("size", t.size, num.ParseQuantity)
	return r, no
}

// market reads what a market order has: a buy the money to spend, a sell the
// size. It knows order type 0 only.
func (t *orderTexts) market(r sim.Request) (sim.Request, *fault) {
	var no *fault
	if r.TIF != order.GTC {
		return r, invalid("order_type")
	}
	r.Type, r.TIF = sim.Market, order.IOC
	if r.Side == order.Buy {
		r.Notional, no = readAmount("notional", t.notional, num.ParseMoney)
	} else {
		r.Quantity, no = readAmount("size", t.size, num.ParseQuantity)
	}
	return r, no
}

// validClientID reports whether the id is empty, or 1 to 32 letters and
// digits with a letter among them.
func validClientID(id string) bool {
	letters := 0
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			letters++
		case c < '0' || c > '9':
			return false
		}
	}
	return id == "" || letters > 0 && len(id) <= 32
}

func readSide(text string) (order.Side, *fault) {
	switch text {
	case "":
		return 0, missing("side")
	case "buy":
		return order.Buy, nil
	case "sell":
		return order.Sell, nil
	}
	return 0, invalid("side")
}

func readOrderType(code string) (order.TimeInForce, *fault) {
	if code == "" {
		return order.GTC, nil
	}
	for _, t := range orderTypes {
		if t.code == code {
			return t.tif, nil
		}
	}
	return 0, invalid("order_type")
}

func readAmount[U num.Unit](name, text string, parse func(string) (num.Amount[U], error)) (num.Amount[U], *fault) {
	if text == "" {
		return num.Amount[U]{}, missing(name)
	}
	a, err := parse(text)
	if err != nil || a.Sign() <= 0 {
		return num.Amount[U]{}, invalid(name)
	}
	return a, nil
}

func (q *request) cancelNone() (any, *fault) {
	return nil, &faultNoID
}

// cancel cancels by either id.
func (q *request) cancel() (any, *fault) {
	instrument, no := q.body.text("instrument_id")
	switch {
	case no != nil:
		return nil, no
	case instrument == "":
		return nil, missing("instrument_id")
	}
	asked := q.http.PathValue("id")
	return q.view(instrument, func(s *server.State, id string) (any, *fault) {
		o, refusal := s.Cancel(q.account.Name, id, asked)
		if refusal != nil {
			return refusedBy(refusal).refusal("", asked), nil
		}
		return accepted(o.ClientID, o.ID), nil
	})
}
