package okx_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange/okx"
	"rulebot/internal/realdata"
)

var update = flag.Bool("update", false, "write what the samples come to")

// replyKinds are the documented answers, and what each is read as. The others
// are answers to writes, or data that nothing here asks for.
var replyKinds = map[string]string{
	"system-time": "time", "account-config": "account", "balance": "balance", "trade-fee": "fee", "system-status": "status", "fills": "fills",
	"order-details": "orders", "orders-pending": "orders", "orders-history": "orders", "algo-pending": "stops",
	"account-instruments": "instruments", "okx-instruments-spot-2022-05": "instruments",
	"okcoin-v5-instruments-spot-2023-05": "instruments", "books": "book", "candles": "candles", "max-avail-size": "available",
}

// TestSampleValues holds what every sample comes to, value by value, or for
// what it is refused, against testdata/samples.txt. After -update, read what
// changed beside the sample.
func TestSampleValues(t *testing.T) {
	var out bytes.Buffer
	for _, folder := range [...]string{"documented", "constructed", "testdata", "recorded"} {
		files, err := os.ReadDir(realdata.Path(t, "reference/okx-v5-samples/"+folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasPrefix(f.Name(), "okx-public-ws") || strings.HasPrefix(f.Name(), "okcoin-v5-public-ws") {
				continue // whose books are verified by TestRecordedBooks
			}
			fmt.Fprintf(&out, "# %s/%s\n", folder, f.Name())
			kind, one := filepath.Ext(f.Name()), newListeners(t)
			for _, p := range payloads(t, folder+"/"+f.Name()) {
				if kind != ".jsonl" {
					one = newListeners(t) // examples do not follow each other
				}
				fmt.Fprintf(&out, "  %s\n", strings.Join(strings.Fields(one.worth(strings.TrimSuffix(f.Name(), kind), p)), " "))
			}
		}
	}
	const golden = "testdata/samples.txt"
	if *update {
		if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), want) {
		got, expected := strings.Split(out.String(), "\n"), strings.Split(string(want), "\n")
		for i := range min(len(got), len(expected)) {
			if got[i] != expected[i] {
				t.Fatalf("%s:%d: got\n%s\nwant\n%s", golden, i+1, got[i], expected[i])
			}
		}
		t.Fatalf("%d lines, want %d", len(got), len(expected))
	}
}

// payload is what came from the exchange, and with which status.
type payload struct {
	status int
	text   []byte
}

// payloads are those of a file.
func payloads(t *testing.T, name string) (list []payload) {
	t.Helper()
	if filepath.Ext(name) == ".jsonl" {
		for _, raw := range lines[json.RawMessage](t, name) {
			var l struct {
				Frame, Body json.RawMessage
				HTTP        int
				Text        string `json:"body_text"`
			}
			if err := json.Unmarshal(raw, &l); err != nil {
				t.Fatal(err)
			}
			p := payload{l.HTTP, raw}
			switch {
			case l.Frame != nil:
				p.text = l.Frame
			case l.Body != nil:
				p.text = l.Body
			case l.Text != "":
				p.text = []byte(l.Text)
			}
			list = append(list, p)
		}
		return list
	}
	if strings.HasPrefix(name, "recorded/") {
		return []payload{{200, sample(t, name)}}
	}
	var examples []struct {
		Label string
		JSON  json.RawMessage
	}
	if json.Unmarshal(sample(t, name), &examples) != nil {
		return nil // vectors, which have a test of their own
	}
	for _, e := range examples {
		if !strings.Contains(e.Label, "Request") {
			list = append(list, payload{200, e.JSON})
		}
	}
	return list
}

// listeners are the streams that messages go to.
type listeners struct {
	feed    *okx.Feed
	private *okx.Private
	reports []string
}

func newListeners(t *testing.T) *listeners {
	t.Helper()
	place, err := okx.PlaceOf("okcoin", "live") // whose candles come with the rest
	if err != nil {
		t.Fatal(err)
	}
	l := &listeners{}
	cfg := okx.StreamConfig{Place: place, Now: func() market.Time { return 0 }, Report: func(err error) { l.reports = append(l.reports, err.Error()) }}
	l.private = okx.NewPrivate(okx.PrivateConfig{StreamConfig: cfg, Keys: documented(), Instruments: []string{"BTC-USDT"}})
	l.feed, err = okx.NewFeed(okx.FeedConfig{StreamConfig: cfg, Instruments: []string{"BTC-USDT", "BTC-USD"}, Announce: func(m okx.Maintenance) {
		l.reports = append(l.reports, "maintenance "+shown(m))
	}})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// worth is what a payload comes to.
func (l *listeners) worth(file string, p payload) string {
	if kind, ok := replyKinds[file]; ok {
		v, err := okx.Reply(kind, p.text)
		if err != nil {
			return "refused: " + err.Error()
		}
		return kind + " " + shown(v)
	}
	switch {
	case strings.Contains(string(p.text), `"arg"`) || strings.Contains(string(p.text), `"event"`):
		return l.pushed(p.text)
	case file == "amend-order" || strings.HasPrefix(file, "ws-"):
		return "for a call that is not made"
	case strings.Contains(string(p.text), `"sCode"`):
		return "results " + shown(okx.Judge(p.status, p.text, named(p.text), strings.Contains(file, "cancel")))
	}
	if err := okx.Envelope(p.status, p.text); err != nil {
		return "refused: " + err.Error()
	}
	return "success"
}

// named are the orders that the elements of an answer are about.
func named(text []byte) (list []order.Order) {
	var answer struct {
		Data []struct{ ClOrdID, OrdID, AlgoClOrdID, AlgoID string }
	}
	if json.Unmarshal(text, &answer) != nil {
		return nil
	}
	for _, e := range answer.Data {
		list = append(list, order.Order{ClientID: e.ClOrdID + e.AlgoClOrdID, ExchangeID: e.OrdID + e.AlgoID})
	}
	return list
}

// pushed is what a message comes to on the stream that it is of.
func (l *listeners) pushed(text []byte) string {
	var events []engine.Event
	var err error
	name := "feed"
	for _, channel := range [...]string{`"orders"`, `"account"`, `"login"`} {
		if bytes.Contains(text, []byte(channel)) {
			name = "private"
		}
	}
	l.reports = nil
	if name == "private" {
		events, err = l.private.Decode(text)
	} else {
		events, err = l.feed.Decode(text)
	}
	said := name + " " + shown(events)
	for _, r := range l.reports {
		said += "; reported: " + r
	}
	if err != nil {
		said += "; refused: " + err.Error()
	}
	return said
}

func shown(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
