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
	"rulebot/storm/oracle"
	"rulebot/strategies"
)

//go:embed plans/*.yaml
var plans embed.FS

// Plans returns the names of the strategies files that trade.
func Plans() []string { return []string{"taker", "maker", "exits", "stops"} }

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

// limited is how many sets of limits there are: those of the file, and what a
// person may write there in the middle of a run.
const limited = 3

// limit puts a set of limits in the place of the file's, and returns what the
// judge makes of it. Orders may be beyond it that were let through before; new
// ones may not.
func limit(set int, c *engine.Config) oracle.Limits {
	l := &c.Limits
	switch set {
	case 1: // as tight as allows a trade
		l.MaxOrderValue, l.MaxExposure = num.MustMoney("4500"), num.MustMoney("9000")
		l.MaxOpenOrders.Instrument, l.MaxOpenOrders.Total = 2, 3
		return oracle.Limits{OrderValue: "4500", Exposure: "9000", Orders: 2, Total: 3}
	case 2:
		l.MaxOrderValue, l.MaxExposure = num.MustMoney("9000"), num.MustMoney("60000")
		return oracle.Limits{OrderValue: "9000", Exposure: "60000", Orders: 6, Total: 10}
	}
	return oracle.Limits{OrderValue: "20000", Exposure: "40000", Orders: 6, Total: 10}
}

func (r *run) engine(ids order.IDs) (*engine.Engine, error) {
	p := r.plan
	bounds, _ := p.file.Risk.Effective(num.MustMoney(equity))
	c := engine.Config{
		Strategies: p.file.Strategies, Program: p.file.Program(), Feeds: p.file.Feeds,
		Instruments: p.listed, Base: market.Minute, Quote: "USD", Limits: bounds,
		Fee: p.file.Account.TakerFee, IDs: ids, CancelOnStop: true, Trace: true, Audit: 30 * time.Second,
	}
	r.judge.Limit(limit(r.limits, &c))
	return engine.New(c)
}

func (p *plan) warmUp(history live.History) live.WarmUp {
	w := live.WarmUp{History: history, Bars: 3}
	for _, id := range p.ids {
		w.Series = append(w.Series, market.Series{Instrument: id, Timeframe: market.Minute})
	}
	return w
}
