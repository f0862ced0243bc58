package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// Leg is one of an algo order's conditions and what it places: a limit order at
// Price, or a market order when Price is zero. A zero Trigger is no leg.
type Leg struct {
	Trigger num.Price `json:"trigger"`
	Price   num.Price `json:"price,omitzero"`
}

// AlgoKind is what an algo order does.
type AlgoKind uint8

// The kinds.
const (
	AlgoTrigger AlgoKind = iota + 1 // places Stop when a trade reaches it, from whichever side
	AlgoPair                        // places Take when the price has gone the order's way, Stop when against it
	AlgoTrail                       // follows the best price, and places a market order when it has come back by a part
	AlgoIceberg                     // rests in small parts, one after the other
	AlgoSweep                       // takes in small parts, one each interval: time-weighted
)

// AlgoRequest asks for an order that the exchange manages; the package comment
// says how. Fields of other kinds are zero. Size counts base currency, but
// money for what ends in a market buy.
type AlgoRequest struct {
	Account    string     `json:"account"`
	Instrument string     `json:"instrument"`
	Side       order.Side `json:"side"`
	Size       num.Money  `json:"size"`
	Kind       AlgoKind   `json:"kind"`

	Stop     Leg      `json:"stop,omitzero"` // its trigger starts a trail
	Take     Leg      `json:"take,omitzero"`
	Callback num.Rate `json:"callback,omitzero"` // of a trail: the part by which the price must come back

	Part     num.Quantity  `json:"part,omitzero"`     // average of an iceberg's parts, most of a sweep's
	Limit    num.Price     `json:"limit,omitzero"`    // no part goes beyond it, and none is placed while trades do
	Distance num.Rate      `json:"distance,omitzero"` // from the best price: where an iceberg rests, how far a sweep takes
	Ratio    num.Rate      `json:"ratio,omitzero"`    // of what stands within a sweep's distance
	Interval time.Duration `json:"interval,omitzero"` // between sweeps
}

// inParts reports whether the kind trades part by part.
func (r *AlgoRequest) inParts() bool { return r.Kind == AlgoIceberg || r.Kind == AlgoSweep }

// AlgoState is where an algo order stands.
type AlgoState uint8

// The states. Effective, cancelled and failed are final.
const (
	AlgoWaiting   AlgoState = iota + 1
	AlgoEffective           // its order was accepted; all of its parts traded
	AlgoCanceled            // by its account, or for lack of funds when it was due
	AlgoFailed              // its order was refused for another reason
	AlgoPartly              // some of its parts traded
	AlgoPaused              // trades are beyond its limit
)

var algoStateNames = [...]string{"", "WAITING", "EFFECTIVE", "CANCELED", "FAILED", "PARTLY_EFFECTIVE", "PAUSED"}

// String returns the state in capitals.
func (s AlgoState) String() string {
	if int(s) < len(algoStateNames) {
		return algoStateNames[s]
	}
	return fmt.Sprintf("AlgoState(%d)", uint8(s))
}

// ByFunds is the reason of an algo order that ended for lack of funds.
const ByFunds = "FUNDS"

// Algo is an algo order as the exchange keeps it. It holds no funds: its orders
// do, once they are placed.
type Algo struct {
	AlgoRequest
	ID      string       `json:"id"`
	State   AlgoState    `json:"state"`
	OrderID string       `json:"order_id,omitzero"` // of the newest order that it placed; fills are the orders'
	Took    bool         `json:"took,omitzero"`     // which leg was reached
	Parts   int64        `json:"parts,omitzero"`    // orders that it placed, of the kinds that trade in parts
	Dealt   num.Quantity `json:"dealt,omitzero"`    // what these have traded
	Reason  string       `json:"reason,omitzero"`
	Created market.Time  `json:"created"`
	Changed market.Time  `json:"changed"`
}

func (a *Algo) live() bool {
	return a.State == AlgoWaiting || a.State == AlgoPartly || a.State == AlgoPaused
}

// waiting is an algo order with what the matching needs beside it.
type waiting struct {
	Algo
	side  reachSide    // of a trigger alone
	best  num.Price    // that a trail has seen since it began; zero before
	due   bool         // a trail has come back far enough
	next  market.Time  // of the next sweep
	child *entry       // an iceberg's part
	done  num.Quantity // what the parts before it traded
}

// reachSide is from where a lone trigger waits for the price.
type reachSide uint8

const (
	unarmed   reachSide = iota // until the first trade says
	fromBelow                  // a trade at or above it reaches it
	fromAbove                  // a trade at or below it reaches it
)

const (
	firstAlgoID  = 1_600_000_000_000_000
	algosWaiting = 100 // most of an account that are live on one instrument
	algosInParts = 6   // of a kind that trades in parts
)

// SubmitAlgo takes an order to manage. What it places at once is told before
// SubmitAlgo returns.
func (x *Exchange) SubmitAlgo(at market.Time, r AlgoRequest) (Algo, *Refusal) {
	b, a := x.books[r.Instrument], x.accounts[r.Account]
	switch {
	case b == nil:
		return Algo{}, refuse(BadInstrument, "instrument %q is not listed", r.Instrument)
	case a == nil:
		return Algo{}, refuse(BadAccount, "account %q is not known", r.Account)
	}
	if no := r.check(b); no != nil {
		return Algo{}, no
	}
	if no := b.crowded(&r); no != nil {
		return Algo{}, no
	}
	x.counts.Algos++
	w := &waiting{next: at, Algo: Algo{
		AlgoRequest: r, ID: strconv.FormatInt(firstAlgoID+x.counts.Algos, 10), State: AlgoWaiting, Created: at, Changed: at,
	}}
	w.arm(b.last)
	a.algos = append(a.algos, w)
	b.keep(w)
	x.tellAlgo(at, w)
	x.settle(at, b)
	return w.Algo, nil
}

// crowded refuses what is more than an account may have live.
func (b *book) crowded(r *AlgoRequest) *Refusal {
	all, same := 0, 0
	for _, w := range b.algos {
		if w.Account == r.Account {
			all++
			if w.Kind == r.Kind {
				same++
			}
		}
	}
	if all >= algosWaiting || r.inParts() && same >= algosInParts {
		return refuse(TooMany, "%d algo orders of %s are live already", all, r.Instrument)
	}
	return nil
}

func (b *book) keep(w *waiting) {
	b.algos = append(b.algos, w)
	if w.inParts() {
		b.parted++
	}
}

func (b *book) drop(w *waiting) {
	if i := slices.Index(b.algos, w); i >= 0 {
		b.algos = slices.Delete(b.algos, i, i+1)
		if w.inParts() {
			b.parted--
		}
	}
}

func (x *Exchange) tellAlgo(at market.Time, w *waiting) {
	a := w.Algo
	x.news = append(x.news, News{Kind: NewsAlgo, At: at, Account: w.Account, Instrument: w.Instrument, Algo: &a})
}

// finish ends an algo order.
func (x *Exchange) finish(at market.Time, b *book, w *waiting, state AlgoState, reason string) {
	b.drop(w)
	w.State, w.Reason, w.Changed, w.Dealt = state, reason, at, w.traded()
	x.tellAlgo(at, w)
}

// CancelAlgo ends an algo order that is live, and the part that rests.
func (x *Exchange) CancelAlgo(at market.Time, account, instrument, id string) (Algo, *Refusal) {
	b, a := x.books[instrument], x.accounts[account]
	switch {
	case b == nil:
		return Algo{}, refuse(BadInstrument, "instrument %q is not listed", instrument)
	case a == nil:
		return Algo{}, refuse(BadAccount, "account %q is not known", account)
	}
	i := slices.IndexFunc(a.algos, func(w *waiting) bool { return w.ID == id && w.Instrument == instrument })
	if i < 0 {
		return Algo{}, refuse(UnknownOrder, "algo order %q of %s is not known", id, instrument)
	}
	w := a.algos[i]
	if !w.live() {
		return w.Algo, refuse(AlreadyCancelled, "algo order %s is %s", id, w.State)
	}
	x.withdraw(at, b, w)
	x.finish(at, b, w, AlgoCanceled, ByUser)
	x.settle(at, b)
	return w.Algo, nil
}

// Algos returns the account's algo orders of an instrument newest first; keep
// chooses.
func (x *Exchange) Algos(account, instrument string, keep func(*Algo) bool) []Algo {
	a := x.accounts[account]
	if a == nil {
		return nil
	}
	var found []Algo
	for _, w := range slices.Backward(a.algos) {
		if w.Instrument == instrument && keep(&w.Algo) {
			found = append(found, w.Algo)
		}
	}
	return found
}
