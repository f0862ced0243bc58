package okcoin_test

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/exchange"
	"rulebot/exchange/okcoin"
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

// stage is one way through a recording's frames.
type stage struct {
	name string
	run  func(frame []byte) error
}

// BenchmarkRecording is a recorded half minute of ten instruments, on one core
// and in one run: the whole way from a compressed frame to events, its floors
// (inflating alone, and a scan of the JSON after that), and what other
// libraries would make of the same frames. Each is reported in frames a second
// and, but for the whole, as how many times as fast as the whole it is.
func BenchmarkRecording(b *testing.B) {
	list := frames(b, "okcoin-2021-07-22-a.jsonl.gz")
	feed := newFeed(recordedInstruments, fixed(1), func(err error) { b.Fatal(err) })
	stages := recordingStages(feed)
	spent := make([]time.Duration, len(stages))
	for b.Loop() {
		feed.Begin()
		for i, s := range stages { // interleaved, so that a slow moment of the machine slows all
			began := time.Now()
			for _, raw := range list {
				if err := s.run(raw); err != nil {
					b.Fatalf("%s: %v", s.name, err)
				}
			}
			spent[i] += time.Since(began)
		}
	}
	for i, s := range stages {
		b.ReportMetric(float64(b.N)*float64(len(list))/spent[i].Seconds(), s.name+"-frames/s")
		if i > 0 {
			b.ReportMetric(spent[0].Seconds()/spent[i].Seconds(), s.name+"-ratio")
		}
	}
	b.ReportMetric(0, "ns/op") // an operation here is all the stages together
}

func recordingStages(feed *okcoin.Feed) []stage {
	inflater := exchange.NewInflater(4 << 20)
	var parser fastjson.Parser
	standard, reader, text := flate.NewReader(nil), new(bytes.Reader), new(bytes.Buffer)
	inflateStandard := func(frame []byte) error {
		reader.Reset(frame)
		text.Reset()
		if err := standard.(flate.Resetter).Reset(reader, nil); err != nil {
			return err
		}
		_, err := text.ReadFrom(standard)
		return err
	}
	after := func(next func(text []byte) error) func([]byte) error {
		return func(frame []byte) error {
			b, err := inflater.Inflate(frame)
			if err != nil {
				return err
			}
			return next(b)
		}
	}
	return []stage{
		{"whole", after(func(b []byte) error { _, err := feed.Decode(b); return err })},
		{"inflate", after(func([]byte) error { return nil })},
		{"scan", after(func(b []byte) error { _, err := parser.ParseBytes(b); return err })},
		{"stdinflate", inflateStandard},
		{"stdscan", after(func(b []byte) error {
			if !json.Valid(b) {
				return errors.New("not JSON")
			}
			return nil
		})},
		{"stddecode", after(func(b []byte) error { var v any; return json.Unmarshal(b, &v) })},
	}
}

// BenchmarkRecordingAllocations is the whole way alone.
func BenchmarkRecordingAllocations(b *testing.B) {
	list := frames(b, "okcoin-2021-07-22-a.jsonl.gz")
	feed := newFeed(recordedInstruments, fixed(1), func(err error) { b.Fatal(err) })
	whole := recordingStages(feed)[0]
	b.ReportAllocs()
	for b.Loop() {
		feed.Begin()
		for _, raw := range list {
			if err := whole.run(raw); err != nil {
				b.Fatal(err)
			}
		}
	}
}
