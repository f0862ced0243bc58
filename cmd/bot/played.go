package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/report"
)

// played is a backtest that came to its end.
type played struct {
	sum  report.Summary
	snap engine.Snapshot
	run  *report.Run
}

// sales counts the orders that sold something.
func (r *played) sales() int {
	sold := make(map[string]bool)
	for i := range r.run.Executions {
		if x := &r.run.Executions[i]; x.Side == order.Sell {
			sold[x.ClientID] = true
		}
	}
	return len(sold)
}

// writeJSON prints the summary, how fast it was, and how many trades were
// made: orders that sold something.
func (r *played) writeJSON(w io.Writer, rate float64) error {
	return json.NewEncoder(w).Encode(map[string]any{
		"summary": struct {
			report.Summary
			BarsPerSecond float64 `json:"bars_per_second"`
			Trades        int     `json:"trades"`
		}{r.sum, rate, r.sales()},
		"figures":     r.run.Values(),
		"round_trips": r.run.Trades,
	})
}

// columns of the file of executions: one line a fill, in the order in which
// they happened, for a spreadsheet or a tax return.
var columns = [...]string{
	"time", "trade", "strategy", "rule", "decision", "instrument", "side", "quantity", "price", "value",
	"fee", "fee_currency", "liquidity", "profit", "holds", "order_id", "exchange_order_id", "fill_id",
}

// writeCSV writes the executions to a file.
func (r *played) writeCSV(name string) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := csv.NewWriter(file)
	if err := w.Write(columns[:]); err != nil {
		return err
	}
	for i := range r.run.Executions {
		x := &r.run.Executions[i]
		var c num.Calc
		value := num.Cost(&c, x.Price, x.Quantity)
		if err := c.Err(); err != nil {
			return err
		}
		if err := w.Write([]string{
			x.At.String(), strconv.Itoa(x.Trade), x.Strategy, x.Rule, x.Decision, x.Instrument, x.Side.String(),
			x.Quantity.String(), x.Price.String(), value.String(), x.Fee.String(), x.FeeCurrency, liquidity(x.Maker),
			profitOf(x), x.Holds.String(), x.ClientID, x.ExchangeID, x.ID,
		}); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func liquidity(maker bool) string {
	if maker {
		return "maker"
	}
	return "taker"
}

// profitOf is what a sale realised: a buy realises nothing, not zero.
func profitOf(x *report.Execution) string {
	if x.Side == order.Buy {
		return ""
	}
	return x.Profit.String()
}

// writeText prints the figures in two columns, and what each rule made.
func (r *played) writeText(w io.Writer, quote string) error {
	var b strings.Builder
	values := r.run.Values()
	rows := (len(values) + 1) / 2
	b.WriteByte('\n')
	for i := range rows {
		fmt.Fprintf(&b, "  %-16s %14s", values[i].Name, figureText(&values[i], quote))
		if j := rows + i; j < len(values) {
			fmt.Fprintf(&b, "     %-26s %14s", values[j].Name, figureText(&values[j], quote))
		}
		b.WriteByte('\n')
	}
	if f := r.run.Curve.Deepest(); f.Pct > 0 {
		fmt.Fprintf(&b, "\n  the deepest fall began %s and was deepest %s; %s\n", stamp(f.From), stamp(f.Bottom), recoveredText(f.Recovered))
	}
	r.rulesText(&b, quote)
	_, err := io.WriteString(w, b.String())
	return err
}

func recoveredText(t market.Time) string {
	if t == 0 {
		return "the equity has not stood as high again"
	}
	return "the equity stood as high again " + stamp(t)
}

// figureText writes a figure with its unit, or a dash where the run cannot tell.
func figureText(v *report.Value, quote string) string {
	if !v.Known {
		return "-"
	}
	switch v.Unit {
	case "%":
		return strconv.FormatFloat(v.Value, 'f', 2, 64) + " %"
	case "quote":
		return strconv.FormatFloat(v.Value, 'f', 2, 64) + " " + quote
	case "days":
		return strconv.FormatFloat(v.Value, 'f', 1, 64) + " days"
	case "count":
		return strconv.FormatFloat(v.Value, 'f', 0, 64)
	}
	return strconv.FormatFloat(v.Value, 'f', 2, 64)
}

// rulesText prints what the trades made that each rule opened.
func (r *played) rulesText(b *strings.Builder, quote string) {
	groups := r.run.ByRule()
	if len(groups) == 0 {
		return
	}
	fmt.Fprintf(b, "\n  %-18s %-18s %7s %5s %16s\n", "strategy", "opened by", "trades", "won", "profit, "+quote)
	for _, g := range groups {
		fmt.Fprintf(b, "  %-18s %-18s %7d %5d %16s\n", g.Strategy, g.Rule, g.Trades, g.Won, moneyText(g.Profit, quote))
	}
}
