package okcoin

import (
	"context"
	"fmt"

	"github.com/valyala/fastjson"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/wire"
)

// PrivateConfig says whose orders and balances to follow.
type PrivateConfig struct {
	StreamConfig
	Keys        Keys
	Stamp       func() market.Time // the time that the login is signed with; nil is Now
	Instruments []string           // whose orders
	Currencies  []string           // whose balances
	// OnAlgo is told of orders that the exchange itself manages for the account;
	// nil does not subscribe. Called by the reading goroutine.
	OnAlgo func(Algo)
}

// Private is the stream of our own orders and balances. Run may be called
// once.
type Private struct {
	stream
	asked  map[string]bool    // instruments subscribed to
	totals map[string]running // of live orders, by exchange id
	onAlgo func(Algo)
}

// running is what the last push of an order said of its totals.
type running struct {
	filled num.Quantity
	fee    num.Money
	known  bool // fee is the fee of all that was filled
	last   string
}

// NewPrivate returns a stream for the instruments and currencies.
func NewPrivate(cfg PrivateConfig) *Private {
	channels := []string{"order"}
	if cfg.OnAlgo != nil {
		channels = append(channels, "order_algo")
	}
	topics := topicsOf(cfg.Instruments, channels...)
	topics = append(topics, topicsOf(cfg.Currencies, "account")...)
	p := &Private{
		stream: newStream("private", cfg.StreamConfig, topics),
		asked:  make(map[string]bool, len(cfg.Instruments)),
		totals: make(map[string]running),
		onAlgo: cfg.OnAlgo,
	}
	p.instead[tableAlgo] = ""
	for _, id := range cfg.Instruments {
		p.asked[id] = true
	}
	p.keys, p.stamp = &cfg.Keys, cfg.Stamp
	if p.stamp == nil {
		p.stamp = cfg.Now
	}
	p.content = p
	return p
}

// Run logs in and follows our orders until ctx is done or the key is refused,
// which is an error that wraps ErrAuth. It reconnects by itself, and calls
// emit like Feed.Run does. Pushes missed while the link was down are not
// repeated: after each link up the caller reconciles over REST.
//
// An order push becomes evidence, after the fill that it tells of. The fee in
// a push is the order's total, so a fill is emitted only when the totals of
// the push before it are known; otherwise the evidence stands alone, and the
// fills are to be read over REST. A fill from a push does not say whether it
// was made or taken.
func (p *Private) Run(ctx context.Context, emit func([]engine.Event)) error {
	return p.run(ctx, emit)
}

func (p *Private) begin() { clear(p.totals) }

func (p *Private) end() {}

func (p *Private) settle() error { return nil }

func (p *Private) rows(table, _ []byte, data []*fastjson.Value) error {
	var decode func(*row) error
	switch string(table) {
	case "spot/order":
		decode = p.order
	case "spot/account":
		decode = p.account
	case tableAlgo:
		decode = p.algo
	default:
		p.cfg.Report(fmt.Errorf("okcoin: private stream: unknown table %q", wire.Clip(table)))
		return nil
	}
	for _, v := range data {
		p.row = newRow(v, p.codec.Digits[:])
		r := &p.row
		if r.Err != nil {
			return r.Err
		}
		if err := decode(r); err != nil {
			return err
		}
	}
	return nil
}

func (p *Private) order(r *row) error {
	ev := r.evidence(order.FromPush)
	ev.At = r.Time("timestamp")
	if r.Err != nil {
		return r.Err
	}
	if !p.asked[ev.Instrument] {
		p.cfg.Report(fmt.Errorf("okcoin: private stream: order %s of %q, which was not asked for", ev.ExchangeID, ev.Instrument))
		return nil
	}
	x, traded := r.execution(&ev)
	if r.Err != nil {
		return fmt.Errorf("order %s: %w", ev.ExchangeID, r.Err)
	}
	if traded {
		p.fill(&x)
	}
	p.remember(&ev, &x)
	p.add(engine.Event{
		Kind: engine.KindEvidence, Instrument: ev.Instrument, At: ev.At,
		Account: engine.AccountNews{Evidence: ev},
	})
	return nil
}

// fill emits the last fill of a push if it is new and its fee is certain: the
// fill must be all that happened since the totals we know.
func (p *Private) fill(x *execution) {
	before, seen := p.totals[x.fill.ExchangeID]
	if !seen {
		before = running{known: true} // an order begins with nothing filled and no fee
	}
	var c num.Calc
	since := num.Sub(&c, x.filled, before.filled)
	fee := num.Sub(&c, before.fee, x.fee)
	if c.Err() != nil || !before.known || !x.feeKnown || before.last == x.id || since != x.fill.Quantity {
		return
	}
	x.fill.Fee = fee
	p.add(engine.Event{
		Kind: engine.KindFill, Instrument: x.fill.Instrument, At: x.fill.At,
		Account: engine.AccountNews{Fill: x.fill},
	})
}

func (p *Private) remember(ev *order.Evidence, x *execution) {
	if ev.State.Terminal() {
		delete(p.totals, ev.ExchangeID)
		return
	}
	p.totals[ev.ExchangeID] = running{
		filled: ev.Filled, fee: x.fee, last: x.id,
		known: ev.Filled.IsZero() || x.feeKnown,
	}
}

func (p *Private) account(r *row) error {
	b := r.accountBalance()
	at := r.Time("timestamp")
	if r.Err != nil {
		return r.Err
	}
	p.add(engine.Event{Kind: engine.KindBalance, At: at, Account: engine.AccountNews{Balance: b}})
	return nil
}
