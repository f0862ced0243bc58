package live

import (
	"fmt"

	"rulebot/engine"
)

// Instruction is what a person tells a run.
type Instruction struct {
	Operator engine.Operator
	Reason   string
	// Done is called on the loop when the instruction was obeyed and what
	// follows from it is durable, or with the reason why it was refused. It
	// must not block. nil is nobody who waits.
	Done func(error)
}

// obey carries an instruction out. One that is refused ends nothing.
func (l *Loop) obey(in Instruction) error {
	if in.Operator == engine.OperatorResume {
		if err := l.cfg.Engine.MayResume(); err != nil {
			in.done(err)
			return nil
		}
	}
	now := l.cfg.Clock.Now()
	err := l.give(&engine.Event{Kind: engine.KindCommand, At: now, Seen: now, Operator: in.Operator, Reason: in.Reason})
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
