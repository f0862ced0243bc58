package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/risk"
	"rulebot/strategies"
)

// checked is what is said about one file.
type checked struct {
	File        string                 `json:"file"`
	OK          bool                   `json:"ok"`
	Diagnostics strategies.Diagnostics `json:"diagnostics,omitempty"`
	Warnings    strategies.Diagnostics `json:"warnings,omitempty"`     // allowed, and most likely not meant
	Live        []string               `json:"live_missing,omitempty"` // limits that mode: live needs and the file lacks
	Mode        strategies.Mode        `json:"mode,omitempty"`
	Strategies  []checkedStrategy      `json:"strategies,omitempty"`
	Feeds       []checkedFeed          `json:"feeds,omitempty"`
	Memory      int                    `json:"memory_bytes,omitempty"` // of the series of a run
	Limits      []checkedLimit         `json:"limits,omitempty"`
	Worst       []strategies.Worst     `json:"worst_case,omitempty"`
	All         *strategies.Worst      `json:"worst_case_of_all,omitempty"`
	Exchanges   []checkedExchange      `json:"exchanges,omitempty"` // that --exchange names

	file  *strategies.File
	src   []byte
	quote string // the currency of money
}

type checkedStrategy struct {
	Name   string   `json:"name"`
	Series string   `json:"series"`
	Rules  []string `json:"rules"`
	Exits  []string `json:"exits,omitempty"`
	Needs  []string `json:"needs,omitempty"` // of data, beside bars
}

type checkedFeed struct {
	Series  string `json:"series"`
	WarmUp  int    `json:"warm_up_bars"`
	Time    string `json:"warm_up_time"`
	Settled int    `json:"settled_bars"` // from here a seed weighs less than 1e-6
}

type checkedLimit struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Default bool   `json:"default,omitempty"` // not written in the file
	From    string `json:"from"`              // file:line, or the default of a dry run
}

// runCheck says everything that is wrong with each file, and of one that is
// right what it will do: strategies, data needs, limits.
func runCheck(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	fs := newFlags("check", "check FILE... [--exchange NAMES [--online]] [--json]",
		"Say everything that is wrong with strategies files, with line and column; of one that is right, what it\nwill do: strategies, data needs, limits. - is the standard input. With --exchange, what would not work at\neach of them. Exit code 1 when a file is wrong, or would be refused there.")
	asJSON := fs.Bool("json", false, "print one JSON object a file")
	names := fs.String("exchange", "", "`NAMES` of exchanges to compare the file with, as in okcoin,okx")
	online := fs.Bool("online", false, "with --exchange: ask each for its listing, and compare instruments, their steps, and the sizes of orders")
	files, help, err := parseMixed(fs, args, stderr)
	if help || err != nil {
		return err
	}
	var at []protocol
	switch {
	case len(files) == 0:
		return misused("which file? usage: bot check FILE... [--exchange NAMES [--online]] [--json]")
	case *online && !given(fs, "exchange"):
		return misused("--online compares with the exchanges that --exchange names, as in --exchange okcoin,okx")
	case given(fs, "exchange"):
		if at, err = exchangesNamed(*names); err != nil {
			return err
		}
	}
	bad := 0
	for _, name := range files {
		c, err := checkFile(name, stdin)
		if err != nil {
			return err
		}
		if c.file != nil {
			c.compareExchanges(ctx, c.file, at, *online)
		}
		if !c.OK {
			bad++
		}
		if err := c.print(stdout, *asJSON); err != nil {
			return err
		}
	}
	if bad > 0 {
		return coded{exitFailed, errors.New("")} // the findings stand on stdout
	}
	return nil
}

func checkFile(name string, stdin io.Reader) (*checked, error) {
	var src []byte
	var err error
	open := including(name)
	if name == "-" {
		open = nil
		name = "stdin"
		src, err = io.ReadAll(io.LimitReader(stdin, 2<<20)) // more than Load takes, so that it says so
	} else {
		src, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, coded{exitMisused, err}
	}
	f, found := strategies.LoadWith(name, src, open)
	c := &checked{File: name, Diagnostics: found, src: src}
	if len(found) == 0 {
		c.file = f
		c.describe(f)
	}
	c.OK = len(found) == 0 && len(c.Live) == 0
	return c, nil
}

func (c *checked) describe(f *strategies.File) {
	c.Mode, c.Warnings = f.Mode, slices.Concat(f.Notes, dataFindings(f))
	if f.Mode == strategies.Live {
		c.Live = f.Risk.Missing()
	}
	for i := range f.Strategies {
		s := &f.Strategies[i]
		one := checkedStrategy{Name: s.Name, Series: s.Series.String(), Exits: exitNames(&s.Exits)}
		for _, r := range s.Rules {
			one.Rules = append(one.Rules, r.Name)
		}
		for _, n := range needsOf(f, i) {
			one.Needs = append(one.Needs, n.String())
		}
		c.Strategies = append(c.Strategies, one)
	}
	for i, feed := range f.Feeds {
		c.Feeds = append(c.Feeds, checkedFeed{
			Series:  feed.Series.String(),
			WarmUp:  feed.WarmUp,
			Time:    shortSpan(time.Duration(feed.WarmUp) * feed.Series.Timeframe.Duration()),
			Settled: f.Settled[i],
		})
	}
	c.Memory = f.Memory()
	c.Limits = limitsOf(f)
	for i := range f.Strategies {
		c.Limits = append(c.Limits, budgetOf(f, i)...)
	}
	equity := fileEquity(f)
	limits, _ := f.Risk.Effective(equity)
	c.Worst = f.Worst(equity, &limits)
	all := strategies.WorstOfAll(c.Worst, &limits)
	c.All = &all
	_, c.quote, _ = strings.Cut(f.Strategies[0].Series.Instrument, "-")
}

func exitNames(x *engine.Exits) []string {
	var names []string
	for _, e := range []struct {
		written bool
		name    string
	}{
		{x.StopLoss.Written(), "stop_loss"},
		{len(x.TakeProfit) > 0, "take_profit"},
		{x.Trailing.Written(), "trailing_stop"},
		{x.Time.Bars > 0 || x.Time.Age > 0, "time_stop"},
	} {
		if e.written {
			names = append(names, e.name)
		}
	}
	return names
}

const dryDefault = "default of a dry run"

// limitsOf lists the limits that a dry run would use, and says which of them
// the file does not write.
func limitsOf(f *strategies.File) []checkedLimit {
	equity := fileEquity(f)
	l, filled := f.Risk.Effective(equity)
	var list []checkedLimit
	add := func(key, value string) {
		c := checkedLimit{Key: key, Value: value, From: dryDefault}
		if p, ok := f.LimitAt(key); ok {
			c.From = fmt.Sprintf("%s:%d", f.Name, p.Line)
		}
		for _, d := range filled {
			if d.Key == key || strings.HasPrefix(d.Key, key+".") {
				c.Default = true
			}
		}
		if c.Default && equity.IsZero() && value == "0" {
			c.Value = "the starting equity"
		}
		list = append(list, c)
	}
	for _, id := range sortedKeys(l.Allow) {
		add("allow."+id, sidesText(l.Allow[id]))
	}
	if l.Allow == nil {
		list = append(list, checkedLimit{"allow", "every instrument of the file", true, dryDefault})
	}
	for _, id := range sortedKeys(l.MaxOrderQuantity) {
		add("max_order_quantity."+id, l.MaxOrderQuantity[id].String())
	}
	if len(l.MaxOrderQuantity) == 0 {
		list = append(list, checkedLimit{"max_order_quantity", "none", true, dryDefault})
	}
	add("max_order_value", l.MaxOrderValue.String())
	add("max_position_value", l.MaxPositionValue.String())
	add("max_exposure", l.MaxExposure.String())
	add("collar_pct", percentText(l.Collar))
	add("max_spread_pct", percentText(l.MaxSpread))
	add("max_depth_pct", percentText(l.MaxDepth))
	if !l.MaxDailyTraded.IsZero() {
		add("max_daily_traded", l.MaxDailyTraded.String())
	}
	add("funds_buffer_pct", percentText(l.FundsBuffer))
	add("max_open_orders", fmt.Sprintf("%d an instrument, %d in all", l.MaxOpenOrders.Instrument, l.MaxOpenOrders.Total))
	add("max_orders", ratesText(l.MaxOrders))
	add("max_fires", firesText(l.MaxFires))
	add("max_daily_loss", lossText(l.MaxDailyLoss))
	add("max_drawdown_pct", percentText(l.MaxDrawdown))
	return list
}

// fileEquity is what a dry run of the file starts with, in the quote currency
// of its first strategy; zero when the file does not say.
func fileEquity(f *strategies.File) num.Money {
	_, quote, _ := strings.Cut(f.Strategies[0].Series.Instrument, "-")
	for _, b := range f.Account.Balances {
		if b.Currency == quote {
			return b.Amount
		}
	}
	return num.Money{}
}

func sidesText(s risk.Sides) string {
	var words []string
	for _, w := range [...]struct {
		allowed bool
		word    string
	}{
		{s.Buy, "buy"},
		{s.Sell, "sell"},
		{s.Kinds.Market, "market"},
		{s.Kinds.Limit, "limit"},
		{s.Kinds.GTC, "gtc"},
		{s.Kinds.IOC, "ioc"},
		{s.Kinds.FOK, "fok"},
		{s.Kinds.PostOnly, "post_only"},
	} {
		if w.allowed {
			words = append(words, w.word)
		}
	}
	if !s.Buy && !s.Sell {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

func lossText(l risk.Loss) string {
	var parts []string
	if !l.Rate.IsZero() {
		parts = append(parts, percentText(l.Rate)+" %")
	}
	if !l.Value.IsZero() {
		parts = append(parts, l.Value.String())
	}
	return strings.Join(parts, " or ")
}

func percentText(r num.Rate) string {
	var c num.Calc
	p := num.Mul(&c, r, num.MustRate("100"))
	if c.Err() != nil {
		return r.String() + " × 100"
	}
	return p.String()
}

// sizeText writes bytes in thousands and millions.
func sizeText(n int) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%d KB", n/1000)
	}
	return fmt.Sprintf("%d MB", n/1_000_000)
}

// shortSpan writes 1h50m0s as 1h50m.
func shortSpan(d time.Duration) string {
	if d >= 48*time.Hour {
		return strconv.FormatFloat(math.Round(d.Hours()/2.4)/10, 'f', -1, 64) + " days"
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func (c *checked) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(c)
	}
	_, err := io.WriteString(w, c.text())
	return err
}

func (c *checked) text() string {
	var b strings.Builder
	if n := len(c.Diagnostics); n > 0 {
		b.WriteString(c.Diagnostics.Render(c.src))
		fmt.Fprintf(&b, "\n%s: %d %s\n", c.File, n, map[bool]string{true: "mistake", false: "mistakes"}[n == 1])
		return b.String()
	}
	if len(c.Live) > 0 {
		at := c.file.ModeAt()
		fmt.Fprintf(&b, "%s:%d:%d: mode: live needs limits that risk does not write: %s\n", c.File, at.Line, at.Col, strings.Join(c.Live, ", "))
		c.exchangesText(&b)
		return b.String()
	}
	fmt.Fprintf(&b, "%s: ok, mode %s\n\nstrategies\n", c.File, c.Mode)
	for _, s := range c.Strategies {
		fmt.Fprintf(&b, "  %-20s %-14s rules: %s", s.Name, s.Series, strings.Join(s.Rules, ", "))
		if len(s.Exits) > 0 {
			fmt.Fprintf(&b, "; exits: %s", strings.Join(s.Exits, ", "))
		}
		b.WriteByte('\n')
	}
	b.WriteString("\ndata\n")
	for _, f := range c.Feeds {
		fmt.Fprintf(&b, "  %-20s ready after %d bars (%s); starting values forgotten after %d\n", f.Series, f.WarmUp, f.Time, f.Settled)
	}
	for _, s := range c.Strategies {
		for _, n := range s.Needs {
			fmt.Fprintf(&b, "  %-20s %s\n", s.Name, n)
		}
	}
	fmt.Fprintf(&b, "  %-20s %s for all series of a run; it does not grow\n", "memory", sizeText(c.Memory))
	b.WriteString("\nlimits\n")
	for _, l := range c.Limits {
		from := l.From
		if l.Default {
			from = "not written: the " + from
		}
		fmt.Fprintf(&b, "  %-28s %s  (%s)\n", l.Key, l.Value, from)
	}
	c.writeWorst(&b)
	if len(c.Warnings) > 0 {
		b.WriteString("\nwarnings: allowed, and most likely not meant\n" + c.Warnings.Render(c.src))
	}
	c.exchangesText(&b)
	return b.String()
}
