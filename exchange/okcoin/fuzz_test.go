package okcoin_test

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
)

func deflated(tb testing.TB, text []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		_, err = z.Write(text)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// messages returns the lines of a scenario file that are messages.
func messages(tb testing.TB, name string) [][]byte {
	tb.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		tb.Fatal(err)
	}
	var list [][]byte
	for line := range strings.SplitSeq(strings.TrimSpace(string(b)), "\n") {
		if !strings.HasPrefix(line, "#") {
			list = append(list, []byte(line))
		}
	}
	return list
}

// FuzzFrame inflates and decodes a frame on both streams: events or an error.
func FuzzFrame(f *testing.F) {
	for _, name := range []string{"feed.jsonl", "private.jsonl"} {
		for _, m := range messages(f, name) {
			f.Add(deflated(f, m), true)
			f.Add(m, false)
		}
	}
	inflater := exchange.NewInflater(1 << 20)
	f.Fuzz(func(t *testing.T, frame []byte, compressed bool) {
		text := frame
		if compressed {
			var err error
			if text, err = inflater.Inflate(frame); err != nil {
				return
			}
		}
		feed := newFeed([]string{"BTC-USD", "ETH-USD"}, fixed(1), nil)
		private := newPrivate([]string{"BTC-USD"}, []string{"USD"}, 1, nil)
		feed.Begin()
		private.Begin()
		for _, decode := range []func([]byte) ([]engine.Event, error){feed.Decode, private.Decode} {
			if bytes.Contains(text, []byte(`"login"`)) {
				continue // needs a connection to answer on
			}
			events, err := decode(text)
			if err != nil && err.Error() == "" {
				t.Error("an error without a text")
			}
			for i := range events {
				checkEvent(t, &events[i])
			}
		}
	})
}

func checkEvent(t *testing.T, ev *engine.Event) {
	t.Helper()
	switch ev.Kind {
	case engine.KindTrade:
		if ev.Trade.Price.Sign() <= 0 || ev.Trade.Size.Sign() <= 0 {
			t.Errorf("trade %+v", ev.Trade)
		}
	case engine.KindBar:
		if err := ev.Bar.Check(); err != nil {
			t.Errorf("bar %+v: %v", ev.Bar, err)
		}
	case engine.KindQuote:
		if ev.Quote.Bid.Sign() <= 0 || ev.Quote.BidSize.Sign() <= 0 || ev.Quote.Ask.Sign() <= 0 || ev.Quote.AskSize.Sign() <= 0 {
			t.Errorf("quote %+v", ev.Quote)
		}
	case engine.KindFill:
		if f := ev.Account.Fill; f.ID == "" || f.Quantity.Sign() <= 0 || f.Price.Sign() <= 0 {
			t.Errorf("fill %+v", f)
		}
	case engine.KindEvidence:
		if e := ev.Account.Evidence; e.State == order.StateNone || e.ExchangeID == "" || e.Side == 0 {
			t.Errorf("evidence %+v", e)
		}
	default:
	}
}

// FuzzBook applies a snapshot and an update whose checksums are whatever they
// are: a book is believed only when they match.
func FuzzBook(f *testing.F) {
	for _, m := range messages(f, "feed.jsonl") {
		if bytes.Contains(m, []byte("depth_l2_tbt\",\"action")) {
			f.Add(m)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if okcoin.ParseJSON(text) != nil {
			return
		}
		var m struct {
			Action string
			Data   []json.RawMessage
		}
		if json.Unmarshal(text, &m) != nil || len(m.Data) == 0 {
			return
		}
		sum, err := okcoin.ApplyBook(m.Data[0])
		if again, err2 := okcoin.ApplyBook(m.Data[0]); again != sum || (err == nil) != (err2 == nil) {
			t.Errorf("got %d, %v and then %d, %v", sum, err, again, err2)
		}
	})
}

func FuzzOrderRow(f *testing.F) {
	for _, m := range messages(f, "private.jsonl") {
		var push struct{ Data []json.RawMessage }
		if json.Unmarshal(m, &push) == nil && len(push.Data) > 0 {
			f.Add([]byte(push.Data[0]))
		}
	}
	f.Add([]byte(orderBody(77, ours, "1")))
	f.Fuzz(func(t *testing.T, text []byte) {
		ev, err := okcoin.OrderRow(text)
		if err == nil && (ev.State == order.StateNone || ev.Side == 0 || ev.ExchangeID == "" || ev.Filled.Sign() < 0) {
			t.Errorf("got %+v", ev)
		}
	})
}

func FuzzFills(f *testing.F) {
	f.Add([]byte("[" + fillRow(21) + "," + fillRow(20) + "]"))
	f.Add([]byte("[" + fillRow(20) + "," + fillRow(22) + "," + fillRow(21) + "]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		fills, err := okcoin.PairFills(text, "BTC-USD", 0)
		if err != nil {
			return
		}
		for _, fill := range fills {
			if fill.Quantity.Sign() <= 0 || fill.Price.Sign() <= 0 || fill.ID == "" || fill.FeeCurrency == "" {
				t.Errorf("got %+v", fill)
			}
		}
	})
}

// FuzzEnvelope: whatever a server answers, an order counts as accepted only
// with our own id in the answer, and as refused only with a code.
func FuzzEnvelope(f *testing.F) {
	f.Add(200, []byte(`{"client_oid":"rab1c2d3","error_code":"0","order_id":"77","result":true}`))
	f.Add(400, []byte(`{"code":33014,"message":"Order does not exist"}`))
	f.Add(503, []byte(`{"message":"name resolution failed"}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		got := okcoin.ClassifySubmit(status, body, ours)
		if got.Class == order.Accepted && (status != 200 || !bytes.Contains(body, []byte("client_oid")) || got.ExchangeID == "") {
			t.Errorf("%d %q: got %+v", status, body, got)
		}
		if got.Class == order.Rejected && (got.Code == "" || status >= 500) {
			t.Errorf("%d %q: got %+v", status, body, got)
		}
		if got.Class == order.NotSent || got.Class == order.Gone {
			t.Errorf("%d %q: got %+v", status, body, got)
		}
		okcoin.ClassifyCancel(status, body, order.Order{ClientID: ours})
		if err := okcoin.ClassifyQuery(status, body); err == nil && status != 200 {
			t.Errorf("%d %q: a query took that as a success", status, body)
		}
	})
}

// FuzzNumber holds the short cut for small numbers against num.Parse.
//
// Faults: MD-08.
func FuzzNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "0.10", "1e3", "123456789012345678", "1234567890123456789", "-1.5", ".5", "5.", "1.2.3", "00012", "0.000000000000000001", "+1", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := okcoin.ParsePrice(b)
		want, wantErr := num.ParsePrice(string(b))
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("%q: got %s, %v, want %s, %v", b, got, err, want, wantErr)
		}
		if balance, err := okcoin.ParseBalance(b); wantErr == nil && (err != nil || balance != want.Money()) {
			t.Errorf("balance %q: got %s, %v, want %s", b, balance, err, want)
		}
	})
}

// FuzzTime: what is read is written back the same, to the millisecond.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"2021-07-22T23:16:36.851Z", "2024-02-29T00:00:00Z", "2023-02-29T00:00:00.000Z", "1970-01-01T00:00:00.000Z"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		at, err := okcoin.ParseTime(b)
		if err == nil && at != 0 && !strings.HasPrefix(okcoin.FormatTime(at), string(b[:19])) {
			t.Errorf("%q: got %s", b, okcoin.FormatTime(at))
		}
	})
}
