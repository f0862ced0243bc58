package engine_test

import (
	"strings"
	"testing"
	"time"

	"rulebot/engine"
)

// TestWhatRestsCostsNoMemory holds that quotes and trades allocate nothing
// while orders rest, stops wait and a position has every kind of exit.
func TestWhatRestsCostsNoMemory(t *testing.T) {
	s := newScene()
	for l := range strings.SplitSeq(`instrument BTC-USD
strategy s BTC-USD 1m loss=1000
rule in when=a do=buy:base:1
rule rest when=b do=buy:base:1/limit=90/expire=100bars+sell:base:0.1/limit=120+close/stop=80/expire=100bars+buy:base:1/stop=200
exit stop_loss pct=10 ratchet=true
exit take_profit pct=50 size_pct=50
exit trailing_stop activate_pct=20 distance_pct=5
exit time_stop after=1000bars
00:00 ready USD=10000 BTC=0
set a false
set b false
00:01 close 100
set a true
00:02 close 100
00:02:01 done #1 1 100 0 USD
set b true
00:03 close 100
00:03:01 submitted #2 accepted id=X2
00:03:01 submitted #3 accepted id=X3
00:03:02 price 100`, "\n") {
		if err := s.line(strings.Fields(l)); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
	}
	if snap := s.e.Snapshot(); len(snap.Live) != 2 || len(snap.Standing) != 2 || snap.Positions[0].Flat {
		t.Fatalf("%d orders rest, %d stops wait", len(snap.Live), len(snap.Standing))
	}
	at := s.at
	events := []engine.Event{quoteEvent("BTC-USD", "99.9", "100.1"), tradeEvent("BTC-USD", "100")}
	if n := testing.AllocsPerRun(100, func() {
		at = at.Add(time.Millisecond)
		for i := range events {
			events[i].At, events[i].Seen = at, at
			s.e.Step(&events[i])
		}
	}); n != 0 {
		t.Errorf("%v allocations a quote and a trade, want none", n)
	}
}
