package risk_test

import (
	"testing"

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
