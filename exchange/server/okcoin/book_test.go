package okcoin_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/server/okcoin"
)

// book is a client's book: texts by price, as received.
type book struct {
	bids, asks map[string]string
	last       string              // timestamp
	rats       map[string]*big.Rat // value of every price seen
}

// message is a book message as far as a client needs it.
type message struct {
	Table  string `json:"table"`
	Action string `json:"action"`
	Data   []struct {
		InstrumentID string  `json:"instrument_id"`
		Asks         [][]any `json:"asks"`
		Bids         [][]any `json:"bids"`
		Timestamp    string  `json:"timestamp"`
		Checksum     int32   `json:"checksum"`
	} `json:"data"`
}

// take applies a message and checks everything a client can check of it.
func (b *book) take(text string) error {
	var m message
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return fmt.Errorf("%w in %s", err, text)
	}
	if len(m.Data) != 1 {
		return fmt.Errorf("%d books in one message: %s", len(m.Data), text)
	}
	d := m.Data[0]
	if m.Action == "partial" {
		*b = book{bids: map[string]string{}, asks: map[string]string{}, rats: map[string]*big.Rat{}}
	}
	if b.bids == nil {
		return fmt.Errorf("update before partial: %s", text)
	}
	if d.Timestamp < b.last {
		return fmt.Errorf("timestamp %s is before %s", d.Timestamp, b.last)
	}
	b.last = d.Timestamp
	for _, side := range []struct {
		rows   [][]any
		levels map[string]string
	}{{d.Bids, b.bids}, {d.Asks, b.asks}} {
		for _, row := range side.rows {
			price, size := fmt.Sprint(row[0]), fmt.Sprint(row[1])
			old, there := side.levels[price]
			switch {
			case size == "0" && !there:
				return fmt.Errorf("a level that is not there is deleted: %v", row)
			case size == "0":
				delete(side.levels, price)
			case old == size:
				return fmt.Errorf("a level is set to what it is: %v", row)
			default:
				side.levels[price] = size
			}
		}
	}
	if got := b.sum(); got != d.Checksum {
		return fmt.Errorf("checksum is %d, message says %d: %s", got, d.Checksum, text)
	}
	return nil
}

func (b *book) sorted(levels map[string]string, descending bool) []string {
	prices := make([]string, 0, len(levels))
	for p := range levels {
		if b.rats[p] == nil {
			b.rats[p], _ = new(big.Rat).SetString(p)
		}
		prices = append(prices, p)
	}
	slices.SortFunc(prices, func(x, y string) int {
		c := b.rats[x].Cmp(b.rats[y])
		if descending {
			return -c
		}
		return c
	})
	return prices
}

// sum computes the checksum from the reference's words alone.
func (b *book) sum() int32 {
	bids, asks := b.sorted(b.bids, true), b.sorted(b.asks, false)
	var parts []string
	for i := range 25 {
		if i < len(bids) {
			parts = append(parts, bids[i], b.bids[bids[i]])
		}
		if i < len(asks) {
			parts = append(parts, asks[i], b.asks[asks[i]])
		}
	}
	return int32(crc32.ChecksumIEEE([]byte(strings.Join(parts, ":"))))
}

// TestBooksVerify plays random markets against a client that orders at random,
// and follows both book topics: every checksum must hold.
func TestBooksVerify(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var source events
		at := begin
		for range rapid.IntRange(1, 12).Draw(rt, "events") {
			at = at.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(rt, "wait")) * time.Millisecond)
			mid := rapid.Int64Range(5, 300).Draw(rt, "mid")
			if rapid.Bool().Draw(rt, "trade") {
				source = append(source, tradeAt(at, num.PriceOf(mid, 2).String(), "0.5", true))
				continue
			}
			source = append(source, quoteAt(at, num.PriceOf(mid-rapid.Int64Range(1, 4).Draw(rt, "half"), 2).String(), num.PriceOf(mid, 2).String()))
		}
		b := start(t, config(&source, newStepped(begin)))
		defer b.x.Close()
		c := b.dial()
		c.subscribe("spot/depth_l2_tbt:BTC-USD")
		d := b.dial()
		d.subscribe("spot/depth:BTC-USD")
		for i := range rapid.IntRange(0, 6).Draw(rt, "orders") {
			side := rapid.SampledFrom([]string{"buy", "sell"}).Draw(rt, "side")
			price := num.PriceOf(rapid.Int64Range(1, 300).Draw(rt, "price"), 2)
			b.post(ordersPath, fmt.Sprintf(`{"instrument_id":"BTC-USD","side":%q,"price":"%s","size":"0.%d"}`, side, price, i+1))
		}
		b.play()
		for _, conn := range []*client{c, d} {
			var follower book
			for _, text := range conn.rest() {
				if err := follower.take(text); err != nil {
					rt.Fatal(err)
				}
			}
		}
	})
}

// TestPartial is what a late subscriber starts with.
func TestPartial(t *testing.T) {
	b := startMarket(t, someMinutes(1))
	b.play()
	c := b.dial()
	c.subscribe("spot/depth_l2_tbt:BTC-USD", "spot/depth:BTC-USD", "spot/trade:BTC-USD", "spot/candle60s:BTC-USD", "spot/candle300s:BTC-USD")
	frames := c.next(5)
	for _, f := range frames[:2] {
		var follower book
		if err := follower.take(f); err != nil {
			t.Error(err)
		}
		if len(follower.bids) != 20 || len(follower.asks) != 20 {
			t.Errorf("partial has %d bids and %d asks, want 20 each", len(follower.bids), len(follower.asks))
		}
	}
	for i, want := range []string{
		`{"table":"spot/trade","data":[{"side":"sell","trade_id":"4",`,
		`{"table":"spot/candle60s","data":[{"candle":["2021-03-01T10:01:00.000Z","50000","50000","50000","50000","0"],"instrument_id":"BTC-USD"}]}`,
		`{"table":"spot/candle300s","data":[{"candle":["2021-03-01T10:00:00.000Z","50000","50002","50000","50000","0.04"],"instrument_id":"BTC-USD"}]}`,
	} {
		if got := frames[2+i]; !strings.HasPrefix(got, want) {
			t.Errorf("snapshot %d: got %s, want %s", i, got, want)
		}
	}
}

// TestChecksum has worked examples of the reference.
func TestChecksum(t *testing.T) {
	levels := func(pairs ...string) (list []market.Level) {
		for i := 0; i < len(pairs); i += 2 {
			list = append(list, market.Level{Price: num.MustPrice(pairs[i]), Size: num.MustQuantity(pairs[i+1])})
		}
		return list
	}
	for _, c := range []struct {
		bids, asks []market.Level
		want       int32
	}{
		{levels("3366.1", "7", "3366", "6"), levels("3366.8", "9", "3368", "8"), -1881014294},
		{levels("3366.1", "7"), levels("3366.8", "9", "3368", "8", "3372", "8"), 831078360},
		{
			levels("5", "7", "3", "5", "2.5", "100", "1.5", "100", "1.1", "100", "1", "1004.9998"),
			levels("8.8", "96.99999966", "9", "39", "9.5", "100", "12", "12", "95", "0.42973686", "11111", "1003.99999795"),
			468410539,
		},
	} {
		if got := okcoin.Checksum(c.bids, c.asks); got != c.want {
			t.Errorf("got %d, want %d", got, c.want)
		}
	}
}
