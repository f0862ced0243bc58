package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

	"rulebot/engine/market"
	"rulebot/exchange/okcoin"
)

// TestMaintenanceIsSaid says each announcement once, and none of what we do not
// trade.
//
// Faults: MD-24.
func TestMaintenanceIsSaid(t *testing.T) {
	var said bytes.Buffer
	log := logrus.New()
	log.SetOutput(&said)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true, DisableColors: true})
	tell := announced(log)
	m := okcoin.Maintenance{Title: "Spot upgrade", Start: market.Milli(1626995796000), End: market.Milli(1626999396000), Product: 1}
	running, over, swap := m, m, m
	running.Phase, over.Phase, swap.Product = okcoin.Running, okcoin.Over, 4
	for _, m := range []okcoin.Maintenance{m, m, swap, running, running, over} {
		tell(m)
	}
	const fields = ` from="2021-07-22 23:16:36" title="Spot upgrade" to="2021-07-23 00:16:36"`
	want := []string{
		`level=warning msg="the exchange announces maintenance: no order can be placed or cancelled then"` + fields,
		`level=warning msg="the exchange is under maintenance: no order leaves until it answers again and the account was compared"` + fields,
		`level=info msg="maintenance of the exchange is over"` + fields, "",
	}
	if d := cmp.Diff(want, strings.Split(said.String(), "\n")); d != "" {
		t.Errorf("said (-want +got):\n%s", d)
	}
}
