//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestConfigChanged: what changed in the file since the last run is told before
// anything is sent, once (R35).
func TestConfigChanged(t *testing.T) {
	t.Parallel()
	x, dir := served(t, "--speed", "20", "--seed", "3"), t.TempDir()
	file := fmt.Sprintf(holding, x.REST, x.WS, false)
	for _, c := range []struct {
		file string
		want []string
	}{
		{file, nil},
		{file, nil},
		{"# an empty line changes nothing\n\n" + strings.Replace(file, "quote: 500", "quote: 900", 1), []string{
			"was holder.yaml:10: - {name: in, for: flat, when: close > 0, fire: while_true, do: {buy: {size: {quote: 500}}}}",
			"now holder.yaml:1: # an empty line changes nothing",
			"now holder.yaml:12: - {name: in, for: flat, when: close > 0, fire: while_true, do: {buy: {size: {quote: 900}}}}",
		}},
	} {
		if err := os.WriteFile(filepath.Join(dir, "holder.yaml"), []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		said := toldBy(t, dir)
		if _, told, _ := strings.Cut(said, "as the last run had it:\n"); !strings.HasPrefix(told, under(c.want)) || (told != "") != (c.want != nil) {
			t.Errorf("got %q, want %q", told, c.want)
		}
	}
}

func under(lines []string) (text string) {
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return text
}

// TestChangedLinesAreBounded: of a file that is another one, not everything is
// shown.
func TestChangedLinesAreBounded(t *testing.T) {
	long := keptText{"a.yaml", strings.Repeat("x\n", 40)}
	got := changedLines("was", []keptText{long}, []keptText{{"a.yaml", "x\nx\n"}})
	if len(got) != changedMost+1 || got[0] != "was a.yaml:3: x" || !slices.Contains(got, "was: 26 lines more") {
		t.Errorf("got %q", got)
	}
}

// toldBy runs bot until it has said what it is, and a little more.
func toldBy(t *testing.T, dir string) string { return endedBy(t, dir, os.Interrupt) }
