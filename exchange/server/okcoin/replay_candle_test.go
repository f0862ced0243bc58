package okcoin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange/history"
	"rulebot/exchange/server/okcoin"
)

// TestReplayCandles states which recorded candles become bars: those that a
// later one ended, unless trades came after the last that was told of them.
func TestReplayCandles(t *testing.T) {
	begin := market.TimeOf(time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC))
	var lines []byte
	for _, c := range []struct {
		after  int // seconds
		minute int
		volume string
	}{
		{5, 0, "1"}, {30, 0, "2"}, {61, 1, "0"}, {122, 2, "0"}, {183, 3, "5"}, {190, 1, "9"}, {240, 4, "1"},
	} {
		open := begin.Add(time.Duration(c.minute) * time.Minute)
		f := history.Frame{At: begin.Add(time.Duration(c.after) * time.Second), Dir: history.Received, Payload: fmt.Appendf(nil,
			`{"table":"spot/candle60s","data":[{"candle":["%s","10","12","9","11","%s"],"instrument_id":"BTC-USD"}]}`, open, c.volume)}
		var err error
		if lines, err = history.AppendFrame(lines, &f); err != nil {
			t.Fatal(err)
		}
	}
	frames, err := history.OpenRecording("candles", strings.NewReader(string(lines)))
	if err != nil {
		t.Fatal(err)
	}
	r := okcoin.NewReplay("candles", frames)
	if r.Instruments(); !r.Barred() {
		t.Error("it is said to have no bars")
	}
	var got []string
	var ev engine.Event
	for more, err := r.Next(&ev); more || err != nil; more, err = r.Next(&ev) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d told at %s of %s", ev.Kind, ev.At, ev.Bar.Open)+" "+ev.Bar.Volume.String())
	}
	var want []string
	for _, w := range []struct {
		told, minute int
		volume       string
	}{{61, 0, "2"}, {122, 1, "0"}, {240, 3, "5"}} { // of minute 2 only the opening was told
		want = append(want, fmt.Sprintf("%d told at %s of %s %s", engine.KindBar,
			begin.Add(time.Duration(w.told)*time.Second), begin.Add(time.Duration(w.minute)*time.Minute), w.volume))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
