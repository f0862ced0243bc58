package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// pace is what a rule promises about when it fires.
type pace struct {
	on, bound string
	apart     func(before, now firing) bool // two firings may be so
}

// firing is when a rule fired: at an event, and in which bar.
type firing struct{ at, bar market.Time }

func paces() []pace {
	var all []pace
	for _, on := range []string{"bar", "tick", "book", "timer:20s", "schedule:01:10"} {
		all = append(all,
			pace{on, "once_per=bar", func(a, b firing) bool { return a.bar != b.bar }},
			pace{on, "once_per=day", func(a, b firing) bool { return a.at.Floor(dayLength) != b.at.Floor(dayLength) }},
			pace{on, "cooldown=2bars", func(a, b firing) bool { return b.bar.Sub(a.bar) >= 6*time.Minute }},
			pace{on, "cooldown=100s", func(a, b firing) bool { return b.at.Sub(a.at) >= 100*time.Second }},
		)
	}
	return all
}

// TestRulesKeepTheirPace plays random markets to rules on every kind of event
// that are true half of the time: no two firings are nearer than once_per and
// cooldown say, timers ring on their multiples, and after a restart as well.
func TestRulesKeepTheirPace(t *testing.T) {
	all := paces()
	fired := make([]int, len(all))
	for seed := range uint64(max(8, *seeds/5)) {
		s := newScene()
		lines := []string{"instrument BTC-USD", "strategy s BTC-USD 3m", "feed BTC-USD 1m"}
		for i, p := range all {
			lines = append(lines, fmt.Sprintf("rule r%d when=on%d on=%s fire=while_true %s do=log:x", i, i%3, p.on, p.bound))
		}
		playLines(t, s, lines...)
		playLines(t, s, "00:00 ready USD=1000 BTC=0")
		last := make([]firing, len(all))
		rng := rand.New(rand.NewPCG(seed, 3))
		for n := range 400 {
			for _, ev := range randomMoment(s, rng) {
				s.changes = append(s.changes, stepped(t, s, &ev, all, last, fired)...)
			}
			if n == 200 {
				if err := s.restart(); err != nil {
					t.Fatal(err)
				}
				playLines(t, s, clockText(s.at)+" ready")
			}
		}
	}
	for i, n := range fired {
		if n < 3 {
			t.Errorf("%s %s fired %d times: nothing was shown", all[i].on, all[i].bound, n)
		}
	}
}

// randomMoment is what happens next, some seconds later.
func randomMoment(s *scene, rng *rand.Rand) []engine.Event {
	for i := range 3 {
		s.prog.set(fmt.Sprint("on", i), fmt.Sprint(rng.IntN(2) == 0))
	}
	before := s.at
	s.at = s.at.Add(time.Duration(1+rng.IntN(40)) * time.Second)
	if rng.IntN(60) == 0 {
		s.at = s.at.Add(time.Duration(rng.IntN(11)) * time.Hour)
	}
	price := num.PriceOf(1000+rng.Int64N(20), 1).String()
	events := []engine.Event{{Kind: engine.KindTimer}}
	if minute := s.at.Floor(time.Minute); minute > before { // its bar closed on the way
		at := s.at
		s.at = minute
		b := s.bar(engine.KindBar, "BTC-USD", []string{price})
		b.At, b.Seen = minute, minute
		s.at = at
		events = append([]engine.Event{b}, events...)
	}
	return append(events, s.price("BTC-USD", price)...)
}

// stepped plays an event and looks at what fired.
func stepped(t *testing.T, s *scene, ev *engine.Event, all []pace, last []firing, fired []int) []engine.Change {
	t.Helper()
	if ev.At == 0 {
		ev.At, ev.Seen = s.at, s.at
	}
	out := s.e.Step(ev)
	for i := range out.Changes {
		memory := &out.Changes[i].Rule
		if out.Changes[i].Kind != engine.ChangeRule || memory.Fired != s.at && memory.Fired != ev.At {
			continue
		}
		var r int
		if _, err := fmt.Sscanf(memory.Rule, "r%d", &r); err != nil {
			t.Fatal(err)
		}
		p, now := all[r], firing{memory.Fired, memory.FiredBar}
		if now == last[r] {
			continue // its truth moved
		}
		if last[r].at != 0 && !p.apart(last[r], now) {
			t.Fatalf("%s %s fired at %s and at %s", p.on, p.bound, clockText(last[r].at), clockText(now.at))
		}
		if p.on != "bar" && now.bar != now.at.Floor(3*time.Minute) {
			t.Fatalf("%s fired at %s in the bar of %s", p.on, clockText(now.at), clockText(now.bar))
		}
		if kind := wokenBy(p.on); kind != ev.Kind {
			t.Fatalf("%s fired at an event of kind %d", p.on, ev.Kind)
		}
		last[r] = now
		fired[r]++
	}
	return slices.Clone(out.Changes)
}

func wokenBy(on string) engine.Kind {
	switch word, _, _ := strings.Cut(on, ":"); word {
	case "bar":
		return engine.KindBar
	case "tick":
		return engine.KindTrade
	case "book":
		return engine.KindQuote
	default:
		return engine.KindTimer
	}
}
