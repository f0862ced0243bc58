package persist_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/persist"
)

var mine = persist.Identity{Mode: "live", Exchange: "okcoin", Account: "main"}

// same compares changes by value: amounts are canonical, and an empty list of
// readings is no list.
var same = cmp.Options{
	cmp.Comparer(func(a, b num.Price) bool { return a == b }),
	cmp.Comparer(func(a, b num.Quantity) bool { return a == b }),
	cmp.Comparer(func(a, b num.Money) bool { return a == b }),
	cmp.Comparer(func(a, b num.Rate) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

// digits are coefficients of amounts that can be written and read: at most 18
// digits before the point.
var digits = rapid.Int64Range(-1e17, 1e17)

func instant(t *rapid.T, name string) market.Time {
	return market.Time(rapid.Int64Range(0, 4e18).Draw(t, name))
}

func text(t *rapid.T, name string) string {
	return rapid.OneOf(rapid.StringMatching(`[a-z0-9-]{0,12}`), rapid.StringN(0, 12, 40)).Draw(t, name)
}

func drawOrder(t *rapid.T) order.Order {
	o := order.Order{
		ClientID: text(t, "client id"), ExchangeID: text(t, "exchange id"), Reason: text(t, "reason"),
		State:   rapid.SampledFrom(order.States()).Draw(t, "state"),
		Created: instant(t, "created"), Changed: instant(t, "changed"),
		Settled: rapid.Bool().Draw(t, "settled"),
	}
	o.Intent = order.Intent{
		Strategy: text(t, "strategy"), Instrument: "BTC-USD", Side: order.Buy, TIF: order.IOC,
		Reduces: rapid.Bool().Draw(t, "reduces"),
	}
	o.Price = num.PriceOf(digits.Draw(t, "price"), 2)
	o.Quantity = num.QuantityOf(digits.Draw(t, "quantity"), 8)
	return o
}

func drawDecision(t *rapid.T) engine.Decision {
	d := engine.Decision{ID: text(t, "id"), Rule: text(t, "rule"), At: instant(t, "at"), Chain: text(t, "chain")}
	for range rapid.IntRange(0, 3).Draw(t, "readings") {
		d.Readings = append(d.Readings, engine.Reading{
			Text:   text(t, "text"),
			Number: rapid.Float64Range(-1e300, 1e300).Draw(t, "number"),
			Clause: rapid.Bool().Draw(t, "clause"),
		})
	}
	return d
}

func drawChange(t *rapid.T) engine.Change {
	c := engine.Change{
		Kind: engine.ChangeKind(rapid.IntRange(int(engine.ChangeDecision), int(engine.ChangeNote)).Draw(t, "kind")),
		At:   instant(t, "at"),
	}
	switch c.Kind {
	case engine.ChangeDecision:
		c.Decision = drawDecision(t)
	case engine.ChangeOrder:
		c.Order = drawOrder(t)
	case engine.ChangeFill:
		c.Fill = order.Fill{
			Instrument: "BTC-USD", ID: text(t, "fill"), At: instant(t, "fill at"), Side: order.Sell,
			Price: num.PriceOf(digits.Draw(t, "price"), 3), Fee: num.MoneyOf(digits.Draw(t, "fee"), 9),
		}
	case engine.ChangeRule:
		c.Rule = engine.RuleMemory{Rule: text(t, "rule"), Known: engine.True, Fired: instant(t, "fired")}
	case engine.ChangeHolding:
		c.Holding = engine.Holding{Strategy: text(t, "strategy"), Bars: rapid.Int64().Draw(t, "bars")}
	case engine.ChangeBalance:
		c.Balance = order.Balance{Currency: "USD", Total: num.MoneyOf(digits.Draw(t, "total"), 4)}
	case engine.ChangeDay:
		c.Day = engine.Day{Start: instant(t, "start"), Equity: num.MoneyOf(digits.Draw(t, "equity"), 0)}
	case engine.ChangeHalt:
		c.Halt = engine.Halt{Mode: engine.ModeHalt, Code: text(t, "code"), Reason: text(t, "why")}
	case engine.ChangeState:
		c.State = engine.Variables{Strategy: text(t, "strategy"), Set: []engine.Value{{Name: text(t, "name"), Number: rapid.Float64().Draw(t, "value")}}}
	case engine.ChangeNote:
		c.Note = engine.Note{Strategy: text(t, "strategy"), Rule: text(t, "rule"), Notify: rapid.Bool().Draw(t, "notify"), Text: text(t, "text")}
	default:
		panic("a new kind of change: draw it here")
	}
	return c
}

// changes returns n different changes, for tests that do not draw.
func changes(n int) []engine.Change {
	out := make([]engine.Change, 0, n)
	for i := range n {
		out = append(out, orderChange(i))
	}
	return out
}

func orderChange(i int) engine.Change {
	o := order.Order{ClientID: fmt.Sprintf("rabc00000001%08dzz", i), State: order.Intended}
	o.Intent = order.Intent{
		Strategy: "ema-cross", Rule: "enter", Decision: fmt.Sprintf("ema-cross-%d", i), Instrument: "BTC-USD",
		Side: order.Buy, TIF: order.IOC, Price: num.PriceOf(int64(4000000+i), 2), Quantity: num.MustQuantity("0.0125"),
		Reference: num.PriceOf(int64(3999000+i), 2),
	}
	return engine.Change{Kind: engine.ChangeOrder, At: market.Milli(1_600_000_000_000 + int64(i)), Order: o}
}

func open(tb testing.TB, dir string) *persist.Store {
	tb.Helper()
	s, err := persist.Open(dir, mine, persist.Options{})
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	return s
}

type replayer interface {
	Replay(fn func(engine.Change) error) error
}

func replay(tb interface{ Fatalf(string, ...any) }, r replayer) []engine.Change {
	var got []engine.Change
	if err := r.Replay(func(c engine.Change) error { got = append(got, c); return nil }); err != nil {
		tb.Fatalf("Replay: %v", err)
	}
	return got
}

func must(tb interface{ Fatalf(string, ...any) }, err error) {
	if err != nil {
		tb.Fatalf("got error %v, want none", err)
	}
}

func wantError(tb testing.TB, what string, got, want error) {
	tb.Helper()
	if !errors.Is(got, want) {
		tb.Errorf("%s: got error %v, want %v", what, got, want)
	}
}

func TestWhatIsCommittedIsReadBack(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	id := s.ID()
	want := changes(1200) // more than one batch of a replay
	for i := 0; i < len(want); i += 300 {
		s.Append(want[i : i+300])
		s.PutBlob("run", fmt.Appendf(nil, "run %d", i))
		must(t, s.Commit())
	}
	s.PutBlob("empty", nil)
	if got := s.Pending(); got != 1 {
		t.Errorf("pending: got %d, want 1", got)
	}
	must(t, s.Close())

	r, err := persist.Read(dir)
	must(t, err)
	defer r.Close()
	if diff := cmp.Diff(want, replay(t, r), same); diff != "" {
		t.Errorf("changes after reopening (-want +got):\n%s", diff)
	}
	if r.ID() != id || r.Identity() != mine || r.Len() != 1200 {
		t.Errorf("got id %s of %s with %d changes, want %s of %s with 1200", r.ID(), r.Identity(), r.Len(), id, mine)
	}
	for name, want := range map[string][]byte{"run": []byte("run 900"), "empty": {}, "other": nil} {
		got, err := r.Blob(name)
		must(t, err)
		if string(got) != string(want) || (got == nil) != (want == nil) {
			t.Errorf("blob %s: got %q, want %q", name, got, want)
		}
	}
}

// TestRandomWalk drives a store, its in-memory twin and a model that is two
// slices through the same calls.
func TestRandomWalk(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		dir := filepath.Join(root, fmt.Sprint(n))
		s, err := persist.Open(dir, mine, persist.Options{ID: "walk"})
		must(t, err)
		m := &persist.Memory{Name: "walk"}
		var durable, pending []engine.Change
		blobs, put := map[string]string{}, map[string]string{}
		commit := func() {
			durable, pending = append(durable, pending...), nil
			maps.Copy(blobs, put)
			clear(put)
		}
		reopen := func() {
			s, err = persist.Open(dir, mine, persist.Options{})
			must(t, err)
			m.Restart()
			compareJournals(t, s, m, durable, blobs)
		}
		appendSome := func(t *rapid.T) {
			group := rapid.SliceOfN(rapid.Custom(drawChange), 0, 4).Draw(t, "changes")
			s.Append(group)
			m.Append(group)
			pending = append(pending, group...)
		}
		t.Repeat(map[string]func(*rapid.T){
			"append":      appendSome,
			"append more": appendSome,
			"blob": func(t *rapid.T) {
				name, data := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "name"), rapid.String().Draw(t, "data")
				s.PutBlob(name, []byte(data))
				m.PutBlob(name, []byte(data))
				put[name] = data
				checkBlob(t, s, name, data)
				checkBlob(t, m, name, data)
			},
			"commit": func(t *rapid.T) {
				must(t, s.Commit())
				must(t, m.Commit())
				commit()
			},
			"reopen": func(t *rapid.T) {
				switch rapid.IntRange(0, 5).Draw(t, "how") {
				default:
					return // now and then is enough: it costs many syncs
				case 0:
					must(t, persist.Leave(s))
					pending = nil
					clear(put)
				case 1:
					must(t, s.Close())
					must(t, m.Close())
					commit()
				}
				reopen()
			},
			"": func(t *rapid.T) {
				if want := len(pending) + len(put); s.Pending() != want || m.Pending() != want {
					t.Fatalf("pending: got %d and %d in memory, want %d", s.Pending(), m.Pending(), want)
				}
			},
		})
		must(t, s.Close())
	})
}

type journal interface {
	replayer
	Blob(name string) ([]byte, error)
}

func compareJournals(t *rapid.T, s, m journal, durable []engine.Change, blobs map[string]string) {
	for _, j := range []journal{s, m} {
		if diff := cmp.Diff(durable, replay(t, j), same); diff != "" {
			t.Fatalf("%T (-want +got):\n%s", j, diff)
		}
		for name, want := range blobs {
			checkBlob(t, j, name, want)
		}
	}
}

func checkBlob(t *rapid.T, j journal, name, want string) {
	got, err := j.Blob(name)
	must(t, err)
	if string(got) != want {
		t.Fatalf("%T: blob %s: got %q, want %q", j, name, got, want)
	}
}

func TestBootsAreDurableBeforeUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	for want := uint64(1); want <= 3; want++ {
		s := open(t, dir)
		got, err := s.Boot(nil)
		must(t, err)
		if got != want {
			t.Errorf("boot: got %d, want %d", got, want)
		}
		must(t, persist.Leave(s))
	}
	s := open(t, dir)
	got, err := s.Boot(func() uint64 { return math.MaxUint64 })
	must(t, err)
	if want := uint64(1<<40 - 1); got != want {
		t.Errorf("boot of random bits: got %d, want %d", got, want)
	}
	must(t, persist.Leave(s))
	s = open(t, dir)
	defer s.Close()
	if got, err := s.Boot(nil); err != nil || got != 5 {
		t.Errorf("boot after random bits: got %d, %v, want 5", got, err)
	}
}

func TestAnotherAccountIsRefusedByName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	must(t, open(t, dir).Close())
	for _, other := range []persist.Identity{
		{Mode: "dry", Exchange: "okcoin", Account: "main"},
		{Mode: "live", Exchange: "okx", Account: "main"},
		{Mode: "live", Exchange: "okcoin", Account: "second"},
	} {
		_, err := persist.Open(dir, other, persist.Options{})
		wantError(t, other.String(), err, persist.ErrIdentity)
		for _, part := range []string{mine.String(), other.String()} {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: got error %v, want it to name %q", other, err, part)
			}
		}
	}
	for _, bad := range []string{"", "a b", "../x", "a_b", "a.1", strings.Repeat("x", 33)} {
		if _, err := persist.Open(dir, persist.Identity{Mode: bad, Exchange: "x", Account: "y"}, persist.Options{}); err == nil {
			t.Errorf("identity part %q: got no error", bad)
		}
	}
	must(t, open(t, dir).Close()) // the right one still opens
}

// TestSecondProcessIsTold, faults: PS-08.
func TestSecondProcessIsTold(t *testing.T) {
	t.Parallel() // most of it is waiting for the lock
	dir := filepath.Join(t.TempDir(), "s")
	s := open(t, dir)
	defer s.Close()
	_, err := persist.Open(dir, mine, persist.Options{})
	wantError(t, "second open", err, persist.ErrInUse) // Read: TestRotateLeavesAStoreInUse
}

func TestReadersShare(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "s")
	must(t, open(t, dir).Close())
	a, err := persist.Read(dir)
	must(t, err)
	b, err := persist.Read(dir)
	must(t, err)
	must(t, a.Close())
	must(t, b.Close())
	_, err = a.Blob("run")
	must(t, err) // none was ever put, so nothing is read
}

func TestChangeThatCannotBeWrittenPoisons(t *testing.T) {
	for name, c := range map[string]engine.Change{
		"no kind": {},
		"ready NaN": {Kind: engine.ChangeDecision, Decision: engine.Decision{
			Readings: []engine.Reading{{Text: "rsi", Number: math.NaN()}},
		}},
	} {
		dir := filepath.Join(t.TempDir(), "s")
		s := open(t, dir)
		s.Append(changes(3))
		must(t, s.Commit())
		s.Append([]engine.Change{orderChange(4), c, orderChange(5)})
		if err := s.Commit(); err == nil {
			t.Errorf("%s: got no error of the commit", name)
		}
		if err := s.Close(); err == nil {
			t.Errorf("%s: got no error of Close", name)
		}
		s = open(t, dir)
		if got := s.Len(); got != 3 {
			t.Errorf("%s: got %d changes after reopening, want 3", name, got)
		}
		must(t, s.Close())
	}
}

func TestReadingThatIsNotReadyIsWrittenAsZero(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s"))
	defer s.Close()
	readings := []engine.Reading{{Text: "rsi(close, 14)", Number: math.NaN(), Cause: engine.CauseWarmUp}}
	s.Append([]engine.Change{{Kind: engine.ChangeDecision, Decision: engine.Decision{Readings: readings}}})
	must(t, s.Commit())
	if !math.IsNaN(readings[0].Number) {
		t.Errorf("the caller's reading was changed to %v", readings[0].Number)
	}
	want := []engine.Reading{{Text: "rsi(close, 14)", Cause: engine.CauseWarmUp}}
	if diff := cmp.Diff(want, replay(t, s)[0].Decision.Readings, same); diff != "" {
		t.Errorf("reading (-want +got):\n%s", diff)
	}
}

func TestStoreKeepsNothingOfWhatItIsGiven(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s"))
	defer s.Close()
	given := []engine.Change{{Kind: engine.ChangeDecision, Decision: engine.Decision{
		ID: "a-1", Readings: []engine.Reading{{Text: "close", Number: 1}},
	}}}
	blob := []byte("before")
	s.Append(given)
	s.PutBlob("run", blob)
	given[0].Decision.Readings[0].Number = 2
	copy(blob, "AFTER!")
	must(t, s.Commit())
	if got := replay(t, s)[0].Decision.Readings[0].Number; got != 1 {
		t.Errorf("reading: got %v, want 1", got)
	}
	if got, err := s.Blob("run"); err != nil || string(got) != "before" {
		t.Errorf("blob: got %q, %v, want %q", got, err, "before")
	}
}

func TestBadBlobNamePoisons(t *testing.T) {
	for _, name := range []string{"", "Run", "a/b", strings.Repeat("x", 65)} {
		s := open(t, filepath.Join(t.TempDir(), "s"))
		m := new(persist.Memory)
		s.PutBlob(name, nil)
		m.PutBlob(name, nil)
		if s.Commit() == nil || m.Commit() == nil {
			t.Errorf("name %q: got no error of the commit", name)
		}
		if s.Close() == nil {
			t.Errorf("name %q: got no error of Close", name)
		}
	}
}

func TestClosedStoreSaysSo(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "s"))
	must(t, s.Close())
	must(t, s.Close())
	s.Append(changes(1))
	wantError(t, "Commit", s.Commit(), persist.ErrClosed)
	_, err := s.Boot(nil)
	wantError(t, "Boot", err, persist.ErrClosed)
	_, err = s.Blob("run")
	wantError(t, "Blob", err, persist.ErrClosed)
	wantError(t, "Replay", s.Replay(nil), persist.ErrClosed)
}

// TestCreationThatWasCutOffIsIgnored, faults: PS-12.
func TestCreationThatWasCutOffIsIgnored(t *testing.T) {
	state := t.TempDir()
	dir := filepath.Join(state, "s")
	must(t, os.Mkdir(dir+".new-1", 0o700))
	must(t, os.WriteFile(filepath.Join(dir+".new-1", persist.FileName), []byte("half"), 0o600))
	must(t, os.Mkdir(dir, 0o700)) // empty: nothing is lost
	s := open(t, dir)
	must(t, s.Close())
	got, err := persist.Newest(state)
	if err != nil || got != dir {
		t.Errorf("newest: got %s, %v, want %s", got, err, dir)
	}
}

func TestLostStoreIsNotMadeAnew(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "recording.jsonl"), nil, 0o600))
	_, err := persist.Open(dir, mine, persist.Options{})
	wantError(t, "directory without its store", err, persist.ErrMissing)
	_, err = persist.Read(dir)
	wantError(t, "read", err, persist.ErrMissing)
}
