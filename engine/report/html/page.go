// Package html writes a backtest as one HTML page that needs nothing else: no
// network, no other file. The page shows the equity and its falls, the market
// with every entry and exit, what each month, rule and trade made, what stood
// in the way of the rules, and everything that the run assumed.
//
// Numbers come from package report and from the caller; nothing is computed
// here or in the page but what a chart needs. Series travel whole, as deflated
// columns: the chart draws the lowest and highest of each pixel, and zooming
// shows every bar. The chart library is uPlot, as released (see uplot/).
package html

import (
	_ "embed"
	"html/template"
	"io"

	"rulebot/engine/market"
	"rulebot/engine/report"
)

//go:embed page.html
var body string

//go:embed page.css
var style string

//go:embed page.js
var script string

//go:embed uplot/uPlot.iife.min.js
var uplot string

//go:embed uplot/uPlot.min.css
var uplotStyle string

// Page is everything that is shown.
type Page struct {
	Title   string
	Quote   string // currency of the account
	Heading []Fact // market, account, costs: what the run assumed
	Figures []Fact // with their values as people read them
	Run     *report.Run
	Track   *report.Track
	Lines   []Line
	Why     []Blocked
	Notes   []string // gaps, ambiguous bars, what was replaced
	Rules   string   // the strategies file
	Clauses []Clause // how the run covered it
	Chain   string   // hash over all decisions
	Version string
}

// Fact is a name and what it is.
type Fact struct {
	Name, Value, Hint string
}

// Line is a series of a strategy's own: a let, bar by bar of its timeframe.
type Line struct {
	Strategy   string
	Instrument string
	Name       string
	Times      []market.Time
	Values     []float64 // NaN while not ready
}

// Blocked is what stood between a rule and firing most often.
type Blocked struct {
	Strategy, Rule string
	Evaluations    int64
	True           int64
	Text           string // what stood in the way
	Stood, Alone   int64
}

// Clause is a part of a rule and how often a run saw it true and false.
type Clause struct {
	Strategy, Rule, Text string
	True, False, Waiting int64 // evaluations; Waiting is not ready
}

// data is what the script reads.
type data struct {
	Quote   string       `json:"quote"`
	Times   column       `json:"times"`
	Equity  column       `json:"equity"`
	Markets []marketData `json:"markets"`
	Trades  []tradeData  `json:"trades"`
}

type marketData struct {
	Instrument string     `json:"instrument"`
	Times      column     `json:"times"`
	High       column     `json:"high"`
	Low        column     `json:"low"`
	Close      column     `json:"close"`
	Lines      []lineData `json:"lines"`
	Fills      []fillData `json:"fills"`
}

type lineData struct {
	Name   string `json:"name"`
	Times  column `json:"times"`
	Values column `json:"values"`
}

type fillData struct {
	At    float64 `json:"at"` // seconds
	Price float64 `json:"price"`
	Buy   bool    `json:"buy"`
	Text  string  `json:"text"`
}

type tradeData struct {
	Opened float64 `json:"opened"`
	Closed float64 `json:"closed"`
	Market string  `json:"market"`
	Profit float64 `json:"profit"`
	Pct    float64 `json:"pct"`
	Open   bool    `json:"open"`
}

// Write writes the page.
func Write(w io.Writer, p *Page) error {
	d, err := p.data()
	if err != nil {
		return err
	}
	t, err := template.New("page").Funcs(template.FuncMap{"clock": clock, "hundredths": hundredths, "sign": sign, "span": spanText}).Parse(body)
	if err != nil {
		return err
	}
	out := &pen{w: w}
	out.write(head, "<style>", uplotStyle, style, "</style></head>")
	if out.err == nil {
		out.err = t.Execute(w, view{Page: p, Months: months(&p.Run.Curve), Groups: p.Run.ByRule(), Trades: p.Run.Trades, Data: d})
	}
	out.write("<script>", uplot, "</script><script>", script, "</script></body></html>\n")
	return out.err
}

// head opens the page; the title follows in its body, which is a template.
const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">`

// view is what the body shows.
type view struct {
	*Page
	Months []year
	Groups []report.Group
	Trades []report.Trade
	Data   *data
}

// pen writes until the first error.
type pen struct {
	w   io.Writer
	err error
}

func (p *pen) write(texts ...string) {
	for _, s := range texts {
		if p.err == nil {
			_, p.err = io.WriteString(p.w, s)
		}
	}
}
