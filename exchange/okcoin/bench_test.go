package okcoin_test

import (
	"bytes"
	"testing"

	"rulebot/exchange"
)

// BenchmarkFrame is one compressed book update, from bytes to events.
func BenchmarkFrame(b *testing.B) {
	feed := newFeed([]string{"BTC-USD"}, fixed(1), func(err error) { b.Fatal(err) })
	feed.Begin()
	var frames [][]byte
	for _, m := range messages(b, "feed.jsonl") {
		if bytes.Contains(m, []byte(`depth_l2_tbt","action`)) {
			frames = append(frames, deflated(b, m))
		}
	}
	inflater := exchange.NewInflater(4 << 20)
	decode := func(frame []byte) {
		text, err := inflater.Inflate(frame)
		if err != nil {
			b.Fatal(err)
		}
		if events, err := feed.Decode(text); err != nil || len(events) == 0 {
			b.Fatalf("got %d events, %v", len(events), err)
		}
	}
	const snapshot, heartbeat = 1, 2 // messages of the file: the book, then an update of it
	decode(frames[snapshot])
	b.ReportAllocs()
	for b.Loop() {
		decode(frames[heartbeat])
	}
}

// BenchmarkRecording is a recorded half minute of ten instruments; its floor
// is inflating the same frames and nothing else.
func BenchmarkRecording(b *testing.B) {
	list := frames(b, "okcoin-2021-07-22-a.jsonl.gz")
	inflater := exchange.NewInflater(4 << 20)
	perSecond := func(b *testing.B) {
		b.ReportMetric(float64(b.N)*float64(len(list))/b.Elapsed().Seconds(), "frames/s")
	}
	b.Run("inflate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, raw := range list {
				if _, err := inflater.Inflate(raw); err != nil {
					b.Fatal(err)
				}
			}
		}
		perSecond(b)
	})
	b.Run("decode", func(b *testing.B) {
		feed := newFeed(recordedInstruments, fixed(1), func(err error) { b.Fatal(err) })
		b.ReportAllocs()
		for b.Loop() {
			feed.Begin()
			for _, raw := range list {
				text, err := inflater.Inflate(raw)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := feed.Decode(text); err != nil {
					b.Fatal(err)
				}
			}
		}
		perSecond(b)
	})
}
