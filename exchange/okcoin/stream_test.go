package okcoin_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
)

var update = flag.Bool("update", false, "rewrite the expected files of testdata")

// scenario decodes the messages of a file, one a line, and compares what came
// of each with the .want file beside it. Lines with # are comments.
func scenario(t *testing.T, name string, decode func([]byte) ([]engine.Event, error), reported *[]error) {
	t.Helper()
	input, err := os.ReadFile("testdata/" + name + ".jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.SplitSeq(strings.TrimSpace(string(input)), "\n") {
		if strings.HasPrefix(line, "#") {
			fmt.Fprintln(&got, line)
			continue
		}
		events, err := decode([]byte(line))
		fmt.Fprintf(&got, "message %s\n", short(line))
		for i := range events {
			fmt.Fprintf(&got, "\t%s\n", describe(&events[i]))
		}
		if err != nil {
			fmt.Fprintf(&got, "\terror: %v\n", err)
		}
		for _, e := range *reported {
			fmt.Fprintf(&got, "\treported: %v\n", e)
		}
		*reported = nil
	}
	if *update {
		if err := os.WriteFile("testdata/"+name+".want", []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/" + name + ".want")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

func short(s string) string {
	if len(s) > 100 {
		return s[:100] + "..."
	}
	return s
}

func describe(ev *engine.Event) string {
	head := fmt.Sprintf("%s %s: ", ev.At, ev.Instrument)
	switch ev.Kind {
	case engine.KindBar:
		b := ev.Bar
		return head + fmt.Sprintf("bar %s %s: %s %s %s %s volume %s", b.Open, b.Timeframe, b.O, b.H, b.L, b.C, b.Volume)
	case engine.KindTrade:
		return head + fmt.Sprintf("trade %d: %s at %s, buyer %t", ev.Trade.ID, ev.Trade.Size, ev.Trade.Price, ev.Trade.Buyer)
	case engine.KindQuote:
		q := ev.Quote
		return head + fmt.Sprintf("quote %s × %s, %s × %s", q.Bid, q.BidSize, q.Ask, q.AskSize)
	case engine.KindBook:
		return head + map[market.BookState]string{market.BookInvalid: "book invalid", market.BookResynchronised: "book resynchronised"}[ev.Book]
	case engine.KindLink:
		return head + fmt.Sprintf("link %s up %t %s", ev.Link.Stream, ev.Link.Up, ev.Link.Reason)
	case engine.KindBalance:
		b := ev.Account.Balance
		return head + fmt.Sprintf("balance %s: %s, available %s", b.Currency, b.Total, b.Available)
	case engine.KindEvidence:
		return head + describeEvidence(&ev.Account.Evidence)
	case engine.KindFill:
		f := ev.Account.Fill
		return head + fmt.Sprintf("fill %s of order %s %q: %s %s at %s, fee %s %s, maker %t",
			f.ID, f.ExchangeID, f.ClientID, f.Side, f.Quantity, f.Price, f.Fee, f.FeeCurrency, f.Maker)
	default:
		return head + fmt.Sprintf("kind %d", ev.Kind)
	}
}

func describeEvidence(e *order.Evidence) string {
	return fmt.Sprintf("order %s %q: %s, %s %s of %s at %s",
		e.ExchangeID, e.ClientID, e.State, e.Side, e.Filled, e.Quantity, e.Price)
}

func noon(t *testing.T) market.Time {
	t.Helper()
	at, err := okcoin.ParseTime([]byte("2024-03-01T12:00:00.000Z"))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestFeedMessages, faults: MD-08 MD-09 MD-10 MD-18 MD-20 MD-26 MD-27.
func TestFeedMessages(t *testing.T) {
	var reported []error
	feed := newFeed([]string{"BTC-USD", "ETH-USD"}, fixed(noon(t)), func(err error) { reported = append(reported, err) })
	feed.Begin()
	scenario(t, "feed", feed.Decode, &reported)
}

func newPrivate(instruments, currencies []string, at market.Time, report func(error)) *okcoin.Private {
	return okcoin.NewPrivate(okcoin.PrivateConfig{
		StreamConfig: okcoin.StreamConfig{Now: fixed(at), Report: report},
		Keys:         testKeys(), Instruments: instruments, Currencies: currencies,
	})
}

func testKeys() okcoin.Keys {
	return okcoin.Keys{
		Key:        exchange.NewSecret("test-key"),
		Secret:     exchange.NewSecret("test-secret"),
		Passphrase: exchange.NewSecret("test-pass"),
	}
}

// TestPrivateMessages, faults: OU-01 OU-12.
func TestPrivateMessages(t *testing.T) {
	var reported []error
	p := newPrivate([]string{"BTC-USD"}, []string{"BTC", "USD"}, noon(t), func(err error) { reported = append(reported, err) })
	p.Begin()
	scenario(t, "private", p.Decode, &reported)
}

func TestMessagesThatEndASession(t *testing.T) {
	const orderPush = `{"table":"spot/order","data":[{"client_oid":"","fee":"","fee_currency":"","filled_size":"0",` +
		`"instrument_id":"BTC-USD","order_id":"1","price":"1","side":"buy","size":"1","state":"0",` +
		`"timestamp":"2024-03-01T12:00:00.000Z","type":"limit","last_fill_id":"0"}]}`
	const tradePush = `{"table":"spot/trade","data":[{"side":"buy","trade_id":"1","price":"1","size":"1",` +
		`"instrument_id":"BTC-USD","timestamp":"2024-03-01T12:00:00.000Z"}]}`
	feed := newFeed([]string{"BTC-USD"}, fixed(noon(t)), nil)
	private := newPrivate([]string{"BTC-USD"}, nil, noon(t), nil)
	feed.Begin()
	private.Begin()
	if _, err := feed.Decode([]byte(tradePush)); err != nil {
		t.Fatalf("the plain trade: %v", err)
	}
	if _, err := private.Decode([]byte(orderPush)); err != nil {
		t.Fatalf("the plain order: %v", err)
	}
	swap := strings.NewReplacer
	for _, text := range []string{
		"", "{", "nonsense", `{"event":"login","success":false}`,
		`{"event":"error","message":"Channel doesn't exist","errorCode":30040}`,
		swap(`"side":"buy"`, `"side":"long"`).Replace(tradePush),
		swap(`"price":"1"`, `"price":"1e3"`).Replace(tradePush),
		swap(`"price":"1"`, `"price":"-1"`).Replace(tradePush),
		swap(`"price":"1"`, `"price":"NaN"`).Replace(tradePush),
		swap(`"price":"1"`, `"price":nan`).Replace(tradePush),
		swap(`"price":"1"`, `"price":true`).Replace(tradePush),
		swap(`"price":"1"`, `"price":"12345678901234567890"`).Replace(tradePush),
		swap(`"price":"1"`, `"price":"1","price":"2"`).Replace(tradePush),
		swap(`"trade_id":"1"`, `"trade_id":""`).Replace(tradePush),
		swap("12:00:00.000Z", "12:00:61.000Z").Replace(tradePush),
		swap(`"data":[{`, `"data":[7,{`).Replace(tradePush),
		strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40),
	} {
		if _, err := feed.Decode([]byte(text)); err == nil {
			t.Errorf("feed: %s: got no error", short(text))
		}
	}
	for _, text := range []string{
		swap(`"state":"0"`, `"state":"6"`).Replace(orderPush),
		swap(`"state":"0"`, `"state":"7"`).Replace(orderPush),
		swap(`"state":"0"`, `"state":"5"`).Replace(orderPush),
		swap(`"state":"0"`, `"state":""`).Replace(orderPush),
		swap(`"side":"buy"`, `"side":""`).Replace(orderPush),
		swap(`"filled_size":"0"`, `"filled_size":"-1"`).Replace(orderPush),
		swap(`"order_id":"1"`, `"order_id":""`).Replace(orderPush),
	} {
		if _, err := private.Decode([]byte(text)); err == nil {
			t.Errorf("private: %s: got no error", short(text))
		}
	}
}

func TestRecordedPrivateSessions(t *testing.T) {
	for _, c := range []struct {
		file        string
		instruments []string
		currencies  []string
		fills       []string
	}{
		{
			"private.okcoin-2020-08-25.jsonl",
			[]string{"ETH-EUR"},
			[]string{"ETH", "EUR"},
			[]string{"sell 0.01 at 334.1 fee 0.006682 EUR", "sell 0.01 at 334.2 fee 0.003342 EUR"},
		},
		{
			"private.okex-2021-03-23.jsonl",
			[]string{"BSV-USDT"},
			[]string{"BSV", "USDT"},
			[]string{
				"buy 0.2996 at 222.27 fee 0.0002996 BSV", "buy 0.7004 at 222.27 fee 0.0007004 BSV",
				"sell 0.999 at 222.6 fee 0.17790192 USDT",
			},
		},
	} {
		t.Run(c.file, func(t *testing.T) {
			p := newPrivate(c.instruments, c.currencies, 0, nil)
			p.Begin()
			var fills []string
			for i, line := range strings.Split(strings.TrimSpace(string(sample(t, "recordings/"+c.file))), "\n") {
				events, err := p.Decode([]byte(line))
				if err != nil {
					t.Fatalf("line %d: %v", i+1, err)
				}
				for _, ev := range events {
					if f := ev.Account.Fill; ev.Kind == engine.KindFill {
						fills = append(fills, fmt.Sprintf("%s %s at %s fee %s %s", f.Side, f.Quantity, f.Price, f.Fee, f.FeeCurrency))
					}
				}
			}
			if diff := cmp.Diff(c.fills, fills); diff != "" {
				t.Errorf("fills (-want +got):\n%s", diff)
			}
		})
	}
}
