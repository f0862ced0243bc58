package report_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/portfolio"
	"rulebot/engine/report"
)

func at(minute int) market.Time {
	return market.Time(24 * time.Hour).Add(time.Duration(minute) * time.Minute)
}

func orderChange(state order.State, code string) engine.Change {
	return engine.Change{Kind: engine.ChangeOrder, Order: order.Order{State: state, Code: code}}
}

func TestTallyCountsEachFactOnce(t *testing.T) {
	var tally report.Tally
	see := func(kind engine.Kind, minute int, changes ...engine.Change) {
		for i := range changes {
			changes[i].At = at(minute)
		}
		tally.See(&engine.Event{Kind: kind, At: at(minute)}, &engine.Outcome{Changes: changes})
	}
	see(engine.KindHistory, 0)
	see(engine.KindQuote, 1)
	see(engine.KindBar, 2, engine.Change{Kind: engine.ChangeDecision}, orderChange(order.Intended, ""))
	see(engine.KindSubmitted, 3, orderChange(order.Open, ""))
	see(engine.KindFill, 3, engine.Change{Kind: engine.ChangeFill}, orderChange(order.Filled, ""))
	see(engine.KindBar, 4, engine.Change{Kind: engine.ChangeDecision}, orderChange(order.Denied, "R19"))
	// Approved and then not sent: one intent, one order, no denial.
	see(engine.KindBar, 5, engine.Change{Kind: engine.ChangeDecision}, orderChange(order.Intended, ""))
	see(engine.KindSubmitted, 5, orderChange(order.Denied, "NOT_SENT"))
	see(engine.KindTrade, 6, engine.Change{Kind: engine.ChangeHalt, Halt: engine.Halt{Mode: engine.ModeHalt, Code: "R31", Reason: "too deep"}})
	see(engine.KindTrade, 7, engine.Change{Kind: engine.ChangeHalt, Halt: engine.Halt{Code: "OPERATOR", Reason: "resumed"}})
	see(engine.KindTrade, 8, engine.Change{Kind: engine.ChangeHalt, Halt: engine.Halt{Mode: engine.ModeHalt, Code: "LATER", Reason: "not the first"}})
	for _, e := range [...]string{"0", "100", "120", "90", "110"} {
		tally.Mark(num.MustMoney(e))
	}
	snap := engine.Snapshot{Equity: num.MustMoney("110"), Unrealised: num.MustMoney("7"), Chain: "abc", Positions: []engine.Held{
		{Position: portfolio.Position{Realised: num.MustMoney("2"), Fees: num.MustMoney("0.1")}},
		{Position: portfolio.Position{Realised: num.MustMoney("1"), Fees: num.MustMoney("0.2")}},
	}}
	got, err := tally.Summary(&snap)
	if err != nil {
		t.Fatal(err)
	}
	want := report.Summary{
		Events: 10, Books: 1, Bars: 3, Decisions: 3, Intents: 3, Denied: 1, Denials: map[string]int64{"R19": 1}, Halts: map[string]int64{"LATER": 1, "R31": 1}, Orders: 2, Fills: 1,
		Realised: num.MustMoney("3"), Unrealised: num.MustMoney("7"), Fees: num.MustMoney("0.3"),
		EquityStart: num.MustMoney("100"), EquityEnd: num.MustMoney("110"), MaxDrawdown: 25,
		From: at(1), To: at(8), Chain: "abc", Halt: "R31 at 1970-01-02T00:06:00.000Z: too deep",
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b num.Money) bool { return a == b })); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
}

func TestARuleThatWasSwitchedOffIsTold(t *testing.T) {
	var tally report.Tally
	off := engine.Change{Kind: engine.ChangeRule, At: at(1), Rule: engine.RuleMemory{Strategy: "s", Rule: "in", Disabled: true}}
	tally.See(&engine.Event{Kind: engine.KindBar, At: at(1)}, &engine.Outcome{Changes: []engine.Change{off, off}})
	got, err := tally.Summary(&engine.Snapshot{})
	if want := "R25 at 1970-01-02T00:01:00.000Z: rule in of s fired too often and is off"; err != nil || got.Halt != want {
		t.Errorf("got %q (%v), want %q", got.Halt, err, want)
	}
}

func BenchmarkSeeMarketEvents(b *testing.B) {
	var tally report.Tally
	ev, out := engine.Event{Kind: engine.KindQuote, At: at(1)}, engine.Outcome{}
	equity := num.MustMoney("10000.12345678")
	b.ReportAllocs()
	for b.Loop() {
		tally.See(&ev, &out)
		tally.Mark(equity)
	}
}
