package risk_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/num"
	"rulebot/engine/risk"
)

var sameNumbers = cmp.Options{
	cmp.Comparer(func(a, b num.Money) bool { return a == b }),
	cmp.Comparer(func(a, b num.Rate) bool { return a == b }),
	cmp.Comparer(func(a, b num.Quantity) bool { return a == b }),
}

func TestEffectiveFillsInWhatIsAbsent(t *testing.T) {
	got, filled := risk.Limits{}.Effective(num.MustMoney("10000"))
	want := risk.Limits{
		MaxOrderValue: num.MustMoney("10000"), MaxPositionValue: num.MustMoney("10000"), MaxExposure: num.MustMoney("10000"),
		Collar: num.MustRate("0.02"), MaxSpread: num.MustRate("0.01"), MaxDepth: num.MustRate("0.1"), FundsBuffer: num.MustRate("0.005"),
		MaxOpenOrders: risk.PerInstrument{Instrument: 10, Total: 20}, MaxFires: risk.Fires{Minute: 3, Hour: 20, Day: 100},
		MaxOrders: risk.Rates{Second: 5, Minute: 60, Day: 1000}, MaxDailyLoss: risk.Loss{Rate: num.MustRate("0.2")}, MaxDrawdown: num.MustRate("0.5"),
	}
	if diff := cmp.Diff(want, got, sameNumbers); diff != "" {
		t.Errorf("effective limits (-want +got):\n%s", diff)
	}
	if len(filled) != 12 {
		t.Errorf("%d limits are said to be filled in, want 12: %v", len(filled), filled)
	}
	// What is written stays, and is not told as filled in.
	again, filled := got.Effective(num.MustMoney("5"))
	if diff := cmp.Diff(got, again, sameNumbers); diff != "" || len(filled) != 0 {
		t.Errorf("written limits moved (-want +got):\n%s filled %v", diff, filled)
	}
}

// TestMissingNamesWhatLiveMustHave, faults: CF-04.
func TestMissingNamesWhatLiveMustHave(t *testing.T) {
	var none risk.Limits
	want := []string{"allow", "max_order_quantity", "max_order_value", "max_position_value", "max_exposure", "max_daily_loss", "max_drawdown_pct"}
	if diff := cmp.Diff(want, none.Missing()); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	all := risk.Limits{
		Allow: map[string]risk.Sides{}, MaxOrderQuantity: map[string]num.Quantity{"BTC-USD": num.MustQuantity("1")},
		MaxOrderValue: num.MustMoney("1"), MaxPositionValue: num.MustMoney("1"), MaxExposure: num.MustMoney("1"),
		MaxDailyLoss: risk.Loss{Value: num.MustMoney("1")}, MaxDrawdown: num.MustRate("0.1"),
	}
	if got := all.Missing(); len(got) != 0 {
		t.Errorf("everything is written, and missing are %v", got)
	}
}

func TestLossLimitIsTheSmaller(t *testing.T) {
	for _, c := range []struct{ rate, value, want string }{
		{"0.02", "0", "20"},
		{"0", "50", "50"},
		{"0.02", "50", "20"},
		{"0.06", "50", "50"},
		{"0.05", "50", "50"},
		{"0", "0", "0"},
	} {
		l := risk.Limits{MaxDailyLoss: risk.Loss{Rate: num.MustRate(c.rate), Value: num.MustMoney(c.value)}}
		var k num.Calc
		if got := l.LossLimit(&k, num.MustMoney("1000")); got != num.MustMoney(c.want) || k.Err() != nil {
			t.Errorf("rate %s, value %s of 1000: got %s (%v), want %s", c.rate, c.value, got, k.Err(), c.want)
		}
	}
}
