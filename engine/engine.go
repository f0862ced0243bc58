package engine

import (
	"fmt"
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
	"rulebot/engine/risk"
)

// Config is what an engine is made of. It does not change while it runs.
type Config struct {
	Strategies   []Strategy
	Program      Program
	Feeds        []Feed              // the series Program.Update expects, by index
	Instruments  []market.Instrument // as the exchange lists them
	Base         market.Timeframe    // length of the bars that arrive as events
	Quote        string              // currency of the account: equity, limits
	Limits       risk.Limits         // effective: nothing absent
	Fee          num.Rate            // worst fee an order may cost
	IDs          order.IDs           // makes client order ids
	CancelOnStop bool                // on_exit: cancel
	Flatten      bool                // whether a person may have the kill switch close positions
	Audit        time.Duration       // how often the exchange is asked whether our books are right; 0 is never: it is simulated
	Trace        bool                // record how rules stand and what orders were checked against: where a journal is kept
}

// Engine is the decision core. It is a value of one goroutine: Step must not
// be called concurrently with anything.
type Engine struct {
	cfg     Config
	markets []marketState // by instrument, in the order of Config.Instruments
	feeds   []feedState   // by feed, in the order of Config.Feeds
	traders []trader      // by strategy, in the order of Config.Strategies
	lookup
	book    orderBook // every order we know
	ledger  *portfolio.Ledger
	account account
	session session
	clocks
	out     Outcome
	pending        // collected within one step
	waking         // timers, schedules and feeds that are waited for
	chain   string // hash of the newest decision
	broken  error  // an invariant that does not hold
}

// lookup is what is found once, so that an event need not look for it.
type lookup struct {
	byName  map[string]int // of markets
	sought  int            // the market that was looked for last
	limited []int          // strategies with a daily loss limit of their own
	listens bool           // a rule is read within bars, with each trade or quote of a market
}

// clocks are the two times that the engine knows.
type clocks struct {
	now market.Time // run clock: the newest Event.Seen
	at  market.Time // event clock: the newest Event.At

	cameAt market.Time // run clock: when the event at hand came
}

// pending is what the rules of one event want, until it is carried out.
type pending struct {
	wants []want
	early []later // before the orders
	last  []later // after them
	given []given // at the end of the step
	seen  View    // see view
	tracer
}

// waking is when rules are to be read although nothing happens.
type waking struct {
	armed    bool
	awaits   bool          // some strategy waits for feeds
	holding  bool          // some strategy has a stop held by the exchange
	hushAt   market.Time   // event clock: no feed falls silent before that
	alarmAt  market.Time   // run clock: the next timer or schedule; 0 is never
	restored market.Time   // event clock of the newest change that was restored
	age      time.Duration // run clock since the event at hand
}

// session is what must hold before anything is sent.
type session struct {
	reconciled bool
	baseline   bool   // balances were taken over once
	halt       Halt   // latched; Mode is ModeReady while none is set
	pause      string // why nothing new may leave until reconciled again; "" when none
	hold       string // why the machine lets nothing leave; "" when it does
	ended      bool
	balances   []order.Balance // newest said by the exchange since the baseline
	funds      order.Balance   // of the quote currency, as it was last told
	short      int             // buys refused for want of funds since it changed
	rounds     int             // reconciliations in a row that did not agree
	retryAt    market.Time     // run clock: when to reconcile again; 0 is not at all
	deaf       bool            // the private stream is down
	heard      market.Time     // run clock: since when it is up again
	auditing   auditing
	rebase     bool // a person saw that balances differ: the exchange's count from now on
}

// Reconciliations that failed are repeated after 1, 2, 4, 8 and 16 seconds.
const (
	reconcileRetry  = time.Second
	reconcileRounds = 5
)

// New returns an engine that has seen nothing. It refuses a configuration
// whose instruments cannot be computed with exactly.
func New(cfg Config) (*Engine, error) {
	names := make([]string, 0, len(cfg.Strategies))
	for i := range cfg.Strategies {
		names = append(names, cfg.Strategies[i].Name)
	}
	e := &Engine{cfg: cfg, ledger: portfolio.New(names), book: newOrderBook(cfg.IDs)}
	e.byName = map[string]int{}
	for i := range cfg.Instruments {
		if err := checkListing(&cfg.Instruments[i]); err != nil {
			return nil, err
		}
		e.markets = append(e.markets, marketState{listing: cfg.Instruments[i]})
	}
	for _, f := range cfg.Feeds {
		st, err := newFeedState(f, cfg.Base, e.marketIndex(f.Series.Instrument))
		if err != nil {
			return nil, err
		}
		e.feeds = append(e.feeds, st)
	}
	for i := range cfg.Strategies {
		t, err := e.newTrader(&cfg.Strategies[i])
		if err != nil {
			return nil, err
		}
		e.traders = append(e.traders, t)
		e.awaits = e.awaits || len(t.strategy.Await) > 0
		e.holding = e.holding || t.strategy.Exits.StopLoss.AtExchange
	}
	e.account.worth.of = make([]num.Money, len(e.traders))
	for i := range e.traders {
		if e.traders[i].limited() {
			e.limited = append(e.limited, i)
		}
	}
	for i := range e.markets {
		e.byName[e.markets[i].listing.ID] = i
	}
	e.listen()
	return e, nil
}

// checkListing refuses an instrument whose largest order would need more than
// 19 digits.
func checkListing(in *market.Instrument) error {
	const wholeDigits = 9 // of price × quantity in quote currency: a billion
	switch {
	case in.Tick.Sign() <= 0 || in.Lot.Sign() <= 0 || in.Min.Sign() <= 0:
		return fmt.Errorf("engine: %s: tick, lot and minimum must be positive", in.ID)
	case in.Max.Sign() > 0 && in.Max.Less(in.Min):
		return fmt.Errorf("engine: %s: the largest order %s is below the minimum %s", in.ID, in.Max, in.Min)
	case in.Tick.Scale()+in.Lot.Scale()+wholeDigits > 19:
		return fmt.Errorf("engine: %s: tick %s × lot %s leaves fewer than %d digits for an order's value; it cannot be traded exactly",
			in.ID, in.Tick, in.Lot, wholeDigits)
	}
	return nil
}

// Step takes one event and returns what follows from it. The outcome is valid
// until the next Step.
func (e *Engine) Step(ev *Event) *Outcome {
	e.begin(ev)
	if e.awaits {
		e.overdue()
	}
	switch ev.Kind {
	case KindBar:
		e.onBar(ev, true)
	case KindHistory:
		e.onBar(ev, false)
	case KindTrade:
		e.onTrade(ev)
	case KindQuote:
		e.onQuote(ev)
	case KindStretch:
		e.onStretch(ev)
		return &e.out // nothing is due before its end, and nothing that is waited for moved
	case KindBook:
		e.onBook(ev)
	case KindInstrument:
		e.onListing(ev)
	case KindSubmitted:
		e.onSubmitted(ev)
	case KindCancelled:
		e.onCancelled(ev)
	case KindEvidence:
		e.onEvidence(ev)
	case KindFill:
		e.onFill(ev)
	case KindBalance:
		e.onBalance(ev)
	case KindHeld:
		e.onHeld(ev)
	case KindReconciled:
		e.onReconciled(ev)
	case KindLink:
		e.onLink(ev)
	case KindCommand:
		e.onOperator(ev)
	case KindTimer:
		e.ring(ev.Seen)
	case KindClock:
		e.began(e.now)
	case KindEnd:
		e.session.ended = true
		e.closeTrace()
	}
	if len(e.given) > 0 {
		e.assign()
	}
	e.chase()
	e.audit()
	if !e.book.empty() || e.holding || e.session.halt.Flatten { // else no order is there to look after, as at nearly every event
		e.expire()
		e.flatten()
		e.pursue()
		e.keepStops()
	}
	e.out.Wake = e.wakeAt()
	return &e.out
}

func (e *Engine) begin(ev *Event) {
	e.out.Seq++
	e.out.Changes = e.out.Changes[:0]
	e.out.Commands = e.out.Commands[:0]
	e.wants = e.wants[:0]
	e.at = max(e.at, ev.At)
	if e.now == 0 && ev.Seen != 0 {
		e.began(ev.Seen)
	}
	e.now = max(e.now, ev.Seen)
	e.age = e.now.Sub(ev.At)
	e.cameAt = e.now
	if ev.Market.Came != 0 {
		e.cameAt = min(ev.Market.Came, e.now)
	}
	if !e.armed && (ev.Kind == KindBar || ev.Kind == KindTrade || ev.Kind == KindQuote) {
		e.arm()
	}
}

// change appends a fact and makes it true. It is the only way durable state
// moves.
func (e *Engine) change(c Change) {
	c.At = e.at
	e.out.Changes = append(e.out.Changes, c)
	e.apply(&e.out.Changes[len(e.out.Changes)-1])
}

// fact is change for what comes with every bar: in place, for a Change is
// large. The caller fills it in and applies it.
func (e *Engine) fact(kind ChangeKind) *Change {
	n := len(e.out.Changes)
	if n == cap(e.out.Changes) {
		e.out.Changes = append(e.out.Changes, Change{})
	} else {
		e.out.Changes = e.out.Changes[:n+1]
		e.out.Changes[n].reset()
	}
	c := &e.out.Changes[n]
	c.Kind, c.At = kind, e.at
	return c
}

// These are change for what comes with every order, in place as well.

func (e *Engine) keepOrder(o *order.Order) {
	c := e.fact(ChangeOrder)
	c.Order = *o
	e.apply(c)
}

func (e *Engine) keepRule(m *RuleMemory) {
	c := e.fact(ChangeRule)
	c.Rule = *m
	e.apply(c)
}

func (e *Engine) keepDay(d *Day) {
	c := e.fact(ChangeDay)
	c.Day = *d
	e.apply(c)
}

func (e *Engine) command(kind CommandKind, o order.Order) {
	e.out.Commands = append(e.out.Commands, Command{Kind: kind, Order: o})
}

func (e *Engine) marketIndex(instrument string) int {
	return slices.IndexFunc(e.markets, func(m marketState) bool { return m.listing.ID == instrument })
}

// market returns the state of an instrument, or nil when it is not traded.
func (e *Engine) market(instrument string) *marketState {
	if n := e.sought; n < len(e.markets) && e.markets[n].listing.ID == instrument {
		return &e.markets[n] // mostly the same as before
	}
	i, ok := e.byName[instrument]
	if !ok {
		return nil
	}
	e.sought = i
	return &e.markets[i]
}
