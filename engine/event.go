package engine

import (
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// Kind says what happened.
type Kind uint8

// The kinds of events. Everything the engine ever learns is one of these.
const (
	KindBar        Kind = iota + 1 // a bar closed: Bar
	KindTrade                      // a print on the tape: Trade
	KindQuote                      // best bid and ask of a book that verified: Quote
	KindBook                       // the book's standing changed: Book
	KindInstrument                 // the exchange lists the instrument so: Market.Listing
	KindBalance                    // what the exchange holds for us: Balance
	KindEvidence                   // the exchange says how an order stands: Evidence
	KindSubmitted                  // the answer to a submit: ClientID, Result
	KindCancelled                  // the answer to a cancel: ClientID, Result
	KindFill                       // one of our orders executed: Fill
	KindReconciled                 // a reconciliation ended: Scan
	KindLink                       // a stream went up or down: Link
	KindClock                      // the run clock was moved on: it had been behind, and how long things took by it is not known
	KindTimer                      // the time the engine asked to be woken at has come
	KindCommand                    // a person's command: Operator, Reason
	KindHistory                    // a closed bar of the past, for warm-up: Bar
	KindEnd                        // the market ended: nothing will follow
	KindHeld                       // the exchange says how stops stand that it holds: Account.Held
	KindStretch                    // the market moved on for a while, and Glides said so: Market.Stretch, Quote, Trade
)

// Event is one thing that happened. Which payload counts follows from Kind;
// the others are zero. Events are plain values: no interface, and no pointer
// but the levels of a book.
type Event struct {
	Kind       Kind        `json:"kind"`
	Instrument string      `json:"instrument,omitzero"` // what the event is about; "" when it is about the account
	At         market.Time `json:"at"`                  // exchange time of the fact; rules and bars use it
	Seen       market.Time `json:"seen"`                // run clock when the driver took it; ages use it

	Bar      market.Bar       `json:"bar,omitzero"`
	Trade    market.Trade     `json:"trade,omitzero"`
	Quote    market.Quote     `json:"quote,omitzero"`
	Depth    market.Depth     `json:"depth,omitzero"` // behind Quote, where it is told; its memory is the sender's: Step copies
	Book     market.BookState `json:"book,omitzero"`
	Market   MarketNews       `json:"market,omitzero"`
	Link     Link             `json:"link,omitzero"`
	Scan     Scan             `json:"scan,omitzero"`
	Operator Operator         `json:"operator,omitzero"`
	Reason   string           `json:"reason,omitzero"` // KindCommand: why the person gives it
	Account  AccountNews      `json:"account,omitzero"`
}

// Reset makes ev zero. It clears what an event of its kind carries: the rest,
// which is most of it, is zero already. For those who tell millions of them.
func (ev *Event) Reset() {
	switch ev.Kind {
	case KindBar:
		ev.Bar = market.Bar{}
	case KindTrade:
		ev.Trade = market.Trade{}
	case KindQuote:
		ev.Quote, ev.Depth = market.Quote{}, market.Depth{}
	case KindStretch:
		ev.Quote, ev.Depth, ev.Trade, ev.Market.Stretch = market.Quote{}, market.Depth{}, market.Trade{}, Stretch{}
	default:
		*ev = Event{}
	}
	ev.Kind, ev.Instrument, ev.At, ev.Seen, ev.Market.Came = 0, "", 0, 0, 0
}

// Take makes ev what another is, by copying what an event of that kind carries.
func (ev *Event) Take(of *Event) {
	switch of.Kind {
	case KindBar, KindTrade, KindQuote, KindStretch:
	default:
		*ev = *of
		return
	}
	ev.Reset()
	ev.Kind, ev.Instrument, ev.At, ev.Seen, ev.Market.Came = of.Kind, of.Instrument, of.At, of.Seen, of.Market.Came
	switch of.Kind {
	case KindBar:
		ev.Bar = of.Bar
	case KindTrade:
		ev.Trade = of.Trade
	case KindQuote:
		ev.Quote, ev.Depth = of.Quote, of.Depth
	default: // a stretch
		ev.Quote, ev.Depth, ev.Trade, ev.Market.Stretch = of.Quote, of.Depth, of.Trade, of.Market.Stretch
	}
}

// MarketNews is what is said of an instrument beside its prices.
type MarketNews struct {
	Came market.Time `json:"came,omitzero"` // run clock when the event reached the driver, where it waited since; 0 is Seen

	Stretch Stretch           `json:"stretch,omitzero"` // KindStretch
	Listing market.Instrument `json:"listing,omitzero"` // KindInstrument
}

// AccountNews is what the private side tells: which part counts follows from
// the event's kind.
type AccountNews struct {
	ClientID string         `json:"client_order_id,omitzero"` // KindSubmitted, KindCancelled
	Result   order.Result   `json:"result,omitzero"`          // KindSubmitted, KindCancelled
	Evidence order.Evidence `json:"evidence,omitzero"`        // KindEvidence
	Fill     order.Fill     `json:"fill,omitzero"`            // KindFill
	Balance  order.Balance  `json:"balance,omitzero"`         // KindBalance
	Held     HeldNews       `json:"held,omitzero"`            // KindHeld
}

// The streams a link event names.
const (
	StreamMarket  = "market"
	StreamPrivate = "private"
)

// Link tells that a stream came up or went down.
type Link struct {
	Stream string // StreamMarket or StreamPrivate
	Up     bool
	Reason string // why it went down
}

// Scan tells how a reconciliation ended.
type Scan struct {
	Asked    market.Time // run clock before its first request left
	Audit    bool        // it answers CommandAudit, and proves nothing of an order in doubt
	Complete bool        // every page of open orders, fills and balances was read
	Reason   string      // why it is not complete
}

// Operator is a person's command.
type Operator uint8

// The commands of a person.
const (
	OperatorNone     Operator = iota
	OperatorStop              // the run ends: obey on_exit
	OperatorHalt              // nothing leaves any more, and what is live is cancelled
	OperatorHold              // the machine cannot: no order leaves, until the same comes without a reason
	OperatorResume            // lift every halt, and switch rules on again
	OperatorDecide            // how an order in CONFLICT ended: Account.ClientID, Account.Evidence.State
	OperatorIncident          // the exchange reports that it is out of service, until the same comes without a reason
	OperatorFlatten           // OperatorHalt, and where it is configured what is held is sold
)
