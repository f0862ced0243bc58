package house_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const fuzzList = "testdata/fuzz.txt"

var fuzzTarget = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(f \*testing\.F\)`)

// TestEveryInputIsFuzzed holds the list of inputs against the fuzz targets: each
// input has one, and each target is of an input.
func TestEveryInputIsFuzzed(t *testing.T) {
	there := fuzzTargets(t)
	b, err := os.ReadFile(fuzzList)
	if err != nil {
		t.Fatal(err)
	}
	listed, n := map[string]bool{}, 0
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		n++
		head, targets, ok := strings.Cut(line, ": ")
		if want := fmt.Sprintf("F%02d ", n); !ok || !strings.HasPrefix(head, want) {
			t.Errorf("%s: %q: want %swhat is read: folder and target, …", fuzzList, line, want)
		}
		for target := range strings.SplitSeq(targets, ", ") {
			if listed[target] || !slices.Contains(there, target) {
				t.Errorf("%s: %s is not there, or listed twice", fuzzList, target)
			}
			listed[target] = true
		}
	}
	if n < 15 {
		t.Errorf("%s: %d inputs are left, there were 15", fuzzList, n)
	}
	for _, target := range there {
		if !listed[target] {
			t.Errorf("%s has no %s", fuzzList, target)
		}
	}
}

// fuzzTargets are all of them, as folder and name.
func fuzzTargets(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		b, err := os.ReadFile(name)
		folder := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(name)), "../../")
		for _, m := range fuzzTarget.FindAllSubmatch(b, -1) {
			all = append(all, folder+" "+string(m[1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
