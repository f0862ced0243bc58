package history_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/history"
	"rulebot/internal/realdata"
)

func TestTradesPlay(t *testing.T) {
	trades, err := history.OpenTrades("trades.csv", strings.NewReader("side,time,price,size\n"+
		"buy,2025-01-18T00:00:10.123456Z,100,0.4\n"+
		"sell,1737158459999,99.999,1.2\n"+
		"sell,2025-01-18T00:01:00Z,101,0.1\n"+
		"buy,2025-01-18T00:01:00Z,102,0.1\n"+
		"buy,2025-01-18T00:05:00Z,103,0.00000001\n"), btc())
	if err != nil {
		t.Fatal(err)
	}
	source, err := trades.Source(history.DefaultSpread(), market.Minute)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.TrimSpace(`
00:10.123 quote 99.99 100.01 x 0.1
00:10.123 trade 1 100 x 0.4 buyer
00:59.999 quote 99.99 100.01 x 0.1
00:59.999 trade 2 100 x 1.2 seller
01:00.000 bar 100 100 100 100 x 1.6
01:00.000 quote 100.98 101.02 x 0.1125
01:00.000 trade 3 101 x 0.1 seller
01:00.000 quote 101.98 102.02 x 0.1078
01:00.000 trade 4 102 x 0.1 buyer
02:00.000 bar 101 102 101 102 x 0.2
05:00.000 quote 102.98 103.02 x 0.1031
05:00.000 trade 5 103 x 0.00000001 buyer`)
	if diff := cmp.Diff(strings.Split(want, "\n"), tell(t, source)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestOpenTradesErrors(t *testing.T) {
	const head = "time,id,price,size,side\n"
	const first = "1737158400000,7,5,1,buy\n"
	cases := []struct{ name, text, want string }{
		{"no rows", head, "t.csv: no trades"},
		{"unknown column", "time,price,size,side,product\n", `t.csv:1: column "product" is not one of`},
		{"no side", "time,price,size\n", `t.csv:1: column "side" is missing`},
		{"time goes back", head + first + "1737158399999,8,5,1,buy\n", "t.csv:3: time 2025-01-17T23:59:59.999Z is before"},
		{"id again", head + first + "1737158400000,7,5,1,buy\n", "t.csv:3: id 7 is not above 7"},
		{"bad id", head + "1737158400000,x,5,1,buy\n", `t.csv:2: id "x" is not a whole number`},
		{"bad side", head + "1737158400000,7,5,1,BUY\n", `t.csv:2: side "BUY" is neither buy nor sell`},
		{"no size", head + "1737158400000,7,5,0,buy\n", `t.csv:2: size "0" is zero`},
		{"tiny size", head + "1737158400000,7,5,0.000000001,buy\n", `t.csv:2: size "0.000000001" is zero`},
		{"no price", head + "1737158400000,7,,1,buy\n", `t.csv:2: price "" is not a number`},
		{"bad time", head + "x,7,5,1,buy\n", `t.csv:2: time "x" is neither`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := history.OpenTrades("t.csv", strings.NewReader(c.text), btc())
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestRealTrades plays recorded trades and compares what the bars hold with
// what the trades sum to.
func TestRealTrades(t *testing.T) {
	f, err := os.Open(realdata.Path(t, "data/demo/btc-usdt-trades.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	trades, err := history.OpenTrades("trades", f, btc())
	if err != nil {
		t.Fatal(err)
	}
	source, err := trades.Source(history.DefaultSpread(), market.Minute)
	if err != nil {
		t.Fatal(err)
	}
	var c num.Calc
	var inTrades, inBars num.Quantity
	row, bars := 0, 0
	for ev := range events(t, source) {
		if ev.Kind == engine.KindTrade {
			if want := trades.Rows[row]; ev.Trade != want.Trade || ev.At != want.At {
				t.Fatalf("trade %d: got %+v, want %+v", row, ev.Trade, want.Trade)
			}
			row++
			inTrades = num.Add(&c, inTrades, ev.Trade.Size)
		}
		if ev.Kind == engine.KindBar {
			bars++
			inBars = num.Add(&c, inBars, ev.Bar.Volume)
			if inBars != inTrades {
				t.Fatalf("bar %d: got a volume of %s in all, want %s", bars, inBars, inTrades)
			}
		}
	}
	if row != 3000 || bars != 2 {
		t.Errorf("got %d trades and %d bars, want 3000 and 2", row, bars)
	}
}
