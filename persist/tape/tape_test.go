package tape_test

import (
	"bytes"
	"compress/gzip"
	"encoding"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/persist/tape"
)

var head = tape.Head{
	Format: tape.Format, Version: "test", Store: "s", Seq: 7, Tag: "r123", Boot: 3, Rules: []byte(`[{"name":"a.yaml","text":"version: 1"}]`),
	Listed: []market.Instrument{{ID: "BTC-USD", Base: "BTC", Quote: "USD", Tick: num.MustPrice("0.01")}},
	Base:   market.Minute, Equity: num.MustMoney("1000.50"),
}

// draw draws an amount of any scale: 1.50 is not written as 1.5.
func draw[A any, P interface {
	*A
	encoding.TextUnmarshaler
}](t *rapid.T, label string) (a A) {
	text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,8})?`).Draw(t, label)
	if err := P(&a).UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return a
}

// drawEvent draws any event, whatever it makes of it.
func drawEvent(t *rapid.T) engine.Event {
	at := func(label string) market.Time {
		return market.Time(rapid.Int64Range(0, 4e18).Draw(t, label))
	}
	text := rapid.String().Filter(func(s string) bool { return strings.ToValidUTF8(s, "") == s })
	ev := engine.Event{
		Kind: engine.Kind(rapid.IntRange(int(engine.KindBar), int(engine.KindStretch)).Draw(t, "kind")), Instrument: text.Draw(t, "instrument"),
		At: at("at"), Seen: at("seen"), Reason: text.Draw(t, "reason"),
	}
	switch ev.Kind {
	case engine.KindBar, engine.KindHistory:
		ev.Bar = market.Bar{Open: at("open"), Timeframe: market.Minute, O: draw[num.Price](t, "o"), Volume: draw[num.Quantity](t, "v"), Gap: rapid.Bool().Draw(t, "gap")}
	case engine.KindTrade:
		ev.Trade = market.Trade{ID: rapid.Int64().Draw(t, "id"), Price: draw[num.Price](t, "price"), Buyer: true}
	case engine.KindQuote:
		ev.Quote = market.Quote{Bid: draw[num.Price](t, "bid"), AskSize: draw[num.Quantity](t, "size")}
		ev.Depth.Bids = []market.Level{{Price: draw[num.Price](t, "level"), Size: draw[num.Quantity](t, "levels")}}
	case engine.KindEvidence:
		ev.Account.Evidence = order.Evidence{ClientID: text.Draw(t, "client"), State: order.Open, Side: order.Sell, Filled: draw[num.Quantity](t, "filled"), At: at("changed")}
	case engine.KindFill:
		ev.Account.Fill = order.Fill{ID: text.Draw(t, "fill"), Side: order.Buy, Fee: draw[num.Money](t, "fee"), Maker: true}
	case engine.KindBalance:
		ev.Account.Balance = order.Balance{Currency: "USD", Total: draw[num.Money](t, "total")}
	case engine.KindSubmitted, engine.KindCancelled:
		ev.Account.ClientID, ev.Account.Result = text.Draw(t, "of"), order.Result{Class: order.Rejected, Code: text.Draw(t, "code"), Halt: order.HaltFunds}
	case engine.KindHeld:
		ev.Account.Held = engine.HeldNews{ID: text.Draw(t, "stop"), Listed: true, Rows: []engine.HeldRow{{Side: order.Sell, Trigger: draw[num.Price](t, "trigger"), State: engine.HeldLive}}}
	case engine.KindReconciled:
		ev.Scan = engine.Scan{Asked: at("asked"), Complete: true}
	case engine.KindLink:
		ev.Link = engine.Link{Stream: engine.StreamMarket, Reason: text.Draw(t, "why")}
	case engine.KindCommand:
		ev.Operator = engine.OperatorHold
	default:
		ev.Market.Came = at("came")
	}
	return ev
}

// TestTapeKeepsEverything writes any events and reads the same.
func TestTapeKeepsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var file bytes.Buffer
		w, err := tape.NewWriter(&file, &head, 1<<20, func(err error) { t.Errorf("lost: %v", err) })
		if err != nil {
			t.Fatal(err)
		}
		var want []tape.Entry
		for range rapid.IntRange(0, 5).Draw(t, "entries") {
			e := tape.Entry{Do: tape.Do(rapid.IntRange(0, int(tape.Finish)).Draw(t, "do"))}
			switch at := market.Time(rapid.Int64Range(1, 4e18).Draw(t, "at")); e.Do {
			case tape.Start:
				e.At = at
				w.Start(at)
			case tape.Ring:
				e.At = at
				w.Ring(at)
			case tape.Finish:
				e.Event = drawEvent(t)
				w.Finish(&e.Event)
			default:
				e.Event = drawEvent(t)
				w.Take(&e.Event)
			}
			want = append(want, e)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		h, got, cut := readAll(t, file.Bytes())
		if cut || !reflect.DeepEqual(h, head) {
			t.Errorf("cut %v, head %+v", cut, h)
		}
		if d := cmp.Diff(want, got, cmp.Exporter(func(reflect.Type) bool { return true })); d != "" {
			t.Errorf("read other than written:\n%s", d)
		}
	})
}

type failer interface {
	Helper()
	Fatal(args ...any)
}

func readAll(t failer, file []byte) (h tape.Head, all []tape.Entry, cut bool) {
	t.Helper()
	r, err := tape.Open("x.tape.gz", bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for {
		var e tape.Entry
		ok, err := r.Next(&e)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return r.Head, all, r.Cut()
		}
		all = append(all, e)
	}
}

// TestTapeCutAnywhere reads a tape whose end is missing: whole lines, and that
// it was cut off.
func TestTapeCutAnywhere(t *testing.T) {
	var file bytes.Buffer
	w, err := tape.NewWriter(&file, &head, 1<<20, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	begun := file.Len() // the head is on disk before anything happens
	for n := range market.Time(50) {
		w.Ring(n + 1)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for n := begun; n < file.Len(); n++ {
		_, all, cut := readAll(t, file.Bytes()[:n])
		if !cut {
			t.Fatalf("cut at %d of %d: not noticed", n, file.Len())
		}
		for i, e := range all {
			if e.Do != tape.Ring || e.At != market.Time(i+1) {
				t.Fatalf("cut at %d: entry %d is %+v", n, i, e)
			}
		}
	}
}

// full is a disk without room.
type full struct{ room int }

func (f *full) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(b), nil
}

// TestTapeThatCannotGoOn ends, says so once, and holds nobody up.
func TestTapeThatCannotGoOn(t *testing.T) {
	for name, c := range map[string]struct {
		disk io.Writer
		most int64
		want string
	}{
		"full disk": {&full{1000}, 1 << 30, "no space left"},
		"bound":     {io.Discard, 100, "all it may take"},
	} {
		t.Run(name, func(t *testing.T) {
			lost := make(chan error, 10)
			w, err := tape.NewWriter(c.disk, &head, c.most, func(err error) { lost <- err })
			if err != nil {
				t.Fatal(err)
			}
			ev := engine.Event{Kind: engine.KindTimer, Instrument: strings.Repeat("incompressible? ", 10)}
			for n := range market.Time(2000) {
				ev.At = n * 1234567891
				w.Take(&ev)
			}
			if err := w.Close(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if len(lost) > 1 {
				t.Errorf("said %d times", len(lost))
			}
		})
	}
}

// TestTapeRefuses what is none, by file and line.
func TestTapeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no gzip":        {"", "x: not a tape"},
		"empty":          {" ", "x:0: "},
		"another format": {`{"tape": 9, "rules": [1]}` + "\n", "x:1: a tape of format 9; this program reads format 1"},
		"no rules":       {`{"tape": 1}` + "\n", "x:1: the tape does not carry its rules"},
		"unknown member": {`{"tape": 1, "rules": [1], "more": 1}` + "\n", `x:1: not the head of a tape: json: unknown field "more"`},
		"unknown kind":   {`{"tape": 1, "rules": [1]}` + "\n" + `{"event": {"kind": "dream"}}` + "\n", `x:2: engine: "dream" is no kind of event`},
		"unknown deed":   {`{"tape": 1, "rules": [1]}` + "\n" + `{"do": "sleep"}` + "\n", `x:2: tape: "sleep" is nothing that a driver does`},
		"two in a line":  {`{"tape": 1, "rules": [1]}` + "\n" + `{} {}` + "\n", "x:2: more than one object in a line"},
	} {
		t.Run(name, func(t *testing.T) {
			var file bytes.Buffer
			if c.text != "" {
				z := gzip.NewWriter(&file)
				if _, err := z.Write([]byte(strings.TrimSpace(c.text) + strings.Repeat("\n", len(strings.TrimSpace(c.text))/1000+1))); err != nil {
					t.Fatal(err)
				}
				if err := z.Close(); err != nil {
					t.Fatal(err)
				}
			}
			r, err := tape.Open("x", &file)
			for err == nil {
				var e tape.Entry
				var ok bool
				if ok, err = r.Next(&e); !ok && err == nil {
					t.Fatal("nothing was refused")
				}
			}
			if !strings.Contains(err.Error(), strings.TrimSuffix(c.want, "0: ")) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// FuzzTape reads anything without a panic.
func FuzzTape(f *testing.F) {
	f.Add([]byte(`{"tape": 1, "rules": [1]}` + "\n" + `{"event": {"kind": "bar"}}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var file bytes.Buffer
		z := gzip.NewWriter(&file)
		if _, err := z.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		for _, file := range [][]byte{file.Bytes(), text} {
			r, err := tape.Open("x", bytes.NewReader(file))
			for err == nil {
				var e tape.Entry
				var ok bool
				if ok, err = r.Next(&e); !ok {
					break
				}
			}
		}
	})
}
