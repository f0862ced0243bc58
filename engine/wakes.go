package engine

import (
	"time"

	"rulebot/engine/market"
)

// moment is when rules are read: what woke them, and which bar of the
// strategy's series counts for cooldowns, tries and once_per.
type moment struct {
	kind OnKind
	past bool        // history: read, and nothing fires
	bar  market.Time // opening of the bar that closed; for other events of the bar under way
}

// continuous reports whether such rules are read with every move of the
// market.
func (k OnKind) continuous() bool { return k == OnTick || k == OnBook }

// listeners are the strategies, by index, that something of an instrument or
// a feed concerns: found once, so that an event nobody listens to costs
// nothing.
type listeners struct {
	on      [OnSchedule + 1][]int // have a rule on such an event of the instrument
	feeds   []int                 // of the instrument
	traders []int                 // of the instrument
}

// listen notes who is concerned by what.
func (e *Engine) listen() {
	for i := range e.feeds {
		m := &e.markets[e.feeds[i].market]
		m.feeds = append(m.feeds, i)
	}
	for i := range e.traders {
		t := &e.traders[i]
		m := &e.markets[t.market]
		m.traders = append(m.traders, i)
		e.feeds[t.feed].traders = append(e.feeds[t.feed].traders, i)
		for kind, rules := range t.on {
			if len(rules) > 0 {
				m.on[kind] = append(m.on[kind], i)
				e.listens = e.listens || kind == int(OnTick) || kind == int(OnBook)
			}
		}
		for _, a := range t.strategy.Await {
			e.feeds[a.Feed].awaited = append(e.feeds[a.Feed].awaited, i)
		}
	}
}

// barOf returns the opening of the bar that counts for a rule now.
func (e *Engine) barOf(t *trader, r *ruleState) market.Time {
	if r.on == OnBar {
		return t.bar.Open
	}
	return t.strategy.Series.Open(e.at)
}

// rouse reads the rules of an instrument's strategies that wait for this kind
// of event.
func (e *Engine) rouse(m *marketState, kind OnKind) {
	for _, i := range m.on[kind] {
		e.read(&e.traders[i], kind)
	}
}

// read reads the rules of a strategy on an event that is not a bar.
func (e *Engine) read(t *trader, kind OnKind) {
	if len(t.on[kind]) == 0 || e.session.ended {
		return
	}
	v := e.glance(t)
	m := moment{kind: kind, bar: t.strategy.Series.Open(e.at)}
	for _, r := range t.on[kind] {
		e.judge(t, r, v, m)
	}
}

// wake reads the rules of every strategy that follows a feed, top to bottom,
// after one of its bars closed. Those that wait for other feeds do so. live is
// not of the past.
func (e *Engine) wake(feed int, b *market.Bar, live, fires bool) {
	for _, i := range e.feeds[feed].traders {
		t := &e.traders[i]
		t.bar, t.until = interval{b.Open, b.Timeframe}, 0
		if live && !e.flat(t) {
			t.hold.Bars++
			t.moved = true
			e.renew(t)
		}
		if fires && len(t.strategy.Await) > 0 && e.postpone(t) {
			continue
		}
		e.readBar(t, fires)
	}
}

// readBar reads the rules on the newest closed bar.
func (e *Engine) readBar(t *trader, fires bool) {
	if len(t.on[OnBar]) == 0 {
		return
	}
	v := e.glance(t)
	v.Opened = t.bar.Open
	m := moment{kind: OnBar, past: !fires, bar: t.bar.Open}
	for _, r := range t.on[OnBar] {
		e.judge(t, r, v, m)
	}
}

// lacks returns until when the strategy waits for the feeds that have not
// closed their bar yet, as of its newest bar; 0 when for none.
func (e *Engine) lacks(t *trader) market.Time {
	var until market.Time
	end := t.bar.Close()
	for _, a := range t.strategy.Await {
		f := &e.feeds[a.Feed]
		if f.done.Close() < f.series.Open(end) {
			until = max(until, end.Add(a.Most))
		}
	}
	return until
}

// postpone puts the reading of a strategy's bar rules off while it waits for
// other feeds. A bar that is waited for when the next one closes is not read
// any more.
func (e *Engine) postpone(t *trader) bool {
	t.until = e.lacks(t)
	if t.until <= e.at {
		t.until = 0
	}
	return t.until != 0
}

// arrived reads the rules of those who waited for a bar of the feed, and for
// no other.
func (e *Engine) arrived(feed int) {
	for _, i := range e.feeds[feed].awaited {
		t := &e.traders[i]
		if t.until == 0 {
			continue
		}
		if t.until = e.lacks(t); t.until == 0 {
			e.readLate(t)
		}
	}
}

// readLate reads the rules on a bar that closed a while ago.
func (e *Engine) readLate(t *trader) {
	age := e.age
	e.age = e.now.Sub(t.bar.Close())
	e.readBar(t, true)
	e.age = age
}

// overdue reads the rules of those who waited long enough: the last closed
// bars count.
func (e *Engine) overdue() {
	read := false
	for i := range e.traders {
		t := &e.traders[i]
		if t.until == 0 || t.until > e.at {
			continue
		}
		t.until, read = 0, true
		e.readLate(t)
	}
	if read {
		e.resolve()
	}
}

// wakeAt returns when the engine wants to be called although nothing happens.
func (e *Engine) wakeAt() market.Time {
	at := e.session.retryAt
	if !e.book.empty() {
		at = sooner(at, sooner(e.book.wake(), e.book.heldWake()))
	}
	if e.session.ended {
		return at
	}
	at = sooner(sooner(at, e.session.auditing.due), e.alarmAt)
	if !e.book.empty() || e.session.halt.Flatten {
		at = sooner(at, sooner(e.book.expires(), sooner(e.standingWake(), e.flattenWake())))
	}
	if e.awaits {
		for i := range e.traders {
			at = sooner(at, e.traders[i].until)
		}
	}
	return at
}

// sooner returns the earlier of two times, of which 0 is never.
func sooner(a, b market.Time) market.Time {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// lateText says why a firing came too late.
func (e *Engine) lateText(r *Rule) string {
	return e.age.Round(time.Millisecond).String() + " after the event, max_age is " + r.MaxAge.String()
}
