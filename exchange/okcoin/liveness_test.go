package okcoin_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/okcoin"
)

// wallClock is a machine's clock that tests move.
type wallClock struct{ ahead atomic.Int64 }

func (w *wallClock) now() time.Time       { return time.Unix(1e9, w.ahead.Load()) }
func (w *wallClock) pass(d time.Duration) { w.ahead.Add(int64(d)) }

// follow runs a feed until an event holds the text; beside the events it keeps
// what was reported.
func follow(t *testing.T, w *watch, cfg okcoin.FeedConfig, wall *wallClock, until string) (reported []string) {
	t.Helper()
	cfg.Report = func(err error) { reported = append(reported, err.Error()) }
	feed := okcoin.NewFeed(cfg)
	feed.SetWall(wall.now)
	if err := w.run(t, feed, until); !errors.Is(err, context.Canceled) {
		t.Errorf("run: got %v, reported %q, events %q", err, reported, w.events)
	}
	return reported
}

const heartbeatBTC = `{"table":"spot/depth_l2_tbt","action":"update","data":[{"instrument_id":"BTC-USD",` +
	`"bids":[],"asks":[],"timestamp":"2024-03-01T12:00:21.800Z","checksum":-1881014294}]}`

// TestSilentBookIsAskedForAgain: its heartbeats keep a book alive; trades and
// pongs prove nothing about it.
//
// Faults: MD-02 MD-03.
func TestSilentBookIsAskedForAgain(t *testing.T) {
	var w watch
	var wall wallClock
	var asked []wire
	step := make(chan struct{}) // the feed has handled what was pushed
	url := fakeSockets(t, func(s socket) {
		s.accept()
		s.push(snapshotBTC)
		<-step
		for range 5 {
			wall.pass(21 * time.Second)
			s.push(heartbeatBTC)
			<-step
		}
		wall.pass(70 * time.Second)
		s.push(tradeText(5, "22.000"))
		asked = append(asked, s.command(), s.command())
		s.push(snapshotBTC)
		s.push(tradeText(6, "23.000"))
		s.wait()
	})
	cfg := okcoin.FeedConfig{StreamConfig: w.config(t, url), Instruments: []string{"BTC-USD"}}
	var reported []string
	cfg.Report = func(err error) { reported = append(reported, err.Error()) }
	feed := okcoin.NewFeed(cfg)
	feed.SetWall(wall.now)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var got []string
	quotes := 0
	err := feed.Run(ctx, func(events []engine.Event) {
		for i := range events {
			text := describe(&events[i])[len("2024-03-01T"):]
			if events[i].Kind == engine.KindQuote {
				if quotes++; quotes <= 6 {
					step <- struct{}{}
					continue
				}
			}
			got = append(got, text)
			if strings.Contains(text, "trade 6") {
				cancel()
			}
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("run: got %v, reported %q, events %q", err, reported, got)
	}
	want := []string{
		"12:00:00.000Z : link market up true ",
		"12:00:01.000Z BTC-USD: book resynchronised",
		"12:00:22.000Z BTC-USD: trade 5: 1 at 3366.8, buyer true",
		"12:00:00.000Z BTC-USD: book invalid",
		"12:00:01.000Z BTC-USD: book resynchronised",
		"12:00:01.000Z BTC-USD: quote 3366.1 × 7, 3366.8 × 9",
		"12:00:23.000Z BTC-USD: trade 6: 1 at 3366.8, buyer true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	book := []string{"spot/depth_l2_tbt:BTC-USD"}
	if diff := cmp.Diff([]wire{{"unsubscribe", book}, {"subscribe", book}}, asked); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
	if len(reported) != 1 || !strings.Contains(reported[0], "silent for 1m10s") {
		t.Errorf("reported %q", reported)
	}
}

// TestRefusedBookChannelIsReplaced: an error that names it, of either kind.
func TestRefusedBookChannelIsReplaced(t *testing.T) {
	for _, text := range []string{
		`{"event":"error","message":"Channel spot/depth_l2_tbt:BTC-USD doesn't exist","errorCode":30040}`,
		`{"event":"error","message":"User not logged in / User must be logged in for spot/depth_l2_tbt","errorCode":"30041"}`,
	} {
		var w watch
		topics := make(chan []string, 1)
		url := fakeSockets(t, func(s socket) {
			s.command()
			s.push(text)
			s.wait()
		}, func(s socket) {
			topics <- s.accept()
			s.push(strings.NewReplacer("depth_l2_tbt", "depth", `"0","1"]`, "1]").Replace(snapshotBTC))
			s.wait()
		})
		reported := follow(t, &w, okcoin.FeedConfig{StreamConfig: w.config(t, url), Instruments: []string{"BTC-USD"}}, new(wallClock), "quote")
		want := []string{"spot/candle60s:BTC-USD", "spot/trade:BTC-USD", "spot/depth:BTC-USD"}
		if diff := cmp.Diff(want, <-topics); diff != "" {
			t.Errorf("topics (-want +got):\n%s", diff)
		}
		if len(reported) != 1 || !strings.Contains(reported[0], "spot/depth takes its place") {
			t.Errorf("reported %q", reported)
		}
	}
}

// TestMuteBookChannelIsReplaced: subscribed, acknowledged and never a word.
func TestMuteBookChannelIsReplaced(t *testing.T) {
	var w watch
	var wall wallClock
	topics := make(chan []string, 1)
	url := fakeSockets(t, func(s socket) {
		s.accept()
		for id := 1; ; id++ {
			wall.pass(time.Minute)
			s.push(tradeText(id, "30.000"))
			for range 2 {
				if s.command().Op == "gone" {
					return
				}
			}
		}
	}, func(s socket) {
		topics <- s.accept()
		s.push(strings.Replace(snapshotBTC, "depth_l2_tbt", "depth", 1))
		s.wait()
	})
	follow(t, &w, okcoin.FeedConfig{StreamConfig: w.config(t, url), Instruments: []string{"BTC-USD"}}, &wall, "quote")
	if got := <-topics; !slices.Contains(got, "spot/depth:BTC-USD") {
		t.Errorf("got topics %q, want spot/depth", got)
	}
}

// TestCandlesThatStop: a trade proves that its minute has a candle.
func TestCandlesThatStop(t *testing.T) {
	var w watch
	var wall wallClock
	step := make(chan struct{}, 1)
	url := fakeSockets(t, func(s socket) {
		s.accept()
		s.push(snapshotBTC)
		s.push(tradeText(5, "22.000"))
		<-step
		wall.pass(200 * time.Second)
		s.push("pong")
		s.wait()
	})
	cfg := okcoin.FeedConfig{StreamConfig: w.config(t, url), Instruments: []string{"BTC-USD"}}
	feed := okcoin.NewFeed(cfg)
	feed.SetWall(wall.now)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	reason := ""
	err := feed.Run(ctx, func(events []engine.Event) {
		for i := range events {
			switch ev := &events[i]; {
			case ev.Kind == engine.KindTrade:
				step <- struct{}{}
			case ev.Kind == engine.KindLink && !ev.Link.Up:
				reason = ev.Link.Reason
				cancel()
			}
		}
	})
	if !errors.Is(err, context.Canceled) || !strings.Contains(reason, "candles stopped: the one at 2024-03-01T12:00:00.000Z") {
		t.Errorf("got %v, reason %q", err, reason)
	}
}

func TestEveryChannel(t *testing.T) {
	var tickers []okcoin.Ticker
	var status []okcoin.Maintenance
	var w watch
	topics := make(chan []string, 1)
	candle := func(seconds, at, volume string) string {
		return `{"table":"spot/candle` + seconds + `s","data":[{"candle":["2024-03-01T` + at + `:00.000Z","1","1","1","1","` + volume + `"],"instrument_id":"BTC-USD"}]}`
	}
	url := fakeSockets(t, func(s socket) {
		topics <- s.accept()
		s.push(`{"table":"spot/ticker","data":[` + tickerText + `]}`)
		s.push(`{"table":"system/status","data":[` + statusText + `]}`)
		s.push(`{"table":"system/status","data":[{"title":"unheard of"}]}`)
		s.push(`{"table":"spot/depth5","data":[{"asks":[["161.96","7.37567",3]],"bids":[["161.94","4.552355",1]],"instrument_id":"BTC-USD","timestamp":"2024-03-01T12:00:03.712Z"}]}`)
		s.push(`{"table":"spot/depth5","data":[{"asks":[],"bids":[["161.94","4.552355",1]],"instrument_id":"BTC-USD","timestamp":"2024-03-01T12:00:04.000Z"}]}`)
		s.push(candle("300", "12:00", "1"))
		s.push(candle("60", "12:04", "1"))
		s.push(candle("300", "12:05", "0"))
		s.push(candle("60", "12:05", "1"))
		s.wait()
	})
	cfg := okcoin.FeedConfig{
		StreamConfig: w.config(t, url), Instruments: []string{"BTC-USD"}, Book: "depth5",
		Candles:  []market.Timeframe{market.Minute, 5 * market.Minute},
		OnTicker: func(x okcoin.Ticker) { tickers = append(tickers, x) },
		OnStatus: func(x okcoin.Maintenance) { status = append(status, x) },
	}
	reported := follow(t, &w, cfg, new(wallClock), "bar 2024-03-01T12:04")
	want := []string{"spot/candle60s:BTC-USD", "spot/candle300s:BTC-USD", "spot/trade:BTC-USD", "spot/depth5:BTC-USD", "spot/ticker:BTC-USD", "system/status"}
	if diff := cmp.Diff(want, <-topics); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
	wantEvents := []string{
		"12:00:00.000Z : link market up true ",
		"12:00:03.712Z BTC-USD: book resynchronised",
		"12:00:03.712Z BTC-USD: quote 161.94 × 4.552355, 161.96 × 7.37567",
		"12:00:04.000Z BTC-USD: book invalid",
		"12:05:00.000Z BTC-USD: bar 2024-03-01T12:00:00.000Z 5m: 1 1 1 1 volume 1",
		"12:05:00.000Z BTC-USD: bar 2024-03-01T12:04:00.000Z 1m: 1 1 1 1 volume 1",
	}
	if diff := cmp.Diff(wantEvents, w.events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if len(tickers) != 1 || len(status) != 1 || len(reported) != 1 {
		t.Errorf("got %d tickers, %d notices, reported %q; want one of each", len(tickers), len(status), reported)
	}
}

func TestErrorsSpeakOfOneChannel(t *testing.T) {
	for text, want := range map[string]bool{
		"Channel spot/depth:BTC-USD doesn't exist": true, "spot/depth": true, "spot/depth_l2_tbt and spot/depth.": true,
		"Channel spot/depth_l2_tbt:BTC-USD doesn't exist": false, "spot/depth5:BTC-USD": false, "": false,
	} {
		if got := okcoin.SpeaksOf(text, "spot/depth"); got != want {
			t.Errorf("%q: got %v, want %v", text, got, want)
		}
	}
}

const algoText = `{"algo_id":"456154","algo_price":"15","cancel_code":"","created_at":"2020-01-08T02:42:36.791Z","instrument_id":"ltc_usdt",` +
	`"mode":"1","order_id":"0","order_type":"1","side":"buy","size":"3","status":"1","stop_type":"2","timestamp":"2020-01-08T02:42:36.796Z","trigger_price":"20"}`

func TestAlgoPushes(t *testing.T) {
	var got []okcoin.Algo
	p := okcoin.NewPrivate(okcoin.PrivateConfig{
		StreamConfig: okcoin.StreamConfig{Now: fixed(noon(t))}, Keys: testKeys(), Instruments: []string{"LTC-USDT"},
		OnAlgo: func(a okcoin.Algo) { got = append(got, a) },
	})
	p.Begin()
	if _, err := p.Decode([]byte(`{"table":"spot/order_algo","data":[` + algoText + `]}`)); err != nil {
		t.Fatal(err)
	}
	want := []okcoin.Algo{{
		ID: "456154", Instrument: "LTC-USDT", At: stamp(t, "2020-01-08T02:42:36.796Z"), State: okcoin.Waiting,
		Created: stamp(t, "2020-01-08T02:42:36.791Z"), Side: order.Buy, Quantity: num.MustQuantity("3"),
		Terms: okcoin.Terms{Kind: okcoin.Trigger, Stop: okcoin.Leg{Trigger: num.MustPrice("20"), Price: num.MustPrice("15"), Market: true}},
	}}
	if diff := cmp.Diff(want, got, exact); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range [][2]string{{`"status":"1"`, `"status":"7"`}, {`"order_type":"1"`, `"order_type":"6"`}, {`"size":"3"`, `"size":"0"`}, {`"side":"buy"`, `"side":"b"`}} {
		if _, err := okcoin.DecodeAlgo([]byte(strings.Replace(algoText, bad[0], bad[1], 1))); err == nil {
			t.Errorf("%s: got no error", bad[1])
		}
	}
	var push struct{ Data []json.RawMessage }
	if err := json.Unmarshal(sample(t, "ws/order_algo.documented.json"), &push); err != nil {
		t.Fatal(err)
	}
	if a, err := okcoin.DecodeAlgo(push.Data[0]); err != nil || a != got[0] {
		t.Errorf("the manual's: got %+v, %v", a, err)
	}
}

func FuzzAlgo(f *testing.F) {
	f.Add([]byte(algoText))
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := okcoin.DecodeAlgo(text)
		if err == nil && (a.ID == "" || a.Kind == 0 || a.State == 0 || a.Quantity.Sign() <= 0) {
			t.Errorf("got %+v", a)
		}
	})
}
