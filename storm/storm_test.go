package storm_test

import (
	"flag"
	"strings"
	"testing"

	"rulebot/storm"
)

var (
	seeds = flag.Uint64("seeds", 30, "how many seeds are played")
	from  = flag.Uint64("from", 1, "first seed")
)

func TestSeedsHold(t *testing.T) {
	var simulated float64
	for seed := *from; seed < *from+*seeds; seed++ {
		r, err := storm.Run(seed, storm.Options{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		simulated += r.Simulated.Hours()
		if v := r.Violation; v != nil {
			t.Fatalf("seed %d: %s: %s\n%s\n%s", seed, v.Invariant, v.Text, r.Knobs, strings.Join(r.Last, "\n"))
		}
	}
	t.Logf("%.1f hours", simulated)
}
