package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/history"
)

// openCached reads a file of bars through a cache.
func openCached(t *testing.T, c *barCache, name string, tick string) []market.Bar {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	bars, err := c.open(name, file, market.Instrument{ID: "BTC-USD", Tick: num.MustPrice(tick)})
	if err != nil {
		t.Fatal(err)
	}
	return bars.All()
}

func cached(t *testing.T, c *barCache) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(c.dir, "*.bars"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestParsedBarsAreKept: whatever lies in the cache, the bars are those of the
// file, and what cannot be believed is written anew.
func TestParsedBarsAreKept(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "bars.csv")
	if err := os.WriteFile(name, barsFile(300), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &barCache{dir: filepath.Join(t.TempDir(), "made", "bars"), most: 1 << 20}
	want := openCached(t, &barCache{}, name, "0.01")
	same := func(what string) {
		t.Helper()
		if got := openCached(t, c, name, "0.01"); !slices.Equal(got, want) {
			t.Errorf("%s: other bars than the file's", what)
		}
	}
	same("nothing kept")
	kept := cached(t, c)
	if len(kept) != 1 {
		t.Fatalf("kept %v, want one file", kept)
	}
	whole, err := os.ReadFile(kept[0])
	if err != nil {
		t.Fatal(err)
	}
	same("kept")
	for _, c := range []struct {
		what string
		text []byte
	}{{"empty", nil}, {"cut off", whole[:len(whole)/2]}, {"foreign", []byte("not bars at all")}, {"damaged", append(bytes.Clone(whole[:len(whole)-1]), whole[len(whole)-1]^1)}} {
		if err := os.WriteFile(kept[0], c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		same(c.what)
		if again, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(again, whole) {
			t.Errorf("%s: it was not written anew (%v)", c.what, err)
		}
	}
	if openCached(t, c, name, "5"); len(cached(t, c)) != 2 {
		t.Error("another tick rounds otherwise, and has a file of its own")
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := &barCache{dir: filepath.Join(dir, "cache"), most: 40_000}
	var first string
	for i, n := range []int{300, 310, 320, 330} { // some 15 kB each
		name := filepath.Join(dir, "bars.csv")
		if err := os.WriteFile(name, barsFile(n), 0o600); err != nil {
			t.Fatal(err)
		}
		openCached(t, c, name, "0.01")
		if i == 0 {
			first = cached(t, c)[0]
			long := time.Now().Add(-time.Hour)
			if err := os.Chtimes(first, long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	if kept := cached(t, c); len(kept) != 2 || slices.Contains(kept, first) {
		t.Errorf("kept %v, want the two newest", kept)
	}
}

// TestContentHash: the same content is told by the same key however it comes,
// and by another one where a byte, the length, the tick or the secret differs.
func TestContentHash(t *testing.T) {
	t.Parallel()
	secret, other := make([]byte, secretBytes), bytes.Repeat([]byte{1}, secretBytes)
	tick := market.Instrument{Tick: num.MustPrice("0.01")}
	keyOf := func(secret, text []byte, in market.Instrument, piece int) history.Key {
		h, err := newContentHash(secret)
		if err != nil {
			t.Fatal(err)
		}
		for rest := text; piece > 0 && len(rest) > 0; rest = rest[min(piece, len(rest)):] {
			_, _ = h.Write(rest[:min(piece, len(rest))])
		}
		if piece == 0 {
			if n, err := h.ReadFrom(bytes.NewReader(text)); err != nil || n != int64(len(text)) {
				t.Fatalf("read %d of %d bytes: %v", n, len(text), err)
			}
		}
		return h.key(in)
	}
	seen := map[history.Key]string{}
	differs := func(what string, key history.Key) {
		t.Helper()
		if same, ok := seen[key]; ok {
			t.Errorf("%s has the key of %s", what, same)
		}
		seen[key] = what
	}
	for _, n := range []int{0, 1, hashedBlock - 1, hashedBlock, hashedBlock + 1, 3*hashedBlock + 17} {
		text := make([]byte, n)
		key := keyOf(secret, text, tick, 0)
		differs(fmt.Sprint(n, " bytes"), key)
		for _, piece := range []int{7919, hashedBlock, 1 << 20} {
			if keyOf(secret, text, tick, piece) != key {
				t.Errorf("%d bytes in pieces of %d have another key", n, piece)
			}
		}
		differs(fmt.Sprint(n, " bytes, another secret"), keyOf(other, text, tick, 0))
		differs(fmt.Sprint(n, " bytes, another tick"), keyOf(secret, text, market.Instrument{Tick: num.MustPrice("0.1")}, 0))
		if n > 0 {
			text[n/2] ^= 1
			differs(fmt.Sprint(n, " bytes, one of them another"), keyOf(secret, text, tick, 0))
		}
	}
}

func TestTheSecretIsMadeOnce(t *testing.T) {
	t.Parallel()
	c := &barCache{dir: filepath.Join(t.TempDir(), "cache")}
	first := c.secret()
	if len(first) != secretBytes || !bytes.Equal(c.secret(), first) {
		t.Fatalf("got %x, then %x", first, c.secret())
	}
	if err := os.WriteFile(filepath.Join(c.dir, secretFile), first[:5], 0o600); err != nil {
		t.Fatal(err)
	}
	if again := c.secret(); len(again) != secretBytes || bytes.Equal(again, first) || !bytes.Equal(c.secret(), again) {
		t.Errorf("damaged: got %x", again)
	}
}
