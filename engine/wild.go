package engine

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// prints are the prices that an instrument traded at.
type prints struct {
	last  num.Price // latest print that is believed, else the latest close
	wild  num.Price // latest print, where it is not believed yet
	close num.Price // of the newest base bar folded in
	trade int64     // number of the newest trade
}

// near reports whether a price is within 20 % of another. Further away, a
// single print may be a slip of somebody's hand or of the exchange.
func near(p, of num.Price) bool {
	places := max(p.Scale(), of.Scale())
	if x, ok := p.Whole(places); ok {
		if y, ok := of.Whole(places); ok && max(x-y, y-x) <= y/5 {
			return true // as nearly every print is
		}
	}
	var c num.Calc
	span := num.Mul(&c, of, num.RateOf(2, 1))
	low, high := num.Sub(&c, of, span), num.Add(&c, of, span)
	return c.Err() == nil && !p.Less(low) && !high.Less(p)
}

// backed reports whether a price is believed at once: it is near the one
// before, or near what the verified book shows.
func (m *marketState) backed(p num.Price) bool {
	if m.last.IsZero() || p == m.last || near(p, m.last) {
		return true
	}
	if !m.valid {
		return false
	}
	mid, err := m.quote.Mid()
	return err == nil && near(p, mid)
}

// believes reports whether a print may value what is held and trigger what
// waits for a price. One wildly off may not alone: another one there, or the
// book, must say the same. That it is told again is not another one.
func (m *marketState) believes(p num.Price, told bool) bool {
	if m.backed(p) || !told && !m.wild.IsZero() && near(p, m.wild) {
		m.wild = num.Price{}
		return true
	}
	if !told {
		m.wild = p
	}
	return false
}

// closes reports whether the close of a bar may do what a print may. One that
// is wildly off may be the one print; bars in a row that close there are not.
func (m *marketState) closes(b *market.Bar) bool {
	return m.backed(b.C) || !b.Synthetic && b.C != m.wild && !m.close.IsZero() && near(b.C, m.close)
}

// confirm takes the print that was not believed once the book has come to it.
func (e *Engine) confirm(m *marketState) {
	if m.wild.IsZero() || !m.backed(m.wild) {
		return
	}
	e.traded(m, m.wild)
	m.wild = num.Price{}
	e.resolve()
}
