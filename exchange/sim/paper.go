package sim

import (
	"fmt"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// PaperConfig is what a paper venue lists, charges and models.
type PaperConfig struct {
	Instruments []market.Instrument
	Balances    map[string]num.Money // what a new account begins with
	Fees        Fees
	Rules       Rules
	Latency     Latency
	Tiers       []Tier
	Fills       Fills
	SlippageBps num.Rate // basis points by which taking is worse than the level shown
	SpreadBps   num.Rate // basis points between bid and ask where only bars are known
}

// Paper is the exchange that a dry run and a backtest trade on: an [Exchange]
// with one account, told what the real market does. The driver calls it from
// its own goroutine, in this order: Market for a market event before the
// engine steps on it, Next until there is nothing more, then the engine; Do
// for every command; Advance when Wake has come and the market was silent.
//
// The bot is told, in order: for a submit the answer, then its fills, then
// how the order stands when it traded or ended; for a cancel the answer, then
// the end of the order; balances last. Events carry the simulated exchange's
// time in At and leave Seen to the driver. A command takes effect Latency
// after it was given, and not before the one given before it; and before
// whatever the market does at that instant.
//
// Where an instrument has no quotes, each bar with volume is four market
// trades of a quarter of it (open, nearer extreme, farther extreme, close)
// and then a quote: the close ± half of SpreadBps, with a twentieth of the
// bar's volume at the touch, at least ten times the smallest order.
//
// SlippageBps makes every price taken from the market worse by so much,
// rounded to the tick against the order, but never beyond its limit.
type Paper struct {
	x       *Exchange
	latency Latency
	drawn   int64    // commands that took a latency
	half    num.Rate // half the spread of bar-only instruments
	now     market.Time
	newest  *book // that was looked up
	due     queue[task]
	told    queue[engine.Event]
	latest  market.Time // when the newest command arrives: none overtakes another
	scanned int         // fills told by reconciliations so far
}

// owner is the paper venue's one account.
const owner = "paper"

// task is a command on its way to the exchange.
type task struct {
	at   market.Time
	kind engine.CommandKind
	o    order.Order
	held engine.HeldStop
}

// queue is first in, first out, and keeps its memory when it runs empty.
type queue[T any] struct {
	items []T
	head  int
}

func (q *queue[T]) empty() bool { return q.head == len(q.items) }

func (q *queue[T]) push(v T) { q.items = append(q.items, v) }

func (q *queue[T]) pop(v *T) {
	*v = q.items[q.head]
	q.head++
	if q.empty() {
		q.items, q.head = q.items[:0], 0
	}
}

// bpsMax bounds slippage and spread, bpsScaleMax their decimals: beyond them
// a setting is a mistake.
const (
	bpsMax      = "5000"
	bpsScaleMax = 4
)

// NewPaper returns a paper venue with a new account.
func NewPaper(cfg PaperConfig) (*Paper, error) {
	for _, r := range [...]num.Rate{cfg.SlippageBps, cfg.SpreadBps} {
		if r.Sign() < 0 || num.MustRate(bpsMax).Less(r) || r.Scale() > bpsScaleMax {
			return nil, fmt.Errorf("sim: %s basis points: want 0 to %s with at most %d decimals", r, bpsMax, bpsScaleMax)
		}
	}
	if err := cfg.Latency.check(); err != nil {
		return nil, err
	}
	x, err := New(Config{
		Instruments: cfg.Instruments, Fees: cfg.Fees, Tiers: cfg.Tiers, Rules: cfg.Rules, Fills: cfg.Fills,
	})
	if err != nil {
		return nil, err
	}
	if err := x.Open(owner, cfg.Balances); err != nil {
		return nil, err
	}
	var c num.Calc
	x.quiet = true
	x.slip = num.Mul(&c, cfg.SlippageBps, num.RateOf(1, basisPlaces))
	half := num.Mul(&c, num.Mul(&c, cfg.SpreadBps, num.RateOf(1, basisPlaces)), num.MustRate("0.5"))
	return &Paper{x: x, latency: cfg.Latency, half: half}, c.Err()
}

// Market tells the venue what the market does. Commands that are due happen
// first. Only quotes, trades and bars of listed instruments count.
func (p *Paper) Market(ev *engine.Event) {
	p.Advance(ev.At)
	b := p.book(ev.Instrument)
	if b == nil {
		return
	}
	switch ev.Kind {
	case engine.KindQuote:
		b.told = true
		p.x.quote(p.now, b, ev.Quote, ev.Depth)
	case engine.KindTrade:
		p.x.trade(p.now, b, ev.Trade)
	case engine.KindStretch:
		p.stretch(b, ev)
	case engine.KindBar:
		if !b.told {
			p.bar(b, &ev.Bar)
		}
	default: // nothing else moves the market
		return
	}
	p.report()
}

// book returns what is listed under a name, which mostly is what was asked for
// before.
func (p *Paper) book(instrument string) *book {
	if p.newest == nil || p.newest.inst.ID != instrument {
		p.newest = p.x.books[instrument]
	}
	return p.newest
}

// Do takes a command that the engine gave at a time: the exchange time of the
// event that led to it.
func (p *Paper) Do(cmd *engine.Command, at market.Time) {
	o := cmd.Order
	if cmd.Kind == engine.CommandSubmit || cmd.Kind == engine.CommandHold {
		o = cmd.Approved.Order()
	}
	p.take(task{kind: cmd.Kind, o: o, held: cmd.Held}, at)
}

func (p *Paper) take(t task, at market.Time) {
	p.Advance(at)
	t.at = max(p.now.Add(p.latency.draw(p.drawn)), p.latest)
	p.drawn, p.latest = p.drawn+1, t.at
	p.due.push(t)
	p.Advance(p.now)
}

// Next pops what the bot is told next. It reports false when there is nothing.
func (p *Paper) Next(ev *engine.Event) bool {
	if p.told.empty() {
		return false
	}
	p.told.pop(ev)
	return true
}

// Wake returns when a command next takes effect; 0 is never.
func (p *Paper) Wake() market.Time {
	if p.due.empty() {
		return 0
	}
	return p.due.items[p.due.head].at
}

// Advance lets what is due up to a time happen. Time never runs backwards: an
// earlier time changes nothing.
func (p *Paper) Advance(to market.Time) {
	for !p.due.empty() && p.Wake() <= to {
		var t task
		p.due.pop(&t)
		p.now = max(p.now, t.at)
		p.carryOut(&t)
	}
	p.now = max(p.now, to)
}

// Balances returns what the account owns now.
func (p *Paper) Balances() []order.Balance { return p.x.Balances(owner) }

// Audit shows that no money was made or lost.
func (p *Paper) Audit() ([]Holding, error) { return p.x.Audit() }
