package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/synth"
	"rulebot/strategies"
)

// writeWorst tells what can be at stake at most, beside the limits.
func (c *checked) writeWorst(b *strings.Builder) {
	b.WriteString("\nworst case, from the file alone, before fees\n")
	for _, w := range c.Worst {
		fmt.Fprintf(b, "  %-20s holds %s at most; %d %s live at once\n", w.Strategy, c.amount(&w), w.Orders, plural(w.Orders, "order"))
	}
	fmt.Fprintf(b, "  %-20s holds %s at most; %d %s live at once\n", "the account", c.amount(c.All), c.All.Orders, plural(c.All.Orders, "order"))
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

// dataFindings warns of data that a rule needs and a mode cannot give.
func dataFindings(f *strategies.File) strategies.Diagnostics {
	var ds strategies.Diagnostics
	listed := ids(synth.New(synth.Config{Days: 1}).Instruments())
	for i, s := range f.Strategies {
		at := f.Sources[i]
		warn := func(message, hint string) {
			ds = append(ds, strategies.Diagnostic{
				File: f.Name, Line: at.Line, Col: at.Col, Code: strategies.CodeData, Warning: true, Message: message, Hint: hint,
			})
		}
		id := s.Series.Instrument
		if f.Exchange.Builtin && f.Exchange.Market.File == "" && !slices.Contains(listed, id) {
			warn("the generated market of the built-in exchange has no "+id, "it has "+strings.Join(listed, ", ")+"; market: {file: PATH} plays bars of your own")
		}
		if f.Exchange.Builtin && f.Mode == strategies.Live {
			warn("mode: live trades nothing real on the built-in exchange", "leave endpoint out for the real one")
		}
		if n := warmUpOf(f, s.Series); !f.Exchange.Builtin && n > keptBars {
			late := shortSpan(s.Series.Timeframe.Duration() * time.Duration(n-keptBars))
			warn(fmt.Sprintf("ready after %d bars, and an exchange is sure to keep %d only: a run may decide nothing for its first %s", n, keptBars, late), "")
		}
	}
	return ds
}

func warmUpOf(f *strategies.File, s market.Series) int {
	for _, feed := range f.Feeds {
		if feed.Series == s {
			return feed.WarmUp
		}
	}
	return 0
}
