package engine

import (
	"math"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// marketState is what is known of one instrument now.
type marketState struct {
	listing market.Instrument
	quote   market.Quote
	depth   market.Depth
	quoteAt market.Time // run clock when the quote was seen
	valid   bool        // the book behind the quote verified
	lastBar market.Time // opening of the newest base bar folded in
	listed  market.Time // run clock when it was last listed; 0 where nobody looks
	halt    Halt        // latched, of this instrument alone
	floats  MarketView  // of the quote, once somebody looked; see look
	looked  bool
	moved   bool // see worth
	prints
	listeners
}

func (e *Engine) onQuote(ev *Event) {
	m := e.market(ev.Instrument)
	if m == nil {
		return
	}
	moved := !m.valid || m.quote.Bid.Cmp(ev.Quote.Bid) != 0 || m.quote.Ask.Cmp(ev.Quote.Ask) != 0
	m.quote, m.quoteAt, m.valid, m.looked = ev.Quote, e.came(ev), true, false
	m.depth.Set(ev.Depth)
	if m.last.IsZero() {
		if mid, err := ev.Quote.Mid(); err == nil {
			e.print(m, mid)
		}
	}
	e.confirm(m)
	if moved && len(m.on[OnBook]) > 0 {
		e.rouse(m, OnBook)
		e.resolve()
	}
}

// clockError is how far our run clock and the exchange's may be apart while we
// trade.
const clockError = 5 * time.Second

// came returns when an event reached us: what waited in a queue is as old as
// that. Where it waited before, in a buffer of a network or of a machine that
// stood still, its own time tells, as far as two clocks may be compared.
func (e *Engine) came(ev *Event) market.Time {
	came := e.now
	if ev.Market.Came != 0 {
		came = min(ev.Market.Came, came)
	}
	return min(came, ev.At.Add(clockError))
}

// print takes the newest price of an instrument.
func (e *Engine) print(m *marketState, last num.Price) {
	if m.looked = false; m.last != last {
		e.reprice(m, last)
		e.account.fresh = e.account.fresh && !e.holds(m)
	}
}

// holds reports whether a strategy holds something of an instrument, dust
// included: then the account is worth something else when its price moves.
func (e *Engine) holds(m *marketState) bool {
	for _, i := range m.traders {
		if e.position(&e.traders[i]).Quantity.Sign() > 0 {
			return true
		}
	}
	return false
}

// doubt says that the newest quote may not be believed any more.
func (m *marketState) doubt() { m.valid, m.looked = false, false }

func (e *Engine) onBook(ev *Event) {
	if m := e.market(ev.Instrument); m != nil && ev.Book == market.BookInvalid {
		m.doubt()
	}
}

func (e *Engine) onTrade(ev *Event) {
	m := e.market(ev.Instrument)
	if m == nil {
		return
	}
	told := ev.Trade.ID != 0 && ev.Trade.ID <= m.trade
	if !told {
		m.trade = ev.Trade.ID
	}
	if !m.believes(ev.Trade.Price, told) {
		return
	}
	e.traded(m, ev.Trade.Price)
	if !told {
		e.rouse(m, OnTick)
	}
	e.resolve()
}

// traded values what is held at a price that was traded, and looks at what
// waits for one.
func (e *Engine) traded(m *marketState, p num.Price) {
	e.print(m, p)
	e.mark()
	e.protect(m)
	e.reach(m)
}

// visible is how much the other side of the book shows within the collar, and
// whether more of it is known than its best.
func (m *marketState) visible(c *num.Calc, side order.Side, collar num.Rate) (sum num.Quantity, deep bool) {
	mid, err := m.quote.Mid()
	levels := m.depth.Asks
	if side == order.Sell {
		levels = m.depth.Bids
	}
	if err != nil || len(levels) == 0 {
		return sum, false
	}
	span := num.Mul(c, mid, collar)
	low, high := num.Sub(c, mid, span), num.Add(c, mid, span)
	for i := range levels {
		if p := levels[i].Price; !p.Less(low) && !high.Less(p) {
			sum = num.Add(c, sum, levels[i].Size)
		}
	}
	return sum, true
}

// onListing takes new trading rules over. Orders that rest keep what they
// were approved with.
func (e *Engine) onListing(ev *Event) {
	if m := e.market(ev.Instrument); m != nil && checkListing(&ev.Market.Listing) == nil {
		m.listing, m.listed = ev.Market.Listing, e.now
		for _, i := range m.traders {
			e.weigh(&e.traders[i])
		}
	}
}

// onBar folds a closed base bar into every feed built on it. Bars of the past
// are folded and evaluated, but nothing fires on them; nor do rules on base
// bars fire on the flat bars that stand for minutes without a trade.
func (e *Engine) onBar(ev *Event, live bool) {
	m := e.market(ev.Instrument)
	if m != nil && !live && ev.Bar.Timeframe > e.cfg.Base {
		e.foldPast(ev.Instrument, &ev.Bar)
		return
	}
	if m == nil || ev.Bar.Timeframe != e.cfg.Base || !e.follows(m, &ev.Bar) && e.cfg.Base.Open(ev.Bar.Open) != ev.Bar.Open {
		return // not ours, or no bar
	}
	if ev.Bar.Open <= m.lastBar && m.lastBar != 0 {
		return // delivered before
	}
	f := folding{bar: ev.Bar, ends: ev.Bar.Close(), lost: ev.Bar.Gap, live: live}
	if !e.follows(m, &ev.Bar) {
		f.missing = e.missing(m, &ev.Bar)
		e.lapse(m, &f)
		e.fill(m, f)
	}
	b := &f.bar
	if !live || m.closes(b) {
		e.print(m, b.C)
	}
	m.close = b.C
	if live {
		e.hush(m)
	}
	e.foldBar(m, &f)
	m.lastBar = b.Open
	if live {
		e.mark()
		e.protect(m)
		e.reach(m)
		e.remember(m)
		e.rememberPeak()
	}
	e.resolve()
}

// tell tells the program a bar that closed.
func (e *Engine) tell(feed int) {
	f := &e.feeds[feed]
	if f.silent || f.bars == 1 {
		f.silent, e.hushAt = false, 0 // it may fall silent sooner than the others
	}
	e.cfg.Program.Update(feed, &f.done)
}

// hush tells the program of the other instruments' feeds that fell silent:
// rules that read them with this bar would read what is old.
func (e *Engine) hush(m *marketState) {
	if e.at <= e.hushAt {
		return
	}
	e.hushAt = market.Time(math.MaxInt64)
	for i := range e.feeds {
		f := &e.feeds[i]
		due := f.due()
		if f.silent || due == 0 {
			continue
		}
		if &e.markets[f.market] != m && e.at > due {
			f.silent = true
			e.cfg.Program.Update(i, nil)
			continue
		}
		e.hushAt = min(e.hushAt, due)
	}
}

// fillMax is how many missing bars in a row are no gap: nobody traded.
const fillMax = 60

// folding is a base bar on its way into the feeds.
type folding struct {
	bar     market.Bar
	ends    market.Time // of the bar that was told
	flat    bool        // it stands for a minute without a trade
	lost    bool        // bars before it are lost
	missing int         // base bars before it, of which nobody told
	live    bool        // not of the past
}

// follows reports whether b is the base bar after the newest one, as nearly
// every bar is: then nothing is missing, and it begins where a bar begins.
func (e *Engine) follows(m *marketState, b *market.Bar) bool {
	return m.lastBar != 0 && b.Open == m.lastBar.Add(e.cfg.Base.Duration())
}

// missing counts the base bars between the newest one and b.
func (e *Engine) missing(m *marketState, b *market.Bar) int {
	if m.lastBar == 0 {
		return 0
	}
	return int(b.Open.Sub(m.lastBar)/e.cfg.Base.Duration()) - 1
}

// fill folds a flat bar for each minute in which nobody traded, unless they
// are too many for that.
func (e *Engine) fill(m *marketState, f folding) {
	if f.missing > fillMax {
		return
	}
	b := f.bar
	f.flat, f.lost = true, false
	for back := f.missing; back > 0; back-- {
		f.bar = flatBar(m, &b, back)
		e.foldBar(m, &f)
	}
}

// flatBar stands for the bar that is back intervals before b, at the close
// before: a trade of b's own interval may have come already.
func flatBar(m *marketState, b *market.Bar, back int) market.Bar {
	return market.Bar{
		Open:      b.Open - market.Time(back)*market.Time(b.Timeframe),
		Timeframe: b.Timeframe,
		O:         m.close, H: m.close, L: m.close, C: m.close,
		Synthetic: true,
	}
}

// lapse closes the bars whose last minutes had no trade, in feeds that do not
// fill them.
func (e *Engine) lapse(m *marketState, by *folding) {
	if by.missing == 0 {
		return
	}
	for _, i := range m.feeds {
		f := &e.feeds[i]
		f.fresh = f.lapse(by.bar.Open) != nil
		if f.fresh {
			e.tell(i)
		}
	}
	e.wakeFresh(m, by)
}

// foldBar updates every feed of the instrument before it wakes any rule: a
// rule on a short bar sees the longer bar that closed with it.
func (e *Engine) foldBar(m *marketState, by *folding) {
	since := m.lastBar
	if by.lost {
		since = 0
	}
	for _, i := range m.feeds {
		f := &e.feeds[i]
		by.bar.Gap = by.lost || f.policy == GapFill && by.missing > fillMax
		f.fresh = (f.policy == GapFill || !by.flat) && f.fold(&by.bar, since) != nil
		if f.fresh {
			e.tell(i)
		}
	}
	e.wakeFresh(m, by)
}

// wakeFresh reads the rules on every bar that closed. They may fire on the
// newest one of a series alone: not on minutes in which nothing happened, nor
// on longer bars that have been followed by others; but that the last minute
// had no trade does not make an hour stale.
func (e *Engine) wakeFresh(m *marketState, by *folding) {
	for _, i := range m.feeds {
		f := &e.feeds[i]
		if !f.fresh {
			continue
		}
		fires := by.live && (f.series.Shift == 0 && f.done.Close() == by.ends || f.series.Open(by.ends) == f.done.Close())
		e.wake(i, &f.done, by.live, fires)
		e.arrived(i)
	}
}

// foldPast takes a bar of a feed longer than the base bars, as the exchange
// remembers it: a long warm-up would need more base bars than it keeps.
func (e *Engine) foldPast(instrument string, b *market.Bar) {
	for i := range e.feeds {
		f := &e.feeds[i]
		if f.series.Instrument != instrument || f.series.Timeframe != b.Timeframe || !f.past(b) {
			continue
		}
		e.tell(i)
		e.wake(i, &f.done, false, false)
	}
}
