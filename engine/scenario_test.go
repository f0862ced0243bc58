package engine_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

var update = flag.Bool("update", false, "rewrite the outcomes in the scenario files")

// TestScenarios plays testdata/*.scenario. A file is read from top to bottom:
// what is traded and how, then events, one a line with its time, each followed
// by what came of it, indented. Lines with # are for people. testdata/README.md
// lists the words.
func TestScenarios(t *testing.T) {
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
			got, err := play(string(src))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if *update {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(src), got); diff != "" {
				t.Errorf("%s: outcomes differ (-want +got), -update rewrites them:\n%s", name, diff)
			}
		})
	}
}

// play runs a scenario and returns it with the outcomes it really has.
func play(src string) (string, error) { return newScene().play(src) }

func (s *scene) play(src string) (string, error) {
	for i, line := range strings.Split(strings.TrimRight(src, "\n"), "\n") {
		if strings.HasPrefix(line, "\t") {
			continue // an outcome: it is written anew
		}
		s.out.WriteString(line + "\n")
		text, _, _ := strings.Cut(line, "#!")
		if text = strings.TrimSpace(text); text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		if err := s.line(strings.Fields(text)); err != nil {
			return "", fmt.Errorf("line %d: %q: %w", i+1, line, err)
		}
	}
	return s.out.String(), nil
}

// scene is one scenario being played.
type scene struct {
	waited  time.Duration // how long each event waited before it was taken
	cfg     engine.Config
	prog    *program
	e       *engine.Engine
	changes []engine.Change        // everything that would be journaled
	orders  map[string]order.Order // as last told
	hidden  []string
	watch   func(*engine.Outcome) // when set, sees each outcome, and tracing is not shown
	at      market.Time
	wake    market.Time
	out     strings.Builder
}

func (s *scene) line(words []string) error {
	if configure, ok := configurations[words[0]]; ok {
		return configure(s, words[1:])
	}
	if s.e == nil {
		e, err := engine.New(s.cfg)
		if err != nil {
			return err
		}
		s.e = e
	}
	switch words[0] {
	case "set":
		s.prog.set(words[1], words[2])
		return nil
	case "state":
		s.state()
		return nil
	case "waited": // how long what follows waited before it is taken
		var err error
		s.waited, err = time.ParseDuration(words[1])
		return err
	case "restart":
		return s.restart()
	}
	at, err := parseClock(words[0])
	if err != nil {
		return err
	}
	if len(words) < 2 {
		return fmt.Errorf("what happens?")
	}
	if words[1] == "run" {
		return s.run(at)
	}
	s.at = at
	events, err := s.events(words[1], words[2:])
	if err != nil {
		return err
	}
	for i := range events {
		if err := s.step(&events[i], ""); err != nil {
			return err
		}
	}
	return nil
}

// step plays one event and writes down what came of it.
func (s *scene) step(ev *engine.Event, label string) error {
	if ev.At == 0 {
		ev.At = s.at
	}
	if ev.Seen == 0 {
		ev.Seen = s.at
	}
	if s.waited > 0 {
		ev.Market.Came = ev.Seen.Add(-s.waited)
	}
	s.prog.updates = s.prog.updates[:0]
	out := s.e.Step(ev)
	s.wake = out.Wake
	for _, u := range s.prog.updates {
		s.say("bar", label+u)
	}
	for i := range out.Changes {
		c := &out.Changes[i]
		s.changes = append(s.changes, *c)
		if c.Kind == engine.ChangeOrder {
			s.orders[c.Order.ClientID] = c.Order
		}
		kind, text := changeText(c)
		if s.watch == nil || kind != "evaluation" && kind != "checks" {
			s.say(kind, label+text)
		}
	}
	if s.watch != nil {
		s.watch(out)
	}
	for i := range out.Commands {
		s.say("command", label+commandText(&out.Commands[i]))
	}
	return s.e.Err()
}

// say writes an outcome, unless the scenario hides its kind.
func (s *scene) say(kind, text string) {
	if !slices.Contains(s.hidden, kind) {
		s.out.WriteString("\t" + text + "\n")
	}
}

// run wakes the engine whenever it wants, up to a time.
func (s *scene) run(until market.Time) error {
	for s.wake != 0 && s.wake <= until {
		s.at = max(s.at, s.wake)
		ev := engine.Event{Kind: engine.KindTimer}
		if err := s.step(&ev, clockText(s.at)+" "); err != nil {
			return err
		}
	}
	s.at = until
	return nil
}

// restart makes a new engine from what was journaled.
func (s *scene) restart() error {
	e, err := engine.New(s.cfg)
	if err != nil {
		return err
	}
	for i := range s.changes {
		if err := e.Restore(&s.changes[i]); err != nil {
			return err
		}
	}
	e.Restored()
	s.e = e
	return nil
}

func (s *scene) state() {
	snap := s.e.Snapshot()
	if snap.Ready {
		s.say("state", "ready")
	} else {
		s.say("state", "not ready: "+plain(snap.Reason))
	}
	s.say("state", fmt.Sprintf("equity %s, cash %s, unrealised %s", snap.Equity, snap.Cash, snap.Unrealised))
	for i := range snap.Positions {
		p := &snap.Positions[i]
		flat := ""
		if p.Flat {
			flat = ", flat"
		}
		s.say("state", fmt.Sprintf("%s holds %s of %s, cost %s, realised %s, fees %s%s", p.Strategy, p.Quantity, p.Instrument, p.Cost, p.Realised, p.Fees, flat))
	}
	for _, b := range s.e.Balances() {
		s.say("state", fmt.Sprintf("%s %s", b.Currency, b.Total))
	}
	for i := range snap.Live {
		s.say("state", "unsettled "+orderText(&snap.Live[i]))
	}
}
