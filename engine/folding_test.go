package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// folds is a program that keeps the bars it is told.
type folds struct {
	*program
	told []market.Bar
}

func (f *folds) Update(_ int, bar *market.Bar) {
	if bar != nil {
		f.told = append(f.told, *bar)
	}
}

// FuzzFolding builds bars of five minutes from minutes that come late, twice,
// off their time or not at all: each is what a naive fold of the same minutes
// makes, and none is told early, twice or in another order.
func FuzzFolding(f *testing.F) {
	f.Add([]byte{1, 10, 2, 11, 3, 12, 4, 13, 5, 14, 1, 9, 1, 8, 1, 7, 1, 6, 1, 5})
	f.Add([]byte{5, 10, 70, 11, 1, 12, 200, 9, 0, 3, 1, 1, 1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1, 6})
	f.Fuzz(func(t *testing.T, steps []byte) {
		steps = steps[:min(len(steps), 400)]
		s := newScene()
		for _, l := range []string{"instrument BTC-USD", "strategy s BTC-USD 5m"} {
			if err := s.line(strings.Fields(l)); err != nil {
				t.Fatal(err)
			}
		}
		p := &folds{program: newProgram()}
		s.cfg.Program = p
		e, err := engine.New(s.cfg)
		if err != nil {
			t.Fatal(err)
		}
		naive := minutes{}
		at := market.Time(0).Add(20000 * 24 * time.Hour)
		for ; len(steps) > 1; steps = steps[2:] {
			b, ok := minuteOf(at, steps[0], steps[1])
			if ok {
				at = max(at, b.Open)
				naive.add(&b)
			}
			ev := engine.Event{Kind: engine.KindBar, Instrument: "BTC-USD", At: b.Close(), Seen: max(b.Close(), at.Add(time.Minute)), Bar: b}
			e.Step(&ev)
			if err := e.Err(); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.EqualFunc(p.told, naive.closed, sameBar) {
			t.Errorf("told %v\nwant %v", p.told, naive.closed)
		}
	})
}

// minuteOf is the minute so many after another, or before it, or no minute.
func minuteOf(after market.Time, step, price byte) (b market.Bar, ok bool) {
	c := num.PriceOf(int64(price)+1, 0)
	b = market.Bar{Open: after.Add(time.Duration(step) * time.Minute), Timeframe: market.Minute, O: c, H: c, L: c, C: c, Volume: num.QuantityOf(1, 0)}
	switch {
	case step == 255:
		b.Open = after.Add(30 * time.Second) // off its time
	case step > 240:
		b.Open = after.Add(-time.Duration(step-240) * time.Minute)
	}
	return b, step != 255
}

func sameBar(a, b market.Bar) bool {
	return a.Open == b.Open && a.O == b.O && a.H == b.H && a.L == b.L && a.C == b.C && a.Volume == b.Volume
}

// minutes folds naively.
type minutes struct {
	part   []market.Bar // of the five minutes under way, from their first
	newest *market.Bar
	closed []market.Bar
}

// add takes a minute and those without a trade before it; an hour of those is
// too long to make them up.
func (m *minutes) add(b *market.Bar) {
	if m.newest != nil && b.Open <= m.newest.Open {
		return
	}
	if m.newest != nil {
		missing := int(b.Open.Sub(m.newest.Open)/time.Minute) - 1
		if missing > 60 {
			m.part = nil
		}
		for i := 1; missing <= 60 && i <= missing; i++ {
			flat, c := *m.newest, m.newest.C
			flat.Open, flat.O, flat.H, flat.L, flat.Volume = m.newest.Open.Add(time.Duration(i)*time.Minute), c, c, c, num.Quantity{}
			m.fold(flat)
		}
	}
	m.newest = b
	m.fold(*b)
}

func (m *minutes) fold(b market.Bar) {
	if b.Open.Floor(5*time.Minute) == b.Open {
		m.part = nil
	} else if len(m.part) == 0 {
		return // it did not begin with them
	}
	m.part = append(m.part, b)
	if len(m.part) < 5 {
		return
	}
	all := m.part[0]
	var c num.Calc
	for _, x := range m.part[1:] {
		all.H, all.L, all.C = all.H.Max(x.H), all.L.Min(x.L), x.C
		all.Volume = num.Add(&c, all.Volume, x.Volume)
	}
	m.closed = append(m.closed, all)
	m.part = nil
}
