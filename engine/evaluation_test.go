package engine_test

import (
	"strings"
	"testing"

	"rulebot/engine"
)

// TestEveryCauseHasAMark also holds the words: a cause without either would
// end the run that meets it.
func TestEveryCauseHasAMark(t *testing.T) {
	seen := map[byte]engine.Cause{}
	for c := engine.Ready; c <= engine.CauseUnderway; c++ {
		r := engine.Reading{Cause: c}
		mark := r.Mark()
		if before, ok := seen[mark]; ok || strings.IndexByte("TF|", mark) >= 0 {
			t.Errorf("%s is marked %c like %s", c, mark, before)
		}
		seen[mark] = c
		if truth, cause := engine.Marked(mark); truth != engine.NotReady || cause != c {
			t.Errorf("%c says %s %s, want not-ready %s", mark, truth, cause, c)
		}
	}
}
