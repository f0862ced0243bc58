package main

import (
	"fmt"
	"slices"
	"strings"

	"rulebot/engine/market"
	"rulebot/strategies"
)

// dataLevel is how much of a market data tells, from the least.
type dataLevel uint8

const (
	levelBars   dataLevel = iota + 1
	levelTrades           // every trade
	levelQuotes           // also the best bid and ask
	levelBook             // also what stands behind them
)

func (l dataLevel) String() string {
	switch l {
	case levelBars:
		return "bars"
	case levelTrades:
		return "trades"
	case levelQuotes:
		return "best prices"
	case levelBook:
		return "a book"
	}
	return fmt.Sprintf("dataLevel(%d)", uint8(l))
}

// dataNeed is something of a file that reads more than bars.
type dataNeed struct {
	level      dataLevel
	instrument string // "" is all
	at         string // file:line:col
	what       string
}

func (n *dataNeed) String() string { return n.level.String() + " for " + n.what + " (" + n.at + ")" }

// needsOf returns what a strategy needs beside bars, the least first.
func needsOf(f *strategies.File, i int) []dataNeed {
	var list []dataNeed
	s, src := &f.Strategies[i], &f.Sources[i]
	add := func(l dataLevel, p strategies.Position, what string) {
		list = append(list, dataNeed{l, s.Series.Instrument, fmt.Sprintf("%s:%d:%d", src.File, p.Line, p.Col), what})
	}
	if names := exitNames(&s.Exits); len(names) > 0 {
		add(levelTrades, strategies.Position{Line: src.Line, Col: src.Col}, strings.Join(names, ", ")+" of "+s.Name)
	}
	need := f.Need(i)
	if need.Quotes.Any() {
		add(levelQuotes, need.Quotes.Position, need.Quotes.Text)
	}
	if need.Levels.Any() {
		add(levelBook, need.Levels.Position, need.Levels.Text)
	}
	return list
}

// allNeeds returns what a file needs beside bars; what strategies of one entry
// share, once.
func allNeeds(f *strategies.File) []dataNeed {
	var list []dataNeed
	for i := range f.Strategies {
		for _, n := range needsOf(f, i) {
			if !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	if q := f.Account.Fills; q.ByBook {
		list = append(list, dataNeed{levelBook, "", fmt.Sprintf("%s:%d:%d", f.Name, q.At.Line, q.At.Col), "queue: book"})
	}
	return list
}

// lacks returns what a market does not tell, and with what each is replaced.
func (m *marketOf) lacks(f *strategies.File) []string {
	var list []string
	for _, n := range allNeeds(f) {
		have := m.levelOf(n.instrument)
		if have == 0 || n.level <= have || n.level == levelTrades && m.refined[n.instrument] != nil {
			continue
		}
		list = append(list, n.at+" "+n.what+": "+instead(&n, have, f))
	}
	return list
}

// instead says with what poorer data replaces a need.
func instead(n *dataNeed, have dataLevel, f *strategies.File) string {
	spread := bpsText(spread(f))
	switch {
	case n.what == "queue: book":
		return "a queue moves by the best prices alone"
	case n.level == levelTrades:
		return "the way inside a bar is assumed: open, nearer extreme, farther extreme, close"
	case n.level == levelBook:
		return "levels are drawn around the best prices, as the built-in exchange shows them"
	case have == levelBars:
		return "the prices of a bar ± half of " + spread + " bps"
	}
	return "each trade ± half of " + spread + " bps"
}

// levelOf returns what the market tells of an instrument; of all of them, the
// least.
func (m *marketOf) levelOf(instrument string) dataLevel {
	if l := m.levels[instrument]; l != 0 || instrument != "" {
		return l
	}
	least := levelBook
	for _, l := range m.levels {
		least = min(least, l)
	}
	return least
}

// tells notes what a market tells of instruments.
func (m *marketOf) tells(l dataLevel, instruments []market.Instrument) {
	if m.levels == nil {
		m.levels = map[string]dataLevel{}
	}
	for _, in := range instruments {
		m.levels[in.ID] = l
	}
}

// dataText says what data a backtest has, and what it does without.
func (m *marketOf) dataText(f *strategies.File) string {
	var kinds []string
	for _, id := range sortedKeys(m.levels) {
		if k := m.levels[id].String(); !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	text := strings.Join(kinds, ", ")
	lacks := m.lacks(f)
	if len(lacks) == 0 {
		return text
	}
	pad := "\n" + strings.Repeat(" ", 13)
	return text + "; what the rules read beyond that is replaced:" + pad + strings.Join(lacks, pad)
}
