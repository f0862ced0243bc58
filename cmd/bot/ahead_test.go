package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rulebot/engine"
)

// TestFilesAreReadAhead: files that are read at the same time are played as if
// they were read in turn, and the first that cannot be read is told of.
func TestFilesAreReadAhead(t *testing.T) {
	t.Parallel()
	f := benchSetup(t, wideRules(5)).file
	dir := t.TempDir()
	var args []string
	for i := range 5 {
		name := filepath.Join(dir, fmt.Sprintf("A%03d-USD.csv", i))
		walkFile(t, name, 200+i, uint64(i))
		args = append(args, fmt.Sprintf("A%03d-USD=%s", i, name))
	}
	played := func() (text strings.Builder) {
		m, err := openMarketWith(f, args, nil, barCache{dir: filepath.Join(dir, "cache"), most: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if len(m.ahead) != len(args) {
			t.Errorf("%d files were read ahead, want %d", len(m.ahead), len(args))
		}
		var ev engine.Event
		for {
			more, err := m.source.Next(&ev)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				return text
			}
			fmt.Fprintf(&text, "%v %s %v %v\n", ev.Kind, ev.Instrument, ev.At, ev.Bar)
		}
	}
	first, again := played(), played()
	if first.String() != again.String() {
		t.Error("what was parsed plays otherwise than what the cache kept")
	}
	for _, i := range []int{3, 1} { // the one with the lower number is told of once both are bad
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("A%03d-USD.csv", i)), []byte("time,open,high,low,close,volume\nnonsense\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := openMarketWith(f, args, nil, barCache{})
		if want := fmt.Sprintf("A%03d-USD.csv:2", i); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want what is wrong at %s", err, want)
		}
	}
}
