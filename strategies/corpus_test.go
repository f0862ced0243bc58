package strategies_test

import (
	"flag"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/strategies"
)

var update = flag.Bool("update", false, "rewrite the expected diagnostics")

// TestBadCorpus holds what is reported for each bad file, to the character.
func TestBadCorpus(t *testing.T) {
	for _, path := range corpus(t, "bad") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			src := read(t, path)
			f, ds := strategies.LoadWith(filepath.Base(path), src, opened)
			if f != nil || len(ds) == 0 {
				t.Fatalf("Load took %s without a diagnostic", path)
			}
			compare(t, strings.TrimSuffix(path, ".yaml")+".txt", ds.Render(src))
		})
	}
}

// TestGoodCorpus holds that each good file loads.
func TestGoodCorpus(t *testing.T) {
	for _, path := range corpus(t, "good") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			src := read(t, path)
			f, ds := strategies.LoadWith(filepath.Base(path), src, opened)
			if len(ds) > 0 {
				t.Fatalf("got diagnostics, want none:\n%s", ds.Render(src))
			}
			compare(t, strings.TrimSuffix(path, ".yaml")+".txt", f.Dump()+f.Notes.Render(src))
		})
	}
}

// TestExample holds that the example loads without a note, trades with every
// limit written, and says the same as ever.
func TestExample(t *testing.T) {
	src := read(t, "../strategies.example.yaml")
	f, ds := strategies.Load("strategies.example.yaml", src)
	if len(ds) > 0 {
		t.Fatalf("got diagnostics, want none:\n%s", ds.Render(src))
	}
	if len(f.Notes) > 0 {
		t.Errorf("got notes, want none:\n%s", f.Notes.Render(src))
	}
	if missing := f.Risk.Missing(); len(missing) > 0 {
		t.Errorf("limits that live trading needs are not written: %v", missing)
	}
	compare(t, "testdata/example.txt", f.Dump())
}

// TestDocNamesAll holds that the page on the language names every function
// and every value.
func TestDocNamesAll(t *testing.T) {
	doc := string(read(t, "doc.go"))
	for _, f := range strategies.Functions() {
		if !strings.Contains(doc, f.Name) {
			t.Errorf("doc.go does not name %s", f.Usage)
		}
	}
	for _, name := range strategies.Values() {
		_, field, dotted := strings.Cut(name, ".")
		if !dotted {
			field = name
		}
		if !strings.Contains(doc, field) {
			t.Errorf("doc.go does not name %s", name)
		}
	}
}

// opened is what the files of the corpora include.
func opened(pattern string) ([]strategies.Included, error) {
	src := map[string]string{
		"more.yaml":      "strategies:\n  - name: included\n    instrument: BTC-USD\n    timeframe: 1h\n    rules: [{name: r, when: close > hl2, do: {buy: {size: {base: 1}}}}]\n",
		"wrong/one.yaml": "version: 1\nstrategies:\n  - name: wide\n    instrument: BTC-USD\n    timeframe: 1h\n    rules: [{name: r, when: clsoe > 1, do: close}]\n    risk: {max_order_value: 20000}\n",
		"wrong/two.yaml": "rules: []\n",
		"wrong/not.yaml": "",
	}
	var files []strategies.Included
	for _, name := range slices.Sorted(maps.Keys(src)) {
		if ok, err := path.Match(pattern, name); err != nil {
			return nil, err
		} else if ok {
			files = append(files, strategies.Included{Name: name, Src: []byte(src[name])})
		}
	}
	return files, nil
}

func corpus(t *testing.T, kind string) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*." + kind + ".yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no %s files: %v", kind, err)
	}
	return paths
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// compare holds got against a file of expectations, or rewrites it.
func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := string(read(t, path))
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", path, d)
	}
}
