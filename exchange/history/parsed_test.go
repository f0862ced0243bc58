package history_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/exchange/history"
)

func parsedFile(t testing.TB, bars *history.Bars, key history.Key) []byte {
	t.Helper()
	var file bytes.Buffer
	if err := bars.WriteParsed(&file, key); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestParsedBarsComeBack(t *testing.T) {
	for _, n := range []int{1, 100, 8192, 8193, 20_000} {
		bars := generated(t, n)
		again, err := history.ReadParsed(bytes.NewReader(parsedFile(t, bars, history.Key{1})), history.Key{1}, bars.Instrument)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(bars.All(), again.All(), compareText); diff != "" || again.Timeframe != bars.Timeframe {
			t.Errorf("%d bars (-want +got):\n%s", n, diff)
		}
	}
}

// TestParsedBarsAreNotTrusted: no byte of a file can be another, none be
// missing and none be too many without being noticed.
func TestParsedBarsAreNotTrusted(t *testing.T) {
	bars := generated(t, 40)
	file := parsedFile(t, bars, history.Key{1})
	read := func(what string, text []byte, key history.Key) {
		t.Helper()
		if _, err := history.ReadParsed(bytes.NewReader(text), key, bars.Instrument); !errors.Is(err, history.ErrParsed) {
			t.Errorf("%s: got %v, want %v", what, err, history.ErrParsed)
		}
	}
	for i := range file {
		file[i] ^= 1 << (i % 8)
		read("a bit flipped", file, history.Key{1})
		file[i] ^= 1 << (i % 8)
		read("cut off", file[:i], history.Key{1})
	}
	read("another key", file, history.Key{2})
	read("more behind it", append(bytes.Clone(file), 0), history.Key{1})
	read("text", []byte(header+"1737158400000,5,6,4,5,1\n"), history.Key{1})
}

// FuzzParsed holds that what passes plays.
func FuzzParsed(f *testing.F) {
	f.Add(parsedFile(f, generated(f, 3), history.Key{}))
	f.Fuzz(func(t *testing.T, file []byte) {
		bars, err := history.ReadParsed(bytes.NewReader(file), history.Key{}, btc())
		if err != nil {
			return
		}
		for i := range bars.Len() {
			if bar := bars.Bar(i); bar.Check() != nil {
				t.Fatalf("got %+v", bar)
			}
		}
	})
}

// BenchmarkReadParsed reports the cost of reading one bar.
func BenchmarkReadParsed(b *testing.B) {
	const count = 100_000
	file := parsedFile(b, generated(b, count), history.Key{})
	for b.Loop() {
		if _, err := history.ReadParsed(bytes.NewReader(file), history.Key{}, btc()); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/count, "ns/bar")
}
