package house_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// faultID is how tests and scenarios name what goes wrong in them.
var faultID = regexp.MustCompile(`\b(?:MD|OE|OU|AC|PS|CK|CF|RK|PR|NW|SC)-[0-9]{2}\b`)

// faultCount is how many faults there are of each kind: the list may not
// shrink unnoticed.
var faultCount = map[string]int{
	"MD": 27, "OE": 32, "OU": 23, "AC": 11, "PS": 18, "CK": 9, "CF": 11, "RK": 19, "PR": 11, "NW": 11, "SC": 16,
}

const faultList = "testdata/faults.txt"

// TestEveryFaultIsShown holds the list of faults against the tests: each is
// carried by one, or the list says what is open, or why it cannot be; and no
// test names a fault that is not there.
func TestEveryFaultIsShown(t *testing.T) {
	listed := faults(t)
	carried := carriers(t)
	kinds := map[string]int{}
	for id, f := range listed {
		kinds[id[:2]]++
		switch {
		case f == "" && len(carried[id]) == 0:
			t.Errorf("%s is carried by no test", id)
		case strings.HasPrefix(f, "cannot") && len(carried[id]) > 0:
			t.Errorf("%s cannot be, and %s carries it", id, carried[id][0])
		}
	}
	if !maps.Equal(kinds, faultCount) {
		t.Errorf("the list has %v, want %v", kinds, faultCount)
	}
	for _, id := range slices.Sorted(maps.Keys(carried)) {
		if _, ok := listed[id]; !ok {
			t.Errorf("%s: there is no fault %s", strings.Join(carried[id], ", "), id)
		}
	}
}

// faults reads the list: of each fault what follows "--", "" where nothing
// does.
func faults(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile(faultList)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, why, special := strings.Cut(line, " -- ")
		id, about, _ := strings.Cut(text, " ")
		_, told, _ := strings.Cut(why, ": ")
		_, twice := all[id]
		switch {
		case faultID.FindString(id) != id || len(about) < 5 || twice:
			t.Errorf("%s: %q is no fault, or there twice", faultList, line)
		case special && told == "" || special && !strings.HasPrefix(why, "open: ") && !strings.HasPrefix(why, "cannot: "):
			t.Errorf("%s: %q: want -- open: or -- cannot: and why", faultList, line)
		}
		all[id] = why
	}
	return all
}

// carriers returns the files of tests that name each fault.
func carriers(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir("../..", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2:
			return filepath.SkipDir
		case d.IsDir() || !carrier(filepath.ToSlash(name)):
			return nil
		}
		b, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		for _, id := range faultID.FindAllString(string(b), -1) {
			if !slices.Contains(found[id], name) {
				found[id] = append(found[id], name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// carrier reports whether a file is a test, or what a test plays.
func carrier(name string) bool {
	switch filepath.Ext(name) {
	case ".scenario", ".txtar":
		return true
	case ".go":
		return strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "/faults_test.go")
	}
	return strings.HasSuffix(name, ".bad.yaml")
}
