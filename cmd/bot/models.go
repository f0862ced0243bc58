package main

import (
	"fmt"
	"strings"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
	"rulebot/strategies"
)

// paper builds the simulated exchange of a dry run or backtest.
func (s *setup) paper() (*sim.Paper, error) {
	cfg, err := paperOf(s.file, s.instruments)
	if err != nil {
		return nil, err
	}
	cfg.Balances = balances(s.file)
	return sim.NewPaper(cfg)
}

// paperOf is the simulated exchange that a file asks for, without money.
func paperOf(f *strategies.File, instruments []market.Instrument) (sim.PaperConfig, error) {
	a, spoken := &f.Account, protocolOf(&f.Exchange)
	var c num.Calc
	bps := num.MustRate("10000")
	cfg := sim.PaperConfig{
		Instruments: instruments,
		Fees:        feesOf(a),
		Tiers:       tiersOf(a),
		Rules:       spoken.rules(),
		Latency:     sim.Latency{From: a.Latency.From, To: a.Latency.To, Exponential: a.Latency.Exponential, Seed: uint64(a.Latency.Seed)},
		Fills:       fillsOf(a),
		SlippageBps: num.Mul(&c, a.Slippage, bps),
		SpreadBps:   num.Mul(&c, a.Spread, bps),
	}
	return cfg, c.Err()
}

func feesOf(a *strategies.Account) sim.Fees { return sim.Fees{Maker: a.MakerFee, Taker: a.TakerFee} }

// highestFee is what a fill may cost at most.
func highestFee(a *strategies.Account) num.Rate {
	fee := a.TakerFee.Max(a.MakerFee)
	for _, t := range a.Tiers {
		fee = fee.Max(t.Taker).Max(t.Maker)
	}
	return fee
}

func tiersOf(a *strategies.Account) []sim.Tier {
	var tiers []sim.Tier
	for _, t := range a.Tiers {
		tiers = append(tiers, sim.Tier{Traded: t.Traded, Fees: sim.Fees{Maker: t.Maker, Taker: t.Taker}})
	}
	return tiers
}

// modelsOf is how a built-in exchange charges and fills beyond its fees.
func modelsOf(a *strategies.Account) server.Models {
	return server.Models{Tiers: tiersOf(a), Fills: fillsOf(a)}
}

func fillsOf(a *strategies.Account) sim.Fills {
	f := sim.Fills{Queue: sim.ByTrades, Volume: a.Fills.Volume}
	if a.Fills.ByBook {
		f.Queue = sim.ByBook
	}
	return f
}

// costText says what the simulated exchange charges.
func (s *setup) costText() string {
	a := &s.file.Account
	var b strings.Builder
	fmt.Fprintf(&b, "fees %s %% maker, %s %% taker", percentText(a.MakerFee), percentText(a.TakerFee))
	for _, t := range a.Tiers {
		fmt.Fprintf(&b, "; from %s traded in 30 days on %s %% and %s %%", t.Traded, percentText(t.Maker), percentText(t.Taker))
	}
	fmt.Fprintf(&b, "; %s from decision to exchange; slippage %s bps; spread %s bps where data has no quotes",
		latencyText(&a.Latency), bpsText(a.Slippage), bpsText(spread(s.file)))
	return b.String()
}

func latencyText(l *strategies.Latency) string {
	if l.To == 0 {
		return l.From.String()
	}
	draw := "each as likely"
	if l.Exponential {
		draw = "mostly near the least"
	}
	return fmt.Sprintf("%s to %s (%s, seed %d)", l.From, l.To, draw, l.Seed)
}

// fillText says how orders that rest fill.
func (s *setup) fillText() string {
	f := &s.file.Account.Fills
	left := ""
	if f.ByBook {
		left = " or left the book"
	}
	return fmt.Sprintf("orders at rest wait until what stood first has traded%s; they take at most %s %% of each trade and of quotes beyond their price; below the minimum they are refused",
		left, percentText(f.Volume))
}
