package storm_test

import (
	"flag"
	"strings"
	"testing"

	"rulebot/storm"
)

var (
	seeds = flag.Uint64("seeds", 30, "how many seeds are played")
	from  = flag.Uint64("from", 1, "the first of them")
)

// TestSeedsHold plays some seeds, each twice: nothing is broken, and the same
// seed is the same run.
func TestSeedsHold(t *testing.T) {
	dir := t.TempDir()
	for seed := *from; seed < *from+*seeds; seed++ {
		r := play(t, seed, dir)
		if again := play(t, seed, dir); again.Hash != r.Hash {
			t.Errorf("seed %d: hash %016x, and then %016x", seed, r.Hash, again.Hash)
		}
	}
}

func play(t *testing.T, seed uint64, dir string) storm.Result {
	t.Helper()
	r, err := storm.Run(seed, storm.Options{Dir: dir})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	if v := r.Violation; v != nil {
		t.Errorf("seed %d: %s: %s\n%s\n%s", seed, v.Invariant, v.Text, r.Knobs, strings.Join(r.Last, "\n"))
	}
	return r
}
