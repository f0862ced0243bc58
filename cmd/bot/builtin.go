package main

import (
	"context"
	"time"

	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
	"rulebot/strategies"
)

// startBuiltin starts the built-in exchange in this process, on the stepped
// clock, and connects to it.
func (c *connection) startBuiltin(ctx context.Context, o *runFlags, f *strategies.File) error {
	m, err := builtinMarket(o, f)
	if err != nil {
		return err
	}
	for _, file := range m.files {
		c.files = append(c.files, file)
	}
	stepped := live.NewStepped(m.start)
	c.clock, c.listed, c.base, c.fresh = stepped, m.instruments, m.base, true
	c.covered = m.covered
	c.name, c.title = f.Exchange.Name+"-builtin", "built-in exchange, "+m.title+m.length
	if c.keys, err = clientKeys(false, true, c.hide); err != nil {
		return err
	}
	options := front.Options{Pace: unpaced, Accounts: []front.Account{{
		Key: c.keys.Key.Reveal(), Secret: c.keys.Secret.Reveal(), Passphrase: c.keys.Passphrase.Reveal(), Name: tradingAccount,
	}}}
	var changes []server.Change
	if t := c.trouble; t != nil {
		t.clock, changes = stepped, t.wrong.changes
		options.Faults, options.Farewell = t.wrong.plan, t.farewell
	}
	c.builtin, err = server.New(server.Config{
		Instruments: m.instruments,
		Source:      m.source,
		History:     m.history,
		Clock:       paced{stepped, o.speed},
		Front:       c.spoken.front(faceConfig{options, c.environment}),
		Changes:     changes,
		Accounts:    []server.Account{{Name: tradingAccount, Balances: balances(f)}},
		Fees:        feesOf(&f.Account),
		Rules:       c.spoken.rules(),
		Models:      modelsOf(&f.Account),
	})
	if err != nil {
		return err
	}
	if at := c.builtin.Begins(); m.start == 0 {
		stepped.StartAt(at)
	}
	if err := c.builtin.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	c.rest, c.ws = "http://"+c.builtin.Addr(), "ws://"+c.builtin.Addr()+c.spoken.ws
	return c.newClient(unpaced)
}

// unpaced lifts the rate limits on both sides: they count in real seconds or
// market time, and a bot that warms up while the market stands still has
// neither to wait for.
const unpaced = 1000

func builtinMarket(o *runFlags, f *strategies.File) (*marketOf, error) {
	if name := f.Exchange.Market.File; name != "" {
		return openMarket(f, []string{name})
	}
	return generatedFor(f, o.seed, o.days)
}

// paced slows a stepped clock down to a multiple of the wall clock, so that a
// person can watch. Market time still stands while the bot works.
type paced struct {
	*live.Stepped
	speed int // 0 is as fast as it goes
}

// Advance waits in real time for what market time takes, then moves.
func (p paced) Advance(ctx context.Context, to market.Time) error {
	if p.speed > 0 {
		t := time.NewTimer(to.Sub(p.Now()) / time.Duration(p.speed))
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return p.Stepped.Advance(ctx, to)
}

// awaitEnd calls end when the market has ended and everything it said was
// handled.
func (c *connection) awaitEnd(ctx context.Context, end func()) {
	if c.builtin == nil {
		return
	}
	select {
	case <-c.builtin.Done():
		end()
	case <-ctx.Done():
	}
}

// ended returns why the market ended: nil when it came to its end.
func (c *connection) ended() error {
	if c.builtin == nil {
		return nil
	}
	return c.builtin.Err()
}
