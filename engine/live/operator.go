package live

import (
	"fmt"

	"rulebot/engine"
	"rulebot/engine/order"
)

// Instruction is what a person tells a run.
type Instruction struct {
	Operator engine.Operator
	Reason   string
	// Decided is how orders in conflict ended: a person's word, before a resume.
	Decided []Ended
	// Done is called on the loop when the instruction was obeyed and what
	// follows from it is durable, or with the reason why it was refused. It
	// must not block. nil is nobody who waits.
	Done func(error)
}

// Ended is an order and how it ended.
type Ended struct {
	ClientID string
	State    order.State
}

// mayResume says why a resume is refused, as a whole.
func (l *Loop) mayResume(in *Instruction) error {
	for _, d := range in.Decided {
		if err := l.cfg.Engine.MayDecide(d.ClientID, d.State); err != nil {
			return err
		}
	}
	return l.cfg.Engine.MayResume()
}

// obey carries an instruction out. One that is refused ends nothing.
func (l *Loop) obey(in Instruction) error {
	l.beat.work()
	if in.Operator == engine.OperatorResume {
		if err := l.mayResume(&in); err != nil {
			in.done(err)
			return nil
		}
	}
	now, err := l.awake() // before anything is decided
	if err != nil {
		in.done(err)
		return fmt.Errorf("live: instruction: %w", err)
	}
	for _, d := range in.Decided {
		ev := &engine.Event{Kind: engine.KindCommand, At: now, Seen: now, Operator: engine.OperatorDecide, Reason: in.Reason}
		ev.Account.ClientID, ev.Account.Evidence.State = d.ClientID, d.State
		if err := l.give(ev); err != nil {
			in.done(err)
			return fmt.Errorf("live: instruction: %w", err)
		}
	}
	err = l.give(&engine.Event{Kind: engine.KindCommand, At: now, Seen: now, Operator: in.Operator, Reason: in.Reason})
	if err == nil {
		err = l.commit()
	}
	in.done(err)
	if err != nil {
		return fmt.Errorf("live: instruction: %w", err)
	}
	l.schedule()
	return nil
}

func (in *Instruction) done(err error) {
	if in.Done != nil {
		in.Done(err)
	}
}

// obeyFirst carries out what was told before the run began, before anything
// else may happen.
func (l *Loop) obeyFirst() error {
	for {
		select {
		case in := <-l.cfg.Operator:
			if err := l.obey(in); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}
