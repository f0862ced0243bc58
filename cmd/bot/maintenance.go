package main

import (
	"github.com/sirupsen/logrus"

	"rulebot/exchange/okcoin"
)

// announced says what the exchange tells of its maintenance, each thing once.
// Nothing is held back for it: what the exchange answers while it is on does
// that, and tells for how long.
func announced(log logrus.FieldLogger) func(okcoin.Maintenance) {
	said := map[okcoin.Maintenance]bool{}
	return func(m okcoin.Maintenance) {
		if said[m] || m.Product > 1 { // of what we do not trade
			return
		}
		said[m] = true
		entry := log.WithFields(logrus.Fields{"title": m.Title, "from": stamp(m.Start), "to": stamp(m.End)})
		switch m.Phase {
		case okcoin.Announced:
			entry.Warn("the exchange announces maintenance: no order can be placed or cancelled then")
		case okcoin.Running:
			entry.Warn("the exchange is under maintenance: no order leaves until it answers again and the account was compared")
		case okcoin.Over:
			entry.Info("maintenance of the exchange is over")
		}
	}
}
