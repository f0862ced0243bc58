package live

import (
	"rulebot/engine"
	"rulebot/internal/killpoint"
)

// gathered is what waits for the next commit, as the kill points tell it apart.
// Only a program that is built to be killed looks.
type gathered struct{ intent, outcome, fill, cancel bool }

// note looks at an outcome before it is handed to the journal.
func (g *gathered) note(ev *engine.Event, out *engine.Outcome) {
	if !killpoint.Armed {
		return
	}
	for i := range out.Commands {
		switch out.Commands[i].Kind {
		case engine.CommandSubmit:
			g.intent = true
		case engine.CommandCancel:
			g.cancel = true
		default: // not about an order
		}
	}
	for i := range out.Changes {
		switch c := &out.Changes[i]; {
		case c.Kind == engine.ChangeFill:
			g.fill = true
			killpoint.Reach(killpoint.FillReceived)
		case c.Kind == engine.ChangeHalt && c.Halt.Mode == engine.ModeHalt:
			killpoint.Reach(killpoint.HaltUnstored) // the lanes know
		}
	}
	g.outcome = g.outcome || ev.Kind == engine.KindSubmitted
}

// begin comes before a commit.
func (g *gathered) begin() {
	if !killpoint.Armed {
		return
	}
	var inside []killpoint.Point
	if g.intent {
		killpoint.Reach(killpoint.BeforeIntent)
		inside = append(inside, killpoint.InIntent)
	}
	if g.outcome {
		inside = append(inside, killpoint.InOutcome)
	}
	if g.fill {
		inside = append(inside, killpoint.InFill)
	}
	killpoint.Enter(inside...)
}

// durable comes after it.
func (g *gathered) durable() {
	if !killpoint.Armed {
		return
	}
	if g.intent {
		killpoint.Reach(killpoint.IntentDurable)
	}
	if g.outcome {
		killpoint.Reach(killpoint.OutcomeDurable)
	}
	if g.fill {
		killpoint.Reach(killpoint.FillDurable)
	}
	if g.cancel {
		killpoint.Reach(killpoint.CancelDurable)
	}
	*g = gathered{}
}
