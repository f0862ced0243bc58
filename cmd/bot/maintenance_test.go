package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sirupsen/logrus"

	"rulebot/engine/market"
)

// TestMaintenanceIsSaid says each announcement once.
//
// Faults: MD-24.
func TestMaintenanceIsSaid(t *testing.T) {
	var said bytes.Buffer
	log := logrus.New()
	log.SetOutput(&said)
	log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true, DisableColors: true})
	var incidents []string
	tell := maintenanceTold(log, func(reason string) { incidents = append(incidents, reason) })
	soon := maintenance{title: "Spot upgrade", from: market.Milli(1626995796000), to: market.Milli(1626999396000)}
	now, ended := soon, soon
	now.phase, ended.phase = running, over
	for _, m := range []maintenance{soon, soon, now, now, ended} {
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
	if d := cmp.Diff([]string{"maintenance: Spot upgrade", ""}, incidents); d != "" {
		t.Errorf("incidents (-want +got):\n%s", d)
	}
}

// TestMaintenanceThatIsNotListed: what was on and is not listed any more is over.
func TestMaintenanceThatIsNotListed(t *testing.T) {
	a, b := maintenance{title: "a", phase: running, from: 1}, maintenance{title: "b", phase: running, from: 2}
	soon := maintenance{title: "c", phase: announced, from: 3}
	var told []maintenance
	announce := func(m maintenance) { told = append(told, m) }
	on := askedStatus(nil, []maintenance{a, b, soon}, announce)
	on = askedStatus(on, []maintenance{b}, announce)
	on = askedStatus(on, nil, announce)
	on = askedStatus(on, nil, announce)
	over1, over2 := a, b
	over1.phase, over2.phase = over, over
	if d := cmp.Diff([]maintenance{a, b, soon, b, over1, over2}, told, cmp.AllowUnexported(maintenance{})); d != "" || len(on) != 0 {
		t.Errorf("told (-want +got):\n%s", d)
	}
}
