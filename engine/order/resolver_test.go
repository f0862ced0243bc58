package order_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"rulebot/engine/market"
	"rulebot/engine/order"
)

// after is a moment after the request left.
func after(d time.Duration) market.Time { return noon.Add(d) }

// TestProof takes each condition away in turn.
func TestProof(t *testing.T) {
	const window = 35 * time.Second
	type say func(p *order.Probe)
	missing := func(d time.Duration) say { return func(p *order.Probe) { p.Missing(after(d)) } }
	scan := func(d time.Duration) say { return func(p *order.Probe) { p.Scanned(after(d)) } }
	deaf := func(d time.Duration) say { return func(p *order.Probe) { p.Deaf(after(d)) } }
	incident := say(func(p *order.Probe) { p.Incident() })
	tests := []struct {
		name string
		said []say
		want bool
	}{
		{"nothing", nil, false},
		{"all", []say{missing(1), missing(2), missing(window), scan(window)}, true},
		{"in any order", []say{scan(window), missing(window), missing(2), missing(1)}, true},
		{"two answers", []say{missing(1), missing(window), scan(window)}, false},
		{"no answer after the window", []say{missing(1), missing(2), missing(window - 1), scan(window)}, false},
		{"a scan from before", []say{missing(1), missing(2), missing(window), scan(window - 1)}, false},
		{"no scan", []say{missing(1), missing(2), missing(window), missing(time.Hour)}, false},
		{"deaf after the scan", []say{missing(1), missing(2), missing(window), scan(window), deaf(window + 1)}, false},
		{"deaf before the scan", []say{missing(1), missing(2), missing(window), deaf(window + 1), scan(window + 1)}, true},
		{"incident", []say{missing(1), missing(2), missing(window), scan(window), incident}, false},
		{"an old answer in an incident", []say{incident, missing(1), missing(2), missing(10*time.Minute - 1), scan(10 * time.Minute)}, false},
		{"an incident that is over", []say{incident, missing(1), missing(2), missing(10 * time.Minute), scan(10 * time.Minute)}, true},
	}
	for _, tt := range tests {
		p := order.NewProbe(noon, 1)
		for _, s := range tt.said {
			s(&p)
		}
		if got := p.Proven(); got != tt.want {
			t.Errorf("%s: got proven %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestBegan: what was sent by a process whose clock was an hour ahead left
// before the next one began, and is asked about from then on.
func TestBegan(t *testing.T) {
	p := order.NewProbe(after(time.Hour), 1)
	p.Began(after(0))
	if due := p.Due(); due > after(time.Second) {
		t.Errorf("asked again at %s", due)
	}
	p.Missing(after(1))
	p.Missing(after(2))
	p.Missing(after(35 * time.Second))
	p.Scanned(after(35*time.Second - 1))
	if p.Proven() {
		t.Error("proven within the window after the process began")
	}
	p.Scanned(after(35 * time.Second))
	if !p.Proven() {
		t.Error("not proven a window after the process began")
	}
	early := order.NewProbe(after(0), 1)
	due := early.Due()
	if early.Began(after(time.Hour)); early.Due() != due {
		t.Error("what left earlier is asked about later")
	}
	for range 3 {
		early.Missing(after(time.Hour))
	}
	early.Scanned(after(time.Hour))
	if early.Proven() {
		t.Error("proven by a clock that may have been moved between two processes")
	}
}

// TestTimeProvesNothing: asking for ever without an answer concludes nothing.
func TestTimeProvesNothing(t *testing.T) {
	p := order.NewProbe(noon, 1)
	for range 10_000 {
		p.Asked(p.Due())
	}
	p.Scanned(p.Due())
	if p.Proven() || p.WantsScan(p.Due()) {
		t.Errorf("after %s without an answer: proven %v, wants a scan %v", p.Due().Sub(noon), p.Proven(), p.WantsScan(p.Due()))
	}
}

func TestProbeThatNeverBegan(t *testing.T) {
	var p order.Probe
	for range 3 {
		p.Missing(after(time.Hour))
	}
	p.Scanned(after(time.Hour))
	if p.Active() || p.Proven() || p.WantsScan(after(time.Hour)) || p.Due() != 0 {
		t.Errorf("got active %v, proven %v, due %s; want nothing", p.Active(), p.Proven(), p.Due())
	}
}

func TestWantsScan(t *testing.T) {
	p := order.NewProbe(noon, 1)
	p.Missing(after(time.Second))
	p.Missing(after(2 * time.Second))
	if p.WantsScan(after(time.Minute)) {
		t.Error("a scan is wanted before the answers are complete")
	}
	p.Missing(after(36 * time.Second))
	if !p.WantsScan(after(36 * time.Second)) {
		t.Error("no scan is wanted although it is all that is missing")
	}
	p.Scanned(after(36 * time.Second))
	if p.WantsScan(after(37 * time.Second)) {
		t.Error("a scan is wanted again")
	}
}

// TestPauses: 0.2, 0.5, 1, 2, 4, 8, 16, 32 s and then every 30 s, each up to a
// fifth longer or shorter, the same for the same order.
func TestPauses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := order.Seed(rapid.String().Draw(t, "id"))
		p, again := order.NewProbe(noon, seed), order.NewProbe(noon, seed)
		last := noon
		for i, ms := range []int64{200, 500, 1000, 2000, 4000, 8000, 16000, 32000, 30000, 30000, 30000} {
			d := time.Duration(ms) * time.Millisecond
			got := p.Due().Sub(last)
			if got < d*8/10 || got > d*12/10 {
				t.Fatalf("pause %d: got %s, want %s give or take a fifth", i, got, d)
			}
			last = p.Due()
			p.Asked(last)
			again.Asked(again.Due())
		}
		if p != again {
			t.Fatalf("two runs differ: %+v and %+v", p, again)
		}
	})
}

// TestPausesDiffer: many orders do not ask at one moment.
func TestPausesDiffer(t *testing.T) {
	ids := order.IDs{Tag: order.Tag("main", "store"), Boot: 1}
	due := map[market.Time]bool{}
	for seq := range uint64(100) {
		p := order.NewProbe(noon, order.Seed(ids.New(seq)))
		due[p.Due()] = true
	}
	if len(due) < 50 {
		t.Errorf("100 orders ask at %d moments, want at least 50", len(due))
	}
}
