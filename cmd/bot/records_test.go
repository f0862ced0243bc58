package main

import (
	"testing"

	"rulebot/engine"
	"rulebot/engine/portfolio"
)

func TestRecordsShowWhatStrategiesRemember(t *testing.T) {
	r := records{positions: portfolio.New([]string{"held"}), state: make(map[string]map[string]float64)}
	for _, c := range []engine.Change{
		{Kind: engine.ChangeState, State: engine.Variables{Strategy: "other", Set: []engine.Value{{Name: "n", Number: 1}, {Name: "armed", Number: 1}}}},
		{Kind: engine.ChangeState, State: engine.Variables{Strategy: "held", Set: []engine.Value{{Name: "level", Number: 99.5}}}},
		{Kind: engine.ChangeState, State: engine.Variables{Strategy: "other", Set: []engine.Value{{Name: "n", Number: 2}}}},
	} {
		r.fold(&c)
	}
	var got [][2]string
	for _, p := range r.all() {
		got = append(got, [2]string{p.Strategy, stateText(r.state[p.Strategy])})
	}
	want := [][2]string{{"held", "level 99.5"}, {"other", "armed 1, n 2"}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("got %q, want %q", got, want)
	}
}
