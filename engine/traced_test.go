package engine_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
)

// TestTracingChangesNothing plays every scenario with tracing on: what follows
// is what follows without, and a rule fires when, and only when, it was
// recorded that nothing stands in its way.
func TestTracingChangesNothing(t *testing.T) {
	files, err := filepath.Glob("testdata/*.scenario")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".scenario"), func(t *testing.T) {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(src), "\ntrace\n") {
				return // shows it
			}
			s := newScene()
			s.cfg.Trace = true
			w := &watch{t: t, stands: map[string]string{}}
			s.watch = w.see
			got, err := s.play(string(src))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(src), got); diff != "" {
				t.Errorf("tracing changes what follows (-without +with):\n%s", diff)
			}
		})
	}
}

// watch holds what was recorded against what fired.
type watch struct {
	t      *testing.T
	stands map[string]string // by strategy/rule
}

func (w *watch) see(out *engine.Outcome) {
	fired := map[string]bool{}
	for i := range out.Changes {
		if c := &out.Changes[i]; c.Kind == engine.ChangeDecision && c.Decision.Guards != nil {
			fired[c.Decision.Strategy+"/"+c.Decision.Rule] = true
		}
	}
	for i := range out.Changes {
		x := out.Changes[i].Evaluation
		if x == nil {
			continue
		}
		name := x.Strategy + "/" + x.Rule
		w.stands[name] = x.Stands
		if !x.Same && unhindered(x.Stands) && !fired[name] {
			w.t.Errorf("%s stood %s and did not fire", name, x.Stands)
		}
	}
	for name := range fired {
		if !unhindered(w.stands[name]) {
			w.t.Errorf("%s fired and stood %s", name, w.stands[name])
		}
	}
}

// unhindered reports whether nothing stands in the way: guards and clauses hold,
// and unless does not.
func unhindered(stands string) bool {
	i := strings.LastIndexByte(stands, '|')
	return i > 0 && strings.Trim(stands[:i], "T|") == "" && (stands[i:] == "|" || stands[i:] == "|F")
}
