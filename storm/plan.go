package storm

import (
	"embed"
	"fmt"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/strategies"
)

//go:embed plans/*.yaml
var plans embed.FS

// Plans returns the names of the strategies files that trade.
func Plans() []string { return []string{"taker", "maker", "exits"} }

// plan is what trades: a file, and what follows from it.
type plan struct {
	file       *strategies.File
	listed     []market.Instrument
	ids        []string
	currencies []string
}

// load reads a plan.
func load(name string) (*plan, error) {
	file := "plans/" + name + ".yaml"
	src, err := plans.ReadFile(file)
	if err != nil {
		return nil, err
	}
	f, found := strategies.Load(file, src)
	if f == nil || len(found) > 0 {
		return nil, fmt.Errorf("storm: %s", found.Render(src))
	}
	p := &plan{file: f, currencies: []string{"BTC", "USD", "ETH"}}
	for _, base := range []string{"BTC", "ETH"} {
		in := market.Instrument{
			ID: base + "-USD", Base: base, Quote: "USD",
			Tick: num.MustPrice("0.1"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.001"),
		}
		p.listed, p.ids = append(p.listed, in), append(p.ids, in.ID)
	}
	return p, nil
}

// equity is what every account begins with.
const equity = "100000"

func (p *plan) engine(ids order.IDs) (*engine.Engine, error) {
	limits, _ := p.file.Risk.Effective(num.MustMoney(equity))
	return engine.New(engine.Config{
		Strategies: p.file.Strategies, Program: p.file.Program(), Feeds: p.file.Feeds,
		Instruments: p.listed, Base: market.Minute, Quote: "USD", Limits: limits,
		Fee: p.file.Account.TakerFee, IDs: ids, CancelOnStop: true, Trace: true, Audit: 30 * time.Second,
	})
}

func (p *plan) warmUp(history live.History) live.WarmUp {
	w := live.WarmUp{History: history, Bars: 3}
	for _, id := range p.ids {
		w.Series = append(w.Series, market.Series{Instrument: id, Timeframe: market.Minute})
	}
	return w
}
