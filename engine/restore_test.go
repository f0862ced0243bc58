package engine_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// world is a small exchange with moods: it accepts, fills, refuses, loses
// answers and repeats itself. Everything it tells goes to every engine.
type world struct {
	t       *testing.T
	rng     *rand.Rand
	twins   []*twin
	now     market.Time
	price   map[string]int64
	waiting []order.Order // submits not answered
	lost    []order.Order // submits whose answer was lost
	past    []engine.Event
	fills   int
	changes []engine.Change // of the first engine
}

// twin is an engine and what it did in the newest event.
type twin struct {
	scene *scene
	did   []string
}

var worldInstruments = [...]string{"BTC-USD", "ETH-USD"}

func worldScene(t *testing.T) *scene {
	t.Helper()
	s := newScene()
	for _, l := range []string{
		"instrument BTC-USD", "instrument ETH-USD min=0.01",
		"strategy a BTC-USD 1m", "rule in for=flat when=in do=buy:quote:500", "rule more for=long when=more cooldown=3bars do=buy:base:0.5",
		"rule out for=long when=out do=sell:position_pct:50+close", "exit stop_loss pct=2", "exit trailing_stop activate_pct=1 distance_pct=1",
		"strategy b ETH-USD 1m", "rule in when=more unless=out fire=while_true cooldown=4bars do=buy:equity_pct:5", "exit take_profit pct=1", "exit time_stop after=7bars",
		"strategy c ETH-USD 1m", "variable n 0", "variable hot false", "rule in for=flat when=in once_per=position do=buy:quote:300",
		"rule out for=long when=out do=close", "rule count on=fill when=fill.price>0 fire=while_true do=set:n:state.n~1+set:hot:in",
		"rule beat on=timer:30s when=state.n>3 fire=while_true do=log:{state.n}_{trades.today}_{trades.losses}_{trades.pct}_{trades.since}",
		"rule daily when=more fire=while_true once_per=day do=notify:{state.hot}", "rule tick on=tick when=out fire=while_true cooldown=2m do=log:{fill.price}",
		"limits daily_loss=5000",
	} {
		if err := s.line(strings.Fields(l)); err != nil {
			t.Fatal(err)
		}
	}
	e, err := engine.New(s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.e = e
	return s
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, rng: rand.New(rand.NewPCG(seed, 7)), now: day.Add(time.Hour), price: map[string]int64{"BTC-USD": 1000, "ETH-USD": 1000}}
	w.twins = []*twin{{scene: worldScene(t)}}
	w.reconcile()
	w.mood("false", "false", "false")
	return w
}

// tell gives an event to every engine and demands that all do the same.
func (w *world) tell(ev engine.Event) {
	w.t.Helper()
	ev.At, ev.Seen = w.now, w.now
	for i, t := range w.twins {
		out := t.scene.e.Step(&ev)
		t.did = t.did[:0]
		for j := range out.Changes {
			t.did = append(t.did, asJSON(w.t, &out.Changes[j]))
			if i == 0 {
				w.changes = append(w.changes, out.Changes[j])
			}
		}
		for j := range out.Commands {
			if c := &out.Commands[j]; c.Kind == engine.CommandSubmit {
				t.did = append(t.did, "submit "+c.Approved.Order().ClientID)
				if i == 0 {
					w.waiting = append(w.waiting, c.Approved.Order())
				}
			}
		}
		if err := t.scene.e.Err(); err != nil {
			w.t.Fatal(err)
		}
	}
	for _, t := range w.twins[1:] {
		if diff := cmp.Diff(strings.Join(w.twins[0].did, "\n"), strings.Join(t.did, "\n")); diff != "" {
			w.t.Fatalf("the restored engine does otherwise at %s (-first +restored):\n%s", clockText(w.now), diff)
		}
	}
}

func (w *world) mood(in, more, out string) {
	for _, t := range w.twins {
		t.scene.prog.set("in", in)
		t.scene.prog.set("more", more)
		t.scene.prog.set("out", out)
	}
}

// minute plays one minute: prices, answers, and the bars at its end.
func (w *world) minute(wild bool) {
	for range 3 {
		w.now = w.now.Add(20 * time.Second)
		w.tell(engine.Event{Kind: engine.KindTimer})
		for _, id := range worldInstruments {
			if wild {
				w.price[id] = max(500, w.price[id]+w.rng.Int64N(21)-10)
			}
			p := w.price[id]
			w.tell(quoteEvent(id, num.PriceOf(p-1, 1).String(), num.PriceOf(p+1, 1).String()))
			w.tell(tradeEvent(id, num.PriceOf(p, 1).String()))
		}
		w.answer(wild)
	}
	for _, id := range worldInstruments {
		p := num.PriceOf(w.price[id], 1)
		w.tell(engine.Event{Kind: engine.KindBar, Instrument: id, Bar: market.Bar{
			Open: w.now.Add(-time.Minute), Timeframe: market.Minute, O: p, H: p, L: p, C: p,
		}})
	}
}

// answer tells what became of some orders. Unless wild, of all of them.
func (w *world) answer(wild bool) {
	for _, o := range w.lost {
		w.finish(&o)
	}
	w.lost = w.lost[:0]
	waiting := w.waiting
	w.waiting = nil
	for _, o := range waiting {
		say := func(class order.Class) {
			w.tell(engine.Event{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID, Result: order.Result{Class: class, ExchangeID: "X" + o.ClientID}}})
		}
		switch n := w.rng.IntN(10); {
		case wild && n == 0:
			w.waiting = append(w.waiting, o) // later
		case wild && n == 1:
			say(order.Unknown)
			w.lost = append(w.lost, o)
		case n == 2:
			w.tell(engine.Event{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID, Result: order.Result{Class: order.Rejected, Code: "33017"}}})
		case n == 3:
			w.tell(engine.Event{Kind: engine.KindSubmitted, Account: engine.AccountNews{ClientID: o.ClientID, Result: order.Result{Class: order.NotSent}}})
		case n < 6: // the pushes overtake the answer
			w.finish(&o)
			say(order.Accepted)
		default:
			say(order.Accepted)
			w.finish(&o)
		}
	}
}

// finish fills some of an order, in any order and perhaps twice, and ends it.
func (w *world) finish(o *order.Order) {
	parts := w.rng.IntN(4)
	var c num.Calc
	var filled num.Quantity
	var events []engine.Event
	for i := range parts {
		q, err := num.FloorTo(num.MulDown(&c, o.Quantity, num.MustRate("0.3"), 6), num.MustQuantity("0.0001"))
		if err != nil || q.IsZero() {
			break
		}
		if i == 2 {
			q = num.Sub(&c, o.Quantity, filled)
		}
		filled = num.Add(&c, filled, q)
		w.fills++
		f := order.Fill{
			Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: "X" + o.ClientID, ID: fmt.Sprint(w.fills), At: w.now, Side: o.Side,
			Price: num.PriceOf(w.price[o.Instrument], 1), Quantity: q, Fee: num.MoneyOf(w.rng.Int64N(100), 6), FeeCurrency: "USD",
		}
		if o.Side == order.Buy {
			f.FeeCurrency = o.Instrument[:3]
		}
		events = append(events, engine.Event{Kind: engine.KindFill, Instrument: o.Instrument, Account: engine.AccountNews{Fill: f}})
	}
	state := order.Canceled
	if filled == o.Quantity {
		state = order.Filled
	}
	events = append(events, engine.Event{Kind: engine.KindEvidence, Instrument: o.Instrument, Account: engine.AccountNews{Evidence: order.Evidence{
		Source: order.FromPush, Instrument: o.Instrument, ClientID: o.ClientID, ExchangeID: "X" + o.ClientID, State: state,
		Side: o.Side, Price: o.Price, Quantity: o.Quantity, Filled: filled, At: w.now,
	}}})
	w.past = append(w.past, events...)
	w.rng.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for _, ev := range events {
		w.tell(ev)
	}
	if len(w.past) > 0 {
		w.tell(w.past[w.rng.IntN(len(w.past))]) // again
	}
	if c.Err() != nil {
		w.t.Fatal(c.Err())
	}
}

// reconcile tells the balances as the first engine counts them.
func (w *world) reconcile() {
	balances := w.twins[0].scene.e.Balances()
	if len(balances) == 0 {
		balances = []order.Balance{{Currency: "USD", Total: num.MustMoney("20000")}, {Currency: "BTC"}, {Currency: "ETH"}}
	}
	for _, b := range balances {
		w.tell(engine.Event{Kind: engine.KindBalance, Account: engine.AccountNews{Balance: b}})
	}
	w.tell(engine.Event{Kind: engine.KindReconciled, Scan: engine.Scan{Asked: w.now, Complete: true}})
}

func (w *world) play(minutes int) {
	truths := [...]string{"true", "true", "false", "false", "unknown"}
	for range minutes {
		w.mood(truths[w.rng.IntN(5)], truths[w.rng.IntN(5)], truths[w.rng.IntN(5)])
		w.minute(true)
	}
}

// quiet lets everything that was sent be answered, and then a bar pass.
func (w *world) quiet() {
	w.mood("false", "false", "false")
	for n := 0; ; n++ {
		w.answer(false)
		w.minute(false)
		if len(w.waiting)+len(w.lost) == 0 {
			return
		}
		if n == 50 {
			w.t.Fatal("it does not become quiet")
		}
	}
}

// silent reports whether a timer was read after the newest change.
func (w *world) silent() bool {
	const every = 30 * time.Second
	return w.changes[len(w.changes)-1].At.Floor(every).Add(every) <= w.now
}

// restore adds an engine made of what the first one would have journaled.
func (w *world) restore() {
	w.t.Helper()
	s := worldScene(w.t)
	for i := range w.changes {
		// as it comes out of a journal
		var c engine.Change
		if err := json.Unmarshal([]byte(asJSON(w.t, &w.changes[i])), &c); err != nil {
			w.t.Fatal(err)
		}
		if err := s.e.Restore(&c); err != nil {
			w.t.Fatal(err)
		}
	}
	s.e.Restored()
	first := w.twins[0].scene.e
	for _, x := range []struct {
		what      string
		got, want any
	}{
		{"balances", s.e.Balances(), first.Balances()},
		{"unsettled orders", s.e.Unsettled(), first.Unsettled()},
		{"chain", s.e.Snapshot().Chain, first.Snapshot().Chain},
		{"halt", s.e.Snapshot().Halt, first.Snapshot().Halt},
		{"ready", s.e.Snapshot().Ready, false},
	} {
		if diff := cmp.Diff(asJSON(w.t, x.want), asJSON(w.t, x.got)); diff != "" {
			w.t.Fatalf("%s after a restart (-want +got):\n%s", x.what, diff)
		}
	}
	// What is not durable comes back by itself: prices, then agreement.
	for _, id := range worldInstruments {
		p := w.price[id]
		q := quoteEvent(id, num.PriceOf(p-1, 1).String(), num.PriceOf(p+1, 1).String())
		t := tradeEvent(id, num.PriceOf(p, 1).String())
		for _, ev := range []engine.Event{q, t} {
			ev.At, ev.Seen = w.now, w.now
			s.e.Step(&ev)
		}
	}
	w.twins = append(w.twins, &twin{scene: s})
	w.reconcile()
	if diff := cmp.Diff(asJSON(w.t, first.Snapshot()), asJSON(w.t, s.e.Snapshot())); diff != "" {
		w.t.Fatalf("reconciled after a restart (-want +got):\n%s", diff)
	}
}

// seeds is how many random runs are played; docs/proof.md has the ledger.
var seeds = flag.Int("seeds", 40, "random runs of an engine that is restarted")

// TestRestoredEngineGoesOnAsIfNothingHadHappened folds the changes of a random
// run into a new engine: it holds the same, and from there on does the same.
func TestRestoredEngineGoesOnAsIfNothingHadHappened(t *testing.T) {
	fills, restored := 0, 0
	for seed := range uint64(*seeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := newWorld(t, seed)
			for range 3 {
				w.play(25)
				w.quiet()
				for w.silent() { // a crash now would rightly forget what timers read since
					w.play(5)
					w.quiet()
				}
				w.restore()
				restored++
			}
			w.play(25)
			fills += w.fills
		})
	}
	if fills < 25**seeds || restored < 2**seeds {
		t.Errorf("%d fills and %d restarts: nothing was shown", fills, restored)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
