package html_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/report"
	"rulebot/engine/report/html"
)

// TestLibraryIsAsReleased holds the chart library to the sums beside it.
func TestLibraryIsAsReleased(t *testing.T) {
	readme, err := os.ReadFile("uplot/README.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`\| (uPlot\S+) \| ([0-9a-f]{64}) \|`).FindAllStringSubmatch(string(readme), -1)
	for _, row := range rows {
		file, err := os.ReadFile("uplot/" + row[1])
		if sum := sha256.Sum256(file); err != nil || hex.EncodeToString(sum[:]) != row[2] {
			t.Errorf("%s is not as released (%v)", row[1], err)
		}
	}
	if len(rows) != 2 {
		t.Errorf("%d sums, want 2", len(rows))
	}
}

// waves is a run of so many minutes over two markets, with a trade each
// hour and a line of its own.
func waves(t testing.TB, minutes int) *html.Page {
	t.Helper()
	instruments := []market.Instrument{
		{ID: "BTC-USD", Base: "BTC", Quote: "USD", Lot: num.MustQuantity("0.001"), Min: num.MustQuantity("0.001")},
		{ID: "ETH-USD", Base: "ETH", Quote: "USD", Lot: num.MustQuantity("0.001"), Min: num.MustQuantity("0.001")},
	}
	tally, track := report.New(instruments), &report.Track{}
	start := market.TimeOf(time.Date(2026, 1, 30, 0, 0, 0, 0, time.UTC))
	line := html.Line{Strategy: "waves", Instrument: "BTC-USD", Name: "mean"}
	equity := num.MustMoney("100000")
	fills := 0
	for i := range minutes {
		open := start.Add(time.Duration(i) * time.Minute)
		for k, in := range instruments {
			price := num.PriceOf(int64(math.Round(1e4*(100-float64(40*k)+10*math.Sin(float64(i)/97)+3*math.Sin(float64(i)/7)))), 4)
			if i%1000 == 500 && k == 1 {
				continue // a minute is missing
			}
			ev := engine.Event{Kind: engine.KindBar, Instrument: in.ID, At: open.Add(time.Minute), Bar: market.Bar{Open: open, Timeframe: market.Minute, O: price, H: price, L: price, C: price}}
			var out engine.Outcome
			if k == 0 && i%30 == 10 {
				out.Changes = filled(fills, ev.At, price)
				fills++
			}
			tally.See(&ev, &out)
			var c num.Calc
			equity = num.Add(&c, equity, num.MoneyOf(int64(i%7)-3, 1))
			tally.Mark(equity)
			track.See(&ev, equity)
		}
		v := math.NaN()
		if i > 20 {
			v = 100 + 10*math.Sin(float64(i)/97)
		}
		line.Times, line.Values = append(line.Times, open.Add(time.Minute)), append(line.Values, v)
	}
	run, err := tally.Run()
	if err != nil {
		t.Fatal(err)
	}
	return &html.Page{
		Title: "BACKTEST of <waves> & more", Quote: "USD", Run: run, Track: track, Lines: []html.Line{line}, Chain: "abc", Version: "test",
		Heading: []html.Fact{{Name: "market", Value: "waves"}}, Figures: []html.Fact{{Name: "total return", Value: "1 %", Hint: "how"}},
		Why:     []html.Blocked{{Strategy: "waves", Rule: "up", Evaluations: 10, True: 3, Text: "close > open", Stood: 7, Alone: 5}},
		Clauses: []html.Clause{{Strategy: "waves", Rule: "up", Text: "close > open", True: 3, False: 7}},
		Notes:   []string{"ETH-USD: 1 bar missing"}, Rules: "version: 1\n# </pre><script>alert(1)</script>\n",
	}
}

// filled is one order of one fill: buys and sells by turns.
func filled(n int, at market.Time, price num.Price) []engine.Change {
	side := order.Buy
	if n%2 == 1 {
		side = order.Sell
	}
	id := fmt.Sprint("id", n)
	in := order.Intent{Strategy: "waves", Rule: "up", Decision: fmt.Sprint("waves-", n+1), Instrument: "BTC-USD", Side: side, Quantity: num.MustQuantity("1"), Reference: price}
	return []engine.Change{
		{Kind: engine.ChangeOrder, Order: order.Order{Intent: in, ClientID: id, State: order.Intended}},
		{Kind: engine.ChangeFill, Fill: order.Fill{Instrument: "BTC-USD", ClientID: id, ExchangeID: id, ID: "1", At: at, Side: side, Price: price, Quantity: in.Quantity, Fee: num.MustMoney("0.1"), FeeCurrency: "USD"}},
	}
}

func written(t testing.TB, p *html.Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := html.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPageNeedsNothingElse: no other file, no network; and what a person wrote
// is text, not markup.
func TestPageNeedsNothingElse(t *testing.T) {
	text := written(t, waves(t, 3000))
	for _, outside := range []string{` src=`, `<link`, `@import`, `fetch(`, `XMLHttpRequest`, `import(`} {
		if bytes.Contains(text, []byte(outside)) {
			t.Errorf("the page has %q", outside)
		}
	}
	for _, want := range []string{
		"BACKTEST of &lt;waves&gt; &amp; more", "&lt;/pre&gt;&lt;script&gt;alert(1)", `<td data-tone="`, "<th>2026</th>", `<tr data-trade="1">`, "waves-1",
	} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the page has no %q", want)
		}
	}
	if n := bytes.Count(text, []byte("<tr data-trade=")); n != 50 {
		t.Errorf("%d trades, want 50", n)
	}
}

// TestEmptyRun: a run in which nothing happened has a page as well.
func TestEmptyRun(t *testing.T) {
	run, err := report.New(nil).Run()
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, &html.Page{Title: "nothing", Run: run, Track: &report.Track{}})
	if !strings.Contains(string(text), "No trade was made.") {
		t.Error("the page does not say that nothing was traded")
	}
}
