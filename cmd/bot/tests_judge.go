package main

import (
	"fmt"
	"slices"
	"strings"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/strategies"
)

// record is what happened in a trial.
type record struct {
	decided []decided
	stood   []standing // after each event that changed something
	state   []float64  // now, by variable
	way     ways
}

// begin takes down how the state of the strategy is at the start.
func (r *record) begin(st *engine.Strategy, given []strategies.GivenState) {
	for _, v := range st.State {
		r.state = append(r.state, v.Initial)
	}
	for _, g := range given {
		r.state[g.Variable] = g.Value
	}
}

func (r *record) set(st *engine.Strategy, values []engine.Value) {
	for _, v := range values {
		if i := slices.IndexFunc(st.State, func(x engine.Variable) bool { return x.Name == v.Name }); i >= 0 {
			r.state[i] = v.Number
		}
	}
}

// decided is a decision and the order that it asked for first.
type decided struct {
	engine.Decision
	order order.Order
}

// standing is what a person may ask about at a moment.
type standing struct {
	at       market.Time
	position num.Quantity
	state    []float64
}

func (r *record) see(t *trial, ev *engine.Event, out *engine.Outcome) {
	for i := range out.Changes {
		switch c := &out.Changes[i]; c.Kind {
		case engine.ChangeDecision:
			r.decided = append(r.decided, decided{Decision: c.Decision})
		case engine.ChangeOrder:
			r.asked(&c.Order)
		case engine.ChangeStanding:
			r.holds(&c.Standing)
		case engine.ChangeEvaluation:
			r.way.see(c.Evaluation)
		case engine.ChangeState:
			r.set(&t.set.file.Strategies[0], c.State.Set)
		default: // not what a test expects of
		}
	}
	if ev.At >= t.bars[t.lead].Close() && len(out.Changes) > 0 || ev.Kind == engine.KindBar {
		r.stand(t, ev.At)
	}
}

// asked keeps the first order of a decision as it was intended.
func (r *record) asked(o *order.Order) {
	for i := range r.decided {
		if d := &r.decided[i]; d.ID == o.Decision && (d.order.ClientID == "" || d.order.ClientID == o.ClientID && o.State == order.Denied) {
			d.order = *o
		}
	}
}

// holds keeps a stop that waits in the engine as the order of its decision: at
// its limit, or at the price that it waits for.
func (r *record) holds(s *engine.Standing) {
	if s.Stop.IsZero() {
		return // it is an order once it is placed
	}
	o := order.Order{Intent: s.Intent, ClientID: s.ID}
	if o.Price.IsZero() {
		o.Price = s.Stop
	}
	r.asked(&o)
}

func (r *record) stand(t *trial, at market.Time) {
	s := standing{at: at, state: slices.Clone(r.state)}
	snap := t.engine.Snapshot()
	for i := range snap.Positions {
		s.position = snap.Positions[i].Quantity
	}
	if n := len(r.stood); n > 0 && r.stood[n-1].at == at {
		r.stood[n-1] = s
		return
	}
	r.stood = append(r.stood, s)
}

// judge holds what happened against what is expected, one expectation after
// the other.
func (t *trial) judge() strategies.Diagnostics {
	j := judging{trial: t}
	for i := range t.test.Expect {
		j.one(&t.test.Expect[i])
	}
	return j.found
}

// judging walks through the record.
type judging struct {
	*trial
	next  int // the first decision that no expectation has looked at
	found strategies.Diagnostics
}

func (j *judging) fail(x *strategies.Expectation, hint, format string, args ...any) {
	j.found = append(j.found, j.file.Failure(j.test, x.Place, "expected", fmt.Sprintf(format, args...), hint))
}

func (j *judging) one(x *strategies.Expectation) {
	at, err := j.at(x.At)
	until, also := j.at(x.Until)
	switch {
	case err != nil:
		j.fail(x, "", "%v", err)
	case also != nil:
		j.fail(x, "", "%v", also)
	case x.Never:
		j.never(x)
	case x.None:
		j.none(x, until)
	case x.Times > 0:
		j.times(x)
	case x.Rule != "" || x.Order != (strategies.ExpectedOrder{}) || x.Denied != "":
		j.decision(x, at)
	}
	if x.Position != nil || x.State != nil {
		j.standing(x, at)
	}
}

// decision looks for the next decision of the rule, at its time where one is
// written.
func (j *judging) decision(x *strategies.Expectation, at market.Time) {
	for i := j.next; i < len(j.record.decided); i++ {
		d := &j.record.decided[i]
		if x.Rule != "" && d.Rule != x.Rule || at != 0 && d.At != at {
			continue
		}
		j.next = i + 1
		j.order(x, d)
		return
	}
	if at == 0 {
		j.fail(x, j.happened(x.Rule), "expected %s from here on, and it did not fire", ruleText(x.Rule))
		return
	}
	j.fail(x, j.happened(x.Rule), "expected %s at %s, and it did not fire then", ruleText(x.Rule), j.time(at))
}

func ruleText(rule string) string {
	if rule == "" {
		return "a decision"
	}
	return rule
}

// happened says when the rule did fire, or what else did.
func (j *judging) happened(rule string) string {
	var own, others []string
	way := ""
	if rule != "" {
		way = "; " + j.record.way.usual(rule)
	}
	for i := range j.record.decided {
		d := &j.record.decided[i]
		if d.Rule == rule {
			own = append(own, j.time(d.At))
		} else {
			others = append(others, d.Rule+" at "+j.time(d.At))
		}
	}
	switch {
	case len(own) > 0:
		return rule + " fired at " + some(own)
	case len(others) > 0:
		return "what fired: " + some(others) + way
	}
	return "nothing fired in the whole test" + way
}

// some joins a few of many.
func some(all []string) string {
	const few = 5
	if len(all) > few {
		return strings.Join(all[:few], ", ") + fmt.Sprintf(" and %d more", len(all)-few)
	}
	return strings.Join(all, ", ")
}

// time is a moment for people: with the number of the bar that closes then.
func (j *judging) time(at market.Time) string {
	s := at.Std().Format("2006-01-02T15:04:05Z")
	s = strings.Replace(s, ":00Z", "Z", 1)
	if n := j.bar(at); n > 0 {
		s += fmt.Sprintf(" (bar %d)", n)
	}
	return s
}

// order holds what a decision asked for against what is expected of it.
func (j *judging) order(x *strategies.Expectation, d *decided) {
	o, want := &d.order, &x.Order
	denied := ""
	if o.State == order.Denied {
		denied = o.Code
	}
	switch {
	case x.Denied != "" && denied != x.Denied:
		j.fail(x, "", "expected a denial %s of %s, got %s", x.Denied, d.ID, orderSaid(o))
	case x.Denied == "" && denied != "" && *want != (strategies.ExpectedOrder{}):
		j.fail(x, "", "the order was denied: %s %s", o.Code, o.Reason)
	case want.Side != 0 && o.Side != want.Side:
		j.fail(x, "", "expected a %s, got %s", want.Side, orderSaid(o))
	case !want.Price.IsZero() && o.Price != want.Price:
		j.fail(x, "", "expected the price %s, got %s", want.Price, orderSaid(o))
	case !want.Base.IsZero() && o.Quantity != want.Base:
		j.fail(x, "", "expected %s, got %s", want.Base, orderSaid(o))
	case !want.Quote.IsZero() && !j.worth(want.Quote, o):
		j.fail(x, "", "expected an order of %s, got %s", want.Quote, orderSaid(o))
	}
}

// worth reports whether an order is for an amount of quote currency, less
// than a lot below it.
func (j *judging) worth(quote num.Money, o *order.Order) bool {
	var c num.Calc
	one := num.Cost(&c, o.Price, o.Quantity)
	more := num.Add(&c, one, num.Cost(&c, o.Price, j.set.instruments[0].Lot))
	return c.Err() == nil && !quote.Less(one) && quote.Less(more)
}

func orderSaid(o *order.Order) string {
	if o.ClientID == "" {
		return "no order"
	}
	s := fmt.Sprintf("%s %s at %s", o.Side, o.Quantity, o.Price)
	if o.State == order.Denied {
		s += ", denied: " + o.Code + " " + o.Reason
	}
	return s
}

func (j *judging) none(x *strategies.Expectation, until market.Time) {
	for ; j.next < len(j.record.decided); j.next++ {
		d := &j.record.decided[j.next]
		if d.At > until {
			return
		}
		if x.Rule == "" || d.Rule == x.Rule {
			j.fail(x, "", "expected nothing until %s, and %s fired at %s", j.time(until), d.Rule, j.time(d.At))
		}
	}
}

func (j *judging) times(x *strategies.Expectation) {
	n := 0
	for i := range j.record.decided {
		if j.record.decided[i].Rule == x.Rule {
			n++
		}
	}
	if n != x.Times {
		j.fail(x, j.happened(x.Rule), "expected %s to fire %s, it fired %s", x.Rule, counted(x.Times, "time"), counted(n, "time"))
	}
}

func (j *judging) never(x *strategies.Expectation) {
	for i := range j.record.decided {
		if d := &j.record.decided[i]; d.Rule == x.Rule {
			j.fail(x, "", "expected that %s never fires, and it did at %s", x.Rule, j.time(d.At))
			return
		}
	}
	if x.Because == "" {
		return
	}
	way := &j.record.way
	if !way.alone(x.Rule, x.Because) {
		j.fail(x, way.usual(x.Rule), "%s never fired, and %s was not the one thing in its way at any time", x.Rule, x.Because)
	}
}

// standing holds position and state at a moment, or at the end.
func (j *judging) standing(x *strategies.Expectation, at market.Time) {
	i := len(j.record.stood) - 1
	if at != 0 {
		i, _ = slices.BinarySearchFunc(j.record.stood, at+1, func(s standing, at market.Time) int { return int(s.at - at) })
		i--
	}
	now := standing{state: j.record.state}
	if i >= 0 {
		now = j.record.stood[i]
	}
	left := x.Position != nil && x.Position.IsZero() && now.position.Less(j.set.instruments[0].Min) // dust is flat
	if x.Position != nil && now.position != *x.Position && !left {
		j.fail(x, "", "expected a position of %s, got %s", *x.Position, now.position)
	}
	for _, g := range x.State {
		if now.state[g.Variable] != g.Value {
			name := j.set.file.Strategies[0].State[g.Variable].Name
			j.fail(x, "", "expected state.%s to be %v, got %v", name, g.Value, now.state[g.Variable])
		}
	}
}
