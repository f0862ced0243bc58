package report_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"

	"rulebot/engine/report"
)

var update = flag.Bool("update", false, "write docs/figures.md")

// TestFiguresPage holds docs/figures.md to the code.
func TestFiguresPage(t *testing.T) {
	const name = "../../docs/figures.md"
	var b bytes.Buffer
	b.WriteString(`# Figures of a backtest

What 'bot backtest' prints under its summary, and what its JSON carries under "figures". A figure that a run cannot tell is a
dash, and null in JSON. Profit, fees and quantities are summed exactly from the fills; ratios are floating point. This page is
generated from the code (` + "`go test ./engine/report -run FiguresPage -args -update`" + `).

| figure | key | unit | how it is computed | source |
|---|---|---|---|---|
`)
	for _, f := range report.Figures() {
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", f.Name, f.Key, f.Unit, f.Definition, f.Source)
	}
	b.WriteString(`
A trade is a round trip of one strategy: from the buy that opened a position to the sale that left less than the exchange's
minimum, with all that was added and taken off between them. What is left over then stays on the strategy's books and goes with
its next trade. A trade that is on at the end counts in fees, slippage, exposure and turnover, and in nothing else. An order that is
on its way when the data ends still arrives, at the last quote.

` + "`--csv FILE`" + ` writes one line a fill: time (UTC), the trade's number, strategy, rule, decision, side, quantity, price, value, fee with
its currency, maker or taker, what a sale realised at average cost after fees, what is held after it, and the ids.
`)
	b.WriteString(`
Each figure is tested against a case worked out by hand, and, where others print an example, against theirs: Sharpe, Sortino,
volatility, total and annual return, drawdown and Calmar against the tests of empyrical (Quantopian), Sortino also against
Rollinger and Hoffman, drawdown against Investopedia, the trades' figures against a report of MetaTrader 4's strategy tester (in the
tests of py-metatrader) and the trade plans of NetPicks' page on profit factor and expectancy. Markets that close count 252 days a
year; here a year has 365.
`)
	if *update {
		if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, b.Bytes()) {
		t.Errorf("%s is stale (%v): run with -args -update", name, err)
	}
}
