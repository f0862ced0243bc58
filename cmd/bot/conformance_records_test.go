package main_test

import (
	"context"
	"fmt"
	"testing"

	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/exchange/conformance"
	"rulebot/exchange/okcoin"
)

// keeper is the adapter's algo orders in the suite's terms.
type keeper struct{ *okcoin.Client }

func leg(l conformance.Leg) okcoin.Leg {
	return okcoin.Leg{Trigger: l.Trigger, Price: l.Limit, Market: l.Limit.IsZero()}
}

func termsOf(t conformance.Terms) okcoin.Terms {
	switch {
	case t.Part.Sign() > 0:
		return okcoin.Terms{Kind: okcoin.Iceberg, Variance: num.MustRate("0.001"), Part: t.Part, Limit: t.Stop.Limit}
	case t.Callback.Sign() > 0:
		return okcoin.Terms{Kind: okcoin.Trail, Stop: leg(t.Stop), Callback: t.Callback}
	case t.Take.Trigger.Sign() > 0:
		return okcoin.Terms{Kind: okcoin.Pair, Stop: leg(t.Stop), Take: leg(t.Take)}
	}
	return okcoin.Terms{Kind: okcoin.Trigger, Stop: leg(t.Stop)}
}

func keptOf(a *okcoin.Algo) conformance.Kept {
	return conformance.Kept{
		ID: a.ID, ExchangeID: a.ExchangeID, Side: a.Side, Quantity: a.Quantity,
		Waits: a.State == okcoin.Waiting || a.State == okcoin.PartlyEffective || a.State == okcoin.Paused,
	}
}

func (k keeper) Keep(ctx context.Context, a risk.Approved, t conformance.Terms) order.Result {
	return k.PlaceAlgo(ctx, a, termsOf(t))
}

func (k keeper) Unkeep(ctx context.Context, instrument, id string, t conformance.Terms) order.Result {
	return k.CancelAlgos(ctx, instrument, termsOf(t).Kind, []string{id})[0]
}

func (k keeper) Kept(ctx context.Context, instrument string, t conformance.Terms) ([]conformance.Kept, error) {
	list, err := k.WaitingAlgos(ctx, instrument, termsOf(t).Kind)
	kept := make([]conformance.Kept, 0, len(list))
	for i := range list {
		kept = append(kept, keptOf(&list[i]))
	}
	return kept, err
}

func (k keeper) Ended(ctx context.Context, instrument, id string, t conformance.Terms) (conformance.Kept, error) {
	a, found, err := k.Algo(ctx, instrument, termsOf(t).Kind, id)
	if err == nil && !found {
		err = fmt.Errorf("algo order %s is not known", id)
	}
	return keptOf(&a), err
}

// records are the adapter's lists in the suite's terms.
func records(x *conformance.Exchange, c *okcoin.Client) {
	x.Keeper, x.Wallet = keeper{c}, c.Wallet
	x.Ledger = func(ctx context.Context, currency string, p conformance.Page) ([]conformance.Entry, error) {
		list, err := c.Ledger(ctx, currency, okcoin.Page{After: p.Older, Before: p.Newer, Limit: p.Limit})
		entries := make([]conformance.Entry, 0, len(list))
		for _, e := range list {
			entries = append(entries, conformance.Entry{ID: e.ID, ExchangeID: e.ExchangeID, Amount: e.Amount, Balance: e.Balance})
		}
		return entries, err
	}
	x.Fees = func(ctx context.Context, instrument string) (maker, taker num.Rate, err error) {
		f, err := c.TradeFee(ctx, instrument)
		return f.Maker, f.Taker, err
	}
	x.Outages = func(ctx context.Context) ([]conformance.Outage, error) {
		list, err := c.Status(ctx)
		outages := make([]conformance.Outage, 0, len(list))
		for _, m := range list {
			outages = append(outages, conformance.Outage{Start: m.Start, End: m.End})
		}
		return outages, err
	}
}

// TestPoorExchangeConforms runs the suite over the same exchange without what
// not every exchange has, as its case declares.
func TestPoorExchangeConforms(t *testing.T) {
	t.Parallel()
	c := okcoinCase("0.0011")
	c.Lacks = []conformance.Capability{
		conformance.Amends, conformance.HoldsStops, conformance.KeepsStops, conformance.KeepsPairs, conformance.KeepsTrails, conformance.KeepsParts,
		conformance.HasLedger, conformance.HasFees, conformance.HasWallet, conformance.HasOutages,
	}
	open := c.Open
	c.Open = func(t *testing.T, o conformance.Opening) *conformance.Exchange {
		x := open(t, o)
		x.Amend, x.Holder, x.Keeper, x.Ledger, x.Fees, x.Wallet, x.Outages = nil, nil, nil, nil, nil, nil, nil
		return x
	}
	conformance.Run(t, c)
}
