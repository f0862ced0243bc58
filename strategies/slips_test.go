package strategies_test

import (
	"path/filepath"
	"strings"
	"testing"

	"rulebot/strategies"
)

// TestSlips holds what is said of the slips of a first hour: each file has
// one, and each answer names the fix.
//
// Faults: CF-02.
func TestSlips(t *testing.T) {
	paths, err := filepath.Glob("testdata/slips/*.bad.yaml")
	if err != nil || len(paths) < 20 {
		t.Fatalf("got %d slips, %v; want twenty or more", len(paths), err)
	}
	for _, path := range paths {
		src := read(t, path)
		f, ds := strategies.Load(filepath.Base(path), src)
		if f != nil || len(ds) == 0 {
			t.Errorf("Load took %s without a word", path)
			continue
		}
		compare(t, strings.TrimSuffix(path, ".yaml")+".txt", ds.Render(src))
		for _, d := range ds {
			if d.Hint == "" && !strings.Contains(d.Message, "must be") {
				t.Errorf("%s names no fix: %s", path, d.Message)
			}
		}
	}
}
