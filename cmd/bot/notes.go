package main

import (
	"github.com/sirupsen/logrus"

	"rulebot/engine"
)

// logNotes writes what rules had said to the log.
func logNotes(log *logrus.Logger, out *engine.Outcome) {
	for i := range out.Changes {
		if c := &out.Changes[i]; c.Kind == engine.ChangeNote {
			n := &c.Note
			said := log.WithFields(logrus.Fields{"strategy": n.Strategy, "rule": n.Rule, "decision": n.Decision, "notify": n.Notify})
			if n.Code != "" {
				said.WithField("code", n.Code).Warn(n.Text)
				continue
			}
			said.Info(n.Text)
		}
	}
}
