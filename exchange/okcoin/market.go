package okcoin

import (
	"fmt"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/exchange/wire"
)

// tape tells new trades from those that were seen, and from the last
// historical one, which the exchange sends on subscription however old it is.
type tape struct {
	id    int64
	at    market.Time
	since market.Time // of the subscription
	first bool        // the next trade is the first since then
}

func (t *tape) subscribed(at market.Time) { t.since, t.first = at, true }

// fresh reports whether a trade is new, and remembers it. Ids rise within an
// instrument; an id that starts over with a later time is an exchange that
// counts anew.
func (t *tape) fresh(id int64, at market.Time) bool {
	historical := t.first && at < t.since
	t.first = false
	if id <= t.id && at <= t.at {
		return false
	}
	t.id, t.at = id, at
	return !historical
}

// resync spaces the requests for a fresh snapshot of one book: the first at
// once, the next after 5 s, doubling to 5 minutes, until the book has stayed
// whole for a minute. Times are of the machine's clock.
type resync struct {
	next  time.Time
	pause time.Duration
	whole time.Time // since when; zero while broken
	asks  int       // since the session began
	waits bool      // it is due, and the commands of the hour are spent
}

const (
	resyncFirst = 5 * time.Second
	resyncLast  = 5 * time.Minute
	resyncWhole = time.Minute
)

// waitFor gives a new session's first snapshot time to arrive.
func (r *resync) waitFor(now time.Time) {
	*r = resync{next: now.Add(2 * resyncFirst), pause: resyncFirst}
}

func (r *resync) done(now time.Time) {
	if r.whole.IsZero() {
		r.whole = now
	}
	r.arrived(now)
}

// arrived ends the wait for a session's first snapshot: while nothing was asked
// for yet, the first request may be at once.
func (r *resync) arrived(now time.Time) {
	if r.next.After(now) && r.pause == resyncFirst {
		r.next = now
	}
}

func (r *resync) broken(now time.Time) {
	if !r.whole.IsZero() && now.Sub(r.whole) >= resyncWhole {
		*r = resync{next: now, pause: resyncFirst}
	}
	r.whole = time.Time{}
	r.arrived(now) // a broken first snapshot has arrived all the same
}

func (r *resync) due(now time.Time) bool { return !now.Before(r.next) }

func (r *resync) asked(now time.Time) {
	r.waits = false
	r.next = now.Add(r.pause)
	r.pause = min(2*r.pause, resyncLast)
}

// cells reads the entries of a JSON array of numbers and keeps the first
// error.
type cells struct {
	vs  []*fastjson.Value
	buf []byte
	err error
}

func cell[T any](c *cells, i int, parse func([]byte) (T, error)) T {
	var zero T
	if c.err != nil {
		return zero
	}
	b, err := wire.Text(c.vs[i], c.buf)
	if err == nil {
		var v T
		if v, err = parse(b); err == nil {
			return v
		}
	}
	c.err = err
	return zero
}

// candleNames are the cells of a candle, as old replies named them.
var candleNames = [...]string{"time", "open", "high", "low", "close", "volume"}

// candleCells returns the cells of [time, open, high, low, close, volume], or
// of an object with these names.
func candleCells(v *fastjson.Value) ([]*fastjson.Value, error) {
	switch {
	case v == nil:
	case v.Type() == fastjson.TypeArray && len(v.GetArray()) >= len(candleNames):
		return v.GetArray(), nil
	case v.Type() == fastjson.TypeObject:
		named := make([]*fastjson.Value, 0, len(candleNames))
		for _, name := range candleNames {
			cell := v.Get(name)
			if cell == nil {
				return nil, fmt.Errorf("candle: %s: %w", name, wire.ErrMissing)
			}
			named = append(named, cell)
		}
		return named, nil
	}
	return nil, fmt.Errorf("candle: %w", wire.ErrShape)
}

// newBar reads a candle; its time is its start.
func newBar(v *fastjson.Value, tf market.Timeframe, buf []byte) (market.Bar, error) {
	vs, err := candleCells(v)
	if err != nil {
		return market.Bar{}, err
	}
	c := cells{vs: vs, buf: buf}
	b := market.Bar{
		Timeframe: tf,
		Open:      cell(&c, 0, wire.ParseISO),
		O:         cell(&c, 1, wire.ParsePrice),
		H:         cell(&c, 2, wire.ParsePrice),
		L:         cell(&c, 3, wire.ParsePrice),
		C:         cell(&c, 4, wire.ParsePrice),
		Volume:    cell(&c, 5, wire.ParseQuantity),
	}
	if c.err == nil {
		c.err = b.Check()
	}
	if c.err == nil && tf.Open(b.Open) != b.Open {
		c.err = fmt.Errorf("%s is not where a %s bar starts", b.Open, tf)
	}
	if c.err != nil {
		return market.Bar{}, fmt.Errorf("candle: %w", c.err)
	}
	return b, nil
}
