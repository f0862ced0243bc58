package engine_test

import (
	"fmt"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// events makes of one line what the engine is told. An @INSTRUMENT among the
// words says what it is about; else it is the first instrument.
func (s *scene) events(what string, w []string) ([]engine.Event, error) {
	id := s.cfg.Instruments[0].ID
	if n := len(w); n > 0 && strings.HasPrefix(w[n-1], "@") {
		id, w = w[n-1][1:], w[:n-1]
	}
	switch what {
	case "quote":
		return []engine.Event{quoteEvent(id, w[0], w[1])}, nil
	case "trade":
		return []engine.Event{tradeEvent(id, w[0])}, nil
	case "price": // a quote one tick around a trade
		return s.price(id, w[0]), nil
	case "bar":
		return []engine.Event{s.bar(engine.KindBar, id, w)}, nil
	case "history":
		return []engine.Event{s.bar(engine.KindHistory, id, w)}, nil
	case "close": // a minute's last quote and trade, and its bar
		return append(s.price(id, w[0]), s.bar(engine.KindBar, id, w)), nil
	case "late": // a close that is told now, and happened at TIME
		return s.late(id, w)
	case "book":
		return []engine.Event{{Kind: engine.KindBook, Instrument: id, Book: market.BookInvalid}}, nil
	case "link":
		up := w[1] == "up"
		return []engine.Event{{Kind: engine.KindLink, Link: engine.Link{Stream: w[0], Up: up, Reason: strings.Join(w[2:], " ")}}}, nil
	case "operator":
		by := map[string]engine.Operator{"stop": engine.OperatorStop, "halt": engine.OperatorHalt, "flatten": engine.OperatorFlatten, "incident": engine.OperatorIncident, "resume": engine.OperatorResume, "hold": engine.OperatorHold}[w[0]]
		if w[0] == "decide" { // #N STATE
			return s.decide(w[1:])
		}
		return []engine.Event{{Kind: engine.KindCommand, Operator: by, Reason: strings.Join(w[1:], " ")}}, nil
	case "listing":
		in, err := listingOf(append([]string{id}, w...))
		return []engine.Event{{Kind: engine.KindInstrument, Instrument: id, Market: engine.MarketNews{Listing: in}}}, err
	case "timer":
		return []engine.Event{{Kind: engine.KindTimer}}, nil
	case "end":
		return []engine.Event{{Kind: engine.KindEnd}}, nil
	}
	return s.news(what, w)
}

// news is what the private side tells.
func (s *scene) news(what string, w []string) ([]engine.Event, error) {
	switch what {
	case "ready":
		return append(balanceEvents(w), engine.Event{Kind: engine.KindReconciled, Scan: engine.Scan{Asked: s.at, Complete: true}}), nil
	case "balance":
		return balanceEvents(w), nil
	case "audited":
		events, err := s.reconciled(w)
		if err == nil {
			events[0].Scan.Audit = true
		}
		return events, err
	case "reconciled":
		return s.reconciled(w)
	case "refuse":
		return s.refuse(), nil
	case "held", "released", "stops", "stop":
		return s.held(what, w)
	}
	switch what {
	case "strange": // an execution of an order nobody knows: SIDE QUANTITY PRICE
		return []engine.Event{s.strange(w)}, nil
	case "nameless": // an open order without a client id: INSTRUMENT SIDE QUANTITY PRICE
		return []engine.Event{s.nameless(w)}, nil
	}
	if len(w) == 0 {
		return nil, fmt.Errorf("%q: about which order?", what)
	}
	o, err := s.order(w[0])
	if err != nil {
		return nil, err
	}
	switch what {
	case "submitted":
		return []engine.Event{{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID, Result: result(w[1:])}}}, nil
	case "cancelled":
		return []engine.Event{{Kind: engine.KindCancelled, Account: engine.AccountNews{ClientID: o.ClientID, Result: result(w[1:])}}}, nil
	case "evidence":
		return s.evidence(&o, w[1:])
	case "fill":
		return []engine.Event{s.fill(&o, w[1:])}, nil
	case "done": // accepted, filled in one go, and over
		return s.done(&o, w[1:])
	}
	return nil, fmt.Errorf("%q is no event", what)
}

func (s *scene) late(id string, w []string) ([]engine.Event, error) {
	at, err := parseClock(w[0])
	now := s.at
	s.at = at
	events := append(s.price(id, w[1]), s.bar(engine.KindBar, id, w[1:]))
	s.at = now
	for i := range events {
		events[i].At = at
	}
	return events, err
}

func sideOf(word string) order.Side {
	if word == "sell" {
		return order.Sell
	}
	return order.Buy
}

func (s *scene) nameless(w []string) engine.Event {
	return engine.Event{Kind: engine.KindEvidence, Instrument: w[0], Account: engine.AccountNews{Evidence: order.Evidence{
		Source: order.FromPush, Instrument: w[0], ExchangeID: "Y" + w[3], Side: sideOf(w[1]), State: order.Open,
		Quantity: num.MustQuantity(w[2]), Price: num.MustPrice(w[3]), At: s.at,
	}}}
}

func (s *scene) strange(w []string) engine.Event {
	return engine.Event{Kind: engine.KindFill, Account: engine.AccountNews{Fill: order.Fill{
		Instrument: s.cfg.Instruments[0].ID, ExchangeID: "Z" + w[2], ID: "z", At: s.at, Side: sideOf(w[0]),
		Quantity: num.MustQuantity(w[1]), Price: num.MustPrice(w[2]),
	}}}
}

func (s *scene) price(id, at string) []engine.Event {
	var c num.Calc
	p, tick := num.MustPrice(at), num.MustPrice("0.1")
	return []engine.Event{
		quoteEvent(id, num.Sub(&c, p, tick).String(), num.Add(&c, p, tick).String()), tradeEvent(id, at),
	}
}

func quoteEvent(id, bid, ask string) engine.Event {
	one := num.MustQuantity("1")
	return engine.Event{Kind: engine.KindQuote, Instrument: id, Quote: market.Quote{Bid: num.MustPrice(bid), Ask: num.MustPrice(ask), BidSize: one, AskSize: one}}
}

func tradeEvent(id, price string) engine.Event {
	return engine.Event{Kind: engine.KindTrade, Instrument: id, Trade: market.Trade{Price: num.MustPrice(price), Size: num.MustQuantity("1")}}
}

// bar is the minute that ends now: its close, or open, high, low, close,
// volume.
func (s *scene) bar(kind engine.Kind, id string, w []string) engine.Event {
	b := market.Bar{Open: s.at - market.Time(market.Minute), Timeframe: market.Minute, Volume: num.MustQuantity("1")}
	b.C = num.MustPrice(w[0])
	b.O, b.H, b.L = b.C, b.C, b.C
	if len(w) == 5 {
		b.O, b.H, b.L, b.C = b.C, num.MustPrice(w[1]), num.MustPrice(w[2]), num.MustPrice(w[3])
		b.Volume = num.MustQuantity(w[4])
	}
	return engine.Event{Kind: kind, Instrument: id, Bar: b}
}

func balanceEvents(w []string) []engine.Event {
	var events []engine.Event
	for _, b := range w {
		currency, total, _ := strings.Cut(b, "=")
		m := num.MustMoney(total)
		events = append(events, engine.Event{Kind: engine.KindBalance, Account: engine.AccountNews{Balance: order.Balance{Currency: currency, Total: m, Available: m}}})
	}
	return events
}

// refuse answers every order that was sent and not answered with a refusal.
func (s *scene) refuse() []engine.Event {
	var events []engine.Event
	for _, o := range s.e.Unsettled() {
		if o.State == order.Intended {
			events = append(events, engine.Event{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID, Result: order.Result{Class: order.Rejected}}})
		}
	}
	return events
}

// reconciled reads [asked=TIME] [incomplete REASON].
func (s *scene) reconciled(w []string) ([]engine.Event, error) {
	scan := engine.Scan{Asked: s.at, Complete: true}
	if len(w) > 0 && strings.HasPrefix(w[0], "asked=") {
		at, err := parseClock(w[0][len("asked="):])
		if err != nil {
			return nil, err
		}
		scan.Asked, w = at, w[1:]
	}
	if len(w) > 0 {
		scan.Complete, scan.Reason = false, strings.Join(w[1:], " ")
	}
	return []engine.Event{{Kind: engine.KindReconciled, Scan: scan}}, nil
}

// order returns one of our orders by its number.
func (s *scene) order(ref string) (order.Order, error) {
	for id, o := range s.orders {
		if shortID(id) == ref {
			return o, nil
		}
	}
	var n uint64
	if _, err := fmt.Sscanf(ref, "#%d", &n); err != nil {
		return order.Order{}, fmt.Errorf("%q is no order", ref)
	}
	// never seen: an order with our mark that is not in our books
	return order.Order{ClientID: s.cfg.IDs.New(n), Intent: order.Intent{Instrument: s.cfg.Instruments[0].ID, Side: order.Buy}}, nil
}

// result reads a class, then options id= code= halt=.
func result(w []string) order.Result {
	o := options(w[1:])
	return order.Result{
		Class: map[string]order.Class{
			"accepted": order.Accepted, "rejected": order.Rejected, "not_sent": order.NotSent, "gone": order.Gone, "unknown": order.Unknown,
		}[w[0]],
		ExchangeID: o["id"], Code: o["code"], Message: o["text"],
		Halt: map[string]order.Halt{"auth": order.HaltAuth, "instrument": order.HaltInstrument, "clock": order.HaltClock, "funds": order.HaltFunds, "incident": order.HaltIncident}[o["halt"]],
	}
}

// evidence reads a state or missing, then options filled= id= asked= price=.
func (s *scene) evidence(o *order.Order, w []string) ([]engine.Event, error) {
	opt := options(w[1:])
	x := order.Evidence{
		Source: order.FromPush, Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: opt["id"],
		Side: o.Side, Price: o.Price, Quantity: o.Quantity, At: s.at, Missing: w[0] == "missing",
	}
	if asked, ok := opt["asked"]; ok || x.Missing {
		at := s.at
		if ok {
			var err error
			if at, err = parseClock(asked); err != nil {
				return nil, err
			}
		}
		x.Source, x.Asked, x.At = order.FromQuery, at, 0
	}
	if f := opt["filled"]; f != "" {
		x.Filled = num.MustQuantity(f)
	}
	if p := opt["price"]; p != "" {
		x.Price = num.MustPrice(p)
	}
	if !x.Missing {
		if err := x.State.UnmarshalText([]byte(w[0])); err != nil {
			return nil, err
		}
	}
	return []engine.Event{{Kind: engine.KindEvidence, Instrument: o.Instrument, Account: engine.AccountNews{ClientID: o.ClientID, Evidence: x}}}, nil
}

// fill reads ID QUANTITY PRICE FEE CURRENCY [id=EXCHANGE ORDER ID].
func (s *scene) fill(o *order.Order, w []string) engine.Event {
	f := order.Fill{
		Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: "X" + shortID(o.ClientID)[1:], ID: w[0], At: s.at, Side: o.Side,
		Quantity: num.MustQuantity(w[1]), Price: num.MustPrice(w[2]), Fee: num.MustMoney(w[3]), FeeCurrency: w[4],
	}
	if id := options(w[5:])["id"]; id != "" {
		f.ExchangeID = id
	}
	return engine.Event{Kind: engine.KindFill, Instrument: o.Instrument, Account: engine.AccountNews{Fill: f}}
}

// done reads QUANTITY PRICE FEE CURRENCY: accepted, filled so far, then over.
func (s *scene) done(o *order.Order, w []string) ([]engine.Event, error) {
	id := "X" + shortID(o.ClientID)[1:]
	state := "CANCELED"
	if num.MustQuantity(w[0]) == o.Quantity {
		state = "FILLED"
	}
	events := []engine.Event{{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID, Result: order.Result{Class: order.Accepted, ExchangeID: id}}}}
	if w[0] != "0" {
		events = append(events, s.fill(o, append([]string{"f" + id}, w...)))
	}
	over, err := s.evidence(o, []string{state, "filled=" + w[0], "id=" + id})
	return append(events, over...), err
}

// decide is a person's word of how an order in conflict ended.
func (s *scene) decide(w []string) ([]engine.Event, error) {
	o, err := s.order(w[0])
	ev := engine.Event{Kind: engine.KindCommand, Operator: engine.OperatorDecide, Reason: strings.Join(w[2:], " ")}
	ev.Account.ClientID = o.ClientID
	if err == nil {
		err = ev.Account.Evidence.State.UnmarshalText([]byte(w[1]))
	}
	return []engine.Event{ev}, err
}
