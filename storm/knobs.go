package storm

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"rulebot/storm/venue"
)

// Knobs are what goes wrong in a run, and how much. A zero knob is off.
// Shares are in ten thousandths.
type Knobs struct {
	Plan     string // which rules trade
	Minutes  int    // of faults
	Protocol Protocol

	Rest    RestKnobs
	Stream  StreamKnobs
	Market  MarketKnobs
	Venue   VenueKnobs
	Process ProcessKnobs
	Clock   ClockKnobs
	Person  PersonKnobs
	OKX     OKXKnobs // where it is spoken
}

// RestKnobs are faults of calls.
type RestKnobs struct {
	DropRequest  int
	DropResponse int
	Refused      int // no connection
	Status       int // another status than the exchange's, applied or not
	Garbled      int // a body cut or foreign
	TooMany      int // 429
	Duplicate    int // delivered twice
	Delay        time.Duration
}

// StreamKnobs are faults of connections.
type StreamKnobs struct {
	DropFrame int
	DupFrame  int
	Reorder   int // a frame overtakes the one before it
	Garbled   int
	Delay     time.Duration
	Resets    int // in a run, likewise below
	HalfOpen  int
	PongOnly  int
	Refused   int  // connects
	Partition int  // up to two minutes
	Long      bool // up to five
	Way       Way
	Silent    int // channels that say nothing any more
}

// Way is which way a partition lets nothing through.
type Way uint8

// The ways.
const (
	BothWays Way = iota
	Inwards      // nothing reaches the bot
	Outwards     // nothing of the bot's reaches the exchange
)

// MarketKnobs are faults of what the market says.
type MarketKnobs struct {
	Gap    int // a push left out
	Dup    int // come twice
	Bad    int // with what is no number
	WarmUp int // connections end while the past is fetched
	Cross  int // in a run, likewise below
	Stale  int // up to three minutes
	Spike  int // to 60 to 160 percent, for up to 20 s
}

// OKXKnobs are what only OKX does.
type OKXKnobs struct {
	Habits   venue.Habits
	Restarts int // of a book's numbers, in a run, likewise below
	Upgrades int // notices that a connection ends, which it does a minute later
}

// VenueKnobs are freedoms of the exchange.
type VenueKnobs struct {
	AcceptDelay time.Duration
	Lag         time.Duration
	Unique      venue.Unique
	Partial     int // in a hundred
	Tick        time.Duration
	Swing       int
	NoZeros     bool // lists of balances leave out what is zero
}

// ProcessKnobs are crashes and stalls.
type ProcessKnobs struct {
	Crashes int           // at effects, in a run
	Stall   time.Duration // of a lane before it does what it was told
	File    bool          // the journal is a real file; else its twin in memory
	Failing int           // commits that end in an error
	Stalls  int           // of the disk, in a run, up to 10 s
	Flips   int           // starts that find a bit of a real file flipped
}

// ClockKnobs are what the bot's clock does.
type ClockKnobs struct {
	Offset  time.Duration
	Drift   int  // parts in a million
	Suspend int  // in a run, likewise below
	Long    bool // up to eight hours; else up to two minutes
	Step    int  // of the wall clock, up to an hour either way
}

// PersonKnobs are what people do.
type PersonKnobs struct {
	Halts   int
	Foreign int // orders of somebody else that rest
	Trades  int // likewise, and trade
	Reloads int // stops, and starts with other limits
}

// firstPlans is how many plans there were when the first seeds were played.
const firstPlans = 3

// draw makes the knobs of a seed: each is off in half of the runs.
func draw(random *rand.Rand) Knobs {
	on := func() bool { return random.IntN(2) == 0 }
	share := func(most int) int {
		if !on() {
			return 0
		}
		x := random.Float64() // mostly a little: a bot that never trades shows nothing
		return 1 + int(float64(most)*float64(x*x))
	}
	span := func(most time.Duration) time.Duration {
		if !on() {
			return 0
		}
		return time.Duration(random.Int64N(int64(most)))
	}
	rarely := func(n int) bool { return random.IntN(n) == 0 }
	k := Knobs{Plan: Plans()[random.IntN(firstPlans)], Minutes: 3 + random.IntN(6)}
	k.Rest = RestKnobs{
		DropRequest: share(2000), DropResponse: share(2000), Refused: share(1000), Status: share(1500),
		Garbled: share(1000), TooMany: share(500), Duplicate: share(500), Delay: 50 * time.Millisecond,
	}
	if on() {
		k.Rest.Delay = time.Duration(random.Int64N(int64(2 * time.Second)))
	}
	if rarely(8) {
		k.Rest.Delay = time.Duration(random.Int64N(int64(8 * time.Second)))
	}
	if rarely(32) {
		k.Rest.Delay = time.Duration(random.Int64N(int64(60 * time.Second)))
	}
	k.Stream = StreamKnobs{
		DropFrame: share(500), DupFrame: share(2000), Reorder: share(500), Garbled: share(50),
		Delay: span(2 * time.Second), Resets: share(4), HalfOpen: share(2), PongOnly: share(2),
		Refused: share(3000), Partition: share(2),
	}
	if on() { // a stream that loses nothing shows other things
		k.Stream.DropFrame, k.Stream.Reorder, k.Stream.Garbled = 0, 0, 0
	}
	k.Venue = VenueKnobs{
		Unique: venue.Unique(random.IntN(3)), Partial: random.IntN(80),
		Tick: time.Second + time.Duration(random.Int64N(int64(4*time.Second))), Swing: 1 + random.IntN(200),
	}
	if rarely(4) {
		k.Venue.AcceptDelay = time.Duration(random.Int64N(int64(60 * time.Second)))
	}
	if rarely(4) {
		k.Venue.Lag = time.Duration(random.Int64N(int64(20 * time.Second)))
	}
	k.Process = ProcessKnobs{Crashes: share(6), Stall: span(400 * time.Millisecond), File: rarely(48), Failing: share(30)}
	k.Clock = ClockKnobs{Offset: span(500 * time.Millisecond), Drift: random.IntN(1001) - 500, Suspend: share(2), Step: share(2)}
	k.Person = PersonKnobs{Foreign: share(3)}
	if rarely(3) {
		k.Person.Halts = 1 + random.IntN(4)
	}
	if rarely(16) {
		k.Person.Trades = 1
	}
	return k
}

// String names the knobs that are on.
func (k Knobs) String() string {
	var parts []string
	for _, g := range []any{k.Rest, k.Stream, k.Market, k.Venue, k.Process, k.Clock, k.Person, k.OKX} {
		parts = append(parts, fmt.Sprintf("%+v", g))
	}
	return fmt.Sprintf("%s, plan %s, %d minutes\n  %s", k.Protocol, k.Plan, k.Minutes, strings.Join(parts, "\n  "))
}
