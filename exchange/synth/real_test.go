package synth_test

import (
	"bufio"
	"compress/gzip"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"rulebot/internal/realdata"
)

// The recorded files that the generated market is held against.
const (
	bitstampBars   = "data/ohlcv/bitstamp_btcusd_1m_2025-01.csv.gz"
	bitfinexBars   = "data/ohlcv/bitfinex_btcusd_1m_2019.csv.gz"
	bitfinexETH    = "data/ohlcv/bitfinex_ethusd_1m_2019.csv.gz"
	binanceQuotes  = "data/ticks/binance_spot_btcusdt_20240808_bbo.csv.gz"
	binanceDepth   = "data/ticks/binance_spot_btcusdt_20240808_depth.csv.gz"
	binanceTrades  = "data/ticks/binance_spot_btcusdt_20240808_trades.csv.gz"
	coinbaseDepth  = "data/ticks/coinbase_btcusd_ethusd_20260809_depth.csv.gz"
	coinbaseTrades = "data/ticks/coinbase_btcusd_ethusd_20260809_trades.csv.gz"
)

// rows calls do with the named columns of each line of a CSV file; a column
// without a name is empty.
func rows(tb testing.TB, name string, columns []string, do func(cells []string)) {
	tb.Helper()
	f, err := os.Open(realdata.Path(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	lines := bufio.NewScanner(z)
	lines.Scan()
	head := strings.Split(lines.Text(), ",")
	at := make([]int, len(columns))
	for i, c := range columns {
		if at[i] = slices.Index(head, c); at[i] < 0 && c != "" {
			tb.Fatalf("%s: got columns %v, want %s among them", name, head, c)
		}
	}
	cells := make([]string, len(columns))
	for lines.Scan() {
		all := strings.Split(lines.Text(), ",")
		for i, column := range at {
			if column >= 0 {
				cells[i] = all[column]
			}
		}
		do(cells)
	}
	if err := lines.Err(); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
}

func float(tb testing.TB, s string) float64 {
	tb.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// recorded reads bars; up to an hour without rows becomes flat bars without
// volume, and a longer hole is closed up. months says where a month begins.
func recorded(tb testing.TB, name string) (bars minutes, months []int) {
	tb.Helper()
	const holeMax = 60
	var before int64
	month := time.Month(0)
	rows(tb, name, []string{"time", "high", "low", "close", "volume"}, func(c []string) {
		ms := int64(float(tb, c[0]))
		if missing := (ms-before)/60_000 - 1; before > 0 && missing <= holeMax {
			last := bars.close[len(bars.close)-1]
			for range missing {
				bars.add(last, last, last, 0)
			}
		}
		before = ms
		if m := time.UnixMilli(ms).UTC().Month(); m != month {
			month = m
			months = append(months, len(bars.close))
		}
		bars.add(float(tb, c[1]), float(tb, c[2]), float(tb, c[3]), float(tb, c[4]))
	})
	return bars, append(months, len(bars.close))
}

// bitstamp measures the whole of the file and its three thirds.
func bitstamp(tb testing.TB) []measured {
	tb.Helper()
	bars, _ := recorded(tb, bitstampBars)
	n := len(bars.close)
	list := make([]measured, 0, 4)
	for _, w := range [][2]int{{0, n}, {0, n / 3}, {n / 3, 2 * n / 3}, {2 * n / 3, n}} {
		to, part := unknown(), bars.part(w[0], w[1])
		part.measure(&to)
		list = append(list, to)
	}
	return list
}

// bitfinex measures each month of a year.
func bitfinex(tb testing.TB) []measured {
	tb.Helper()
	bars, months := recorded(tb, bitfinexBars)
	var list []measured
	for i := range months[1:] {
		to, part := unknown(), bars.part(months[i], months[i+1])
		part.measure(&to)
		list = append(list, to)
	}
	return list
}

// ladder is a replayed book.
type ladder struct{ bids, asks map[float64]float64 }

func (l *ladder) set(bid bool, price, size float64) {
	side := l.asks
	if bid {
		side = l.bids
	}
	side[price] = size
	if size == 0 {
		delete(side, price)
	}
}

// look measures the book as it stands: the spread in bps, and for each side
// the size within 10 bps of the middle.
func (l *ladder) look() (spread float64, depths [2]float64) {
	bid, ask := 0.0, math.Inf(1)
	for p := range l.bids {
		bid = max(bid, p)
	}
	for p := range l.asks {
		ask = min(ask, p)
	}
	middle := (bid + ask) / 2
	for i, side := range []map[float64]float64{l.bids, l.asks} {
		var near []float64
		for p, size := range side {
			if math.Abs(p-middle) <= 1e-3*middle {
				near = append(near, size)
			}
		}
		slices.Sort(near) // sums do not depend on the order of the map
		for _, size := range near {
			depths[i] += size
		}
	}
	return 1e4 * (ask - bid) / middle, depths
}

// replay measures a recorded book once a second of its time: deltas that the
// snapshot holds already are passed over.
func replay(tb testing.TB, name, product string, columns []string, second func(string) int64) (m measured) {
	tb.Helper()
	l := ladder{map[float64]float64{}, map[float64]float64{}}
	var known int64 // last update that the snapshot holds
	rows(tb, name, columns, func(c []string) {
		if c[2] == "snapshot" && c[0] == product {
			l.set(c[3] == "bid", float(tb, c[4]), float(tb, c[5]))
			known = int64(float(tb, c[6]))
		}
	})
	var spreads, depths []float64
	var now int64
	rows(tb, name, columns, func(c []string) {
		if c[0] != product || c[2] == "snapshot" || int64(float(tb, c[6])) <= known {
			return
		}
		if t := second(c[1]); t != now {
			if now != 0 {
				spread, both := l.look()
				spreads, depths = append(spreads, spread), append(depths, both[:]...)
			}
			now = t
		}
		l.set(c[3] == "bid", float(tb, c[4]), float(tb, c[5]))
	})
	m = unknown()
	m[figSpread], m[figDepth] = mean(spreads), mean(depths)
	return m
}

// sizes measures trades: each by itself, or all of one moment and side as one.
func sizes(tb testing.TB, name, product string, columns []string, joined bool) measured {
	tb.Helper()
	var list []float64
	var before string
	rows(tb, name, columns, func(c []string) {
		if product != "" && c[3] != product {
			return
		}
		key := c[0] + c[1]
		if joined && key == before {
			list[len(list)-1] += float(tb, c[2])
			return
		}
		before = key
		list = append(list, float(tb, c[2]))
	})
	slices.Sort(list)
	m := unknown()
	m[figSizeMean], m[figSizeMedian] = mean(list), quantile(list, 0.5)
	return m
}

// books measures the recorded books and trades of BTC.
func books(tb testing.TB) []measured {
	tb.Helper()
	var spreads []float64
	rows(tb, binanceQuotes, []string{"bid", "ask"}, func(c []string) {
		bid, ask := float(tb, c[0]), float(tb, c[1])
		spreads = append(spreads, 2e4*(ask-bid)/(ask+bid))
	})
	quotes := unknown()
	quotes[figSpread] = mean(spreads)
	binance := []string{"time_ms", "side", "size"}
	coinbase := []string{"time", "side", "size", "product"}
	return []measured{
		quotes,
		replay(tb, binanceDepth, "", []string{"", "time_ms", "type", "side", "price", "size", "last_id"},
			func(s string) int64 { return int64(float(tb, s)) / 1000 }),
		replay(tb, coinbaseDepth, "BTC-USD", []string{"product", "time", "type", "side", "price", "size", "sequence"},
			func(s string) int64 {
				at, err := time.Parse(time.RFC3339Nano, s)
				if err != nil {
					tb.Fatal(err)
				}
				return at.Unix()
			}),
		sizes(tb, binanceTrades, "", binance, false),
		sizes(tb, binanceTrades, "", binance, true),
		sizes(tb, coinbaseTrades, "BTC-USD", coinbase, false),
		sizes(tb, coinbaseTrades, "BTC-USD", coinbase, true),
	}
}

// pair measures how two instruments moved together in each month of a year,
// over the minutes for which both have a bar and had one the minute before.
func pair(tb testing.TB) []measured {
	tb.Helper()
	closes := func(name string) map[int64]float64 {
		all := map[int64]float64{}
		rows(tb, name, []string{"time", "close"}, func(c []string) {
			all[int64(float(tb, c[0]))/60_000] = float(tb, c[1])
		})
		return all
	}
	btc, eth := closes(bitfinexBars), closes(bitfinexETH)
	var months [12][2][]float64
	for minute := time.Date(2019, 1, 1, 0, 1, 0, 0, time.UTC); minute.Year() == 2019; minute = minute.Add(time.Minute) {
		at := minute.Unix() / 60
		a, b, c, d := btc[at-1], btc[at], eth[at-1], eth[at]
		if a == 0 || b == 0 || c == 0 || d == 0 {
			continue
		}
		m := &months[minute.Month()-1]
		m[0], m[1] = append(m[0], math.Log(b/a)), append(m[1], math.Log(d/c))
	}
	var list []measured
	for i := range months {
		to := unknown()
		to[figTogether] = correlation(months[i][0], months[i][1])
		list = append(list, to)
	}
	return list
}
