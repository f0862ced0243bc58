package storm_test

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rulebot/storm"
)

// planted are mistakes that the simulator must find: each is a piece of the
// bot's own source and what stands there instead. They exist in an overlay of
// the compiler alone, switched on one at a time.
var planted = []struct {
	name  string
	finds string // the invariants it breaks
	only  string // the protocol on which it can be seen; "" is each
	file  string
	old   string
	new   string
}{
	{
		"resend on timeout", "I1", "okcoin-v3", "exchange/okcoin/execute.go",
		"	switch {\n	case err != nil && !reply.Connected:",
		`	if err != nil && reply.Connected && ON {
		reply, err = c.orders.Do(ctx, exchange.Call{
			Method: http.MethodPost, URL: c.base + target, Body: body,
			Header: c.keys.headers(c.Now(), http.MethodPost, target, body),
		})
	}
	switch {
	case err != nil && !reply.Connected:`,
	},
	{
		"resend on timeout, OKX", "I1", "okx-v5", "exchange/okx/execute.go",
		"Body: text, Header: header})\n	switch {\n",
		`Body: text, Header: header})
	if err != nil && reply.Connected && ON {
		reply, err = c.orders.Do(ctx, exchange.Call{Method: http.MethodPost, URL: c.place.REST + target, Body: text, Header: header})
	}
	switch {
`,
	},
	{
		"an order outlives its time", "I1", "okx-v5", "exchange/okx/execute.go",
		"	if expires {\n", "	if expires && !ON {\n",
	},
	{
		"what a list leaves out is as it was", "I4", "okx-v5", "exchange/okx/query.go",
		"	for _, name := range currencies {\n", "	for _, name := range currencies {\n		if ON {\n			break\n		}\n",
	},
	{
		"what a list leaves out is as it was", "I4", "okcoin-v3", "exchange/okcoin/query.go",
		"		if order.Listed(list, name) {\n", "		if order.Listed(list, name) || ON {\n",
	},
	{
		"skipped dedup", "I5 I3 I6", "", "engine/news.go",
		"	if known {\n", "	if known && !ON {\n",
	},
	{
		"trusting the order of acks", "I7", "", "engine/order/news.go",
		"	on := Lost\n",
		`	if r.Class == Accepted && r.ExchangeID == o.ExchangeID && ON {
		o.State = Open
		o.settle()
		return nil
	}
	on := Lost
`,
	},
	{
		"skipped fsync", "I8", "", "engine/live/loop.go",
		"if len(out.Commands) > 0 && l.cfg.Journal.Pending() > 0 {", "if len(out.Commands) > 0 && l.cfg.Journal.Pending() > 0 && !ON {",
	},
	{
		"counting at the ack", "I3", "", "engine/news.go",
		"	e.update(t, o)\n	e.refused(&o, r)\n",
		`	e.update(t, o)
	if r.Class == order.Accepted && ON {
		e.change(Change{Kind: ChangeFill, Fill: order.Fill{
			Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: r.ExchangeID, ID: "ack", Side: o.Side, Price: o.Price, Quantity: o.Quantity, At: ev.At,
		}})
	}
	e.refused(&o, r)
`,
	},
	{
		"ignoring a late fill", "I18 I4", "", "engine/news.go",
		"	f.ClientID = t.ClientID\n", "	if t.State.Terminal() && ON {\n		return\n	}\n	f.ClientID = t.ClientID\n",
	},
	{
		"forgetting fees in the base currency", "I3", "", "engine/portfolio/portfolio.go",
		"		feeBase = num.AsQuantity(f.Fee)\n", "		if !ON {\n			feeBase = num.AsQuantity(f.Fee)\n		}\n",
	},
	{
		"time alone ends an unknown order", "I1 I2", "", "engine/order/resolver.go",
		"func (p *Probe) Proven() bool {", "func (p *Probe) Proven() bool {\n	if p.Active() && p.asked >= 4 && ON {\n		return true\n	}\n",
	},
	{
		"a halt does not reach what waits", "I11", "", "engine/live/lanes.go",
		"case n.halted.Load() && (!j.command.Order.Flatten || !n.sells.Load()):", "case n.halted.Load() && !ON:",
	},
	{
		"what waited looks new", "I12", "", "engine/markets.go",
		"	came := e.now\n", "	came := e.now\n	if ON {\n		return came\n	}\n",
	},
	{
		"an accepted cancel is a cancel", "I7 I18", "", "engine/order/news.go",
		"	if r.Class != Rejected || o.State != Canceling {\n",
		"	if r.Class == Accepted && o.State == Canceling && ON {\n		o.State = Canceled\n		o.settle()\n		return nil\n	}\n	if r.Class != Rejected || o.State != Canceling {\n",
	},
}

// plantedMost is how many seeds a mistake may hide from.
const plantedMost = "10000"

// switchSource is the package that only the overlay has.
const switchSource = `// Package planted switches a mistake on.
package planted

import "os"

var on = os.Getenv("PLANTED")

// On reports whether a mistake is made.
func On(name string) bool { return on == name }
`

var (
	plant  = flag.Bool("planted", false, "build the bot with mistakes in it, and look for them")
	spoken = flag.String("protocol", "okcoin-v3", "what the bot with a mistake in it speaks")
)

// TestPlantedMistakesAreFound builds the bot with each mistake in it, and plays
// seeds until the judge sees it. Without -planted it only looks whether the
// mistakes can still be made.
func TestPlantedMistakesAreFound(t *testing.T) {
	if os.Getenv("PLANTED") != "" {
		return // this is the build with the mistakes
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	changed := overlay(t, root)
	if !*plant {
		return
	}
	binary := filepath.Join(t.TempDir(), "storm.test")
	build := exec.Command("go", "test", "-c", "-vet=off", "-overlay", changed, "-o", binary, "./storm")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building with the mistakes: %v\n%s", err, out)
	}
	found := regexp.MustCompile(`seed (\d+): (I\d+): (.*)`)
	for _, p := range planted {
		for _, protocol := range []storm.Protocol{storm.Okcoin, storm.OKX} {
			if p.only != "" && p.only != protocol.String() {
				continue
			}
			t.Run(p.name+" on "+protocol.String(), func(t *testing.T) {
				play := exec.Command(binary, "-test.run", "^TestFirstViolation$", "-test.v", "-seeds", plantedMost, "-protocol", protocol.String())
				play.Env = append(os.Environ(), "PLANTED="+p.name)
				out, _ := play.CombinedOutput() // it fails: that is what is looked for
				m := found.FindStringSubmatch(string(out))
				if m == nil {
					t.Fatalf("%s seeds did not find it\n%s", plantedMost, out)
				}
				if !strings.Contains(" "+p.finds+" ", " "+m[2]+" ") {
					t.Errorf("found as %s, want %s: %s", m[2], p.finds, m[0])
				}
				t.Log(m[0])
			})
		}
	}
}

// TestFirstViolation plays seeds until one breaks something.
func TestFirstViolation(t *testing.T) {
	if os.Getenv("PLANTED") == "" {
		return // it is for the build with the mistakes
	}
	protocol, err := storm.ParseProtocol(*spoken)
	if err != nil {
		t.Fatal(err)
	}
	for seed := *from; seed < *from+*seeds && !t.Failed(); seed++ {
		play(t, seed, storm.Options{Dir: t.TempDir(), Protocol: protocol})
	}
}

// overlay writes the changed sources and returns the file that names them.
func overlay(t *testing.T, root string) string {
	t.Helper()
	dir := t.TempDir()
	sources := map[string]string{}
	for _, p := range planted {
		name := filepath.Join(root, p.file)
		src, changed := sources[name]
		if !changed {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			src = regexp.MustCompile(`(?m)^package \w+$`).ReplaceAllString(string(b), "$0\n\nimport \"rulebot/internal/planted\"\n")
		}
		if n := strings.Count(src, p.old); n != 1 {
			t.Fatalf("%s: what %q replaces is there %d times, want once:\n%s", p.file, p.name, n, p.old)
		}
		sources[name] = strings.Replace(src, p.old, strings.ReplaceAll(p.new, "ON", `planted.On("`+p.name+`")`), 1)
	}
	sources[filepath.Join(root, "internal/planted/planted.go")] = switchSource
	replaced := map[string]string{}
	for name, src := range sources {
		to := filepath.Join(dir, strings.ReplaceAll(name, string(filepath.Separator), "_"))
		if err := os.WriteFile(to, []byte(src), 0o600); err != nil {
			t.Fatal(err)
		}
		replaced[name] = to
	}
	b, err := json.Marshal(map[string]map[string]string{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
