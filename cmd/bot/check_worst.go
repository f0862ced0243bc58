package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/synth"
	"rulebot/strategies"
)

// writeWorst tells what can be at stake at most, beside the limits.
func (c *checked) writeWorst(b *strings.Builder) {
	b.WriteString("\nworst case, from the file alone, before fees\n")
	for _, w := range c.Worst {
		fmt.Fprintf(b, "  %-20s holds %s at most; %s live at once\n", w.Strategy, c.amount(&w), liveOrders(&w))
	}
	fmt.Fprintf(b, "  %-20s holds %s at most; %s live at once\n", "the account", c.amount(c.All), liveOrders(c.All))
}

func liveOrders(w *strategies.Worst) string {
	s := strconv.Itoa(w.Orders) + " " + plural(w.Orders, "order")
	if w.Live != "rules" && w.Live != "" {
		s += " (" + w.Live + ")"
	}
	return s
}

func (c *checked) amount(w *strategies.Worst) string {
	if w.By == strategies.NotKnown {
		return "the starting equity"
	}
	s := strconv.FormatFloat(w.Capital, 'f', -1, 64) + " " + c.quote
	if w.By != "sizes" {
		s += " (" + w.By + ")"
	}
	return s
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// dataFindings warns of data that a rule needs and a mode cannot give. What
// all strategies of an entry share is said once.
func dataFindings(f *strategies.File) strategies.Diagnostics {
	var ds strategies.Diagnostics
	for i := range f.Strategies {
		warn := func(at strategies.Position, message, hint string) {
			if d := f.Warning(i, at, strategies.CodeData, message, hint); !slices.Contains(ds, d) {
				ds = append(ds, d)
			}
		}
		placeFindings(f, i, warn)
		marketFindings(f, i, warn)
	}
	return ds
}

type warner func(at strategies.Position, message, hint string)

// placeFindings warns of what the exchange of the file does not have.
func placeFindings(f *strategies.File, i int, warn warner) {
	at := strategies.Position{Line: f.Sources[i].Line, Col: f.Sources[i].Col}
	spoken := protocolOf(&f.Exchange)
	kept := spoken.abilities().Kept
	listed := ids(synth.New(synth.Config{Days: 1}).Instruments())
	for _, n := range f.FeedsOf(i) {
		feed := f.Feeds[n]
		id := feed.Series.Instrument
		if f.Exchange.Builtin && f.Exchange.Market.File == "" && !slices.Contains(listed, id) {
			warn(at, "the generated market of the built-in exchange has no "+id, "it has "+strings.Join(listed, ", ")+"; market: {file: PATH} plays bars of your own")
		}
		long := shortSpan(feed.Series.Timeframe.Duration() * time.Duration(feed.WarmUp-kept))
		base := feed.WarmUp * int(feed.Series.Timeframe/market.Minute)
		switch {
		case f.Exchange.Builtin:
		case kept > 0 && feed.WarmUp > kept:
			warn(at, fmt.Sprintf("%s is ready after %d bars, and %s is sure to keep %d only: a run may decide nothing for its first %s", feed.Series, feed.WarmUp, f.Exchange.Name, kept, long), "")
		case feed.Series.Shift != 0 && base > keptBars:
			late := shortSpan((feed.Series.Timeframe.Duration() * time.Duration(feed.WarmUp)).Round(time.Hour))
			warn(at, fmt.Sprintf("%s: an exchange keeps days from 00:00 UTC only, and these are built from minutes: a run may decide nothing for its first %s", feed.Series, late), `day_start: "00:00 UTC" is ready at once`)
		}
	}
	if f.Exchange.Builtin && f.Mode == strategies.Live {
		warn(at, "mode: live trades nothing real on the built-in exchange", "leave endpoint out for the real one")
	}
}

// marketFindings warns of what bars do not have: quotes, and levels of a book.
func marketFindings(f *strategies.File, i int, warn warner) {
	need := f.Need(i)
	if need.Levels.Any() {
		warn(need.Levels.Position, need.Levels.Text+" needs levels of the book: bars have none, so a backtest over bars reads the levels that the built-in exchange draws around their quotes", "recorded frames have real ones")
	}
	if need.Quotes.Any() {
		warn(need.Quotes.Position, need.Quotes.Text+" needs top of book: a backtest over bars uses close plus and minus half of spread_bps, here "+basisPoints(f.Account.Spread), "")
	}
}

// basisPoints writes a share as basis points.
func basisPoints(r num.Rate) string {
	var c num.Calc
	p := num.Mul(&c, r, num.MustRate("10000"))
	if c.Err() != nil {
		return r.String()
	}
	return p.String()
}
