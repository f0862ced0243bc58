package strategies

import (
	"math"

	"rulebot/engine"
	"rulebot/engine/market"
)

func nan() float64 { return math.NaN() }

// marketValues are the instrument's newest price, its best bid and ask, and
// its book. They are not ready before the first quote and while it is stale.
func marketValues() []viewField {
	type v = *engine.View
	last := row("ticker.last", "price of the newest trade", unitPrice, emptyMissing, aboveZero(), func(x v) float64 { return x.Market.Last })
	return []viewField{
		last,
		quoted("ticker.bid", "best bid", unitPrice, aboveZero(), func(m *engine.MarketView) float64 { return m.Bid }),
		quoted("ticker.ask", "best ask", unitPrice, aboveZero(), func(m *engine.MarketView) float64 { return m.Ask }),
		quoted("book.bid", "best bid", unitPrice, aboveZero(), func(m *engine.MarketView) float64 { return m.Bid }),
		quoted("book.ask", "best ask", unitPrice, aboveZero(), func(m *engine.MarketView) float64 { return m.Ask }),
		quoted("book.mid", "(bid + ask) / 2", unitPrice, aboveZero(), mid),
		quoted("book.micro", "mid weighted by size: (bid * ask_size + ask * bid_size) / (bid_size + ask_size)", unitPrice, zeroOrMore(), micro),
		quoted("book.spread", "ask - bid", unitPrice, anything(), func(m *engine.MarketView) float64 { return m.Ask - m.Bid }),
		quoted("book.spread_bps", "10000 * spread / mid", "basis points", anything(), func(m *engine.MarketView) float64 { return 10_000 * (m.Ask - m.Bid) / mid(m) }),
		quoted("book.bid_size", "quantity at the best bid", unitBase, zeroOrMore(), func(m *engine.MarketView) float64 { return m.BidSize }),
		quoted("book.ask_size", "quantity at the best ask", unitBase, zeroOrMore(), func(m *engine.MarketView) float64 { return m.AskSize }),
		levelled("book.imbalance", "book.imbalance(n)", "bids / (bids + asks), quantities of the first n levels", "share", span{0, 1}, imbalance),
		levelled("book.bid_depth", "book.bid_depth(bps)", "quantity bid within bps of the mid, as far as the book is told", unitBase, zeroOrMore(), func(bps float64) func(*engine.MarketView) float64 {
			return func(m *engine.MarketView) float64 { return depth(m, m.Bids, bps) }
		}),
		levelled("book.ask_depth", "book.ask_depth(bps)", "quantity asked within bps of the mid, as far as the book is told", unitBase, zeroOrMore(), func(bps float64) func(*engine.MarketView) float64 {
			return func(m *engine.MarketView) float64 { return depth(m, m.Asks, bps) }
		}),
	}
}

// quoted makes a value of the best bid and ask.
func quoted(name, short, unit string, values span, read func(m *engine.MarketView) float64) viewField {
	f := row(name, short, unit, emptyMissing, values, func(v *engine.View) float64 { return read(&v.Market) })
	f.cause, f.needs = noQuote, need{quotes: true}
	return f
}

// levelled makes a value of the book with a number known at load.
func levelled(name, use, short, unit string, values span, of func(x float64) func(m *engine.MarketView) float64) viewField {
	f := row(name, short, unit, emptyMissing, values, nil)
	f.Usage = use
	f.cause, f.needs = noQuote, need{quotes: true, levels: market.Trusted}
	f.method = func(x float64) func(*engine.View) float64 {
		read := of(x)
		return func(v *engine.View) float64 { return read(&v.Market) }
	}
	return f
}

// noQuote tells why there is no quote.
func noQuote(v *engine.View) engine.Cause {
	if v.Market.Why != engine.Ready {
		return v.Market.Why
	}
	return engine.CauseNoData
}

func mid(m *engine.MarketView) float64 { return float64((m.Bid + m.Ask) / 2) }

func micro(m *engine.MarketView) float64 {
	return (float64(m.Bid*m.AskSize) + float64(m.Ask*m.BidSize)) / (m.BidSize + m.AskSize)
}

// imbalance is of the first n levels, or of as many as there are. The first
// is known where only the best bid and ask are.
func imbalance(n float64) func(m *engine.MarketView) float64 {
	levels := int(n)
	return func(m *engine.MarketView) float64 {
		switch {
		case m.Bid != m.Bid || m.Ask != m.Ask:
			return nan()
		case len(m.Bids) > 0 && len(m.Asks) > 0:
			bids, asks := sizes(m.Bids, levels), sizes(m.Asks, levels)
			return bids / (bids + asks)
		case levels == 1:
			return m.BidSize / (m.BidSize + m.AskSize)
		}
		return nan()
	}
}

func sizes(side []market.Level, n int) float64 {
	sum := 0.0
	for i := range side[:min(n, len(side))] {
		sum += side[i].Size.Float()
	}
	return sum
}

// depth adds the levels that are at most so many basis points from the mid.
func depth(m *engine.MarketView, side []market.Level, bps float64) float64 {
	middle := mid(m)
	if len(side) == 0 || middle != middle {
		return nan()
	}
	most := middle * bps / 10_000
	sum := 0.0
	for i := range side {
		if math.Abs(side[i].Price.Float()-middle) > most {
			break
		}
		sum += side[i].Size.Float()
	}
	return sum
}
