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
	ended        chan struct{}
	log          logrus.FieldLogger
	seen         *control.Kill
	disk         diskGuard

	// The loop's own.
	engine  *engine.Engine
	stderr  io.Writer
	waiting []string // halts to answer once none of our orders is live
	live    int      // how many may be, since the halt
	latches latches  // as they are
	lifted  []string // by the newest resume
}

func newOperators(state, store string, log logrus.FieldLogger, stderr io.Writer) *operators {
	return &operators{
		state: state, store: store, log: log, stderr: stderr,
		disk: diskGuard{dir: store, free: freeSpace},
		told: make(chan live.Instruction, 1), replies: make(chan control.Answer, 64), ended: make(chan struct{}),
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
		if r.Command == control.Resume {
			by = engine.OperatorResume
		}
		o.tell(ctx, live.Instruction{Operator: by, Reason: r.Reason, Done: func(err error) { o.obeyed(by, r.ID, err) }})
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
	case by == engine.OperatorHalt:
		left := len(o.engine.Uncancelled())
		o.answer(control.Answer{ID: id, Final: left == 0, Live: left})
		if left > 0 {
			o.waiting = append(o.waiting, id)
		}
	default:
		o.answer(control.Answer{ID: id, Final: true, Lifted: o.lifted})
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
			o.live = len(o.engine.Uncancelled())
			fmt.Fprintf(o.stderr, "HALTED, %s: %s; %s. Next: look at the account, then %s\n",
				c.Halt.Code, c.Halt.Reason, cancelling(o.live), resumeCommand(o.state))
		}
	}
	if o.live > 0 && len(out.Changes) > 0 {
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

func cancelling(n int) string {
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

// settle says how many of our orders may still be live when that changed.
func (o *operators) settle() {
	left := len(o.engine.Uncancelled())
	if left == o.live {
		return
	}
	o.live = left
	for _, id := range o.waiting {
		o.answer(control.Answer{ID: id, Final: left == 0, Live: left})
	}
	if left == 0 {
		o.waiting = nil
		fmt.Fprintln(o.stderr, "HALTED: none of our orders is live any more, the exchange says")
	}
}
