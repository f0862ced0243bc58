package storm

import (
	"math/rand/v2"
	"time"
)

// widen takes some of a seed's knobs to the ends of their ranges, and draws
// those that came later. It has a random source of its own, so that a seed has
// the knobs of [draw] as it always had where a test asks for no more. What is
// cruel is rare: a bot that is never up shows nothing.
func widen(k *Knobs, random *rand.Rand) {
	rarely := func(n int) bool { return random.IntN(n) == 0 }
	some := func(most int) int { return 1 + random.IntN(most) }
	span := func(most time.Duration) time.Duration { return time.Duration(random.Int64N(int64(most))) }
	for _, s := range []struct {
		knob *int
		one  int // in how many runs
		most int
	}{
		{&k.Rest.DropRequest, 12, 3000},
		{&k.Rest.DropResponse, 12, 3000},
		{&k.Rest.Status, 12, 2000},
		{&k.Stream.DropFrame, 12, 1000},
		{&k.Stream.DupFrame, 12, 5000},
		{&k.Stream.Reorder, 12, 1000},
		{&k.Stream.Resets, 8, 50},
		{&k.Stream.HalfOpen, 8, 5},
		{&k.Stream.PongOnly, 8, 5},
		{&k.Process.Crashes, 10, 20},
		{&k.Stream.Silent, 8, 5},
		{&k.Market.Gap, 8, 300},
		{&k.Market.Dup, 8, 3000},
		{&k.Market.Bad, 8, 200},
		{&k.Market.WarmUp, 8, 3000},
		{&k.Market.Cross, 8, 4},
		{&k.Market.Stale, 8, 3},
		{&k.Market.Spike, 8, 3},
		{&k.Process.Stalls, 8, 4},
		{&k.Person.Reloads, 8, 3},
	} {
		if rarely(s.one) {
			*s.knob = some(s.most)
		}
	}
	if rarely(4) {
		k.Plan = Plans()[firstPlans+random.IntN(len(Plans())-firstPlans)]
	}
	if rarely(10) {
		k.Venue.Lag = span(60 * time.Second)
	}
	if rarely(8) {
		k.Stream.Long, k.Stream.Partition = true, some(2)
	}
	if k.Stream.Partition > 0 {
		k.Stream.Way = Way(random.IntN(3))
	}
	if rarely(12) {
		k.Clock.Offset = span(time.Hour)
	}
	if rarely(16) {
		k.Clock.Long, k.Clock.Suspend = true, 1
	}
	if rarely(64) { // a real file, which is slow, and often opened
		k.Process.File, k.Process.Flips, k.Process.Crashes = true, some(4000), max(k.Process.Crashes, 2)
	}
	k.Venue.NoZeros = !rarely(4)
}
