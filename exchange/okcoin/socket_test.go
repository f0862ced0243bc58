package okcoin_test

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
)

// socket is the server's end of a connection of the fake exchange.
type socket struct {
	t    *testing.T
	conn *websocket.Conn
}

// push sends one compressed message, as the exchange does.
func (s socket) push(text string) {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestSpeed)
	if err == nil {
		_, err = z.Write([]byte(text))
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = s.conn.WriteMessage(websocket.BinaryMessage, b.Bytes())
	}
	if err != nil {
		s.t.Errorf("push: %v", err)
	}
}

type wire struct {
	Op   string
	Args []string
}

// command reads the next command; pings are answered.
func (s socket) command() wire {
	for {
		_, b, err := s.conn.ReadMessage()
		if err != nil {
			return wire{Op: "gone"}
		}
		if string(b) == "ping" {
			s.push("pong")
			continue
		}
		var w wire
		if err := json.Unmarshal(b, &w); err != nil {
			s.t.Errorf("command %s: %v", b, err)
		}
		return w
	}
}

// accept reads a subscription and acknowledges every topic.
func (s socket) accept() []string {
	w := s.command()
	for _, topic := range w.Args {
		s.push(fmt.Sprintf(`{"event":%q,"channel":%q}`, w.Op, topic))
	}
	return w.Args
}

// wait holds the connection until the client leaves.
func (s socket) wait() { s.command() }

// fakeSockets serves one handler a connection, in turn; the last one serves
// all that follow.
func fakeSockets(t *testing.T, handlers ...func(socket)) string {
	t.Helper()
	next := make(chan func(socket), len(handlers))
	for _, h := range handlers {
		next <- h
	}
	last := handlers[len(handlers)-1]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			t.Errorf("upgrade: %v", err)
			return
		}
		defer conn.Close()
		select {
		case h := <-next:
			h(socket{t, conn})
		default:
			last(socket{t, conn})
		}
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

// stream runs a stream until done says so, or it ends by itself.
type watch struct {
	events []string
	calls  int
	pauses []time.Duration
}

func (w *watch) config(t *testing.T, url string) okcoin.StreamConfig {
	return okcoin.StreamConfig{
		Session: exchange.SessionConfig{URL: url, PingAfter: 5 * time.Second, PongWithin: 5 * time.Second},
		Backoff: exchange.Backoff{
			Random: func() float64 { return 0 },
			Sleep: func(ctx context.Context, d time.Duration) error {
				w.pauses = append(w.pauses, d)
				return ctx.Err()
			},
		},
		Now: fixed(noon(t)),
	}
}

type runner interface {
	Run(ctx context.Context, emit func([]engine.Event)) error
}

// run collects events until one contains the text, and returns Run's error.
func (w *watch) run(t *testing.T, r runner, until string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return r.Run(ctx, func(events []engine.Event) {
		w.calls++
		for i := range events {
			text := describe(&events[i])
			w.events = append(w.events, text[len("2024-03-01T"):])
			if until != "" && strings.Contains(text, until) {
				cancel()
			}
		}
	})
}

const (
	snapshotBTC = `{"table":"spot/depth_l2_tbt","action":"partial","data":[{"instrument_id":"BTC-USD",` +
		`"bids":[["3366.1","7","0","1"],["3366","6","0","1"]],"asks":[["3366.8","9","0","1"],["3368","8","0","1"]],` +
		`"timestamp":"2024-03-01T12:00:01.000Z","checksum":-1881014294}]}`
	brokenBTC = `{"table":"spot/depth_l2_tbt","action":"update","data":[{"instrument_id":"BTC-USD",` +
		`"bids":[["3366.1","8","0","1"]],"asks":[],"timestamp":"2024-03-01T12:00:02.000Z","checksum":1}]}`
)

func tradeText(id int, second string) string {
	return fmt.Sprintf(`{"table":"spot/trade","data":[{"side":"buy","trade_id":"%d","price":"3366.8","size":"1",`+
		`"instrument_id":"BTC-USD","timestamp":"2024-03-01T12:00:%sZ"}]}`, id, second)
}

// TestFeedReconnectsAndResubscribes, faults: MD-04 MD-05 MD-06.
func TestFeedReconnectsAndResubscribes(t *testing.T) {
	var w watch
	topics := make(chan []string, 2)
	var resync []wire
	url := fakeSockets(t, func(s socket) {
		topics <- s.accept()
		s.push(snapshotBTC)
		s.push(tradeText(5, "01.500"))
		// and the connection is lost
	}, func(s socket) {
		topics <- s.accept()
		s.push(tradeText(5, "01.500")) // the last historical trade again
		s.push(snapshotBTC)
		s.push(brokenBTC)
		resync = append(resync, s.command(), s.command())
		s.push(snapshotBTC)
		s.push(tradeText(6, "03.000"))
		s.wait()
	})
	feed := okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: w.config(t, url), Instruments: []string{"BTC-USD"}})
	if err := w.run(t, feed, "trade 6"); !errors.Is(err, context.Canceled) {
		t.Fatalf("run: got %v, want %v", err, context.Canceled)
	}
	want := []string{"spot/candle60s:BTC-USD", "spot/trade:BTC-USD", "spot/depth_l2_tbt:BTC-USD"}
	for range 2 {
		if diff := cmp.Diff(want, <-topics); diff != "" {
			t.Errorf("topics (-want +got):\n%s", diff)
		}
	}
	book := []string{"spot/depth_l2_tbt:BTC-USD"}
	if diff := cmp.Diff([]wire{{"unsubscribe", book}, {"subscribe", book}}, resync); diff != "" {
		t.Errorf("resync (-want +got):\n%s", diff)
	}
	for i, text := range w.events {
		if strings.Contains(text, "link market up false") {
			w.events[i], _, _ = strings.Cut(text, "okcoin:")
		}
	}
	wantEvents := []string{
		"12:00:00.000Z : link market up true ",
		"12:00:01.000Z BTC-USD: book resynchronised",
		"12:00:01.000Z BTC-USD: quote 3366.1 × 7, 3366.8 × 9",
		"12:00:01.500Z BTC-USD: trade 5: 1 at 3366.8, buyer true",
		"12:00:00.000Z BTC-USD: book invalid",
		"12:00:00.000Z : link market up false ",
		"12:00:00.000Z : link market up true ",
		"12:00:01.000Z BTC-USD: book resynchronised",
		"12:00:01.000Z BTC-USD: quote 3366.1 × 7, 3366.8 × 9",
		"12:00:02.000Z BTC-USD: book invalid",
		"12:00:01.000Z BTC-USD: book resynchronised",
		"12:00:01.000Z BTC-USD: quote 3366.1 × 7, 3366.8 × 9",
		"12:00:03.000Z BTC-USD: trade 6: 1 at 3366.8, buyer true",
	}
	if diff := cmp.Diff(wantEvents, w.events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if messages := 3 + 2 + 3 + 3 + 2; w.calls != messages+1 {
		t.Errorf("got %d calls of emit, want one for each of %d messages and one for the lost link", w.calls, messages)
	}
	if diff := cmp.Diff([]time.Duration{time.Second}, w.pauses); diff != "" {
		t.Errorf("pauses (-want +got):\n%s", diff)
	}
}

// TestSessionsThatEnd, faults: MD-19 MD-20 MD-21.
func TestSessionsThatEnd(t *testing.T) {
	big := `"` + strings.Repeat("x", 5<<20) + `"`
	for _, c := range []struct {
		name   string
		serve  func(socket)
		reason string
	}{
		{"no ack", func(s socket) { s.command(); s.push(tradeText(1, "01.000")); s.wait() }, "no ack within 100ms for spot/candle60s:BTC-USD"},
		{"an error", func(s socket) {
			s.command()
			s.push(`{"event":"error","message":"Channel spot/x doesn't exist","errorCode":30040}`)
			s.wait()
		}, "code 30040 Channel spot/x doesn't exist"},
		{"a bomb", func(s socket) { s.command(); s.push(big); s.wait() }, "over the size limit"},
		{"not deflate", func(s socket) {
			s.command()
			if err := s.conn.WriteMessage(websocket.BinaryMessage, []byte("\xff\xff\xff\xff")); err != nil {
				s.t.Error(err)
			}
			s.wait()
		}, "bad frame"},
		{"not JSON", func(s socket) { s.accept(); s.push("{"); s.wait() }, "is not JSON"},
		{"closed", func(s socket) { s.accept() }, "read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var w watch
			cfg := w.config(t, fakeSockets(t, c.serve))
			if c.name == "no ack" {
				cfg.AckWithin = 100 * time.Millisecond
			}
			feed := okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: cfg, Instruments: []string{"BTC-USD"}})
			if err := w.run(t, feed, "up false"); !errors.Is(err, context.Canceled) {
				t.Errorf("run: got %v", err)
			}
			if last := w.events[len(w.events)-1]; !strings.Contains(last, c.reason) {
				t.Errorf("got %q, want the reason %q", last, c.reason)
			}
		})
	}
}

func TestFeedTakesPlainText(t *testing.T) {
	var w watch
	url := fakeSockets(t, func(s socket) {
		s.accept()
		if err := s.conn.WriteMessage(websocket.TextMessage, []byte(tradeText(1, "01.000"))); err != nil {
			t.Error(err)
		}
		s.wait()
	})
	feed := okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: w.config(t, url), Instruments: []string{"BTC-USD"}})
	if err := w.run(t, feed, "trade 1"); !errors.Is(err, context.Canceled) {
		t.Errorf("run: got %v, events %q", err, w.events)
	}
}

func TestPrivateLogsInThenSubscribes(t *testing.T) {
	var w watch
	var seen []wire
	url := fakeSockets(t, func(s socket) {
		seen = append(seen, s.command())
		s.push(`{"event":"login","success":true}`)
		seen = append(seen, wire{"subscribe", s.accept()})
		s.push(`{"table":"spot/account","data":[{"available":"1","balance":"2","currency":"USD","hold":"1","id":"","timestamp":"2024-03-01T12:00:01.000Z"}]}`)
		s.wait()
	})
	p := okcoin.NewPrivate(okcoin.PrivateConfig{
		StreamConfig: w.config(t, url), Keys: testKeys(),
		Instruments: []string{"BTC-USD"}, Currencies: []string{"USD"},
	})
	if err := w.run(t, p, "balance USD"); !errors.Is(err, context.Canceled) {
		t.Fatalf("run: got %v", err)
	}
	const stamp = "1709294400.000"
	sign := exchange.NewSecret("test-secret").Sign(stamp + "GET/users/self/verify")
	want := []wire{
		{"login", []string{"test-key", "test-pass", stamp, sign}},
		{"subscribe", []string{"spot/order:BTC-USD", "spot/account:USD"}},
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	wantEvents := []string{
		"12:00:00.000Z : link private up true ",
		"12:00:01.000Z : balance USD: 2, available 1",
	}
	if diff := cmp.Diff(wantEvents, w.events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestRefusedKeyEndsTheStream, faults: NW-11 SC-15.
func TestRefusedKeyEndsTheStream(t *testing.T) {
	var w watch
	url := fakeSockets(t, func(s socket) {
		s.command()
		s.push(`{"event":"error","message":"Invalid sign","errorCode":30013}`)
		s.wait()
	})
	p := okcoin.NewPrivate(okcoin.PrivateConfig{StreamConfig: w.config(t, url), Keys: testKeys(), Instruments: []string{"BTC-USD"}})
	if err := w.run(t, p, ""); !errors.Is(err, okcoin.ErrAuth) {
		t.Errorf("run: got %v, want %v", err, okcoin.ErrAuth)
	}
	if len(w.pauses) != 0 || len(w.events) != 1 {
		t.Errorf("got %d pauses and events %q, want no second try and one lost link", len(w.pauses), w.events)
	}
}

func TestStreamsRefuseWhatCannotWork(t *testing.T) {
	many := make([]string, 60)
	for i := range many {
		many[i] = fmt.Sprintf("COIN%02d-USD", i)
	}
	now := func() market.Time { return 1 }
	for name, feed := range map[string]*okcoin.Feed{
		"no clock":        okcoin.NewFeed(okcoin.FeedConfig{Instruments: []string{"BTC-USD"}}),
		"nothing to do":   okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: okcoin.StreamConfig{Now: now}}),
		"too many topics": okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: okcoin.StreamConfig{Now: now}, Instruments: many}),
	} {
		if err := feed.Run(t.Context(), func([]engine.Event) {}); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
