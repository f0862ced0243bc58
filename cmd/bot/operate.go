package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/sirupsen/logrus"

	"rulebot/cmd/bot/internal/control"
	"rulebot/engine"
	"rulebot/engine/live"
)

// lookEvery is how often a run looks whether a person left it a word.
const lookEvery = 100 * time.Millisecond

// operators is the bot's end of bot halt and bot resume: it watches the kill
// switch, the requests beside the store and SIGUSR1, tells the loop, and
// answers.
type operators struct {
	state, store string
	told         chan live.Instruction
	replies      chan control.Answer // from the loop to the goroutine that writes them
	incidents    chan string         // what the exchange is out of service for, then ""
	ended        chan struct{}
	log          logrus.FieldLogger
	seen         *control.Kill
	disk         diskGuard

	// The loop's own.
	engine  *engine.Engine
	stderr  io.Writer
	waiting []control.Answer // halts to answer again, until none of our orders is live and nothing is to be sold
	left    control.Answer   // of which Live and Held are what was told last
	latches latches          // as they are
	lifted  []string         // by the newest resume
}

func newOperators(state, store string, log logrus.FieldLogger, stderr io.Writer) *operators {
	return &operators{
		state: state, store: store, log: log, stderr: stderr,
		disk: diskGuard{dir: store, free: freeSpace},
		told: make(chan live.Instruction, 1), replies: make(chan control.Answer, 64), ended: make(chan struct{}),
		incidents: make(chan string, 16),
	}
}

// first looks whether the kill switch was thrown before the run: then that is
// what the run hears first.
func (o *operators) first() error {
	k, err := control.Thrown(o.state)
	if err != nil {
		return err
	}
	if k != nil {
		o.seen = k
		o.told <- live.Instruction{Operator: engine.OperatorHalt, Reason: killText(k)}
	}
	return nil
}

func killText(k *control.Kill) string {
	if k.Reason == "" {
		return "file HALT"
	}
	return "file HALT: " + k.Reason
}

// watch looks until ctx is done, and writes the answers that come until then.
func (o *operators) watch(ctx context.Context) {
	defer close(o.ended)
	tick, space := time.NewTicker(lookEvery), time.NewTicker(spaceLook)
	defer tick.Stop()
	defer space.Stop()
	o.guard(ctx)
	signals, stop := haltSignals()
	defer stop()
	for {
		select {
		case <-tick.C:
			o.look(ctx)
		case <-space.C:
			o.guard(ctx)
		case <-signals:
			o.tell(ctx, live.Instruction{Operator: engine.OperatorHalt, Reason: "SIGUSR1"})
		case reason := <-o.incidents:
			o.tell(ctx, live.Instruction{Operator: engine.OperatorIncident, Reason: reason})
		case a := <-o.replies:
			o.reply(a)
		case <-ctx.Done():
			for len(o.replies) > 0 { // the loop has ended: nobody adds to them
				o.reply(<-o.replies)
			}
			return
		}
	}
}

func (o *operators) look(ctx context.Context) {
	k, err := control.Thrown(o.state)
	switch {
	case err != nil:
		o.log.WithError(err).Warn("kill switch")
	case k != nil && (o.seen == nil || !k.At.Equal(o.seen.At)):
		o.seen = k
		o.tell(ctx, live.Instruction{Operator: engine.OperatorHalt, Reason: killText(k)})
	}
	requests, err := control.Requests(o.store, time.Now())
	if err != nil {
		o.log.WithError(err).Warn("requests")
	}
	for _, r := range requests {
		by := engine.OperatorHalt
		switch r.Command {
		case control.Resume:
			by = engine.OperatorResume
		case control.Flatten:
			by = engine.OperatorFlatten
		}
		ends, err := endsOf(r.Decided)
		if err != nil {
			o.reply(control.Answer{ID: r.ID, Final: true, Refused: err.Error()})
			continue
		}
		o.tell(ctx, live.Instruction{Operator: by, Reason: r.Reason, Decided: ends, Done: func(err error) { o.obeyed(by, r.ID, err) }})
	}
}

// incident passes on that the exchange is out of service, or not any more. It
// is called by a stream, which must not wait.
func (o *operators) incident(reason string) {
	select {
	case o.incidents <- reason:
	default: // as many wait already
	}
}

// guard looks at the disk.
func (o *operators) guard(ctx context.Context) {
	hold, warning := o.disk.look()
	if warning != "" {
		o.log.Warn(warning)
	}
	if hold == nil {
		return
	}
	if *hold == "" {
		o.log.Warn("the disk has room again: orders may leave")
	} else {
		o.log.Error(*hold + ": no order leaves until there is room; make some")
	}
	o.tell(ctx, live.Instruction{Operator: engine.OperatorHold, Reason: *hold})
}

// tell hands an instruction to the loop, and goes on answering while the loop
// is busy.
func (o *operators) tell(ctx context.Context, in live.Instruction) {
	for {
		select {
		case o.told <- in:
			return
		case a := <-o.replies:
			o.reply(a)
		case <-ctx.Done():
			return
		}
	}
}

func (o *operators) reply(a control.Answer) {
	if err := control.Reply(o.store, a); err != nil {
		o.log.WithError(err).Warn("answer to a command")
	}
}

// obeyed is called on the loop when an instruction is durable or refused.
func (o *operators) obeyed(by engine.Operator, id string, err error) {
	switch {
	case err != nil:
		o.answer(control.Answer{ID: id, Final: true, Refused: err.Error()})
	case by == engine.OperatorHalt, by == engine.OperatorFlatten:
		a := o.standing()
		if err := o.engine.MayFlatten(); err != nil && by == engine.OperatorFlatten {
			a.Kept = err.Error()
		}
		a.ID = id
		o.answer(a)
		if !a.Final {
			o.waiting = append(o.waiting, a)
		}
	default:
		o.answer(control.Answer{ID: id, Final: true, Lifted: append(o.lifted, conflicts(o.engine.Unsettled())...)})
		o.lifted = nil
	}
}

// answer must not hold up the loop: whoever gets none asks again.
func (o *operators) answer(a control.Answer) {
	select {
	case o.replies <- a:
	default:
	}
}

// See says what a halt of everything means and which command comes next, and
// then when none of our orders is live any more. It is called on the loop.
func (o *operators) See(out *engine.Outcome) {
	for i := range out.Changes {
		c := &out.Changes[i]
		if c.Kind == engine.ChangeHalt && c.Halt.Mode == engine.ModeReady {
			o.lifted = o.latches.lifted()
			o.lifted = append(o.lifted, measured(out.Changes[i:])...)
		}
		o.latches.fold(c)
		if c.Kind == engine.ChangeHalt && c.Halt.Mode == engine.ModeHalt {
			o.left = o.standing()
			fmt.Fprintf(o.stderr, "HALTED, %s: %s; %s. Next: look at the account, then %s\n",
				c.Halt.Code, c.Halt.Reason, cancelling(o.left.Live, o.left.Held), resumeCommand(o.state))
		}
	}
	if o.left.Live+o.left.Held > 0 && len(out.Changes) > 0 {
		o.settle()
	}
}

// measured says from where the limits on losses count after a resume.
func measured(changes []engine.Change) []string {
	for i := range changes {
		if c := &changes[i]; c.Kind == engine.ChangeDay {
			return []string{fmt.Sprintf("the day's loss counts from %s, the fall from the highest equity from %s", cents(c.Day.Equity), cents(c.Day.Peak))}
		}
	}
	return nil
}

func cancelling(n, held int) string {
	if held > 0 {
		return "only what sells " + count(int64(held), "position") + " leaves, and what else is live is being cancelled"
	}
	switch n {
	case 0:
		return "no order leaves, and none of ours is live"
	case 1:
		return "no order leaves, and the one of ours that may be live is being cancelled"
	}
	return fmt.Sprintf("no order leaves, and the %d of ours that may be live are being cancelled", n)
}

func resumeCommand(state string) string {
	return fmt.Sprintf("bot resume --state %s --reason TEXT", state)
}

// standing is how far a halt is.
func (o *operators) standing() control.Answer {
	live, held := len(o.engine.Uncancelled()), o.engine.Unsold()
	return control.Answer{Final: live+held == 0, Live: live, Held: held}
}

// settle says how many of our orders may still be live, and what is still to
// be sold, when that changed.
func (o *operators) settle() {
	a := o.standing()
	if a.Live == o.left.Live && a.Held == o.left.Held {
		return
	}
	sold := o.left.Held > 0
	o.left = a
	for _, w := range o.waiting {
		w.Final, w.Live, w.Held = a.Final, a.Live, a.Held
		o.answer(w)
	}
	if !a.Final {
		return
	}
	o.waiting = nil
	what := "none of our orders is live any more"
	if sold {
		what += ", and no strategy holds anything that can be sold"
	}
	fmt.Fprintf(o.stderr, "HALTED: %s, the exchange says\n", what)
}
