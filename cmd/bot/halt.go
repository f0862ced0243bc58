package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"rulebot/cmd/bot/internal/control"
	"rulebot/persist"
)

// operatorFlags are the flags of halt and resume.
type operatorFlags struct {
	state, reason string
	wait          time.Duration
	json, flatten bool
	decided       []control.Ended
}

func readOperatorFlags(name, about, reason string, args []string, stderr io.Writer) (o operatorFlags, help bool, err error) {
	usage := name + " [--state DIR] [--reason TEXT] [--wait TIME] [--json]"
	if name == control.Halt {
		usage += " [--flatten]"
	} else {
		usage += " [--decide ORDER=STATE]..."
	}
	fs := newFlags(name, usage, about)
	fs.StringVar(&o.state, "state", "./state", "`DIR` of the stores, as bot run has it")
	fs.StringVar(&o.reason, "reason", "", reason)
	fs.DurationVar(&o.wait, "wait", 30*time.Second, "how much `TIME` a running bot has to finish")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a store")
	if name == control.Halt {
		fs.BoolVar(&o.flatten, "flatten", false, "have the bots that run sell what their strategies hold, at the market; their files must say flatten: true")
	} else {
		fs.Func("decide", "how an order in CONFLICT ended, as you found it at the exchange: `ORDER=STATE`, FILLED, CANCELED, REJECTED or NOT_FOUND", o.decide)
	}
	if help, err = parse(fs, args, stderr); help || err != nil {
		return o, help, err
	}
	if err := noArguments(fs); err != nil {
		return o, false, err
	}
	return o, false, stateDirectory(name, o.state)
}

// stateDirectory refuses what is not a state directory: a halt that reaches
// nobody because of a slip must not look like one.
func stateDirectory(name, state string) error {
	if persist.IsStore(state) {
		return misused("%s is one store, and %s is for a state directory: bot %s --state %s", state, name, name, filepath.Dir(filepath.Clean(state)))
	}
	info, err := os.Stat(state)
	if err != nil || !info.IsDir() {
		return misused("there is no state directory %s; nothing was done. --state DIR says where bot run keeps its stores", state)
	}
	return nil
}

// answerOf is what became of a command at one store.
type answerOf struct {
	Store   string   `json:"store"`
	Running bool     `json:"running"`
	OK      bool     `json:"ok"`             // the command is obeyed to its end
	Live    int      `json:"live,omitempty"` // orders of ours that may still be live
	Held    int      `json:"held,omitempty"` // strategies that hold what was to be sold
	Text    string   `json:"text"`
	Lifted  []string `json:"lifted,omitempty"`
}

// runHalt throws the kill switch and waits until the bots that run have
// cancelled everything.
func runHalt(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	o, help, err := readOperatorFlags("halt",
		"Halt every bot of a state directory: no order leaves any more, not even an exit, and our live orders are cancelled.\n"+
			"It waits until the exchange has said that none is live. What starts there later begins halted. It closes no position,\n"+
			"unless --flatten asks for that and the file of the run says flatten: true.",
		"`TEXT` for the journal", args, stderr)
	if help || err != nil {
		return err
	}
	if err := control.Throw(o.state, o.reason); err != nil {
		return fmt.Errorf("the kill switch could not be thrown: %w", err)
	}
	if !o.json {
		fmt.Fprintf(stdout, "%s is written: what starts there begins halted\n", filepath.Join(o.state, "HALT"))
	}
	dirs, err := persist.Stores(o.state)
	if err != nil {
		return err
	}
	bad := 0
	for _, dir := range dirs {
		a, err := o.haltStore(ctx, dir)
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
	if !o.json {
		fmt.Fprintf(stdout, "next: look at the account, then %s\n", resumeCommand(o.state))
	}
	if bad > 0 {
		if o.flatten {
			return errors.New("not everything is known to be cancelled and sold: look at the account, and do by hand what is left")
		}
		return errors.New("not everything is known to be cancelled: look at the account, and cancel by hand what is live")
	}
	return nil
}

func (o *operatorFlags) show(w io.Writer, a *answerOf) error {
	if o.json {
		return json.NewEncoder(w).Encode(a)
	}
	_, err := fmt.Fprintf(w, "%s: %s\n", a.Store, a.Text)
	for _, l := range a.Lifted {
		_, err = fmt.Fprintf(w, "  %s\n", l)
	}
	return err
}

// haltStore halts the bot that runs on a store, or says what a stopped one
// left at the exchange.
func (o *operatorFlags) haltStore(ctx context.Context, dir string) (answerOf, error) {
	running, err := persist.InUse(dir)
	if err != nil {
		return answerOf{}, err
	}
	if !running {
		l, err := readLatches(dir)
		if err != nil {
			return answerOf{}, err
		}
		a := answerOf{Store: dir, OK: len(l.live) == 0, Live: len(l.live), Text: "no bot runs on it, and no order of ours is live"}
		if a.Live > 0 {
			a.Text = fmt.Sprintf("no bot runs on it, and %s of ours may be live: bot run with its file begins halted and cancels", count(int64(a.Live), "order"))
		}
		if o.flatten {
			a.OK = false
			a.Text += "; NOTHING WAS SOLD: a bot that runs sells, so start it with its file, which begins halted, and give bot halt --flatten again"
		}
		return a, nil
	}
	command := control.Halt
	if o.flatten {
		command = control.Flatten
	}
	got, err := o.ask(ctx, dir, command)
	if err != nil {
		return answerOf{}, err
	}
	a := answerOf{Store: dir, Running: true, OK: got.Final && got.Refused == "" && got.Kept == "", Live: got.Live, Held: got.Held}
	a.Text = o.haltText(&got)
	return a, nil
}

// haltText says what a bot that runs answered to a halt.
func (o *operatorFlags) haltText(got *control.Answer) string {
	switch {
	case got.Refused != "":
		return "NOT HALTED: " + got.Refused
	case !got.Final && got.Held > 0:
		return fmt.Sprintf("halted, and after %v %s not sold yet, and %s of ours may be live; the bot goes on selling",
			o.wait, areOpen(got.Held), count(int64(got.Live), "order"))
	case !got.Final:
		return fmt.Sprintf("halted, and after %v %s of ours may still be live; the bot goes on cancelling", o.wait, count(int64(got.Live), "order"))
	case got.Kept != "":
		return "halted, and none of our orders is live; NOTHING WAS SOLD: " + got.Kept
	case o.flatten:
		return "halted, none of our orders is live, and no strategy holds anything that can be sold"
	}
	return "halted, and none of our orders is live"
}

func areOpen(positions int) string {
	if positions == 1 {
		return "1 position is"
	}
	return count(int64(positions), "position") + " are"
}

// ask gives the bot that runs on a store a command and waits for its last
// answer, or for the newest one when the time is up.
func (o *operatorFlags) ask(ctx context.Context, dir, command string) (control.Answer, error) {
	id, err := control.Ask(dir, command, o.reason, time.Now(), o.decided...)
	if err != nil {
		return control.Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.wait)
	defer cancel()
	tick := time.NewTicker(lookEvery / 2)
	defer tick.Stop()
	for {
		got, err := control.Answered(dir, id)
		switch {
		case err != nil:
			return control.Answer{}, err
		case got != nil && got.Final:
			return *got, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if got != nil {
				return *got, nil
			}
			return control.Answer{}, errors.Join(
				fmt.Errorf("a process holds the store and did not answer within %v: end it (kill -9), then bot run begins halted and cancels", o.wait),
				control.Withdraw(dir, id))
		}
	}
}
