package history_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/history"
	"rulebot/internal/realdata"
)

// btc is the instrument that the tests play.
func btc() market.Instrument {
	return market.Instrument{
		ID: "BTC-USD", Base: "BTC", Quote: "USD",
		Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.0001"),
	}
}

const header = "time,open,high,low,close,volume\n"

func openBars(t *testing.T, text string) *history.Bars {
	t.Helper()
	bars, err := history.OpenBars("bars.csv", strings.NewReader(text), btc(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return bars
}

func TestOpenBars(t *testing.T) {
	bars := openBars(t, "\xef\xbb\xbfvolume,time,open,high,low,close\r\n"+
		"3.1e-7,2025-01-18T00:00:00Z,100,101.005,99.9949,100.5\r\n"+
		"\r\n"+
		"6798.654335589999983,1737158460000,1e2,100,100.00,100")
	want := []market.Bar{
		{
			Open: market.Milli(1737158400000), Timeframe: market.Minute,
			O: num.MustPrice("100"), H: num.MustPrice("101.01"), L: num.MustPrice("99.99"), C: num.MustPrice("100.5"),
			Volume: num.MustQuantity("0.00000031"),
		},
		{
			Open: market.Milli(1737158460000), Timeframe: market.Minute,
			O: num.MustPrice("100"), H: num.MustPrice("100"), L: num.MustPrice("100"), C: num.MustPrice("100"),
			Volume: num.MustQuantity("6798.65433559"),
		},
	}
	if diff := cmp.Diff(want, bars.All(), compareText); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// compareText compares amounts by their text.
var compareText = cmp.Options{
	cmp.Comparer(func(a, b num.Price) bool { return a == b }),
	cmp.Comparer(func(a, b num.Quantity) bool { return a == b }),
}

func TestOpenBarsErrors(t *testing.T) {
	const first = "1737158400000,5,6,4,5,1\n"
	cases := []struct{ name, text, want string }{
		{"empty", "", "bars.csv: the file is empty"},
		{"no rows", header, "bars.csv: no bars"},
		{"one row", header + first, "bars.csv: one bar does not tell its timeframe"},
		{"unknown column", "time,open,high,low,close,vol\n", `bars.csv:1: column "vol" is not one of`},
		{"column twice", "time,open,open\n", `bars.csv:1: column "open" is there twice`},
		{"missing column", "time,open,high,low,close\n", `bars.csv:1: column "volume" is missing`},
		{"few fields", header + "1737158400000,5,6,4,5\n", "bars.csv:2: 5 fields, want 6"},
		{"many fields", header + "1737158400000,5,6,4,5,1,9\n", "bars.csv:2: more than 6 fields"},
		{"same time", header + first + first, "bars.csv:3: time 2025-01-18T00:00:00.000Z is not after"},
		{"off the minute", header + first + "1737158461000,5,6,4,5,1\n", "bars.csv:3: time 2025-01-18T00:01:01.000Z is not where a bar of 1m starts"},
		{"seconds", header + "1737158400,5,6,4,5,1\n", `bars.csv:2: time "1737158400" is out of range: Unix milliseconds are wanted`},
		{"microseconds", header + "1737158400000000,5,6,4,5,1\n", "bars.csv:2: time \"1737158400000000\" is out of range"},
		{"no time", header + "yesterday,5,6,4,5,1\n", "bars.csv:2: time \"yesterday\" is neither"},
		{"no number", header + "1737158400000,5,6,4,NaN,1\n", `bars.csv:2: close "NaN" is not a number`},
		{"zero price", header + "1737158400000,5,6,0,5,1\n", "bars.csv:2: low 0 is not positive"},
		{"below the tick", header + "1737158400000,5,6,0.004,5,1\n", "bars.csv:2: low 0.004 is less than half a tick of 0.01"},
		{"high below close", header + "1737158400000,5,6,4,7,1\n", "bars.csv:2: high 6 is below open 5 or close 7"},
		{"negative volume", header + "1737158400000,5,6,4,5,-1\n", "bars.csv:2: volume -1 is negative"},
		{"not gzip", "\x1f\x8bnonsense", "bars.csv:"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := history.OpenBars("bars.csv", strings.NewReader(c.text), btc(), 0)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestTimeframeIsInferred(t *testing.T) {
	row := func(times ...string) string {
		text := header
		for _, at := range times {
			text += at + ",5,6,4,5,1\n"
		}
		return text
	}
	cases := []struct {
		name, text string
		want       market.Timeframe
	}{
		{"minutes", row("2025-01-18T00:00:00Z", "2025-01-18T00:01:00Z"), market.Minute},
		{"minutes with gaps", row("2025-01-18T00:07:00Z", "2025-01-18T00:09:00Z"), market.Minute},
		{"hours", row("2025-01-18T00:00:00Z", "2025-01-18T01:00:00Z", "2025-01-18T02:00:00Z"), market.Hour},
		{"days", row("2025-01-18T00:00:00Z", "2025-01-19T00:00:00Z"), market.Day},
		{"weeks", row("2025-01-13T00:00:00Z", "2025-01-20T00:00:00Z"), market.Week},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := openBars(t, c.text).Timeframe; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	_, err := history.OpenBars("x.csv", strings.NewReader(cases[0].text), btc(), 5*market.Minute)
	if want := "x.csv:3: time 2025-01-18T00:01:00.000Z is not where a bar of 5m starts"; err == nil || err.Error() != want {
		t.Errorf("timeframe given: got %v, want %s", err, want)
	}
}

// TestRealBars reads every recorded file of bars, rounded to a tick that some
// of them are finer than, and compares its length with its description.
func TestRealBars(t *testing.T) {
	files := []struct {
		name string
		tf   market.Timeframe
		rows int
	}{
		{"demo/btc-usd-1m.csv", market.Minute, 5760},
		{"indicators/bars.csv", market.Hour, 500},
		{"ohlcv/bitfinex_btcusd_1h_2013_2019.csv.gz", market.Hour, 55697},
		{"ohlcv/bitfinex_ethusd_1m_2019.csv.gz", market.Minute, 455968},
		{"ohlcv/bitstamp_btcusd_1m_2025-01.csv.gz", market.Minute, 38942},
		{"ohlcv/binance_btcusdt_1h_2020_2021.csv.gz", market.Hour, 4309},
		{"ohlcv/btcusd_1d_2011_2025.csv.gz", market.Day, 5152},
	}
	for _, file := range files {
		t.Run(file.name, func(t *testing.T) {
			bars := realBars(t, file.name)
			if bars.Timeframe != file.tf || bars.Len() != file.rows {
				t.Errorf("got %d bars of %s, want %d of %s", bars.Len(), bars.Timeframe, file.rows, file.tf)
			}
		})
	}
}

func realBars(t testing.TB, name string) *history.Bars {
	t.Helper()
	f, err := os.Open(realdata.Path(t, "data/"+name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	bars, err := history.OpenBars(name, f, btc(), 0)
	if err != nil {
		t.Fatal(err)
	}
	return bars
}

// TestPath is the whole story of three bars, written out.
func TestPath(t *testing.T) {
	bars := openBars(t, header+
		"2025-01-18T00:00:00Z,100,103,99,101,2\n"+ // the low is nearer
		"2025-01-18T00:01:00Z,101,101,101,101,0\n"+ // no trade
		"2025-01-18T00:02:00Z,101,102,100,100.5,0.0002\n") // equally near, falling; too small for lots
	source, err := bars.Source(history.DefaultSpread())
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimSpace(`
00:00.000 quote 99.99 100.01 x 0.5
00:00.000 trade 1 100 x 0.5 buyer
00:20.000 quote 98.99 99.01 x 0.5
00:20.000 trade 2 99 x 0.5 seller
00:40.000 quote 102.98 103.02 x 0.5
00:40.000 trade 3 103 x 0.5 buyer
00:59.999 quote 100.98 101.02 x 0.5
00:59.999 trade 4 101 x 0.5 seller
01:00.000 bar 100 103 99 101 x 2
01:00.000 quote 100.98 101.02 x 0.5
01:20.000 quote 100.98 101.02 x 0.5
01:40.000 quote 100.98 101.02 x 0.5
01:59.999 quote 100.98 101.02 x 0.5
02:00.000 bar 101 101 101 101 x 0
02:00.000 quote 100.98 101.02 x 0.4687
02:00.000 trade 5 101 x 0.00005 seller
02:20.000 quote 101.98 102.02 x 0.4687
02:20.000 trade 6 102 x 0.00005 buyer
02:40.000 quote 99.99 100.01 x 0.4687
02:40.000 trade 7 100 x 0.00005 seller
02:59.999 quote 100.48 100.52 x 0.4687
02:59.999 trade 8 100.5 x 0.00005 buyer
03:00.000 bar 101 102 100 100.5 x 0.0002`)
	if diff := cmp.Diff(strings.Split(want, "\n"), tell(t, source)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// tell writes a source's events as text, one a line.
func tell(t *testing.T, source history.Events) []string {
	t.Helper()
	var out []string
	for ev := range events(t, source) {
		out = append(out, line(ev))
	}
	return out
}

func line(ev *engine.Event) string {
	at := ev.At.Std().Format("04:05.000 ")
	switch ev.Kind {
	case engine.KindQuote:
		return at + "quote " + ev.Quote.Bid.String() + " " + ev.Quote.Ask.String() + " x " + ev.Quote.BidSize.String()
	case engine.KindTrade:
		return at + "trade " + time.Duration(ev.Trade.ID).String()[:1] + " " + ev.Trade.Price.String() + " x " +
			ev.Trade.Size.String() + map[bool]string{true: " buyer", false: " seller"}[ev.Trade.Buyer]
	default:
		b := &ev.Bar
		return at + "bar " + b.O.String() + " " + b.H.String() + " " + b.L.String() + " " + b.C.String() + " x " + b.Volume.String()
	}
}

func events(t testing.TB, source history.Events) func(func(*engine.Event) bool) {
	return func(yield func(*engine.Event) bool) {
		var ev engine.Event
		for {
			more, err := source.Next(&ev)
			if err != nil {
				t.Fatal(err)
			}
			if !more || !yield(&ev) {
				return
			}
		}
	}
}
