package engine_test

import (
	"strings"
	"testing"

	"rulebot/engine"
)

// TestStateFollowsTheFile: over a restart with another file, a variable that
// stays keeps its value, one that is new begins as written, one that is gone is
// forgotten, and one that became a condition begins anew unless it was 1 or 0.
func TestStateFollowsTheFile(t *testing.T) {
	old := sceneOf(t, "instrument BTC-USD", "strategy s BTC-USD 1m", "variable gone 1", "variable n 0", "variable m 0", "variable k 0",
		"rule set when=close>100 do=set:n:5+set:gone:7+set:m:1+set:k:9", "00:00 ready USD=1000 BTC=0", "00:01 bar 99", "00:02 bar 101")
	if !strings.Contains(old.out.String(), "state of s, gone 7, n 5, m 1, k 9\n") {
		t.Fatalf("nothing was set:\n%s", old.out.String())
	}
	s := sceneOf(t, "instrument BTC-USD", "strategy s BTC-USD 1m", "variable k true", "variable new 3", "variable n 0", "variable m false",
		"rule say when=close>100 fire=while_true do=log:{state.n}_{state.new}_{state.m}_{state.k}")
	e, err := engine.New(s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i := range old.changes {
		if err := e.Restore(&old.changes[i]); err != nil {
			t.Fatal(err)
		}
	}
	e.Restored()
	s.e = e
	playLines(t, s, "00:03 bar 102")
	if want := "5 3 1 1\n"; !strings.Contains(s.out.String(), want) {
		t.Errorf("want a note with %q, got\n%s", want, s.out.String())
	}
}

// sceneOf plays lines of a scenario.
func sceneOf(t *testing.T, lines ...string) *scene {
	t.Helper()
	s := newScene()
	playLines(t, s, lines...)
	return s
}

func playLines(t *testing.T, s *scene, lines ...string) {
	t.Helper()
	for _, l := range lines {
		if err := s.line(strings.Fields(l)); err != nil {
			t.Fatal(err)
		}
	}
}
