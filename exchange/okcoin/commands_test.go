package okcoin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rulebot/engine"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
)

// TestCommandsAreShortEnough: whatever the topics, no command is longer than
// the exchange takes, and together they name every topic once, in order.
func TestCommandsAreShortEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		topics := rapid.SliceOfN(rapid.StringMatching(`spot/[a-z0-9_]{3,20}:[A-Z0-9-]{3,12}`), 0, 400).Draw(t, "topics")
		var named []string
		list := okcoin.Commands(topics)
		for i, text := range list {
			var w wire
			if err := json.Unmarshal(text, &w); err != nil || w.Op != "subscribe" {
				t.Fatalf("%s: %v", text, err)
			}
			if len(text) > 4096 {
				t.Errorf("command of %d bytes", len(text))
			}
			if i > 0 && len(list[i-1])+len(w.Args[0])+3 <= 4096 {
				t.Errorf("%s would have fitted in the command before", w.Args[0])
			}
			named = append(named, w.Args...)
		}
		if !slices.Equal(named, topics) {
			t.Errorf("named %d topics of %d", len(named), len(topics))
		}
	})
}

// TestManyTopicsGoInSeveralCommands: the topics of 60 instruments are within
// the connection's limit, and longer than one command.
func TestManyTopicsGoInSeveralCommands(t *testing.T) {
	var w watch
	var ids []string
	for i := range 60 {
		ids = append(ids, fmt.Sprintf("A%02d-USD", i))
	}
	counts := make(chan []int, 1)
	url := fakeSockets(t, func(s socket) {
		first := len(s.accept())
		second := s.command()
		counts <- []int{first, len(second.Args)}
		for _, topic := range second.Args {
			s.push(fmt.Sprintf(`{"event":"subscribe","channel":%q}`, topic))
		}
		s.wait()
	})
	feed := okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: w.config(t, url), Instruments: ids})
	if err := w.run(t, feed, "up true"); !errors.Is(err, context.Canceled) {
		t.Fatalf("run: got %v, events %q", err, w.events)
	}
	if diff := cmp.Diff([]int{164, 16}, <-counts); diff != "" {
		t.Errorf("topics a command (-want +got):\n%s", diff)
	}
}

// dropped is a connection that is lost after what was sent first.
type dropped struct{ storm *reconnects }

func (d dropped) Send(text []byte) error {
	d.storm.sent = append(d.storm.sent, d.storm.at)
	return nil
}
func (d dropped) Read(time.Duration) ([]byte, error) { return nil, io.EOF }
func (d dropped) Close()                             {}

// reconnects is a network that loses every connection at once, in a time of
// its own.
type reconnects struct {
	at    time.Time
	sent  []time.Time
	dials int
}

func (s *reconnects) config(t *testing.T, until time.Time, end func()) okcoin.StreamConfig {
	return okcoin.StreamConfig{
		Now:    fixed(noon(t)),
		Timing: exchange.Timing{Now: func() time.Time { return s.at }},
		Dial: func(context.Context, exchange.SessionConfig) (exchange.Conn, error) {
			s.dials++
			return dropped{s}, nil
		},
		Backoff: exchange.Backoff{Min: time.Second, Max: time.Second, Sleep: func(context.Context, time.Duration) error {
			if s.at = s.at.Add(time.Second); s.at.After(until) {
				end()
			}
			return nil
		}},
	}
}

// TestReconnectsKeepTheBudget: three hours of connections that are lost each
// second, of streams that share a budget. No hour has more than 240 commands,
// nobody connects who could not subscribe, and the link says what it waits for.
func TestReconnectsKeepTheBudget(t *testing.T) {
	s := &reconnects{at: time.Unix(1e9, 0)}
	budget := okcoin.NewCommands(1, exchange.Timing{Now: func() time.Time { return s.at }})
	end, waited := s.at.Add(3*time.Hour), ""
	for turn := 0; s.at.Before(end); turn++ {
		ctx, cancel := context.WithCancel(t.Context())
		cfg := s.config(t, s.at.Add(40*time.Second), cancel)
		cfg.Commands = budget
		var stream runner = okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: cfg, Instruments: []string{"BTC-USD"}})
		if turn%2 == 1 {
			stream = okcoin.NewPrivate(okcoin.PrivateConfig{StreamConfig: cfg, Keys: testKeys(), Instruments: []string{"BTC-USD"}})
		}
		err := stream.Run(ctx, func(events []engine.Event) {
			for i := range events {
				if why := events[i].Link.Reason; strings.Contains(why, "rate limit") {
					waited = why
				}
			}
		})
		if !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		cancel()
	}
	for i, at := range s.sent {
		if i >= 240 && at.Sub(s.sent[i-240]) < time.Hour {
			t.Fatalf("241 commands in %s", at.Sub(s.sent[i-240]))
		}
	}
	if len(s.sent) < 360 { // each try of a private stream takes two, and is lost after one
		t.Errorf("%d commands in three hours: the streams starve", len(s.sent))
	}
	if s.dials > len(s.sent) {
		t.Errorf("%d connections for %d commands", s.dials, len(s.sent))
	}
	if !strings.Contains(waited, "the 240 subscriptions and logins of an hour are spent; the next may leave in ") {
		t.Errorf("what waits says %q", waited)
	}
}

// TestRenewalsLeaveSessionsTheirs: a book that breaks again and again is asked
// for until only what new sessions need is left, and it is said once that it
// waits.
func TestRenewalsLeaveSessionsTheirs(t *testing.T) {
	var w watch
	var wall wallClock
	cfg := w.config(t, fakeSockets(t, func(s socket) {
		s.accept()
		for range 3 {
			s.push(snapshotBTC)
			s.push(brokenBTC)
			if s.command().Op == "gone" {
				return
			}
			s.command()
			wall.pass(time.Hour) // longer than the pauses between requests
		}
		s.push(snapshotBTC)
		s.push(brokenBTC)
		s.push(brokenBTC)
		s.push(tradeText(6, "03.000"))
		s.wait()
	}))
	cfg.Commands = okcoin.NewCommands(1, exchange.Timing{Now: new(wallClock).now}) // stands still
	for range 120 - 1 - 60 - 3*2 {                                                 // what a storm has spent
		cfg.Commands.Allow()
	}
	feed := okcoin.FeedConfig{StreamConfig: cfg, Instruments: []string{"BTC-USD"}}
	var waits []string
	for _, text := range follow(t, &w, feed, &wall, "trade 6") {
		if strings.Contains(text, "waits") {
			waits = append(waits, text)
		}
	}
	want := []string{"okcoin: book BTC-USD: asking for it again waits for up to 1m0s: the 240 subscriptions and logins of an hour are spent but for 60, which are for new sessions"}
	if diff := cmp.Diff(want, waits); diff != "" {
		t.Errorf("waits (-want +got):\n%s", diff)
	}
}
