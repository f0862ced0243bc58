package okcoin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/history"
	"rulebot/exchange/server"
	"rulebot/exchange/server/okcoin"
	"rulebot/internal/realdata"
)

func recorded(tb testing.TB, name string) *okcoin.Replay {
	tb.Helper()
	text, err := os.ReadFile(realdata.Path(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	frames, err := history.OpenRecording(name, bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	return okcoin.NewReplay(name, frames)
}

// recordedFrom is just before the recordings begin.
const recordedFrom = market.Time(1626995790 * int64(time.Second))

var recordings = []string{
	"reference/okcoin-v3-samples/recordings/okcoin-2021-07-22-a.jsonl.gz",
	"reference/okcoin-v3-samples/recordings/okcoin-2021-07-22-b.jsonl.gz",
	"reference/okcoin-v3-samples/recordings/okcoin-2021-07-22-c.jsonl.gz",
	"data/ticks/okcoin_v3_20210722_ws.jsonl.gz",
}

// TestRealRecordings replays every recorded frame to a client of both of the
// instruments that move, and follows their books.
func TestRealRecordings(t *testing.T) {
	quotes := 0
	for _, name := range recordings {
		t.Run(name, func(t *testing.T) { quotes += replayed(t, name) })
	}
	t.Logf("%d book messages of the recordings verified", quotes)
}

// counted counts what a source gives.
type counted struct {
	*okcoin.Replay
	quotes map[string]int
}

func (c *counted) Next(ev *engine.Event) (bool, error) {
	more, err := c.Replay.Next(ev)
	if more && ev.Kind == engine.KindQuote {
		c.quotes[ev.Instrument]++
	}
	return more, err
}

func replayConfig(source *counted, clock server.Clock) server.Config {
	cfg := config(source, clock)
	cfg.Instruments = source.Instruments()
	cfg.Accounts[0].Balances = map[string]num.Money{"USD": num.MustMoney("100000"), "EUR": num.MustMoney("100000")}
	return cfg
}

func replayed(t *testing.T, name string) int {
	source := &counted{recorded(t, name), map[string]int{}}
	b := start(t, replayConfig(source, newStepped(recordedFrom)))
	followed := []string{"LTC-USD", "ETH-EUR", "STX-BTC"}
	var clients []*client
	for _, id := range followed {
		c := b.dial()
		c.subscribe("spot/depth_l2_tbt:"+id, "spot/trade:"+id)
		clients = append(clients, c)
	}
	b.play()
	total := 0
	for i, c := range clients {
		books, trades := split(c.rest())
		total += len(books)
		if want := 1 + source.quotes[followed[i]]; len(books) != want {
			t.Errorf("%s: %d book messages came, want the empty snapshot and %d that were recorded", followed[i], len(books), want-1)
		}
		var follower book
		for _, text := range books {
			if err := follower.take(text); err != nil {
				t.Fatalf("%s: %v", followed[i], err)
			}
		}
		if len(trades) == 0 {
			t.Errorf("%s: no trade came", followed[i])
		}
		if !slices.IsSortedFunc(trades, func(a, b string) int { return strings.Compare(timestampOf(t, a), timestampOf(t, b)) }) {
			t.Errorf("%s: trades out of order: %q", followed[i], trades)
		}
	}
	all := 0
	for _, n := range source.quotes {
		all += n
	}
	t.Logf("%d book messages of %d instruments; %d sent on", all, len(source.quotes), total)
	return all
}

func split(frames []string) (books, trades []string) {
	for _, f := range frames {
		if strings.Contains(f, "spot/depth") {
			books = append(books, f)
		} else {
			trades = append(trades, f)
		}
	}
	return books, trades
}

func timestampOf(t *testing.T, frame string) string {
	t.Helper()
	var m message
	if err := json.Unmarshal([]byte(frame), &m); err != nil {
		t.Fatal(err)
	}
	return m.Data[0].Timestamp
}

// TestOrderAgainstRecording takes from a replayed book: what was taken is gone
// until that level's next update, and both sides of the books still verify.
func TestOrderAgainstRecording(t *testing.T) {
	source := &counted{recorded(t, recordings[0]), map[string]int{}}
	b := start(t, replayConfig(source, newStepped(recordedFrom)))
	c := b.dial()
	c.login()
	c.subscribe("spot/depth_l2_tbt:LTC-USD", "spot/order:LTC-USD")
	b.play()
	var top, after struct{ Asks, Bids [][3]string }
	b.get("/api/spot/v3/instruments/LTC-USD/book?size=2").into(t, &top)
	price, size := top.Asks[0][0], top.Asks[0][1]
	body := fmt.Sprintf(`{"instrument_id":"LTC-USD","side":"buy","price":%q,"size":%q,"order_type":"3","client_oid":"r1"}`, price, size)
	if a := b.post(ordersPath, body); a.status != 200 || !strings.Contains(a.body, `"result":true`) {
		t.Fatalf("order: %s", a.body)
	}
	var o struct {
		State      string
		FilledSize string `json:"filled_size"`
		PriceAvg   string `json:"price_avg"`
	}
	b.get("/api/spot/v3/orders/r1?instrument_id=LTC-USD").into(t, &o)
	if o.State != "2" || o.FilledSize != size || o.PriceAvg != price {
		t.Errorf("order is %+v, want it filled with %s at %s", o, size, price)
	}
	b.get("/api/spot/v3/instruments/LTC-USD/book?size=2").into(t, &after)
	if after.Asks[0] != top.Asks[1] || after.Bids[0] != top.Bids[0] {
		t.Errorf("best ask is %v after the best was taken, want %v", after.Asks[0], top.Asks[1])
	}
	b.settle()
	books, orders := split(c.rest())
	var follower book
	for _, text := range books {
		if err := follower.take(text); err != nil {
			t.Fatal(err)
		}
	}
	if len(orders) != 2 {
		t.Errorf("got %d order pushes, want open and filled: %q", len(orders), orders)
	}
	t.Logf("bought %s LTC at %s", size, price)
}

// frames is a recording made in a test.
type frames []history.Frame

func (f *frames) Next(frame *history.Frame) (bool, error) {
	if len(*f) == 0 {
		return false, nil
	}
	*frame, *f = (*f)[0], (*f)[1:]
	return true, nil
}

func recording(texts ...string) *frames {
	var list frames
	for i, text := range texts {
		list = append(list, history.Frame{At: begin.Add(time.Duration(i) * time.Second), Dir: history.Received, Payload: []byte(text)})
	}
	return &list
}

const (
	partial = `{"table":"spot/depth_l2_tbt","action":"partial","data":[{"instrument_id":"A-B","asks":[["3366.8","9","0","1"],["3368","8","0","1"]],"bids":[["3366.1","7","0","1"],["3366","6","0","1"]],"timestamp":"2021-03-01T09:59:59.000Z","checksum":-1881014294}]}`
	change  = `{"table":"spot/depth","action":"update","data":[{"instrument_id":"A-B","asks":[["3372","8",1]],"bids":[["3366","0",0]],"timestamp":"2021-03-01T10:00:00.000Z","checksum":831078360}]}`
	past    = `{"table":"spot/trade","data":[{"side":"sell","trade_id":"7","price":"3366.1","size":"0.25","instrument_id":"A-B","timestamp":"2020-01-01T00:00:00.000Z"}]}`
	fresh   = `{"table":"spot/trade","data":[{"side":"buy","trade_id":"8","price":"3366.8","size":"1","instrument_id":"A-B","timestamp":"2021-03-01T10:00:02.500Z"}]}`
)

// TestReplay turns frames into events and knows the instrument from them.
func TestReplay(t *testing.T) {
	r := okcoin.NewReplay("test", recording(`{"event":"subscribe","channel":"spot/trade:A-B"}`, past, change, partial, change, "pong", fresh))
	got := r.Instruments()
	want := market.Instrument{ID: "A-B", Base: "A", Quote: "B", Tick: num.MustPrice("0.1"), Lot: num.MustQuantity("1"), Min: num.MustQuantity("1")}
	if len(got) != 1 || got[0] != want {
		t.Errorf("instruments are %+v, want %+v", got, want)
	}
	var events []string
	var ev engine.Event
	for {
		more, err := r.Next(&ev)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
		bids, asks := r.Book("A-B")
		switch ev.Kind {
		case engine.KindQuote:
			events = append(events, fmt.Sprint("quote ", ev.At, " ", ev.Quote.Bid, " ", ev.Quote.Ask, " ", len(bids), len(asks)))
		default:
			events = append(events, fmt.Sprint("trade ", ev.At, " ", ev.Trade.ID, " ", ev.Trade.Price, " ", ev.Trade.Buyer))
		}
	}
	expected := []string{
		"quote 2021-03-01T10:00:03.000Z 3366.1 3366.8 2 2",
		"trade 2020-01-01T00:00:00.000Z 7 3366.1 false",
		"quote 2021-03-01T10:00:04.000Z 3366.1 3366.8 1 3",
		"trade 2021-03-01T10:00:06.000Z 8 3366.8 true",
	}
	if !slices.Equal(events, expected) {
		t.Errorf("events are\n%s\nwant\n%s", strings.Join(events, "\n"), strings.Join(expected, "\n"))
	}
}

// TestReplayErrors name the frame.
func TestReplayErrors(t *testing.T) {
	for _, c := range []struct{ frame, want string }{
		{`{"table":`, "test: frame 2: unexpected end of JSON input"},
		{strings.Replace(change, "831078360", "1", 1), "test: frame 2: spot/depth: A-B: checksum is 831078360, recorded 1"},
		{strings.Replace(change, `"8"`, `"-8"`, 1), "test: frame 2: spot/depth: level 3372 × -8"},
		{strings.Replace(change, `["3372","8",1]`, `["3372"]`, 1), "test: frame 2: spot/depth: a level without price or size"},
		{strings.Replace(fresh, `"8"`, `"x"`, 1), "test: frame 2: spot/trade: trade_id"},
	} {
		r := okcoin.NewReplay("test", recording(partial, c.frame))
		var ev engine.Event
		_, err := r.Next(&ev)
		if err != nil {
			t.Fatalf("first frame: %v", err)
		}
		if _, err = r.Next(&ev); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.frame, err, c.want)
		}
	}
	failing := errors.New("disk")
	r := okcoin.NewReplay("test", failed{failing})
	if got := r.Instruments(); len(got) != 0 {
		t.Errorf("instruments of nothing: %v", got)
	}
	var ev engine.Event
	if _, err := r.Next(&ev); !errors.Is(err, failing) {
		t.Errorf("got %v, want the error of reading", err)
	}
}

// failed is frames that cannot be read.
type failed struct{ err error }

func (f failed) Next(*history.Frame) (bool, error) { return false, f.err }
