package synth_test

import (
	"testing"

	"rulebot/engine"
	"rulebot/exchange/synth"
)

func BenchmarkNext(b *testing.B) {
	m := synth.New(synth.Config{Seed: 1})
	var ev engine.Event
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Next(&ev); err != nil {
			b.Fatal(err)
		}
	}
}
