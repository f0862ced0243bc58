package okx

import (
	"errors"
	"fmt"
	"sort"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/wire"
)

const (
	levelsMax  = 400 // of a side
	levelsTold = 25  // of a side, to the engine
)

var (
	errNoSnapshot = errors.New("no snapshot yet")
	errChain      = errors.New("an update is missing")
	errLevels     = errors.New("too many levels")
	errCrossed    = errors.New("bid at or above ask")
)

// ladder is one side of the book, best price first.
type ladder struct {
	levels []market.Level
	bids   bool
}

// find returns where the price is, or where it would go.
func (l *ladder) find(p num.Price) (int, bool) {
	want := 1
	if l.bids {
		want = -1
	}
	i := sort.Search(len(l.levels), func(i int) bool {
		c := l.levels[i].Price.Cmp(p)
		return c == 0 || c == want
	})
	return i, i < len(l.levels) && l.levels[i].Price.Cmp(p) == 0
}

// set applies one level: a size of zero takes the price away.
func (l *ladder) set(v market.Level) error {
	i, found := l.find(v.Price)
	switch {
	case v.Size.IsZero() && found:
		l.levels = append(l.levels[:i], l.levels[i+1:]...)
	case v.Size.IsZero():
	case found:
		l.levels[i] = v
	case len(l.levels) >= 2*levelsMax:
		return errLevels // an update may add before it takes away, but not forever
	default:
		l.levels = append(l.levels, market.Level{})
		copy(l.levels[i+1:], l.levels[i:])
		l.levels[i] = v
	}
	return nil
}

func (l *ladder) apply(v *fastjson.Value, buf []byte) error {
	if v == nil || v.Type() != fastjson.TypeArray {
		return wire.ErrShape
	}
	for _, e := range v.GetArray() {
		level, err := newLevel(e, buf)
		if err == nil {
			err = l.set(level)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// newLevel reads [price, size, …]; what follows differs between channels.
func newLevel(v *fastjson.Value, buf []byte) (l market.Level, err error) {
	if v.Type() != fastjson.TypeArray || len(v.GetArray()) < 2 {
		return l, wire.ErrShape
	}
	if err = cell(v.GetArray()[0], buf, wire.ParsePrice, &l.Price); err != nil {
		return l, err
	}
	if err = cell(v.GetArray()[1], buf, wire.ParseQuantity, &l.Size); err != nil {
		return l, err
	}
	if l.Price.Sign() <= 0 || l.Size.Sign() < 0 {
		return l, fmt.Errorf("level %s × %s is out of range", l.Price, l.Size)
	}
	return l, nil
}

// book is the local copy of one instrument's book. The zero value waits for a
// snapshot.
type book struct {
	bids, asks ladder
	live       bool // a snapshot came and no update since is missing
	seq, prev  int64
	at         market.Time
}

// drop forgets everything and waits for a snapshot.
func (b *book) drop() {
	b.bids = ladder{levels: b.bids.levels[:0], bids: true}
	b.asks = ladder{levels: b.asks.levels[:0]}
	b.live = false
}

// apply merges one message of the incremental book. An error means that the
// book is not to be believed and was dropped; errNoSnapshot alone is normal,
// between asking for a snapshot and getting it.
func (b *book) apply(snapshot bool, r *row) error {
	if !snapshot && !b.live {
		return errNoSnapshot
	}
	seq, prev := r.Int("seqId"), r.Int("prevSeqId")
	switch {
	case r.Err != nil:
	case snapshot:
		b.drop()
	case seq == b.seq && prev == b.prev && seq != prev:
		return nil // the last message again
	case prev != b.seq:
		b.drop()
		return fmt.Errorf("%w: %d follows %d, and the book is at %d", errChain, seq, prev, b.seq)
	}
	err := r.Err
	if err == nil {
		err = b.merge(r)
	}
	if err == nil && b.crossed() {
		err = errCrossed
	}
	if err != nil {
		b.drop()
		return err
	}
	if seq != prev { // else it says that nothing happened
		b.prev = prev
	}
	b.seq, b.live = seq, true
	return nil
}

// whole takes a message that is all there is: nothing comes before it.
func (b *book) whole(r *row) error {
	b.drop()
	err := b.merge(r)
	if err == nil && b.crossed() {
		err = errCrossed
	}
	b.live = err == nil
	return err
}

func (b *book) merge(r *row) error {
	b.bids.bids = true
	at := r.Milli("ts")
	if r.Err != nil {
		return r.Err
	}
	b.at = at
	if err := b.asks.apply(r.Value.Get("asks"), r.Buf); err != nil {
		return fmt.Errorf("asks: %w", err)
	}
	if err := b.bids.apply(r.Value.Get("bids"), r.Buf); err != nil {
		return fmt.Errorf("bids: %w", err)
	}
	return nil
}

func (b *book) crossed() bool {
	q, ok := b.quote()
	return ok && q.Bid.Cmp(q.Ask) >= 0
}

// quote returns the best of both sides, unless one is empty.
func (b *book) quote() (q market.Quote, ok bool) {
	if len(b.bids.levels) == 0 || len(b.asks.levels) == 0 {
		return q, false
	}
	bid, ask := &b.bids.levels[0], &b.asks.levels[0]
	return market.Quote{Bid: bid.Price, Ask: ask.Price, BidSize: bid.Size, AskSize: ask.Size}, true
}

// tell writes the best levels, best first.
func (b *book) tell(d *market.Depth, n int) {
	d.Bids = append(d.Bids[:0], b.bids.levels[:min(n, len(b.bids.levels))]...)
	d.Asks = append(d.Asks[:0], b.asks.levels[:min(n, len(b.asks.levels))]...)
}
