package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"rulebot/cmd/bot/internal/control"
	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/risk"
	"rulebot/persist"
)

// runResume lifts halts and switches rules on again.
func runResume(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	o, help, err := readOperatorFlags("resume",
		"Lift every halt below a state directory, and switch on again the rules that fired too often. A limit on losses that is\n"+
			"broken is measured from the present equity on. A running bot refuses while one of our orders may still be live.",
		"`TEXT` that says why, for the journal; required", args, stderr)
	if help || err != nil {
		return err
	}
	if strings.TrimSpace(o.reason) == "" {
		return misused("--reason TEXT is missing: it stands in the journal beside what was lifted")
	}
	thrown, err := control.Thrown(o.state)
	if err != nil {
		return err
	}
	dirs, err := persist.Stores(o.state)
	if err != nil {
		return err
	}
	bad := 0
	for _, dir := range dirs {
		a, err := o.resumeStore(ctx, dir)
		if err != nil {
			a = answerOf{Store: dir, Text: err.Error()}
		}
		if !a.OK {
			bad++
		}
		if err := o.show(stdout, &a); err != nil {
			return err
		}
	}
	switch {
	case bad > 0 && thrown != nil:
		return errors.New("not everything was resumed, so the kill switch stays thrown")
	case bad > 0:
		return errors.New("not everything was resumed")
	case thrown == nil && len(dirs) == 0 && !o.json:
		_, err = fmt.Fprintf(stdout, "nothing below %s is halted\n", o.state)
	case thrown != nil:
		err = control.Release(o.state, thrown)
		if err == nil && !o.json {
			_, err = fmt.Fprintf(stdout, "the kill switch is released; it was thrown at %s%s\n", thrown.At.UTC().Format("2006-01-02 15:04:05"), reasonText(thrown))
		}
	}
	return err
}

func reasonText(k *control.Kill) string {
	if k.Reason == "" {
		return ""
	}
	return ": " + k.Reason
}

// resumeStore resumes the bot that runs on a store, or lifts what a stopped
// one left in it.
func (o *operatorFlags) resumeStore(ctx context.Context, dir string) (answerOf, error) {
	running, err := persist.InUse(dir)
	if err != nil {
		return answerOf{}, err
	}
	if !running {
		return o.lift(dir)
	}
	got, err := o.ask(ctx, dir, control.Resume)
	switch {
	case err != nil:
		return answerOf{}, err
	case got.Refused != "":
		return answerOf{Store: dir, Running: true, Text: "NOT RESUMED: " + got.Refused}, nil
	}
	a := answerOf{Store: dir, Running: true, OK: true, Text: "nothing is halted", Lifted: got.Lifted}
	if len(a.Lifted) > 0 {
		a.Text = "resumed"
	}
	return a, nil
}

// lift writes into the store of a stopped bot what a running one would.
func (o *operatorFlags) lift(dir string) (answerOf, error) {
	l, err := readLatches(dir)
	if err != nil {
		return answerOf{}, err
	}
	decided, err := l.decide(o.decided, "decided by hand: "+o.reason)
	if err != nil {
		return answerOf{}, fmt.Errorf("NOT RESUMED: %w", err)
	}
	a := answerOf{Store: dir, OK: true, Live: len(l.live), Lifted: l.lifted(), Text: "nothing is halted"}
	if len(a.Lifted)+len(decided) == 0 {
		return a, nil
	}
	a.Lifted = append(a.Lifted, conflicts(l.live)...)
	a.Text = "resumed; no bot runs on it"
	if a.Live > 0 {
		a.Text += fmt.Sprintf(", and the next asks the exchange about %s of ours before anything leaves", count(int64(a.Live), "order"))
	}
	store, err := persist.Open(dir, l.id, persist.Options{})
	if err != nil {
		return answerOf{}, err
	}
	store.Append(append(decided, l.changes("resumed by hand: "+o.reason)...))
	return a, errors.Join(store.Commit(), store.Close())
}

// latches is what of a store stays until a person resumes.
type latches struct {
	id    persist.Identity
	at    market.Time
	day   market.Time
	halts []engine.Halt
	off   []engine.RuleMemory // as they are now
	live  []order.Order       // that may be live
}

func readLatches(dir string) (l *latches, err error) {
	store, err := persist.Read(dir)
	if err != nil {
		return nil, withCode(err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	l = &latches{id: store.Identity()}
	return l, store.Replay(func(c engine.Change) error {
		l.fold(&c)
		if c.Kind == engine.ChangeOrder {
			l.foldOrder(&c.Order)
		}
		return nil
	})
}

func (l *latches) fold(c *engine.Change) {
	l.at = max(l.at, c.At)
	switch c.Kind {
	case engine.ChangeHalt:
		if c.Halt.Mode == engine.ModeReady {
			l.halts = nil
			return
		}
		if c.Halt.Flatten { // the halt that holds, and what is held is sold
			l.halts = slices.DeleteFunc(l.halts, func(h engine.Halt) bool { return h.Mode == engine.ModeHalt })
		}
		l.halts = append(l.halts, c.Halt)
	case engine.ChangeDay:
		if c.Day.Start != l.day { // what only held for a day is over with it
			l.halts = slices.DeleteFunc(l.halts, func(h engine.Halt) bool { return h.Mode == engine.ModeReduceOnly })
		}
		l.day = c.Day.Start
	case engine.ChangeRule:
		r := &c.Rule
		l.off = slices.DeleteFunc(l.off, func(x engine.RuleMemory) bool { return x.Strategy == r.Strategy && x.Rule == r.Rule })
		if r.Disabled {
			l.off = append(l.off, *r)
		}
	default:
	}
}

func (l *latches) foldOrder(o *order.Order) {
	l.live = slices.DeleteFunc(l.live, func(x order.Order) bool { return x.ClientID == o.ClientID })
	if o.State.Live() {
		l.live = append(l.live, *o)
	}
}

// lifted says what a resume lifts.
func (l *latches) lifted() []string {
	var all []string
	for i := range l.halts {
		h := &l.halts[i]
		where := ""
		if h.Instrument != "" {
			where = " of " + h.Instrument
		}
		if h.Strategy != "" {
			where = " of " + h.Strategy
		}
		all = append(all, fmt.Sprintf("lifted: %s%s, %s: %s", modeText(h.Mode), where, h.Code, h.Reason))
	}
	for i := range l.off {
		all = append(all, fmt.Sprintf("on again: rule %s/%s, which fired too often", l.off[i].Strategy, l.off[i].Rule))
	}
	return all
}

func modeText(m engine.Mode) string {
	if m == engine.ModeReduceOnly {
		return "REDUCE ONLY"
	}
	return "HALT"
}

// changes are what the engine would have made of a resume.
func (l *latches) changes(reason string) []engine.Change {
	all := []engine.Change{{Kind: engine.ChangeHalt, At: l.at, Halt: engine.Halt{Code: string(risk.CodeOperator), Reason: reason}}}
	for _, r := range l.off {
		r.Disabled = false
		all = append(all, engine.Change{Kind: engine.ChangeRule, At: l.at, Rule: r})
	}
	return all
}
