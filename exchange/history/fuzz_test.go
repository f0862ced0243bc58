package history_test

import (
	"bytes"
	"math/big"
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/history"
)

// FuzzBars holds that any text is refused with its place or plays by the
// rules, to its end.
func FuzzBars(f *testing.F) {
	f.Add([]byte(header + "1737158400000,5,6,4,5,1\n1737158460000,5,6,4,5,0\n"))
	f.Add([]byte(header + "2025-01-18T00:00:00Z,1e2,100.0049,0.2,5e0,3.1e-7\r\n2025-01-19T00:00:00Z,5,6,4,5,999999999999\n"))
	f.Add([]byte("time,time\n"))
	f.Add([]byte("\x1f\x8b\x08"))
	f.Fuzz(func(t *testing.T, text []byte) {
		bars, err := history.OpenBars("fuzz.csv", bytes.NewReader(text), btc(), 0)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz.csv:") {
				t.Fatalf("got %v, which does not name the file", err)
			}
			return
		}
		source, err := bars.Source(history.DefaultSpread())
		if err != nil {
			t.Fatal(err)
		}
		follow := follow{inst: bars.Instrument}
		var ev engine.Event
		for {
			more, err := source.Next(&ev)
			if err != nil { // a number that does not fit
				return
			}
			if !more {
				break
			}
			follow.event(t, &ev)
		}
		if follow.bars != bars.Len() {
			t.Fatalf("got %d bars, want %d", follow.bars, bars.Len())
		}
	})
}

// FuzzTrades holds the same for trades.
func FuzzTrades(f *testing.F) {
	f.Add([]byte("time,id,price,size,side\n1737158400000,7,5,1,buy\n1737158490000,8,5.005,1e-8,sell\n"))
	f.Add([]byte("side,size,price,time\nbuy,1,2,2025-01-18T00:00:00Z\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		trades, err := history.OpenTrades("fuzz.csv", bytes.NewReader(text), btc())
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz.csv:") {
				t.Fatalf("got %v, which does not name the file", err)
			}
			return
		}
		source, err := trades.Source(history.DefaultSpread(), market.Minute)
		if err != nil {
			t.Fatal(err)
		}
		var ev engine.Event
		var last market.Time
		for {
			more, err := source.Next(&ev)
			if err != nil || !more {
				return
			}
			if ev.At < last || ev.Kind == engine.KindQuote && ev.Quote.Crossed() || ev.Kind == engine.KindBar && ev.Bar.Check() != nil {
				t.Fatalf("got %+v after %s", ev, last)
			}
			last = ev.At
		}
	})
}

// FuzzRecording holds that any text is refused with its place, or is read as
// frames that are the same when written and read again.
func FuzzRecording(f *testing.F) {
	f.Add([]byte(`{"t":"1626995795.98","dir":"open","url":"wss://h"}` + "\n" + `{"t":"1626995796","dir":"in","raw":"q1ZK"}`))
	f.Add([]byte(`{"recv_us":1626995795982895,"dir":"send","text":"<&>\u2028"}`))
	f.Add([]byte(`{"t":5,"dir":"recv","text":"","deflate_b64":""}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := history.OpenRecording("fuzz", bytes.NewReader(text))
		if err != nil {
			return
		}
		var all []frame
		var fr history.Frame
		for {
			more, err := r.Next(&fr)
			if err != nil {
				if !strings.HasPrefix(err.Error(), "fuzz:") {
					t.Fatalf("got %v, which does not name the file", err)
				}
				break
			}
			if !more {
				break
			}
			all = append(all, frame{fr.At, fr.Dir, fr.Deflated, string(fr.Payload)})
		}
		again := rewritten(t, all)
		if len(again) != len(all) {
			t.Fatalf("got %d frames again, want %d", len(again), len(all))
		}
		for i := range all {
			if all[i] != again[i] {
				t.Fatalf("frame %d: got %+v again, want %+v", i, again[i], all[i])
			}
		}
	})
}

// FuzzSize compares volumes that are rounded with exact fractions.
func FuzzSize(f *testing.F) {
	for _, s := range []string{"3.1e-7", "6798.654335589999983", "0.999999995", "9999.999999999", "1E3", "-1e-9", "00012.5", "5.", "1e-400"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 70 || strings.ContainsAny(s, "\n\r,\"") || strings.TrimSpace(s) != s {
			return
		}
		row := ",5,5,5,5," + s + "\n"
		bars, err := history.OpenBars("f", strings.NewReader(header+"1737158400000"+row), btc(), market.Minute)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok {
			t.Fatalf("%q was read as %s", s, bars.Bar(0).Volume)
		}
		got, _ := new(big.Rat).SetString(bars.Bar(0).Volume.String())
		distance := got.Sub(got, want)
		if distance.Abs(distance).Cmp(big.NewRat(1, 200_000_000)) > 0 {
			t.Fatalf("%q was read as %s", s, bars.Bar(0).Volume)
		}
	})
}

// FuzzRow holds that a row is read alike by the quick reader and the careful
// one, which alone takes a space before a field.
func FuzzRow(f *testing.F) {
	for _, s := range []string{
		"1737158400000,5,6,4,5,1", "1737158400000,5.00,6.1,4.123,5,1.000000000", "2025-01-18T00:00:00Z,5,6,4,5,0.123456789",
		"1737158400000,5,6,4,5,1,", "1737158400000,5.,6,4,5,1", "1737158400000,.5,6,.4,.5,1", "1737158400000,005,6,4,5,0000000000000000001",
		"1737158400000,999999999999999999,999999999999999999,0.01,5,1", "1737158400000.0,5,6,4,5,1", "1737158400000,5,6,0,5,1", "1737158400000,5,6,4,7,1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, row string) {
		if row == "" || strings.ContainsAny(row, "\n\r") {
			return
		}
		for _, tick := range []string{"0.01", "0.05", "0"} {
			inst := btc()
			inst.Tick = num.MustPrice(tick)
			quick, err := history.OpenBars("f", strings.NewReader(header+row), inst, market.Minute)
			careful, want := history.OpenBars("f", strings.NewReader(header+" "+row), inst, market.Minute)
			switch {
			case (err == nil) != (want == nil) || err != nil && err.Error() != want.Error():
				t.Fatalf("got %v, want %v", err, want)
			case err == nil && quick.Bar(0) != careful.Bar(0):
				t.Fatalf("got %+v, want %+v", quick.Bar(0), careful.Bar(0))
			}
		}
	})
}
