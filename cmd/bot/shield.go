package main

import (
	"context"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange"
)

// shield stands between an adapter and the loop: whatever the other side says
// in words, also when it says our own words back, has no secret of ours in it
// before it is logged, printed or stored.
type shield struct {
	executor live.Executor
	account  live.Account
	keeper   live.Keeper
	history  live.History
	hide     *exchange.Redactor
	refused  refusals
}

// Submit sends an order.
func (s shield) Submit(ctx context.Context, a risk.Approved) order.Result {
	return s.placed(s.executor.Submit(ctx, a))
}

// Cancel cancels an order.
func (s shield) Cancel(ctx context.Context, o order.Order) order.Result {
	return s.result(s.executor.Cancel(ctx, o))
}

// Hold has the exchange hold a stop.
func (s shield) Hold(ctx context.Context, a risk.Approved) order.Result {
	return s.placed(s.keeper.Hold(ctx, a))
}

// Release asks the exchange to let a stop go.
func (s shield) Release(ctx context.Context, h engine.HeldStop) order.Result {
	return s.result(s.keeper.Release(ctx, h))
}

// Held lists the stops of an instrument.
func (s shield) Held(ctx context.Context, h engine.HeldStop) ([]engine.HeldRow, error) {
	rows, err := s.keeper.Held(ctx, h)
	return rows, s.hide.Error(err)
}

func (s shield) placed(r order.Result) order.Result {
	s.refused.see(r)
	return s.result(r)
}

func (s shield) result(r order.Result) order.Result {
	r.Code, r.Message = s.hide.Text(r.Code), s.hide.Text(r.Message)
	return r
}

// Order asks how an order stands.
func (s shield) Order(ctx context.Context, o order.Order, asked market.Time) (order.Evidence, error) {
	ev, err := s.executor.Order(ctx, o, asked)
	return ev, s.hide.Error(err)
}

// OpenOrders reads the open orders of an instrument.
func (s shield) OpenOrders(ctx context.Context, instrument string) ([]order.Evidence, error) {
	all, err := s.account.OpenOrders(ctx, instrument)
	return all, s.hide.Error(err)
}

// Fills reads the fills of an order.
func (s shield) Fills(ctx context.Context, instrument, exchangeID string, since market.Time) ([]order.Fill, error) {
	all, err := s.account.Fills(ctx, instrument, exchangeID, since)
	return all, s.hide.Error(err)
}

// Balances reads what the account holds.
func (s shield) Balances(ctx context.Context, currencies ...string) ([]order.Balance, error) {
	all, err := s.account.Balances(ctx, currencies...)
	return all, s.hide.Error(err)
}

// Bars reads closed bars.
func (s shield) Bars(ctx context.Context, series market.Series, n int, until market.Time) ([]market.Bar, error) {
	all, err := s.history.Bars(ctx, series, n, until)
	return all, s.hide.Error(err)
}

// shieldedFeed is a feed whose streams say without secrets why they are down.
type shieldedFeed struct {
	live.Feed
	hide *exchange.Redactor
}

// Run runs the feed.
func (f shieldedFeed) Run(ctx context.Context, emit func([]engine.Event)) error {
	return f.hide.Error(f.Feed.Run(ctx, func(events []engine.Event) {
		for i := range events {
			if ev := &events[i]; ev.Kind == engine.KindLink {
				ev.Link.Reason = f.hide.Text(ev.Link.Reason)
			}
		}
		emit(events)
	}))
}
