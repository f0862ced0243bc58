package okx_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/okx"
)

// script is a session that reads what it was given, one message after what
// was sent to it; a text that begins with ? waits for something that holds it.
type script struct {
	mu    sync.Mutex
	lines []string
	sent  []string
	done  <-chan struct{}
}

func (s *script) Send(text []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, string(text))
	return nil
}

func (s *script) Read(time.Duration) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.lines) > 0 {
		line := s.lines[0]
		s.lines = s.lines[1:]
		want, expects := strings.CutPrefix(line, "?")
		if !expects {
			return []byte(line), nil
		}
		if len(s.sent) == 0 || !strings.Contains(s.sent[0], want) {
			return nil, fmt.Errorf("sent %q, want %q", s.sent, want)
		}
		s.sent = s.sent[1:]
	}
	s.mu.Unlock()
	<-s.done
	s.mu.Lock()
	return nil, errors.New("over")
}

func (s *script) Close() {}

// scripted is a configuration whose sessions play scripts, by address.
func scripted(ctx context.Context, t *testing.T, scripts map[string][][]string) okx.StreamConfig {
	t.Helper()
	var mu sync.Mutex
	place, err := okx.At("live", "http://127.0.0.1:1", "ws://host")
	if err != nil {
		t.Fatal(err)
	}
	return okx.StreamConfig{
		Place: place, Now: func() market.Time { return 1 },
		Backoff: exchange.Backoff{Sleep: func(context.Context, time.Duration) error { return ctx.Err() }},
		Dial: func(_ context.Context, cfg exchange.SessionConfig) (exchange.Conn, error) {
			mu.Lock()
			defer mu.Unlock()
			list := scripts[cfg.URL]
			if len(list) == 0 {
				return &script{done: ctx.Done()}, nil
			}
			scripts[cfg.URL] = list[1:]
			return &script{lines: list[0], done: ctx.Done()}, nil
		},
	}
}

func line(ev *engine.Event) string {
	switch ev.Kind {
	case engine.KindLink:
		return fmt.Sprintf("%s %t", ev.Link.Stream, ev.Link.Up)
	case engine.KindQuote:
		return fmt.Sprintf("quote %s %s", ev.Quote.Bid, ev.Quote.Ask)
	case engine.KindBook:
		return fmt.Sprintf("believed %t", ev.Book != market.BookInvalid)
	case engine.KindTrade:
		return fmt.Sprintf("trade %d", ev.Trade.ID)
	case engine.KindBar:
		return fmt.Sprintf("bar %s %s", ev.Bar.Open, ev.Bar.C)
	default:
		return told(ev)
	}
}

// TestPrivateSession: login, subscriptions, a notice of an upgrade, and a key
// that is refused, which ends it.
func TestPrivateSession(t *testing.T) {
	acks := []string{
		`{"event":"subscribe","arg":{"channel":"orders","instType":"SPOT"},"connId":"a"}`,
		`{"event":"subscribe","arg":{"channel":"account"},"connId":"a"}`,
	}
	cfg := scripted(t.Context(), t, map[string][][]string{"ws://host/ws/v5/private": {
		{
			`?"op":"login"`, `{"event":"login","code":"0","msg":""}`, `?"op":"subscribe"`, acks[0], acks[1], `pong`,
			`{"event":"channel-conn-count","channel":"orders","connCount":"1"}`, `{"event":"notice","code":"64008","msg":"soon"}`,
		},
		{`?"op":"login"`, `{"event":"error","code":"60005","msg":"Invalid apiKey"}`},
	}})
	var got []string
	err := okx.NewPrivate(okx.PrivateConfig{StreamConfig: cfg, Keys: documented(), Instruments: []string{"BTC-USDT"}}).
		Run(t.Context(), func(list []engine.Event) {
			for i := range list {
				got = append(got, line(&list[i]))
			}
		})
	if want := "private true, private false, private false"; strings.Join(got, ", ") != want || !errors.Is(err, okx.ErrAuth) {
		t.Errorf("got %q, %v, want %q and a refused key", got, err, want)
	}
}

// TestFeedSessions: two sessions make one link; a book with a gap is asked for
// again; a candle is told once, when it is final.
func TestFeedSessions(t *testing.T) {
	const arg = `{"arg":{"channel":"books","instId":"BTC-USDT"},"action":`
	book := func(action string, prev, seq int) string {
		return fmt.Sprintf(`%s"%s","data":[{"asks":[["102","1","0","1"]],"bids":[["1%02d","1","0","1"]],"ts":"1767225600000","checksum":0,"prevSeqId":%d,"seqId":%d}]}`,
			arg, action, seq%2, prev, seq)
	}
	candle := func(minute int, last, confirm string) string {
		return fmt.Sprintf(`{"arg":{"channel":"candle1m","instId":"BTC-USDT"},"data":[["%d","1","9","1","%s","5","5","5","%s"]]}`,
			1767225600000+minute*60000, last, confirm)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := scripted(ctx, t, map[string][][]string{
		"ws://host/ws/v5/public": {{
			`?"op":"subscribe"`, `{"event":"subscribe","arg":{"channel":"books","instId":"BTC-USDT"}}`,
			`{"event":"subscribe","arg":{"channel":"trades","instId":"BTC-USDT"}}`,
			book("snapshot", -1, 10), book("update", 10, 15), book("update", 17, 18), `?unsubscribe`, `?subscribe`, book("update", 18, 19), book("snapshot", -1, 20),
			`{"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"7","px":"100","sz":"1","side":"buy","ts":"1767225600000","count":"1"}]}`,
		}},
		"ws://host/ws/v5/business": {{
			`?candle1m`, `{"event":"subscribe","arg":{"channel":"candle1m","instId":"BTC-USDT"}}`,
			candle(0, "2", "0"), candle(0, "3", "1"), candle(1, "4", "0"), candle(2, "5", "0"),
		}},
	})
	feed, err := okx.NewFeed(okx.FeedConfig{StreamConfig: cfg, Instruments: []string{"BTC-USDT"}})
	if err != nil {
		t.Fatal(err)
	}
	var books, bars, links []string
	err = feed.Run(ctx, func(list []engine.Event) {
		if ctx.Err() != nil {
			return // the sessions end one by one, and say so if they can
		}
		for i := range list {
			text := line(&list[i])
			switch list[i].Kind {
			case engine.KindLink:
				links = append(links, text)
			case engine.KindBar:
				bars = append(bars, text)
			default:
				books = append(books, text)
			}
		}
		if len(books) >= 7 && len(bars) >= 2 {
			cancel()
		}
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, c := range []struct {
		got  []string
		want string
	}{
		{books, "believed true, quote 100 102, quote 101 102, believed false, believed true, quote 100 102, trade 7"},
		{bars, "bar 2026-01-01T00:00:00.000Z 3, bar 2026-01-01T00:01:00.000Z 4"},
		{links, "market true"},
	} {
		if got := strings.Join(c.got, ", "); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}
