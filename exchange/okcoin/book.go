package okcoin

import (
	"errors"
	"fmt"
	"hash/crc32"
	"sort"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/wire"
)

const (
	checkedLevels = 25   // of each side are covered by the checksum
	levelsMax     = 2000 // of a side; the exchange keeps to 400
	textMax       = 23   // longer than any number the exchange writes
)

var (
	errNoSnapshot = errors.New("no snapshot yet")
	errChecksum   = errors.New("checksum does not match")
	errBackwards  = errors.New("older than the book")
	errLevels     = errors.New("too many levels")
)

// digitText is a number as it was received. The checksum is over these texts,
// so they are kept; inline, so that a level needs no allocation.
type digitText struct {
	n uint8
	b [textMax]byte
}

func (t *digitText) set(b []byte) error {
	if len(b) > textMax {
		return fmt.Errorf("%q is too long for a number", wire.Clip(b))
	}
	t.n = uint8(copy(t.b[:], b))
	return nil
}

func (t *digitText) bytes() []byte { return t.b[:t.n] }

// level is one price of the book.
type level struct {
	price     num.Price
	size      num.Quantity
	priceText digitText
	sizeText  digitText
}

// ladder is one side of the book, best price first.
type ladder struct {
	levels []level
	bids   bool
}

// find returns where the price is, or where it would go.
func (l *ladder) find(p num.Price) (int, bool) {
	want := 1
	if l.bids {
		want = -1
	}
	i := sort.Search(len(l.levels), func(i int) bool {
		c := l.levels[i].price.Cmp(p)
		return c == 0 || c == want
	})
	return i, i < len(l.levels) && l.levels[i].price.Cmp(p) == 0
}

// set applies one row: a size of zero takes the price away. A price to take
// away that is not there changes nothing, so a repeated update does no harm.
func (l *ladder) set(v level) error {
	i, found := l.find(v.price)
	switch {
	case v.size.IsZero() && found:
		l.levels = append(l.levels[:i], l.levels[i+1:]...)
	case v.size.IsZero():
	case found:
		l.levels[i] = v
	case len(l.levels) >= levelsMax:
		return errLevels
	default:
		l.levels = append(l.levels, level{})
		copy(l.levels[i+1:], l.levels[i:])
		l.levels[i] = v
	}
	return nil
}

// book is the local copy of one instrument's book. The zero value waits for a
// snapshot.
type book struct {
	bids, asks ladder
	live       bool // a snapshot came and everything since verified
	at         market.Time
	scratch    []byte
}

// drop forgets everything and waits for a snapshot.
func (b *book) drop() {
	b.bids = ladder{levels: b.bids.levels[:0], bids: true}
	b.asks = ladder{levels: b.asks.levels[:0]}
	b.live = false
}

// apply merges one message and verifies the result. An error means that the
// book is not to be believed and was dropped; errNoSnapshot alone is normal,
// between asking for a snapshot and getting it.
func (b *book) apply(snapshot bool, r *row) error {
	if !snapshot && !b.live {
		return errNoSnapshot
	}
	if snapshot {
		b.drop()
	}
	err := b.merge(snapshot, r)
	if err != nil {
		b.drop()
		return err
	}
	b.live = true
	return nil
}

func (b *book) merge(snapshot bool, r *row) error {
	at, checksum := r.Time("timestamp"), r.Int("checksum")
	switch {
	case r.Err != nil:
		return r.Err
	case !snapshot && at < b.at:
		return errBackwards
	}
	b.at = at
	if err := b.asks.apply(r.Value.Get("asks"), r.Buf); err != nil {
		return fmt.Errorf("asks: %w", err)
	}
	if err := b.bids.apply(r.Value.Get("bids"), r.Buf); err != nil {
		return fmt.Errorf("bids: %w", err)
	}
	if got := b.checksum(); int64(got) != checksum {
		return fmt.Errorf("%w: got %d, want %d", errChecksum, got, checksum)
	}
	return nil
}

func (l *ladder) apply(rows *fastjson.Value, buf []byte) error {
	if rows == nil || rows.Type() != fastjson.TypeArray {
		return wire.ErrShape
	}
	for _, row := range rows.GetArray() {
		v, err := newLevel(row, buf)
		if err != nil {
			return err
		}
		if err := l.set(v); err != nil {
			return err
		}
	}
	return nil
}

// newLevel reads ["price","size",...]; what follows differs between channels
// and is of no use.
func newLevel(v *fastjson.Value, buf []byte) (l level, err error) {
	if v.Type() != fastjson.TypeArray || len(v.GetArray()) < 2 {
		return l, wire.ErrShape
	}
	b, err := wire.Text(v.GetArray()[0], buf)
	if err != nil {
		return l, err
	}
	if l.price, err = wire.ParsePrice(b); err != nil {
		return l, err
	}
	if err = l.priceText.set(b); err != nil {
		return l, err
	}
	if b, err = wire.Text(v.GetArray()[1], buf); err != nil {
		return l, err
	}
	if l.size, err = wire.ParseQuantity(b); err != nil {
		return l, err
	}
	if l.price.Sign() <= 0 || l.size.Sign() < 0 {
		return l, fmt.Errorf("level %s × %s is out of range", l.price, l.size)
	}
	return l, l.sizeText.set(b)
}

// checksum is the CRC-32 (IEEE, signed) over the best 25 levels of both sides:
// bid, ask, bid, ask, each price:size as received, joined with colons; when
// one side ends, the other follows alone.
func (b *book) checksum() int32 {
	s := b.scratch[:0]
	for i := range checkedLevels {
		s = appendLevel(s, &b.bids, i)
		s = appendLevel(s, &b.asks, i)
	}
	b.scratch = s
	return int32(crc32.ChecksumIEEE(s))
}

func appendLevel(s []byte, l *ladder, i int) []byte {
	if i >= len(l.levels) {
		return s
	}
	if len(s) > 0 {
		s = append(s, ':')
	}
	v := &l.levels[i]
	s = append(s, v.priceText.bytes()...)
	s = append(s, ':')
	return append(s, v.sizeText.bytes()...)
}

// quote returns the best of both sides, unless one is empty.
func (b *book) quote() (q market.Quote, ok bool) {
	if len(b.bids.levels) == 0 || len(b.asks.levels) == 0 {
		return q, false
	}
	bid, ask := &b.bids.levels[0], &b.asks.levels[0]
	return market.Quote{Bid: bid.price, Ask: ask.price, BidSize: bid.size, AskSize: ask.size}, true
}

// tell writes the levels that the checksum proves, best first.
func (b *book) tell(d *market.Depth) {
	d.Bids, d.Asks = b.bids.tell(d.Bids[:0]), b.asks.tell(d.Asks[:0])
}

func (l *ladder) tell(dst []market.Level) []market.Level {
	for i := range l.levels[:min(len(l.levels), checkedLevels)] {
		dst = append(dst, market.Level{Price: l.levels[i].price, Size: l.levels[i].size})
	}
	return dst
}
