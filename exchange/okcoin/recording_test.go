package okcoin_test

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
	"rulebot/internal/realdata"
)

const samples = "reference/okcoin-v3-samples/"

func sample(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(realdata.Path(tb, samples+name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// frames returns the messages of a recording as they were received.
func frames(tb testing.TB, name string) [][]byte {
	tb.Helper()
	file, err := os.Open(realdata.Path(tb, samples+"recordings/"+name))
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		tb.Fatal(err)
	}
	var list [][]byte
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var line struct{ Dir, Raw string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			tb.Fatal(err)
		}
		if line.Dir != "in" {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(line.Raw)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, raw)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	return list
}

func TestRecordedBooksVerify(t *testing.T) {
	for _, group := range []struct {
		files []string
		want  int
	}{
		{[]string{"okcoin-2021-07-22-a.jsonl.gz", "okcoin-2021-07-22-b.jsonl.gz", "okcoin-2021-07-22-c.jsonl.gz"}, 3161},
		{[]string{"okex-2021-04-17-a.jsonl.gz"}, 2398},
	} {
		verified, deepest := 0, 0
		for _, name := range group.files {
			books, inflater := okcoin.NewBooks(), exchange.NewInflater(4<<20)
			for i, raw := range frames(t, name) {
				text, err := inflater.Inflate(raw)
				if err != nil {
					t.Fatalf("%s: message %d: %v", name, i, err)
				}
				book, err := books.Apply(text)
				if err != nil {
					t.Fatalf("%s: message %d: %s: %v", name, i, book, err)
				}
				if book != "" {
					verified++
					bids, asks := books.Levels(book)
					deepest = max(deepest, bids, asks)
				}
			}
		}
		if verified != group.want {
			t.Errorf("%v: got %d verified book messages, want %d", group.files, verified, group.want)
		}
		if deepest > 400 {
			t.Errorf("%v: a side grew to %d levels, the exchange keeps to 400", group.files, deepest)
		}
	}
}

// recordedInstruments are those of the Okcoin recordings.
var recordedInstruments = []string{
	"ETH-EUR", "LTC-USD", "SNX-USD", "STX-BTC", "ETH-BTC", "STX-USD", "COMP-USD", "DOT-USD", "AVAX-USD", "ETH-SGD",
}

func newFeed(instruments []string, at func() market.Time, report func(error)) *okcoin.Feed {
	return okcoin.NewFeed(okcoin.FeedConfig{
		StreamConfig: okcoin.StreamConfig{Now: at, Report: report},
		Instruments:  instruments, OnTicker: func(okcoin.Ticker) {},
	})
}

func fixed(t market.Time) func() market.Time { return func() market.Time { return t } }

func TestFeedOverRecording(t *testing.T) {
	start := market.TimeOf(time.Unix(1626995796, 0))
	feed := newFeed([]string{"ETH-EUR", "LTC-USD"}, fixed(start), func(err error) {
		if !strings.Contains(err.Error(), "not asked for") {
			t.Errorf("reported: %v", err)
		}
	})
	feed.Begin()
	inflater := exchange.NewInflater(4 << 20)
	count := map[engine.Kind]int{}
	newest := map[string]market.Time{}
	for i, raw := range frames(t, "okcoin-2021-07-22-a.jsonl.gz") {
		text, err := inflater.Inflate(raw)
		if err != nil {
			t.Fatal(err)
		}
		events, err := feed.Decode(text)
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		for _, ev := range events {
			count[ev.Kind]++
			if ev.Kind != engine.KindQuote {
				continue
			}
			if ev.Quote.Crossed() {
				t.Errorf("message %d: crossed quote %+v", i, ev.Quote)
			}
			if ev.At < newest[ev.Instrument] {
				t.Errorf("message %d: time ran back to %s", i, ev.At)
			}
			newest[ev.Instrument] = ev.At
		}
	}
	if count[engine.KindBook] != 2 || count[engine.KindQuote] < 100 || count[engine.KindBar] != 0 {
		t.Errorf("got events %v, want 2 books, some hundred quotes, no bar", count)
	}
	t.Logf("events by kind: %v", count)
}

func TestRawFrameSample(t *testing.T) {
	var s struct {
		RawHex         string `json:"raw_hex"`
		Inflated       string `json:"inflated"`
		RawHexTicker   string `json:"raw_hex_ticker"`
		InflatedTicker string `json:"inflated_ticker"`
	}
	if err := json.Unmarshal(sample(t, "ws/raw-frame.recorded.json"), &s); err != nil {
		t.Fatal(err)
	}
	inflater := exchange.NewInflater(4 << 20)
	for raw, want := range map[string]string{s.RawHex: s.Inflated, s.RawHexTicker: s.InflatedTicker} {
		b, err := hex.DecodeString(raw)
		if err != nil {
			t.Fatal(err)
		}
		got, err := inflater.Inflate(b)
		if err != nil || string(got) != want {
			t.Errorf("inflate: got %q, %v, want %q", got, err, want)
		}
	}
}

func TestOlderDepthSample(t *testing.T) {
	var list []json.RawMessage
	if err := json.Unmarshal(sample(t, "ws/depth.okex-2019.recorded.json"), &list); err != nil {
		t.Fatal(err)
	}
	books := okcoin.NewBooks()
	for i, text := range list {
		if book, err := books.Apply(text); err != nil || book == "" {
			t.Errorf("frame %d: book %q, %v", i, book, err)
		}
	}
}

func TestSignatureSamples(t *testing.T) {
	var vectors []struct{ Secret, Prehash, Sign string }
	if err := json.Unmarshal(sample(t, "signature-vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		if got := exchange.NewSecret(v.Secret).Sign(v.Prehash); got != v.Sign {
			t.Errorf("sign %q: got %s, want %s", v.Prehash, got, v.Sign)
		}
	}
}

func TestRESTSamples(t *testing.T) {
	for name, want := range map[string]int{
		"rest/instruments.2021-04-17.recorded.json": 0,
		"rest/instruments.2021-07-22.recorded.json": 0,
	} {
		list, err := okcoin.ParseInstruments(sample(t, name))
		if err != nil || len(list) <= want {
			t.Errorf("%s: got %d instruments, %v", name, len(list), err)
		}
	}
	fills, err := okcoin.PairFills(sample(t, "rest/fills.okex-2020.recorded.json"), "ETH-USDT", 0)
	if err != nil || len(fills) != 2 {
		t.Fatalf("fills: got %d, %v, want 2", len(fills), err)
	}
	sell, buy := fills[0], fills[1]
	if sell.Side.String() != "sell" || sell.Quantity.String() != "0.23996099" ||
		sell.Fee.String() != "0.04647925" || sell.FeeCurrency != "USDT" || sell.Maker {
		t.Errorf("sell: got %+v", sell)
	}
	if buy.Side.String() != "buy" || buy.Quantity.String() != "0.240322" ||
		buy.Fee.String() != "0.00036049" || buy.FeeCurrency != "ETH" {
		t.Errorf("buy: got %+v", buy)
	}
	if _, err := okcoin.OrderRow(sample(t, "rest/order-detail.okex-2021.recorded.json")); err != nil {
		t.Errorf("order detail: %v", err)
	}
	bars, err := okcoin.CandlePage(sample(t, "rest/candles.okex-2019.recorded.json"), 4*market.Hour, 0, 1<<62)
	if err != nil || len(bars) != 6 {
		t.Errorf("candles: got %d, %v, want 6", len(bars), err)
	}
}
