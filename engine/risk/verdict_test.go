package risk_test

import (
	"strings"
	"testing"

	"rulebot/engine/num"
	"rulebot/engine/risk"
)

// TestExplainAgrees holds that what is told of the checks is what decided: the
// first denial told is the denial, and there is one whenever there is one.
func TestExplainAgrees(t *testing.T) {
	first := func(s *situation) risk.Code {
		for _, v := range s.limits.Explain(&s.order, &s.view) {
			if v.Denied {
				return v.Code
			}
		}
		return ""
	}
	if s := fine(); first(s) != "" {
		t.Errorf("everything at its edge: told denied by %s", first(s))
	}
	for _, b := range breaches {
		s := fine()
		b.breach(s)
		if _, denial := s.check(); first(s) != denial.Code {
			t.Errorf("%s: told denied by %q, was by %s", b.name, first(s), denial.Code)
		}
	}
}

func TestExplainTellsEveryCheck(t *testing.T) {
	told := map[risk.Code]bool{}
	s := fine()
	for _, v := range s.limits.Explain(&s.order, &s.view) {
		told[v.Code] = true
	}
	s.sell()
	for _, v := range s.limits.Explain(&s.order, &s.view) {
		told[v.Code] = true
	}
	for _, b := range breaches {
		if !told[b.code] {
			t.Errorf("nothing is told of %s", b.code)
		}
	}
}

func TestApprovalAllocatesNothing(t *testing.T) {
	s := fine()
	if n := testing.AllocsPerRun(100, func() { s.check() }); n != 0 {
		t.Errorf("an order that passes costs %v allocations", n)
	}
}

// TestBudgetIsExplained: what a strategy's own limits look at is told, and only
// where one is written; an exit is no matter of it.
func TestBudgetIsExplained(t *testing.T) {
	own := risk.Limits{MaxOrderValue: num.MustMoney("50")}
	if (&risk.Limits{}).Written() || !own.Written() {
		t.Error("a budget is written when a limit of it is")
	}
	s := fine()
	got := own.ExplainBudget(&s.order, &s.view)
	if len(got) != 1 || got[0].Code != risk.CodeValue || !got[0].Denied || !strings.HasPrefix(got[0].What, "of the strategy alone: ") {
		t.Errorf("explained %+v, want one denial of R13", got)
	}
	if d := own.Budget(&s.order, &s.view); d == nil || d.Code != risk.CodeValue {
		t.Errorf("denied %+v, want R13", d)
	}
	s.order.Price, s.order.Quantity = num.MustPrice("99999999999999.1"), num.MustQuantity("99999999999999.1")
	if got := own.ExplainBudget(&s.order, &s.view); len(got) != 0 {
		t.Errorf("what cannot be computed is explained as %+v", got)
	}
	s.order.Exit = true
	if own.ExplainBudget(&s.order, &s.view) != nil || own.Budget(&s.order, &s.view) != nil {
		t.Error("an exit is held against the budget")
	}
}
