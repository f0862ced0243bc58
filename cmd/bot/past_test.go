package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// told folds records of how s/in stands, one a minute: a start names the marks
// and is written ^, a count without an evaluation =.
func told(t *testing.T, records ...string) *past {
	t.Helper()
	p := &past{orders: map[string]*orderPast{}, byWish: map[string][]*orderPast{}, notes: map[string][]engine.Note{}}
	at := market.TimeOf(time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC))
	for i, r := range records {
		x := &engine.Evaluation{Strategy: "s-btc-usd", Rule: "in"}
		if text, ok := strings.CutPrefix(r, "^"); ok {
			r = text
			x.Guards, x.When, x.Avoid = []string{"for: flat", edgeText}, []string{"a > 1", "b"}, []string{"c"}
			x.Instrument = "BTC-USD"
		}
		if text, ok := strings.CutPrefix(r, "="); ok {
			r, x.Same = text, true
		}
		if _, err := fmt.Sscanf(r, "%s %d", &x.Stands, &x.Lasted); err != nil {
			t.Fatal(err)
		}
		x.Truth = engine.False
		if x.Stands == "TT|TT|F" || x.Stands == "TF|TT|F" {
			x.Truth = engine.True
		}
		if x.Stands == "TT|FT|F" {
			x.Readings = []engine.Reading{{Text: "a > 1", Clause: true, Truth: engine.False, Decided: true, Gap: engine.Surely(0.25)}, {Text: "a", Number: 0.75}, {Text: "b", Clause: true, Truth: engine.True}}
		}
		p.fold(&engine.Change{Kind: engine.ChangeEvaluation, At: at.Add(time.Duration(i) * time.Minute), Evaluation: x})
	}
	return p
}

// TestWhy counts what stood in the way, over runs that ended, one that was
// broken off, and the newest evaluations alone.
func TestWhy(t *testing.T) {
	for _, c := range []struct {
		name    string
		records []string
		last    int64
		want    string
	}{
		{
			"counted to the end",
			[]string{"^TT|Fw|F 0", "TT|FT|F 5", "TT|TT|F 3", "TF|TT|F 1", "FT|TT|F 4", "=FT|TT|F 2"},
			0,
			"15 evaluations: 5 true 10 false, fired 1; a > 1 8/3/0, b 5/0/0 5 warming up, fire: edge 4/4/4, for: flat 2/2/0",
		},
		{
			"a crash forgets the last count, which was one at least",
			[]string{"^TT|FT|F 0", "TT|FT|T 3", "^TT|FT|F 0", "=TT|FT|F 2"},
			0,
			"6 evaluations: 0 true 6 false, fired 0; a > 1 6/5/2, unless: c 1/0/0",
		},
		{
			"the last four",
			[]string{"^TT|FT|F 0", "TT|FF|F 7", "TT|TF|F 9", "=TT|TF|F 3"},
			4,
			"4 evaluations: 0 true 4 false, fired 0; b 4/3/1, a > 1 1/0/0",
		},
	} {
		p := told(t, c.records...)
		x := tallied(p, p.rules[0], c.last)
		var stood []string
		for i := range x.Stood {
			if o := &x.Stood[i]; o.Stood > 0 {
				stood = append(stood, strings.TrimSpace(fmt.Sprintf("%s %d/%d/%d %s", o.name(), o.Stood, o.Alone, o.Would, o.causes())))
			}
		}
		got := fmt.Sprintf("%d evaluations: %d true %d false, fired %d; %s", x.Evaluations, x.True, x.False, x.Fired, strings.Join(stood, ", "))
		if got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestWhyRefused counts orders that came to nothing, the newest reason with
// them.
func TestWhyRefused(t *testing.T) {
	p := told(t, "^TT|TT|F 0")
	at := p.rules[0].runs[0].at
	for i, o := range []order.Order{
		{State: order.Denied, Code: "R13", Reason: "200 is above 150"},
		{State: order.Denied, Code: "R13", Reason: "300 is above 150"},
		{State: order.Canceled},
		{State: order.Canceled, Filled: num.MustQuantity("1")},
		{State: order.Refused, Code: "33017", Reason: "no balance"},
	} {
		d := engine.Decision{ID: fmt.Sprint("s-", i), Strategy: "s-btc-usd", Rule: "in", At: at}
		o.ClientID, o.Decision = fmt.Sprint("o", i), d.ID
		p.fold(&engine.Change{Kind: engine.ChangeDecision, Decision: d})
		p.fold(&engine.Change{Kind: engine.ChangeOrder, Order: o})
	}
	got := tallied(p, p.rules[0], 0).text()
	for _, want := range []string{
		"  2 × R13      The order is worth more than max_order_value. Lately: 300 is above 150\n",
		"  1 × NO_FILL  Nothing was filled within the limit price.\n",
		"  1 × 33017    The exchange rejected the order. Lately: no balance\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("got\n%swithout %q", got, want)
		}
	}
}

// TestStood explains how a rule stood, asked by the name of the entry.
func TestStood(t *testing.T) {
	p := told(t, "^FT|FT|F 0", "TT|FT|F 2", "FF|FT|F 3")
	for _, c := range []struct{ id, at, want string }{
		{"s/in", "", "2026-03-01 10:02 s-btc-usd/in  FALSE  (blocked by clause 1, for: flat and fire: edge)\n" +
			"  a > 1       FALSE\n  b           TRUE\n  unless: c   FALSE\n  for: flat   FALSE\n  fire: edge  FALSE\n" +
			"  values are kept of evaluations that came near: where one thing alone stood between\n"},
		{"s-btc-usd/in", "2026-03-01T10:01:30Z", "2026-03-01 10:01 s-btc-usd/in  FALSE  (blocked by clause 1, 0.25 from firing)\n" +
			"  a > 1      FALSE  a 0.75  (0.25 from true, decides)\n  b          TRUE\n  for: flat  TRUE\n" +
			"  it stood so for 3 evaluations\n"},
	} {
		var b strings.Builder
		o := explainFlags{id: c.id, at: c.at}
		if err := o.rule(p, &b); err != nil || b.String() != c.want {
			t.Errorf("%s at %q: %v\ngot\n%swant\n%s", c.id, c.at, err, b.String(), c.want)
		}
	}
}

// TestNearKept holds that the newest thousand evaluations that came near are
// kept of a rule, and no more than twice as many.
func TestNearKept(t *testing.T) {
	records := []string{"^TT|FF|F 0"}
	for range 2500 {
		records = append(records, "TT|FT|F 1", "TT|FF|F 1")
	}
	r := told(t, records...).rules[0]
	if n := len(r.near); n < nearKept || n >= 2*nearKept {
		t.Errorf("%d are kept", n)
	}
	if got, want := r.near[len(r.near)-1].at, r.runs[len(r.runs)-2].at; got != want {
		t.Errorf("the newest is of %v, want %v", got, want)
	}
}

// TestDistance holds the words for the rule that is nearest to firing.
func TestDistance(t *testing.T) {
	clause := func(text string, truth engine.Truth, gap engine.Maybe) engine.Reading {
		return engine.Reading{Text: text, Clause: true, Truth: truth, Gap: gap}
	}
	a := engine.Reading{Text: "a", Number: 0.75}
	for _, c := range []struct {
		readings []engine.Reading
		unless   engine.Truth
		want     string
	}{
		{[]engine.Reading{clause("a > 1", engine.False, engine.Surely(0.25)), a}, engine.False, "nearest s/in, 0.25 from firing: a > 1 is false, a 0.75"},
		{[]engine.Reading{clause("a > 1", engine.False, engine.Surely(0.25)), a, clause("b", engine.NotReady, engine.Maybe{})}, engine.False, "nearest s/in: a > 1 is false, a 0.75, b is not-ready"},
		{[]engine.Reading{clause("b", engine.True, engine.Maybe{})}, engine.True, "nearest s/in: unless is true"},
		{[]engine.Reading{clause("b", engine.True, engine.Maybe{})}, engine.False, "s/in holds and has fired"},
	} {
		p := pulse{nearest: func() (engine.Near, bool) {
			return engine.Near{Strategy: "s", Rule: "in", Readings: c.readings, Unless: c.unless}, true
		}}
		if got := p.distance(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
