package faults_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/num"
	"rulebot/exchange/server/faults"
)

func TestLoad(t *testing.T) {
	s, err := faults.Load("f.yaml", []byte(`seed: 7
faults:
  - fault: latency
    delay: 200ms
    jitter: 100ms
  - {fault: error, call: place, status: 502, applied: true, times: 3, share: 0.5, from: 1m, until: 2m}
  - fault: clock
    offset: -45s
  - {fault: tick, from: 1m, instrument: btc-usd, tick: 0.1}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := faults.Scenario{Seed: 7, Faults: []faults.Fault{
		{Kind: faults.Latency, Delay: 200 * time.Millisecond, Jitter: 100 * time.Millisecond, Status: 503},
		{Kind: faults.Error, Call: "place", Status: 502, Applied: true, Times: 3, Share: 0.5, From: time.Minute, Until: 2 * time.Minute},
		{Kind: faults.Clock, Offset: -45 * time.Second, Status: 503},
		{Kind: faults.Tick, From: time.Minute, Instrument: "BTC-USD", Tick: num.MustPrice("0.1"), Status: 503},
	}}
	if diff := cmp.Diff(want, s, cmp.Comparer(func(a, b num.Price) bool { return a == b })); diff != "" {
		t.Errorf("scenario (-want +got):\n%s", diff)
	}
}

// TestLoadMistakes: each is placed, and says what to write.
func TestLoadMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "f.yaml:1:1: no scenario is written; begin with faults:",
		"- x":                      "f.yaml:1:1: a scenario is a map; write one of its keys: seed, faults",
		"faults: {}":               "f.yaml:1:9: faults is a list; write each fault after a dash",
		"fault: [x]":               `f.yaml:1:1: "fault" is no key of a scenario; write one of seed, faults`,
		"seed: x":                  `f.yaml:1:7: "x" is not a whole number from 0 to 4611686018427387904`,
		"faults: [{}]":             "f.yaml:1:10: which fault is not written; write fault: and one of latency, error",
		"faults: [boo]":            "f.yaml:1:10: a fault is a map",
		"faults:\n  - fault: boom": `f.yaml:2:12: "boom" is not one of latency, error, limit`,
		"faults:\n  - fault: limit\n    status: 500":                   `f.yaml:3:5: "status" is no key of a fault limit; write one of fault, from, until, every, call, share, times`,
		"faults:\n  - fault: error\n    status: 200":                   `f.yaml:3:13: "200" is not a whole number from 500 to 599`,
		"faults:\n  - fault: error\n    call: buy":                     `f.yaml:3:11: "buy" is not one of place, cancel`,
		"faults:\n  - fault: error\n    share: 2":                      `f.yaml:3:12: "2" is not a share above 0 and up to 1, as in 0.5`,
		"faults:\n  - fault: drop\n    from: soon":                     `f.yaml:3:11: "soon" is not a time, at least 0s; write it as 200ms, 30s or 5m`,
		"faults:\n  - fault: drop\n    from: 2m\n    until: 1m":        "f.yaml:2:5: until is not after from",
		"faults:\n  - {fault: drop, from: 1m, until: 3m, every: 2m}":   "f.yaml:2:5: every: 2m0s needs an until before it comes again",
		"faults:\n  - {fault: drop, every: 2m}":                        "f.yaml:2:5: every: 2m0s needs an until before it comes again",
		"faults:\n  - fault: latency":                                  "f.yaml:2:5: fault latency does nothing; write delay",
		"faults:\n  - {fault: tick, instrument: X, tick: no}":          `f.yaml:2:40: "no" is not a step of prices, as in 0.01`,
		"faults:\n  - {fault: tick, instrument: X}":                    "f.yaml:2:5: fault tick does nothing; write tick",
		"faults:\n  - fault: delist":                                   "f.yaml:2:5: fault delist does nothing; write instrument",
		"faults:\n  - fault: clock":                                    "f.yaml:2:5: fault clock does nothing; write offset",
		"faults:\n  - fault: drop\n    share: 0.1\n    share: 0.2":     "f.yaml:4:5: share is written twice; remove one",
		"faults:\n  - fault: drop\n   x: [":                            "f.yaml: ",
		"faults:\n  - {fault: drop, x: 1}\n  - {fault: limit, y: 2}\n": "f.yaml:3:20",
	} {
		_, err := faults.Load("f.yaml", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// TestPlan counts what becomes of a thousand requests and frames, which is the
// same each time.
func TestPlan(t *testing.T) {
	count := func() map[string]int {
		p := faults.New(faults.Scenario{Seed: 1, Faults: []faults.Fault{
			{Kind: faults.Error, Call: "place", Share: 0.25, Status: 502},
			{Kind: faults.Limit, Call: "place", Times: 10},
			{Kind: faults.Maintenance, From: time.Minute},
			{Kind: faults.Drop, Channel: "spot/order", Share: 0.1},
			{Kind: faults.Latency, Delay: time.Second, Jitter: time.Second, Share: 0.5},
		}})
		n := map[string]int{}
		for range 1000 {
			a := p.Request(0, "place")
			n["request "+string(a.Kind)]++
			if a.Delay != 0 {
				n["late"]++
			}
			if a.Delay != 0 && (a.Delay < time.Second || a.Delay >= 2*time.Second) {
				t.Fatalf("delay %s", a.Delay)
			}
			n["query "+string(p.Request(time.Hour, "query").Kind)]++
			n["cancel "+string(p.Request(time.Hour, "cancel").Kind)]++
			n["frame "+string(p.Frame(0, "spot/order").Kind)]++
			n["other "+string(p.Frame(0, "spot/trade").Kind)]++
		}
		return n
	}
	got := count()
	want := map[string]int{
		"request error": got["request error"], "request limit": 10, "request ": 990 - got["request error"], "late": got["late"],
		"query ": 1000, "cancel maintenance": 1000, "frame drop": got["frame drop"], "frame ": 1000 - got["frame drop"], "other ": 1000,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	for name, share := range map[string]int{"request error": 250, "frame drop": 100, "late": 500} {
		if n := got[name]; n < share*3/4 || n > share*5/4 {
			t.Errorf("%s: got %d of 1000, want about %d", name, n, share)
		}
	}
	if diff := cmp.Diff(got, count()); diff != "" {
		t.Errorf("a second time (-first +second):\n%s", diff)
	}
	var none *faults.Plan
	if none.Request(0, "place") != (faults.Answer{}) || none.Frame(0, "x") != (faults.Fate{}) || none.Mute(0) || none.Skew(0) != 0 {
		t.Error("no plan lets everything be")
	}
}

// TestEvery: a fault that comes again, and a scenario that ends.
func TestEvery(t *testing.T) {
	p := faults.New(faults.Scenario{End: 10 * time.Hour, Faults: []faults.Fault{
		{Kind: faults.Maintenance, From: time.Hour, Until: 2 * time.Hour, Every: 3 * time.Hour},
		{Kind: faults.Cut, From: 30 * time.Minute, Every: 4 * time.Hour},
	}})
	for since, want := range map[time.Duration]bool{
		59 * time.Minute: false, time.Hour: true, 119 * time.Minute: true, 2 * time.Hour: false,
		239 * time.Minute: false, 4 * time.Hour: true, 5 * time.Hour: false, 7 * time.Hour: true, 10 * time.Hour: false,
	} {
		if got := p.Request(since, "place").Kind == faults.Maintenance; got != want {
			t.Errorf("maintenance after %s: got %v, want %v", since, got, want)
		}
	}
	for _, c := range []struct {
		made, since time.Duration
		want        bool
	}{
		{0, 29 * time.Minute, false},
		{0, 30 * time.Minute, true},
		{0, 3 * time.Hour, true},
		{30 * time.Minute, 3 * time.Hour, false},
		{time.Hour, 270 * time.Minute, true},
		{271 * time.Minute, 5 * time.Hour, false},
		{0, 11 * time.Hour, false},
	} {
		if got := p.Cuts(c.made, c.since); got != c.want {
			t.Errorf("made after %s, after %s: cut %v, want %v", c.made, c.since, got, c.want)
		}
	}
}
