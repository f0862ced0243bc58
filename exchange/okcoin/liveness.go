package okcoin

import (
	"fmt"
	"time"

	"rulebot/engine/market"
)

// What a channel may keep to itself, by the machine's clock. Pongs prove
// nothing about a channel.
const (
	bookQuiet  = 65 * time.Second // a book that nothing happens to tells so about every 20.8 s
	candleLate = 3 * time.Minute  // a trade's candle comes within its minute
	asksMax    = 3                // without any snapshot; then the channel is not for us
)

// owed is a candle that a trade proves to exist, and that has not come.
type owed struct {
	open  market.Time // of the candle; 0 is none
	since time.Time
}

// owe remembers the first trade whose candle is missing; it counts for the
// shortest candles that are followed, which are the first.
func (f *Feed) owe(l *listing, at market.Time) {
	open := f.candles[0].timeframe.Open(at)
	if l.owed.open == 0 && l.bars[0].Open < open {
		l.owed = owed{open: open, since: f.wall()}
	}
}

func (o *owed) paid(candles int, open market.Time) {
	if candles == 0 && open >= o.open {
		*o = owed{}
	}
}

// settle notices channels that fell silent, and asks again for books that
// broke, as the limits allow.
func (f *Feed) settle() error {
	now := f.wall()
	for _, id := range f.ids {
		l := f.listings[id]
		if l.owed.open != 0 && now.Sub(l.owed.since) > candleLate {
			return fmt.Errorf("%s: candles stopped: the one at %s has a trade and did not come", f.candles[0].table+":"+id, l.owed.open)
		}
		if f.book == tableDepth5 {
			continue // its silence means nothing, and nothing proves it
		}
		if l.book.live && now.Sub(l.heard) > bookQuiet {
			f.cfg.Report(fmt.Errorf("okcoin: book %s: silent for %s", id, now.Sub(l.heard).Round(time.Second)))
			l.book.drop()
			f.standing(l, market.BookInvalid, f.cfg.Now())
			l.resync.broken(now)
		}
		if l.book.live || !l.resync.due(now) || !f.mayRenew(l) {
			continue
		}
		if l.resync.asks++; l.resync.asks > asksMax && !f.proven && f.instead[f.book] != "" {
			err := fmt.Errorf("%s:%s: no snapshot, though asked for %d times", f.book, id, asksMax)
			f.giveUp(f.book)
			return err
		}
		f.resubscribe(l, now)
	}
	return nil
}

// renewing is how many commands bring a book's snapshot.
const renewing = 2

// mayRenew takes the commands for it, and says once that they are spent.
func (f *Feed) mayRenew(l *listing) bool {
	if f.cfg.Commands.AllowAll(renewing, sessionsOwn) {
		return true
	}
	if !l.resync.waits {
		l.resync.waits = true
		f.cfg.Report(fmt.Errorf("okcoin: book %s: asking for it again waits for up to %s: the %d subscriptions and logins of an hour are spent but for %d, which are for new sessions",
			l.id, f.cfg.Commands.Ready(renewing+sessionsOwn).Round(time.Second), commandsMax, sessionsOwn))
	}
	return false
}

func (f *Feed) resubscribe(l *listing, now time.Time) {
	l.resync.asked(now)
	topic := f.book + ":" + l.id
	for _, op := range [...]string{"unsubscribe", "subscribe"} {
		if err := f.conn.Send(command(op, topic)); err != nil {
			f.cfg.Report(fmt.Errorf("okcoin: book %s: %w", l.id, err))
		}
	}
}
