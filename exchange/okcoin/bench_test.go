package okcoin_test

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/exchange"
	"rulebot/exchange/okcoin"
)

// The book frames of the messages: the book, then an update of it.
const snapshot, heartbeat = 1, 2

func bookFrames(b *testing.B) [][]byte {
	b.Helper()
	var frames [][]byte
	for _, m := range messages(b, "feed.jsonl") {
		if bytes.Contains(m, []byte(`depth_l2_tbt","action`)) {
			frames = append(frames, deflated(b, m))
		}
	}
	return frames
}

// BenchmarkFrame is one compressed book update, from bytes to events.
func BenchmarkFrame(b *testing.B) {
	feed := newFeed([]string{"BTC-USD"}, fixed(1), func(err error) { b.Fatal(err) })
	feed.Begin()
	frames := bookFrames(b)
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
// and, but for the whole, as how many times as fast as the whole it is; the
// fastest pass of each counts.
func BenchmarkRecording(b *testing.B) {
	benchStages(b, frames(b, "okcoin-2021-07-22-a.jsonl.gz"), recordedInstruments)
}

// BenchmarkMessages is the same over a small book and its update, again and
// again, for machines without recordings.
func BenchmarkMessages(b *testing.B) {
	book := bookFrames(b)
	benchStages(b, slices.Repeat(book[snapshot:heartbeat+1], 100), []string{"BTC-USD"})
}

func benchStages(b *testing.B, list [][]byte, instruments []string) {
	b.Helper()
	feed := newFeed(instruments, fixed(1), func(err error) { b.Fatal(err) })
	stages := recordingStages(feed)
	best := make([]time.Duration, len(stages)) // the quietest pass: other work of the machine is not ours
	for b.Loop() {
		feed.Begin()
		for i, s := range stages {
			began := time.Now()
			s.each(b, list)
			if took := time.Since(began); best[i] == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	for i, s := range stages {
		feed.Begin()
		b.ReportMetric(testing.AllocsPerRun(1, func() { s.each(b, list) })/float64(len(list)), s.name+"-allocs/frame")
		b.ReportMetric(float64(len(list))/best[i].Seconds(), s.name+"-frames/s")
		if i > 0 {
			b.ReportMetric(best[0].Seconds()/best[i].Seconds(), s.name+"-ratio")
		}
	}
	b.ReportMetric(0, "ns/op") // an operation here is all the stages together
}

func (s *stage) each(b *testing.B, list [][]byte) {
	b.Helper()
	for _, raw := range list {
		if err := s.run(raw); err != nil {
			b.Fatalf("%s: %v", s.name, err)
		}
	}
}

// message is what the standard library would decode a frame of the market
// into, with the numbers still as texts.
type message struct {
	Table, Action string
	Data          []struct {
		InstrumentID                          string     `json:"instrument_id"`
		Asks, Bids                            [][]string // the book
		Checksum                              int32
		TradeID                               string `json:"trade_id"` // a trade
		Price, Size, Side                     string
		Last, BestBid, BestAsk, BaseVolume24h string   // the ticker, roughly
		Candle                                []string // a bar
		Timestamp                             string
	}
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
		{"stddecode", after(func(b []byte) error { return json.Unmarshal(b, new(message)) })},
		{"stdany", after(func(b []byte) error { return json.Unmarshal(b, new(any)) })},
	}
}
