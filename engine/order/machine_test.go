package order_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

const (
	clientID = "rabc00000001000000015g"
	noon     = market.Time(1_700_000_000 * int64(time.Second))
)

var whole, part = num.MustQuantity("3"), num.MustQuantity("1")

// fresh returns an intent for 3 of BTC-USD at 100.
func fresh() order.Order {
	return order.Order{
		Intent: order.Intent{
			Strategy: "s", Rule: "r", Instrument: "BTC-USD", Side: order.Buy, TIF: order.GTC,
			Price: num.MustPrice("100"), Quantity: whole,
		},
		ClientID: clientID, State: order.Intended, Created: noon, Changed: noon,
	}
}

// in returns an order in a state, as it would have come there, with the least
// filled that the state allows.
func in(s order.State) order.Order {
	o := fresh()
	o.State = s
	switch s {
	case order.Open, order.Canceling, order.Canceled:
		o.ExchangeID = "7"
	case order.Partial:
		o.ExchangeID, o.Filled, o.Booked = "7", part, part
	case order.Filled:
		o.ExchangeID, o.Filled, o.Booked = "7", whole, whole
	default: // not known there, and nothing filled
	}
	o.Settled = s.Terminal()
	return o
}

func says(s order.State, filled string) order.Evidence {
	return order.Evidence{
		Source: order.FromPush, Instrument: "BTC-USD", ClientID: clientID, ExchangeID: "7", State: s, Side: order.Buy,
		Price: num.MustPrice("100"), Quantity: whole, Filled: num.MustQuantity(filled), At: noon.Add(time.Minute),
	}
}

func fill(id, q string) order.Fill {
	return order.Fill{
		Instrument: "BTC-USD", ClientID: clientID, ExchangeID: "7", ID: id, At: noon.Add(time.Second), Side: order.Buy,
		Price: num.MustPrice("100"), Quantity: num.MustQuantity(q), FeeCurrency: "USD",
	}
}

// cause makes a happening happen through the functions that everybody uses.
// What is filled grows where the state alone would be no news.
func cause(o *order.Order, h order.Happening) error {
	at := noon.Add(time.Minute)
	grown := "2"
	if o.State == order.Filled {
		grown = "3"
	}
	merge := func(s order.State, filled string) error {
		_, err := o.Merge(says(s, filled))
		return err
	}
	switch h {
	case order.NothingLeft:
		return o.Submitted(order.Result{Class: order.NotSent}, at)
	case order.Acknowledged:
		return o.Submitted(order.Result{Class: order.Accepted, ExchangeID: "7"}, at)
	case order.Repelled:
		return o.Submitted(order.Result{Class: order.Rejected, Code: "33017"}, at)
	case order.Lost:
		return o.Submitted(order.Result{Class: order.Unknown}, at)
	case order.SeenOpen:
		return merge(order.Open, "0")
	case order.SeenPartial:
		return merge(order.Partial, grown)
	case order.SeenCanceling:
		return merge(order.Canceling, grown)
	case order.SeenFilled:
		return merge(order.Filled, "3")
	case order.SeenCanceled:
		return merge(order.Canceled, grown)
	case order.SeenFailed:
		return merge(order.Refused, "0")
	case order.ProvenAbsent:
		return o.NeverAccepted(at)
	case order.FilledSome:
		return o.Book(fill("1", "1"))
	case order.FilledAll:
		o.Booked = num.Quantity{} // whatever was known of fills came as evidence
		return o.Book(fill("1", "3"))
	case order.CancelWish:
		return o.Cancelling(at)
	case order.KeptOpen, order.KeptPartial:
		if h == order.KeptPartial && o.State == order.Canceling {
			o.Filled, o.Booked = part, part
		}
		return o.CancelAnswered(order.Result{Class: order.Rejected, Code: "1"}, at)
	case order.Contradicted:
		e := says(order.Open, "0")
		e.Side = order.Sell
		_, err := o.Merge(e)
		return err
	default:
		panic("no way to cause " + h.String())
	}
}

// droppable are the happenings that an order which is past them takes for old
// news, not for a mistake.
func droppable(h order.Happening) bool {
	switch h {
	case order.SeenOpen, order.SeenPartial, order.SeenCanceling, order.SeenFilled, order.SeenCanceled, order.SeenFailed,
		order.KeptOpen, order.KeptPartial:
		return true
	default:
		return false
	}
}

// TestEveryPair causes every happening in every state: each row of the table
// is executed, and each pair that is not in it either is old news that moves
// nothing or is refused.
func TestEveryPair(t *testing.T) {
	rows, refused := 0, 0
	for _, s := range order.States() {
		for _, h := range order.Happenings() {
			if h == order.Decided || h == order.Checked || h == order.Failed {
				continue
			}
			o := in(s)
			want, allowed := order.Next(s, h)
			err := cause(&o, h)
			var forbidden *order.ForbiddenError
			var conflict *order.ConflictError
			switch {
			case s == order.Filled && h == order.FilledSome: // more than all: a contradiction
				want, allowed = order.Conflict, true
				if !errors.As(err, &conflict) {
					t.Errorf("%s, %s: got error %v, want a conflict", s, h, err)
				}
			case allowed && want == order.Conflict && s != order.Conflict:
				if !errors.As(err, &conflict) || conflict.Error() != o.Reason {
					t.Errorf("%s, %s: got error %v, want the conflict %q", s, h, err, o.Reason)
				}
			case allowed && err != nil:
				t.Errorf("%s, %s: got error %v, want none", s, h, err)
			case !allowed && !droppable(h):
				refused++
				if !errors.As(err, &forbidden) || forbidden.From != s || forbidden.On != h {
					t.Errorf("%s, %s: got error %v, want it forbidden", s, h, err)
				}
			case !allowed && err != nil:
				t.Errorf("%s, %s: got error %v, want it dropped", s, h, err)
			}
			if !allowed {
				want = s
			} else {
				rows++
			}
			if o.State != want {
				t.Errorf("%s, %s: got %s, want %s", s, h, o.State, want)
			}
		}
	}
	t.Logf("%d pairs allowed, %d forbidden", rows, refused)
}

// TestContract reads faults as they are written down for people: what happens
// to an order in some state, and where that leads.
func TestContract(t *testing.T) {
	st := func(s ...order.State) []order.State { return s }
	tests := []struct {
		from []order.State
		on   order.Happening
		to   order.State
	}{
		{st(order.StateNone), order.Failed, order.Denied},
		{st(order.StateNone), order.Checked, order.Intended},
		{st(order.Intended), order.NothingLeft, order.Denied},
		{st(order.Intended), order.Acknowledged, order.Open},
		{st(order.Intended), order.Repelled, order.Refused},
		{st(order.Intended), order.Lost, order.Unproven},
		{st(order.Intended, order.Unproven, order.NotFound), order.SeenOpen, order.Open},
		{st(order.Intended, order.Unproven, order.NotFound), order.SeenPartial, order.Partial},
		{st(order.Intended, order.Unproven, order.NotFound), order.SeenFilled, order.Filled},
		{st(order.Intended, order.Unproven, order.NotFound), order.SeenCanceled, order.Canceled},
		{st(order.Intended, order.Unproven), order.SeenFailed, order.Refused},
		{st(order.Unproven), order.ProvenAbsent, order.NotFound},
		{st(order.Open, order.Partial), order.FilledSome, order.Partial},
		{st(order.Open, order.Partial), order.FilledAll, order.Filled},
		{st(order.Open, order.Partial), order.CancelWish, order.Canceling},
		{st(order.Open, order.Partial), order.SeenCanceled, order.Canceled},
		{st(order.Open), order.SeenFailed, order.Refused},
		{st(order.Canceling), order.FilledSome, order.Canceling},
		{st(order.Canceling), order.FilledAll, order.Filled},
		{st(order.Canceling), order.SeenCanceled, order.Canceled},
		{st(order.Canceling), order.SeenFilled, order.Filled},
		{st(order.Canceling), order.KeptOpen, order.Open},
		{st(order.Canceling), order.KeptPartial, order.Partial},
		{st(order.Canceled), order.FilledSome, order.Canceled},
		{st(order.Canceled), order.FilledAll, order.Filled},
		{st(order.Refused, order.Denied), order.FilledSome, order.Conflict},
		{st(order.Refused, order.Denied), order.FilledAll, order.Conflict},
		{st(order.Refused, order.Denied), order.SeenOpen, order.Conflict},
		{order.States(), order.Contradicted, order.Conflict},
	}
	for _, tt := range tests {
		for _, from := range tt.from {
			if got, ok := order.Next(from, tt.on); !ok || got != tt.to {
				t.Errorf("%s, %s: got %s, want %s", from, tt.on, got, tt.to)
			}
		}
	}
}

// TestTable holds that the table is a function, that it lets an end move only
// by the two late events, and that only a person ends a conflict.
func TestTable(t *testing.T) {
	type pair struct {
		from order.State
		on   order.Happening
	}
	seen := map[pair]bool{}
	for _, r := range order.Table() {
		p := pair{r.From, r.On}
		if seen[p] && r.On != order.Decided {
			t.Errorf("%s, %s: two rows", r.From, r.On)
		}
		seen[p] = true
		moved := r.From != r.To && r.To != order.Conflict
		late := r.From == order.NotFound || r.From == order.Canceled && r.To == order.Filled
		if r.From.Terminal() && moved && !late {
			t.Errorf("%s, %s: an end moves to %s", r.From, r.On, r.To)
		}
		if r.From == order.Conflict && r.To != order.Conflict && r.On != order.Decided {
			t.Errorf("%s, %s: a conflict ends as %s and nobody decided", r.From, r.On, r.To)
		}
	}
}

func TestDecide(t *testing.T) {
	for _, from := range order.States() {
		for _, end := range order.States() {
			o := in(from)
			err := o.Decide(end, "looked it up")
			legal := from == order.Conflict && end.Terminal()
			if (err == nil) != legal {
				t.Errorf("%s decided to be %s: got error %v, want legal %v", from, end, err, legal)
			}
			if legal && (o.State != end || o.Reason != "looked it up") {
				t.Errorf("%s decided to be %s: got %s because of %q", from, end, o.State, o.Reason)
			}
		}
	}
}

// TestAnswers shows each class of an answer to a submit, before and after a
// push.
func TestAnswers(t *testing.T) {
	at := noon.Add(time.Second)
	tests := []struct {
		name string
		from order.State
		r    order.Result
		want order.State
		id   string
		code string
	}{
		{"accepted", order.Intended, order.Result{Class: order.Accepted, ExchangeID: "7"}, order.Open, "7", ""},
		{"accepted without an id", order.Intended, order.Result{Class: order.Accepted}, order.Unproven, "", ""},
		{"rejected", order.Intended, order.Result{Class: order.Rejected, Code: "33017"}, order.Refused, "", "33017"},
		{"unknown with somebody's id", order.Intended, order.Result{ExchangeID: "8", Code: "eof"}, order.Unproven, "", "eof"},
		{"gone means nothing", order.Intended, order.Result{Class: order.Gone}, order.Unproven, "", ""},
		{"a late rejection of code", order.Refused, order.Result{Class: order.Rejected, Code: "1"}, order.Refused, "", ""},
		{"accepted after it failed", order.Refused, order.Result{Class: order.Accepted, ExchangeID: "7"}, order.Refused, "7", ""},
	}
	for _, tt := range tests {
		o := in(tt.from)
		if err := o.Submitted(tt.r, at); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if o.State != tt.want || o.ExchangeID != tt.id || o.Code != tt.code {
			t.Errorf("%s: got %s, id %q, code %q; want %s, %q, %q", tt.name, o.State, o.ExchangeID, o.Code, tt.want, tt.id, tt.code)
		}
	}
}

// TestLateAnswerAttachesOnly: an answer after the end attaches the id and
// changes nothing else.
func TestLateAnswerAttachesOnly(t *testing.T) {
	for _, s := range []order.State{order.Open, order.Partial, order.Canceling, order.Filled, order.Canceled, order.Refused} {
		o := in(s)
		o.ExchangeID = ""
		want := o
		want.ExchangeID = "7"
		if err := o.Submitted(order.Result{Class: order.Accepted, ExchangeID: "7", Message: "ok"}, noon.Add(time.Hour)); err != nil {
			t.Errorf("%s: %v", s, err)
		}
		if o != want {
			t.Errorf("%s: got %+v, want %+v", s, o, want)
		}
	}
}

func TestCancelWish(t *testing.T) {
	for _, s := range []order.State{order.Intended, order.Unproven, order.Open, order.Partial, order.Conflict} {
		o := in(s)
		if err := o.Cancelling(noon); err != nil || !o.CancelWanted {
			t.Errorf("%s: got wanted %v and error %v", s, o.CancelWanted, err)
		}
	}
	o := in(order.Open)
	if err := o.Cancelling(noon); err != nil {
		t.Fatal(err)
	}
	for _, c := range []order.Class{order.Unknown, order.Accepted, order.NotSent, order.Gone} {
		before := o
		if err := o.CancelAnswered(order.Result{Class: c, Code: "1"}, noon); err != nil || o != before {
			t.Errorf("answer %s: got %s and error %v, want nothing changed", c, o.State, err)
		}
	}
	if err := o.CancelAnswered(order.Result{Class: order.Rejected, Code: "1"}, noon); err != nil {
		t.Fatal(err)
	}
	if o.State != order.Open || !o.CancelWanted || o.Code != "1" {
		t.Errorf("refused: got %s, wanted %v, code %q", o.State, o.CancelWanted, o.Code)
	}
}

func TestRecovered(t *testing.T) {
	for _, s := range order.States() {
		o := in(s)
		want := o
		if s == order.Intended {
			want.State = order.Unproven
		}
		if o.Recovered(); o != want {
			t.Errorf("%s: got %s, want %s", s, o.State, want.State)
		}
	}
}

func TestRemaining(t *testing.T) {
	want := map[order.State]string{
		order.Intended: "3", order.Unproven: "3", order.Open: "3", order.Partial: "2", order.Canceling: "3", order.Conflict: "3",
	}
	got := map[order.State]string{}
	for _, s := range order.States() {
		o := in(s)
		if r := o.Remaining(); !r.IsZero() {
			got[s] = r.String()
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("remaining (-want +got):\n%s", d)
	}
	o := in(order.Conflict)
	o.Filled = num.MustQuantity("4")
	if r := o.Remaining(); !r.IsZero() {
		t.Errorf("overfilled: got %s, want 0", r)
	}
}

// TestNewsDateTheOrder: whatever happens moves the time of the newest news
// forward, and never back.
func TestNewsDateTheOrder(t *testing.T) {
	later, before := noon.Add(time.Hour), noon.Add(-time.Hour)
	for name, c := range map[string]struct {
		from order.State
		on   func(o *order.Order, at market.Time) error
	}{
		"submitted": {order.Intended, func(o *order.Order, at market.Time) error {
			return o.Submitted(order.Result{Class: order.Rejected}, at)
		}},
		"cancelling": {order.Open, (*order.Order).Cancelling},
		"expired":    {order.Open, (*order.Order).Expire},
		"cancel refused": {order.Canceling, func(o *order.Order, at market.Time) error {
			return o.CancelAnswered(order.Result{Class: order.Rejected}, at)
		}},
		"booked": {order.Open, func(o *order.Order, at market.Time) error {
			f := fill("1", "1")
			f.At = at
			return o.Book(f)
		}},
		"absent": {order.Unproven, (*order.Order).NeverAccepted},
	} {
		for at, want := range map[market.Time]market.Time{later: later, before: noon} {
			o := in(c.from)
			if err := c.on(&o, at); err != nil || o.Changed != want {
				t.Errorf("%s at %v: changed %v, want %v (%v)", name, at, o.Changed, want, err)
			}
		}
	}
}

// TestConflictsKeepWhatIsTrue: what contradicts an order still tells its id,
// and a person's word settles what is booked.
func TestConflictsKeepWhatIsTrue(t *testing.T) {
	o := in(order.Partial)
	o.ExchangeID = ""
	fell := says(order.Open, "0")
	fell.Source, fell.Asked = order.FromQuery, noon.Add(time.Hour)
	if _, err := o.Merge(fell); err == nil || o.State != order.Conflict || o.ExchangeID != "7" {
		t.Errorf("filled fell: %s, id %q (%v)", o.State, o.ExchangeID, err)
	}
	if err := o.Decide(order.Canceled, "looked"); err != nil || !o.Settled {
		t.Errorf("decided: settled %v (%v)", o.Settled, err)
	}
	o = in(order.Canceled)
	o.ExchangeID = ""
	if _, err := o.Merge(says(order.Open, "0")); err != nil || o.State != order.Canceled || o.ExchangeID != "7" {
		t.Errorf("old news: %s, id %q (%v)", o.State, o.ExchangeID, err)
	}
}

// TestTheOtherSideIsContradicted of a sell too: an order of either side.
func TestTheOtherSideIsContradicted(t *testing.T) {
	for _, side := range []order.Side{order.Buy, order.Sell} {
		if side.Opposite() == side || side.Opposite().Opposite() != side {
			t.Errorf("the opposite of %s is %s", side, side.Opposite())
		}
		o := in(order.Open)
		o.Side = side
		e := says(order.Open, "0")
		e.Side = side.Opposite()
		if _, err := o.Merge(e); err == nil {
			t.Errorf("a %s shown as a %s is taken for true", side, e.Side)
		}
		o = in(order.Open)
		o.Side = side
		f := fill("1", "1")
		f.Side = side.Opposite()
		if err := o.Book(f); err == nil {
			t.Errorf("a fill of a %s is taken for one of a %s", f.Side, side)
		}
	}
}
