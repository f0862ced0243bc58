package house_test

import (
	"slices"
	"strings"
	"testing"
)

// arrow says what a package may import: of ours by name, a trailing /... for
// everything below, and of others by module.
type arrow struct {
	ours   string
	others string
	tests  string // what its tests may import beside that, of both
}

const values = "engine/num engine/market engine/order engine/portfolio engine/risk"

// arrows are the only imports there are between packages. A package that is
// not listed has none: a new one is a decision, made here.
var arrows = map[string]arrow{
	".":                      {},
	"engine/num":             {others: "github.com/govalues/decimal"},
	"engine/market":          {ours: "engine/num"},
	"engine/order":           {ours: "engine/num engine/market"},
	"engine/portfolio":       {ours: "engine/num engine/market engine/order"},
	"engine/risk":            {ours: "engine/num engine/market engine/order engine/portfolio"},
	"engine":                 {ours: values},
	"engine/report":          {ours: "engine " + values},
	"engine/report/html":     {ours: "engine engine/report " + values, tests: "github.com/gorilla/websocket"}, // a browser to talk to
	"engine/optimise":        {ours: "engine engine/report " + values},
	"engine/paper":           {ours: "engine " + values},
	"engine/backtest":        {ours: "engine engine/paper engine/report " + values},
	"engine/live":            {ours: "engine engine/paper engine/report internal/killpoint " + values, others: "github.com/sirupsen/logrus golang.org/x/sync"},
	"strategies/indicator":   {},
	"strategies":             {ours: "engine strategies/indicator " + values, others: "github.com/expr-lang/expr go.yaml.in/yaml/v4"},
	"persist":                {ours: "engine internal/killpoint " + values, others: "go.etcd.io/bbolt"},
	"persist/tape":           {ours: "engine " + values},
	"exchange":               {ours: "engine internal/killpoint " + values, others: "github.com/gorilla/websocket github.com/sirupsen/logrus github.com/klauspost/compress golang.org/x/time golang.org/x/sync"},
	"exchange/wire":          {ours: "engine/num engine/market engine/order", others: "github.com/valyala/fastjson"},
	"exchange/okcoin":        {ours: "exchange exchange/wire engine " + values, others: "github.com/valyala/fastjson github.com/klauspost/compress golang.org/x/time", tests: "github.com/gorilla/websocket"}, // a server to talk to
	"exchange/okx":           {ours: "exchange exchange/wire engine " + values, others: "github.com/valyala/fastjson golang.org/x/sync", tests: "github.com/gorilla/websocket"},
	"exchange/conformance":   {ours: "engine " + values}, // a test suite: it sees adapters through interfaces of its own
	"exchange/sim":           {ours: "engine " + values},
	"exchange/synth":         {ours: "engine " + values, tests: "exchange/sim"}, // measures the depth that the matcher derives
	"exchange/history":       {ours: "engine " + values, others: "github.com/klauspost/compress github.com/valyala/fastjson"},
	"exchange/server":        {ours: "engine exchange/sim exchange/synth exchange/history " + values, others: "github.com/gorilla/websocket github.com/klauspost/compress github.com/sirupsen/logrus golang.org/x/sync golang.org/x/time"},
	"exchange/server/front":  {ours: "exchange/server exchange/server/faults engine/market", others: "github.com/gorilla/websocket golang.org/x/time"},
	"exchange/server/faults": {ours: "engine/num", others: "go.yaml.in/yaml/v4"},
	"exchange/server/okcoin": {ours: "engine exchange/server exchange/server/front exchange/server/faults exchange/sim exchange/synth exchange/history " + values, others: "github.com/gorilla/websocket github.com/klauspost/compress github.com/valyala/fastjson github.com/sirupsen/logrus golang.org/x/sync golang.org/x/time"},
	"exchange/server/okx":    {ours: "engine exchange/server exchange/server/front exchange/server/faults exchange/sim " + values, tests: "github.com/gorilla/websocket"},
	"storm":                  {ours: "engine engine/live engine/order engine/market engine/num strategies persist exchange exchange/okcoin exchange/okx storm/venue storm/oracle", others: "github.com/sirupsen/logrus"},
	"storm/venue":            {}, // the other side: it uses nothing of ours
	"storm/oracle":           {}, // it judges ours, so neither does it
	"internal/realdata":      {},
	"internal/house":         {},
	"internal/killpoint":     {}, // it is in the program: everybody may name a moment
	"internal/mutate":        {}, // it rewrites ours, so it uses nothing of ours
	"internal/oracle":        {}, // it judges ours, so it uses nothing of ours
	"internal/byhand":        {}, // likewise
	"cmd/bot":                {ours: "...", others: "..."},
}

// What tests may import beside what their package may.
const (
	testOurs   = "internal/realdata internal/oracle internal/byhand"
	testOthers = "github.com/google/go-cmp pgregory.net/rapid github.com/rogpeppe/go-internal"
)

func TestArrowsPointInward(t *testing.T) {
	for _, p := range packages(t) {
		a, ok := arrows[p.name()]
		if !ok && strings.HasPrefix(p.name(), "cmd/bot/internal/") {
			a, ok = arrows["cmd/bot"], true
		}
		if !ok {
			t.Errorf("package %s is not in the table of arrows", p.name())
			continue
		}
		for _, imported := range p.Imports {
			if !a.allows(imported) {
				t.Errorf("%s imports %s", p.name(), imported)
			}
		}
		wider := arrow{
			ours:   strings.Join([]string{a.ours, a.tests, testOurs, p.name()}, " "),
			others: strings.Join([]string{a.others, a.tests, testOthers}, " "),
		}
		for _, imported := range slices.Concat(p.TestImports, p.XTestImports) {
			if !wider.allows(imported) {
				t.Errorf("a test of %s imports %s", p.name(), imported)
			}
		}
	}
}

func (a arrow) allows(imported string) bool {
	if imported == module {
		return allowed(a.ours, ".", false)
	}
	if name, ours := strings.CutPrefix(imported, module+"/"); ours {
		return allowed(a.ours, name, false)
	}
	if first, _, _ := strings.Cut(imported, "/"); !strings.Contains(first, ".") {
		return true // the standard library
	}
	return allowed(a.others, imported, true)
}

// allowed reports whether list names pkg or, for modules, something above it.
func allowed(list, pkg string, module bool) bool {
	for l := range strings.FieldsSeq(list) {
		if l == "..." || l == pkg || module && strings.HasPrefix(pkg, l+"/") {
			return true
		}
	}
	return false
}

func TestArrowTableKnowsGoodFromBad(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"engine", "rulebot/engine/num", true},
		{"engine", "rulebot/strategies", false},
		{"engine/num", "rulebot/engine/market", false},
		{"engine/market", "github.com/govalues/decimal", false},
		{"engine/num", "github.com/govalues/decimal", true},
		{"persist", "rulebot/exchange", false},
		{"persist", "go.etcd.io/bbolt/errors", true},
		{"persist", "go.etcd.io/bboltx", false},
		{"strategies", "rulebot/exchange/sim", false},
		{"exchange/okcoin", "rulebot/exchange/server", false},
		{"exchange/server/okcoin", "rulebot/exchange/okcoin", false},
		{"exchange/sim", "time", true},
		{"cmd/bot", "rulebot", true},
		{"engine", "rulebot", false},
	} {
		if got := arrows[c.from].allows(c.to); got != c.want {
			t.Errorf("%s imports %s: got %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

// vague are names that say nothing about what is inside.
var vague = []string{"util", "utils", "common", "helper", "helpers", "types", "models", "base", "manager", "misc", "lib", "shared"}

func TestPackagesAreNamedForWhatTheyHold(t *testing.T) {
	for _, p := range packages(t) {
		for part := range strings.SplitSeq(p.name(), "/") {
			if slices.Contains(vague, part) {
				t.Errorf("package %s: %q is no name", p.name(), part)
			}
		}
	}
}
