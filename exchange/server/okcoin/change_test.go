package okcoin_test

import (
	"strings"
	"testing"
	"time"

	"rulebot/engine/num"
	"rulebot/exchange/server"
)

// startChanging runs a market of three minutes in which an instrument changes.
func startChanging(t *testing.T, changes ...server.Change) *bench {
	t.Helper()
	source := someMinutes(3)
	cfg := config(&source, newStepped(begin))
	cfg.Changes = changes
	return start(t, cfg)
}

// TestTickChanges: orders follow the new tick, those that rest stay.
func TestTickChanges(t *testing.T) {
	b := startChanging(t, server.Change{After: time.Minute, Instrument: btc.ID, Tick: num.MustPrice("0.1")})
	b.post(ordersPath, strings.Replace(oneOrder, "40000", "40000.05", 1))
	b.play()
	if a := b.get("/api/spot/v3/instruments"); !strings.Contains(a.body, `"tick_size":"0.1"`) {
		t.Errorf("instruments: %s", a.body)
	}
	if a := b.post(ordersPath, strings.Replace(oneOrder, "40000", "40000.05", 1)); codeOf(t, a.body) != "33028" {
		t.Errorf("an order off the tick: %s", a.body)
	}
	if a := b.get("/api/spot/v3/orders_pending?instrument_id=BTC-USD"); !strings.Contains(a.body, `"price":"40000.05"`) {
		t.Errorf("what rests: %s", a.body)
	}
}

// TestDelisting: the order is cancelled and its funds are free, and the
// instrument is gone.
func TestDelisting(t *testing.T) {
	b := startChanging(t,
		server.Change{After: 2 * time.Minute, Instrument: btc.ID, Delist: true},
		server.Change{After: time.Minute, Instrument: btc.ID, Tick: num.MustPrice("0.1")},
		server.Change{After: 150 * time.Second, Instrument: btc.ID, Delist: true})
	c := b.dial()
	c.login()
	c.subscribe("spot/order:BTC-USD")
	b.post(ordersPath, oneOrder)
	c.next(1)
	b.clock.End()
	if frame := c.next(1)[0]; !strings.Contains(frame, `"state":"-1"`) {
		t.Errorf("got %s, want the cancel", frame)
	}
	<-b.x.Done()
	b.clock.Begin()
	if err := b.x.Err(); err != nil {
		t.Fatal(err)
	}
	if a := b.get("/api/spot/v3/instruments"); a.body != "[]" {
		t.Errorf("instruments: %s", a.body)
	}
	if a := b.post(ordersPath, oneOrder); codeOf(t, a.body) != "30032" {
		t.Errorf("an order: %s", a.body)
	}
	if a := b.get("/api/spot/v3/accounts"); !strings.Contains(a.body, `"balance":"100000","available":"100000"`) {
		t.Errorf("accounts: %s", a.body)
	}
}

// TestChangesOfNothing are refused before anything runs.
func TestChangesOfNothing(t *testing.T) {
	source := someMinutes(1)
	cfg := config(&source, newStepped(begin))
	cfg.Changes = []server.Change{{Instrument: "ETH-USD", Delist: true}}
	if _, err := server.New(cfg); err == nil || !strings.Contains(err.Error(), `a change of "ETH-USD"`) {
		t.Errorf("got %v", err)
	}
}
