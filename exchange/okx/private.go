package okx

import (
	"context"
	"fmt"

	"github.com/valyala/fastjson"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// PrivateConfig says whose orders and balances to follow.
type PrivateConfig struct {
	StreamConfig
	Keys        Keys
	Stamp       func() market.Time // the time that the login is signed with; nil is Now
	Instruments []string           // whose orders
	Currencies  []string           // whose balances
}

// Private is the stream of our own orders and balances. Run may be called
// once. The fills channel is for the largest customers only: fills are read
// from the pushes of their orders.
type Private struct {
	s          *stream
	asked      map[string]bool
	currencies map[string]bool
	told       map[string]string // the last fill of each order, by exchange id
}

// toldMax bounds what is remembered of orders: the exchange repeats pushes
// within moments.
const toldMax = 4096

// The channels of the private stream.
const (
	channelOrders  = "orders"
	channelAccount = "account"
)

// NewPrivate returns a stream for the instruments and currencies.
func NewPrivate(cfg PrivateConfig) *Private {
	cfg.StreamConfig = cfg.withDefaults()
	p := &Private{asked: make(map[string]bool), currencies: make(map[string]bool), told: make(map[string]string)}
	for _, id := range cfg.Instruments {
		p.asked[id] = true
	}
	for _, name := range cfg.Currencies {
		p.currencies[name] = true
	}
	s := newStream("private", cfg.Place.Private, cfg.StreamConfig, []topic{{Channel: channelOrders, Kind: "SPOT"}, {Channel: channelAccount}})
	s.keys, s.stamp, s.content = &cfg.Keys, cfg.Stamp, p
	if s.stamp == nil {
		s.stamp = cfg.Now
	}
	s.linked = func(up bool, reason string) {
		s.add(engine.Event{Kind: engine.KindLink, At: s.cfg.Now(), Link: engine.Link{Stream: engine.StreamPrivate, Up: up, Reason: reason}})
	}
	p.s = s
	return p
}

// Run logs in and follows our orders until ctx is done or the key is refused,
// which is an error that wraps ErrAuth. It reconnects by itself. Pushes missed
// while the link was down are not repeated: after each link up the caller
// reconciles over REST. An order push becomes evidence, after the fill that it
// tells of.
func (p *Private) Run(ctx context.Context, emit func([]engine.Event)) error {
	return p.s.run(ctx, emit)
}

// Doubt has the next message end the session.
func (p *Private) Doubt() { p.s.doubted.Store(true) }

func (p *Private) begin() { clear(p.told) }

func (p *Private) settle() error { return nil }

func (p *Private) data(t topic, _ []byte, rows []*fastjson.Value) error {
	if t.Channel != channelOrders && t.Channel != channelAccount {
		p.s.cfg.Report(fmt.Errorf("okx: private stream: channel %s was not asked for", quoted(t.Channel)))
		return nil
	}
	for _, v := range rows {
		p.s.row = newRow(v, p.s.codec.Digits[:])
		r := &p.s.row
		if r.Err == nil && t.Channel == channelOrders {
			p.order(r)
		} else if r.Err == nil {
			p.account(r)
		}
		if r.Err != nil {
			return r.Err
		}
	}
	return nil
}

func (p *Private) order(r *row) {
	ev := r.evidence(order.FromPush)
	ev.At = r.Milli("uTime")
	if r.Err != nil {
		return
	}
	if !p.asked[ev.Instrument] {
		p.s.cfg.Report(fmt.Errorf("okx: private stream: order %s of %s, which was not asked for", quoted(ev.ExchangeID), quoted(ev.Instrument)))
		return
	}
	if f, ok := r.pushed(&ev); ok && p.told[f.ExchangeID] != f.ID {
		if len(p.told) >= toldMax {
			clear(p.told)
		}
		p.told[f.ExchangeID] = f.ID
		p.s.add(engine.Event{Kind: engine.KindFill, Instrument: f.Instrument, At: f.At, Account: engine.AccountNews{Fill: f}})
	}
	if r.Err == nil {
		p.s.add(engine.Event{Kind: engine.KindEvidence, Instrument: ev.Instrument, At: ev.At, Account: engine.AccountNews{Evidence: ev}})
	}
}

// account tells the balances that were asked for. Only what changed comes.
func (p *Private) account(r *row) {
	at := r.Milli("uTime")
	details := r.Value.Get("details")
	if r.Err != nil || details == nil {
		return
	}
	list, err := rowsOf(details, (*row).balance)
	if err != nil {
		r.Fail("details", err)
		return
	}
	for _, b := range list {
		if len(p.currencies) == 0 || p.currencies[b.Currency] {
			p.s.add(engine.Event{Kind: engine.KindBalance, At: at, Account: engine.AccountNews{Balance: b}})
		}
	}
}
