package engine_test

import (
	"fmt"
	"testing"

	"rulebot/engine"
)

// TestManyFillsOfOneOrder books ten thousand executions of one order: each
// costs the same few changes as the first, each counts once although all are
// told twice, and the order ends with the last.
//
// Faults: OU-22.
func TestManyFillsOfOneOrder(t *testing.T) {
	const many = 10_000
	s := sceneOf(t, "instrument BTC-USD", "strategy s BTC-USD 1m", "rule in when=close>100 do=buy:base:1",
		"hide decision order command fill day balance rule bar hold",
		"00:00 ready USD=1000 BTC=0", "00:01 close 99", "00:02 close 101", "00:02:01 submitted #1 accepted id=X1")
	most := 0
	s.watch = func(out *engine.Outcome) { most = max(most, len(out.Changes)+len(out.Commands)) }
	for i := range many {
		line := fmt.Sprintf("00:02:02 fill #1 f%d 0.0001 101 0 USD", i)
		playLines(t, s, line, line)
	}
	if most > 3 {
		t.Errorf("an execution makes up to %d changes and commands, want at most 3", most)
	}
	snap := s.e.Snapshot()
	if len(snap.Live) != 0 || snap.Positions[0].Quantity.String() != "1" || snap.Cash.String() != "899" {
		t.Errorf("got position %s, cash %s and %d live orders; want 1, 899 and none", snap.Positions[0].Quantity, snap.Cash, len(snap.Live))
	}
}
