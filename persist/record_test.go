package persist_test

import (
	"encoding/hex"
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/persist"
)

// flips is how many single-bit flips the damage test tries; more is a longer
// proof of the same thing.
var flips = flag.Int("flips", 120, "single-bit flips to try")

func TestRecordRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawChange(t)
		seq := rapid.Uint64().Draw(t, "seq")
		var prev [16]byte
		copy(prev[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "prev"))
		record, err := persist.EncodeRecord(want, seq, prev)
		must(t, err)
		got, gotSeq, gotPrev, err := persist.DecodeRecord(record)
		must(t, err)
		if gotSeq != seq || gotPrev != prev {
			t.Errorf("got seq %d after %x, want %d after %x", gotSeq, gotPrev, seq, prev)
		}
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Errorf("change (-want +got):\n%s", diff)
		}
	})
}

// TestRecordBytes holds the format that doc.go states: a change of these bytes
// must be readable for ever.
func TestRecordBytes(t *testing.T) {
	c := engine.Change{
		Kind: engine.ChangeDay, At: market.Milli(1_600_000_000_123),
		Day: engine.Day{Start: market.Milli(1_599_955_200_000), Equity: num.MustMoney("100000"), Peak: num.MustMoney("100250.75")},
	}
	record, err := persist.EncodeRecord(c, 258, [16]byte{0xAA, 15: 0xBB})
	must(t, err)
	payload := `{"kind":7,"at":"2020-09-13T12:26:40.123Z","day":{"start":"2020-09-13T00:00:00Z","equity":"100000","peak":"100250.75"}}`
	wantHead := "0107" + "0000000000000102" + "00000076"
	wantLink := "aa0000000000000000000000000000bb"
	got := hex.EncodeToString(record[:34])
	if !strings.HasPrefix(got, wantHead) || !strings.HasSuffix(got, wantLink) {
		t.Errorf("header: got %s, want %s, checksum, %s", got, wantHead, wantLink)
	}
	if string(record[34:]) != payload {
		t.Errorf("payload:\n got %s\nwant %s", record[34:], payload)
	}
	if got, want := got[28:36], "ae1d18ec"; got != want {
		t.Errorf("checksum: got %s, want %s", got, want)
	}
}

func TestEveryFlippedBitOfARecordIsSeen(t *testing.T) {
	record, err := persist.EncodeRecord(orderChange(1), 7, [16]byte{1})
	must(t, err)
	for i := range len(record) * 8 {
		record[i/8] ^= 1 << (i % 8)
		if _, _, _, err := persist.DecodeRecord(record); err == nil {
			t.Errorf("bit %d flipped: got no error", i)
		}
		record[i/8] ^= 1 << (i % 8)
	}
}

func FuzzRecord(f *testing.F) {
	for i := range 3 {
		record, err := persist.EncodeRecord(orderChange(i), uint64(i), [16]byte{})
		must(f, err)
		f.Add(record, false)
		f.Add(record[34:], true)
	}
	f.Add([]byte(`{"kind":2,"at":""} x`), true)
	f.Add([]byte(`{"kind":1,"at":"2020-09-13T12:26:40Z","decision":{"id":"a","readings":[{"text":"x","number":1e308}]}}`), true)
	f.Add([]byte(`{"format":1,"mode":"dry","blobs":[{"name":"b"},{"name":"a"}]}`), true)
	f.Fuzz(func(t *testing.T, data []byte, seal bool) {
		if err := persist.DecodeHead(data); err == nil {
			t.Log("a head")
		}
		if seal { // past the checksum, so that the payload is decoded
			if len(data) == 0 {
				return
			}
			data = persist.Seal(data, data[0]%16, 1)
			_ = persist.DecodeHead(persist.Seal(data[34:], 0xF0, 1)) // an error is as good as none: it must not panic
		}
		c, seq, prev, err := persist.DecodeRecord(data)
		if err != nil {
			return
		}
		record, err := persist.EncodeRecord(c, seq, prev)
		if err != nil {
			t.Fatalf("decoded and not encoded again: %v", err)
		}
		again, _, _, err := persist.DecodeRecord(record)
		if err != nil {
			t.Fatalf("encoded and not decoded again: %v", err)
		}
		if diff := cmp.Diff(c, again, same); diff != "" {
			t.Fatalf("second decoding (-first +second):\n%s", diff)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "s"))
	group := changes(1)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		s.Append(group)
		if n++; n%10_000 == 0 { // keep the group small; rare enough not to count
			must(b, s.Commit())
		}
	}
	b.StopTimer()
	must(b, persist.Leave(s))
}

func BenchmarkAppendCommit(b *testing.B) {
	s := open(b, filepath.Join(b.TempDir(), "s"))
	group := changes(1)
	b.ReportAllocs()
	for b.Loop() {
		s.Append(group)
		must(b, s.Commit())
	}
	b.StopTimer()
	must(b, s.Close())
}

func BenchmarkMemory(b *testing.B) {
	m := new(persist.Memory)
	group := changes(1)
	b.ReportAllocs()
	for b.Loop() {
		m.Append(group)
		must(b, m.Commit())
	}
}

// BenchmarkOpen opens and verifies a journal of 20,000 changes.
func BenchmarkOpen(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "s")
	s := open(b, dir)
	s.Append(changes(20_000))
	must(b, s.Close())
	b.ReportAllocs()
	for b.Loop() {
		must(b, open(b, dir).Close())
	}
	b.ReportMetric(20_000*float64(b.N)/b.Elapsed().Seconds(), "changes/s")
}

// TestStoreOfAnotherForm is refused as what it is: a newer program's, not a
// damaged one, so that nothing is restored over it.
//
// Faults: PS-11 CF-07.
func TestStoreOfAnotherForm(t *testing.T) {
	for _, c := range []struct {
		payload string
		want    error
	}{
		{`{"format":2,"mode":"dry","a":"member that we do not know"}`, persist.ErrFormat},
		{`{"format":0}`, persist.ErrFormat},
		{`{"format":1,"a":"member that we do not know"}`, persist.ErrDamaged},
		{`{"format":`, persist.ErrDamaged},
	} {
		wantError(t, c.payload, persist.DecodeHead(persist.Seal([]byte(c.payload), 0xF0, 1)), c.want)
	}
}
