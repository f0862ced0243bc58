package mutate_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rulebot/internal/mutate"
)

var (
	count = flag.Int("mutants", 4, "how many mistakes are tried in each package, spread over it; 0 is all, and the engine's")
	only  = flag.String("package", "", "only this package, as in engine/risk")
)

// judged is the code whose tests are measured. Those of its package may notice a
// mistake, and the engine's scenarios.
var judged = []struct {
	pkg   string
	files string // of the package; "" is all
	least int    // percent of all mistakes that are noticed
}{
	{"engine/order", "", 90},
	{"engine/risk", "", 90},
	{"engine/portfolio", "", 90},
	{"engine", "news.go lately.go split.go submit.go orders.go", 89}, // fills, and what leaves
}

// TestMistakesAreNoticed tries mistakes, a few by default and all of them by
// the ledger in docs/proof.md.
func TestMistakesAreNoticed(t *testing.T) {
	for _, p := range judged {
		if *only == "" && (*count == 0 || p.pkg != "engine") || *only == p.pkg {
			t.Run(p.pkg, func(t *testing.T) { newBench(t, p.pkg, p.files).judge(p.least) })
		}
	}
}

// bench is a package full of mistakes, built with its tests and with the
// engine's.
type bench struct {
	t       *testing.T
	root    string
	pkg     string
	overlay string
	mutants []mutate.Mutant
	suites  []suite
}

// suite is a test binary and where it runs.
type suite struct {
	binary, dir string
	args        []string
}

func newBench(t *testing.T, pkg, chosen string) *bench {
	t.Helper()
	b := &bench{t: t, root: "../..", pkg: pkg}
	replaced := map[string]string{}
	dir := t.TempDir()
	names, err := filepath.Glob(filepath.Join(b.root, pkg, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "reference.go") {
			continue // the reference is words
		}
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	rewritten, mutants, err := mutate.Package(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutants {
		if chosen == "" || slices.Contains(strings.Fields(chosen), filepath.Base(m.Where.Filename)) {
			b.mutants = append(b.mutants, m)
		}
	}
	for name, text := range rewritten {
		b.put(name, filepath.Join(dir, filepath.Base(name)), string(text), replaced)
	}
	b.put(filepath.Join(b.root, pkg, "mutated.go"), filepath.Join(dir, "mutated.go"), fmt.Sprintf(asks, filepath.Base(pkg)), replaced)
	text, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	b.overlay = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(b.overlay, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if pkg != "engine" {
		b.build(pkg)
	}
	if pkg == "engine" || *count == 0 {
		b.build("engine", "-test.run", "Scenarios")
	}
	return b
}

// asks is the function that the rewritten source calls.
const asks = `package %s

import "os"

var mutatedNow = os.Getenv("MUTANT")

var mutatedAt = func() (n int) {
	for _, d := range mutatedNow {
		n = 10*n + int(d-'0')
	}
	return n
}()

func mutated(number int) bool { return number == mutatedAt }
`

func (b *bench) put(name, as, text string, replaced map[string]string) {
	b.t.Helper()
	full, err := filepath.Abs(name)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(as, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	replaced[full] = as
}

func (b *bench) build(pkg string, args ...string) {
	b.t.Helper()
	binary := filepath.Join(filepath.Dir(b.overlay), strings.ReplaceAll(pkg, "/", "-")+".test")
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-overlay", b.overlay, "-o", binary, "./"+pkg)
	cmd.Dir = b.root
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("%v\n%s", err, out)
	}
	b.suites = append(b.suites, suite{binary, filepath.Join(b.root, pkg), args})
}

// judge runs the tests once without a mistake, and once with each.
func (b *bench) judge(least int) {
	if !b.passes(0) {
		b.t.Fatal("the tests fail without a mistake")
	}
	tried, noticed := 0, 0
	step := 1
	if *count > 0 {
		step = max(1, len(b.mutants) / *count)
	}
	for i := step / 2; i < len(b.mutants); i += step {
		m := b.mutants[i]
		tried++
		if !b.passes(m.Number) {
			noticed++
			continue
		}
		b.t.Logf("nobody notices %s:%d: %s", filepath.Base(m.Where.Filename), m.Where.Line, m.What)
	}
	b.t.Logf("%s: %d of %d mistakes noticed, of %d", b.pkg, noticed, tried, len(b.mutants))
	if *count == 0 && noticed*100 < least*tried {
		b.t.Errorf("%s: %d of %d mistakes noticed, less than %d %%", b.pkg, noticed, tried, least)
	}
}

// passes reports whether every test passes with a mistake. One that ends in no
// time is noticed as well.
func (b *bench) passes(number int) bool {
	for _, s := range b.suites {
		ctx, cancel := context.WithTimeout(b.t.Context(), 20*time.Second)
		cmd := exec.CommandContext(ctx, s.binary, append([]string{"-test.failfast", "-test.short"}, s.args...)...)
		cmd.Dir, cmd.Env = s.dir, append(os.Environ(), fmt.Sprint("MUTANT=", number))
		err := cmd.Run()
		cancel()
		if err != nil {
			return false
		}
	}
	return true
}
