package okcoin_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/google/go-cmp/cmp"

	"rulebot/exchange/server/faults"
	"rulebot/exchange/server/okcoin"
)

// startFaulty runs an exchange on which the scenario happens.
func startFaulty(t *testing.T, list ...faults.Fault) *bench {
	t.Helper()
	source := someMinutes(1)
	cfg := config(&source, newStepped(begin))
	cfg.Front = okcoin.New(okcoin.Options{Accounts: keys, Faults: faults.New(faults.Scenario{Seed: 1, Faults: list})})
	return start(t, cfg)
}

const oneOrder = `{"instrument_id":"BTC-USD","side":"buy","price":"40000","size":"0.01","client_oid":"a1"}`

// TestFaultyRequests is what a client is answered, and whether its order is
// there.
func TestFaultyRequests(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  faults.Fault
		answer string
		placed bool
	}{
		{"not applied", faults.Fault{Kind: faults.Error, Call: "place", Status: 502}, `502 {"message":"Server is busy, please try again."}`, false},
		{"applied", faults.Fault{Kind: faults.Error, Call: "place", Status: 503, Applied: true}, `503 {"message":"Server is busy, please try again."}`, true},
		{"of other calls", faults.Fault{Kind: faults.Error, Call: "cancel", Status: 503}, "200", true},
		{"later", faults.Fault{Kind: faults.Error, From: time.Second, Status: 503}, "200", true},
		{"late", faults.Fault{Kind: faults.Latency, Delay: time.Millisecond}, "200", true},
		{"limit", faults.Fault{Kind: faults.Limit, Times: 1}, "429", false},
		{"maintenance", faults.Fault{Kind: faults.Maintenance}, `200 {"client_oid":"","code":"30038","error_code":"30038",` +
			`"error_message":"Matching engine is being upgraded. Please try in about 1 minute.",` +
			`"message":"Matching engine is being upgraded. Please try in about 1 minute.","order_id":"-1","result":false}`, false},
	} {
		b := startFaulty(t, c.fault)
		a := b.post(ordersPath, oneOrder)
		if got := fmt.Sprintf("%d %s", a.status, a.body); got[:min(len(got), len(c.answer))] != c.answer {
			t.Errorf("%s: got %s, want %s", c.name, got, c.answer)
		}
		if a := b.get("/api/spot/v3/orders/a1?instrument_id=BTC-USD"); (a.status == 200) != c.placed {
			t.Errorf("%s: the order: %d %s", c.name, a.status, a.body)
		}
	}
}

// TestFaultyStatusIsPushed: maintenance is told to who subscribed, when it
// begins, when it ends, and to who comes in between.
func TestFaultyStatusIsPushed(t *testing.T) {
	source := someMinutes(1)
	cfg := config(&source, newStepped(begin))
	cfg.Front = okcoin.New(okcoin.Options{Accounts: keys, Faults: faults.New(faults.Scenario{Seed: 1, Faults: []faults.Fault{
		{Kind: faults.Maintenance, From: 10 * time.Second, Until: 40 * time.Second},
	}})})
	b := start(t, cfg)
	c := b.dial()
	c.subscribe("system/status")
	b.play()
	row := func(status string) string {
		return `{"table":"system/status","data":[{"title":"Spot System Upgrade","href":"","product_type":"1","status":"` + status +
			`","start_time":"2021-03-01T10:00:10.000Z","end_time":"2021-03-01T10:00:40.000Z"}]}`
	}
	if diff := cmp.Diff([]string{row("1"), row("2")}, c.rest()); diff != "" {
		t.Errorf("pushes (-want +got):\n%s", diff)
	}
	b = startFaulty(t, faults.Fault{Kind: faults.Maintenance, Until: time.Hour})
	c = b.dial()
	c.subscribe("system/status")
	if got := c.next(1)[0]; !strings.Contains(got, `"status":"1"`) {
		t.Errorf("snapshot: %s", got)
	}
	c.send(`{"op":"unsubscribe","args":["system/status"]}`)
	if got, want := c.next(1)[0], `{"event":"unsubscribe","channel":"system/status"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestFaultyStatus: maintenance is announced while it is on.
func TestFaultyStatus(t *testing.T) {
	b := startFaulty(t, faults.Fault{Kind: faults.Maintenance, From: time.Minute, Until: 2 * time.Minute})
	const row = `[{"title":"Spot System Upgrade","href":"","product_type":"1","status":"1","start_time":"2021-03-01T10:01:00.000Z","end_time":"2021-03-01T10:02:00.000Z"}]`
	for _, want := range []string{"[]", row, "[]"} {
		if a := b.get("/api/system/v3/status"); a.body != want {
			t.Errorf("got %s, want %s", a.body, want)
		}
		b.clock.pass(time.Minute)
	}
}

// TestFaultyClock: an exchange whose clock is off refuses what is signed on
// time.
func TestFaultyClock(t *testing.T) {
	b := startFaulty(t, faults.Fault{Kind: faults.Clock, Offset: -45 * time.Second})
	if a := b.get("/api/general/v3/time"); a.body != `{"iso":"2021-03-01T09:59:15.000Z","epoch":"1614592755.000"}` {
		t.Errorf("time: got %s", a.body)
	}
	if a := b.get("/api/spot/v3/accounts"); codeOf(t, a.body) != "30008" {
		t.Errorf("accounts: got %s, want 30008", a.body)
	}
}

// TestFaultyFrames is what becomes of the pushes of three orders.
func TestFaultyFrames(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault faults.Fault
		want  []string
	}{
		{"dropped", faults.Fault{Kind: faults.Drop, Times: 1}, []string{"b", "c"}},
		{"twice", faults.Fault{Kind: faults.Duplicate, Times: 1}, []string{"a", "a", "b", "c"}},
		{"reordered", faults.Fault{Kind: faults.Reorder, Times: 1}, []string{"b", "a", "c"}},
		{"late", faults.Fault{Kind: faults.Latency, Delay: time.Millisecond}, []string{"a", "b", "c"}},
		{"of another channel", faults.Fault{Kind: faults.Drop, Channel: "spot/trade"}, []string{"a", "b", "c"}},
	} {
		b := startFaulty(t, c.fault)
		ws := b.dial()
		ws.login()
		ws.subscribe("spot/order:BTC-USD")
		for _, id := range []string{"a", "b", "c"} {
			b.post(ordersPath, `{"instrument_id":"BTC-USD","side":"buy","price":"40000","size":"0.01","client_oid":"`+id+`"}`)
		}
		for i, frame := range ws.next(len(c.want)) {
			if want := `{"table":"spot/order","data":[{"client_oid":"` + c.want[i] + `"`; frame[:min(len(frame), len(want))] != want {
				t.Errorf("%s: frame %d is %s, want %s", c.name, i, frame, want)
			}
		}
	}
}

// TestHalfOpen: a connection that says nothing stays open, and speaks again
// afterwards; what it had to say meanwhile is lost.
func TestHalfOpen(t *testing.T) {
	b := startFaulty(t, faults.Fault{Kind: faults.HalfOpen, From: time.Second, Until: time.Minute})
	ws := b.dial()
	ws.login()
	ws.subscribe("spot/order:BTC-USD")
	b.clock.pass(2 * time.Second)
	b.post(ordersPath, oneOrder)
	b.clock.pass(time.Minute)
	b.post("/api/spot/v3/cancel_orders/a1", `{"instrument_id":"BTC-USD"}`)
	const want = `{"table":"spot/order","data":[{"client_oid":"a1"`
	if frame := ws.next(1)[0]; frame[:min(len(frame), len(want))] != want || !strings.Contains(frame, `"state":"-1"`) {
		t.Errorf("got %s, want the cancel alone", frame)
	}
}

// TestLost: an answer that never comes says nothing of the order.
func TestLost(t *testing.T) {
	for _, applied := range []bool{false, true} {
		b := startFaulty(t, faults.Fault{Kind: faults.Lost, Call: "place", Times: 1, Applied: applied})
		r := b.signed("POST", ordersPath, oneOrder)
		if res, err := http.DefaultClient.Do(r); err == nil {
			t.Errorf("applied %v: answered %s", applied, res.Status)
			_ = res.Body.Close()
		}
		if a := b.get("/api/spot/v3/orders/a1?instrument_id=BTC-USD"); (a.status == 200) != applied {
			t.Errorf("applied %v: the order: %d %s", applied, a.status, a.body)
		}
	}
}

// TestCut: connections end with the next frame, and none is made meanwhile.
func TestCut(t *testing.T) {
	b := startFaulty(t, faults.Fault{Kind: faults.Cut, From: time.Second, Until: time.Minute})
	ws := b.dial()
	ws.login()
	ws.subscribe("spot/order:BTC-USD")
	b.clock.pass(2 * time.Second)
	b.post(ordersPath, oneOrder)
	ws.ended()
	_, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws://"+b.x.Addr()+"/ws/v3", nil)
	if err == nil || res == nil || res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %v, %+v, want a refusal", err, res)
	}
	b.clock.pass(time.Minute)
	again := b.dial()
	again.login()
	again.subscribe("spot/order:BTC-USD")
	b.post("/api/spot/v3/cancel_orders/a1", `{"instrument_id":"BTC-USD"}`)
	again.next(1)
}
