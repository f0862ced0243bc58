// Package market holds what an exchange says about its markets: instruments,
// trades, quotes, bars and books. Values only; nothing here trades.
package market

import (
	"fmt"
	"math"
	"time"

	"rulebot/engine/num"
)

// Time is an instant as Unix nanoseconds, UTC. The zero value means "never"
// or "not known".
type Time int64

// TimeOf converts a time.Time; the zero time.Time becomes 0.
func TimeOf(t time.Time) Time {
	if t.IsZero() {
		return 0
	}
	return Time(t.UnixNano())
}

// Milli returns the instant of a Unix time in milliseconds.
func Milli(ms int64) Time { return Time(ms * int64(time.Millisecond)) }

// Milli returns t in Unix milliseconds, rounded down.
func (t Time) Milli() int64 {
	ms := int64(t) / int64(time.Millisecond)
	if int64(t)%int64(time.Millisecond) < 0 { // before 1970
		ms--
	}
	return ms
}

// Std returns t as a time.Time in UTC.
func (t Time) Std() time.Time { return time.Unix(0, int64(t)).UTC() }

// Add returns t + d.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns t - u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Floor returns the last multiple of d since 1970 that is not after t.
func (t Time) Floor(d time.Duration) Time {
	over := t % Time(d)
	if over < 0 { // before 1970
		over += Time(d)
	}
	return t - over
}

// String returns RFC 3339 with milliseconds, or "never".
func (t Time) String() string {
	if t == 0 {
		return "never"
	}
	return t.Std().Format("2006-01-02T15:04:05.000Z")
}

// MarshalText writes RFC 3339 with nanoseconds as needed; never is "".
func (t Time) MarshalText() ([]byte, error) {
	if t == 0 {
		return nil, nil
	}
	return t.Std().AppendFormat(nil, time.RFC3339Nano), nil
}

// UnmarshalText reads RFC 3339; "" is never.
func (t *Time) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*t = 0
		return nil
	}
	v, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return fmt.Errorf("market: time %q: %w", b, err)
	}
	if v.Before(time.Unix(0, math.MinInt64)) || v.After(time.Unix(0, math.MaxInt64)) {
		return fmt.Errorf("market: time %q is out of range", b)
	}
	*t = TimeOf(v)
	return nil
}

// Instrument is what is traded, as the exchange lists it.
type Instrument struct {
	ID    string       `json:"id"`    // BTC-USD
	Base  string       `json:"base"`  // BTC
	Quote string       `json:"quote"` // USD
	Tick  num.Price    `json:"tick"`  // smallest price step
	Lot   num.Quantity `json:"lot"`   // smallest quantity step
	Min   num.Quantity `json:"min"`   // smallest order

	Max      num.Quantity `json:"max,omitzero"`       // largest order; zero is any
	MinValue num.Money    `json:"min_value,omitzero"` // least that an order is worth, in quote; zero is any
	State    string       `json:"state,omitzero"`     // "" where it trades, else what the exchange calls it
}

// Timeframe is the length of a bar.
type Timeframe time.Duration

// The timeframes of the rule language.
const (
	Minute Timeframe = Timeframe(time.Minute)
	Hour             = 60 * Minute
	Day              = 24 * Hour
	Week             = 7 * Day
)

// Timeframes lists what the rule language offers, shortest first.
var timeframes = [...]struct {
	name string
	tf   Timeframe
}{
	{"1m", Minute},
	{"3m", 3 * Minute},
	{"5m", 5 * Minute},
	{"15m", 15 * Minute},
	{"30m", 30 * Minute},
	{"1h", Hour},
	{"2h", 2 * Hour},
	{"4h", 4 * Hour},
	{"6h", 6 * Hour},
	{"12h", 12 * Hour},
	{"1d", Day},
	{"1w", Week},
}

// ParseTimeframe reads one of the names that TimeframeNames lists.
func ParseTimeframe(s string) (Timeframe, error) {
	for _, t := range timeframes {
		if t.name == s {
			return t.tf, nil
		}
	}
	return 0, fmt.Errorf("market: timeframe %q is not one of %v", s, TimeframeNames())
}

// TimeframeNames returns the names of all timeframes, shortest first.
func TimeframeNames() []string {
	names := make([]string, 0, len(timeframes))
	for _, t := range timeframes {
		names = append(names, t.name)
	}
	return names
}

// Duration returns tf as a duration.
func (tf Timeframe) Duration() time.Duration { return time.Duration(tf) }

// String returns the short name (15m), or the duration when it has none.
func (tf Timeframe) String() string {
	for _, t := range timeframes {
		if t.tf == tf {
			return t.name
		}
	}
	return time.Duration(tf).String()
}

// weekStart is Monday 1970-01-05: weekly bars open on Mondays, UTC.
const weekStart = Time(4 * 24 * time.Hour)

// Open returns the opening time of the bar of length tf that t falls into.
func (tf Timeframe) Open(t Time) Time {
	if tf == Week {
		return (t - weekStart).Floor(tf.Duration()) + weekStart
	}
	return t.Floor(tf.Duration())
}

// Series names one stream of bars.
type Series struct {
	Instrument string
	Timeframe  Timeframe
	Shift      time.Duration // bars of a day and longer: where the day begins, after midnight UTC
}

// String returns "BTC-USD 15m", or "BTC-USD 1d from 17:00".
func (s Series) String() string {
	name := s.Instrument + " " + s.Timeframe.String()
	if s.Shift != 0 {
		name += " from " + Time(s.Shift).Std().Format("15:04")
	}
	return name
}

// Open returns the opening time of the series' bar that t falls into.
func (s Series) Open(t Time) Time { return s.Timeframe.Open(t-Time(s.Shift)) + Time(s.Shift) }

// Trade is a print on the public tape.
type Trade struct {
	ID    int64 // rising per instrument where the exchange numbers its trades, else 0
	Price num.Price
	Size  num.Quantity
	Buyer bool // the taker bought
}

// Quote is the best bid and ask with the quantity shown at each.
type Quote struct {
	Bid, Ask         num.Price
	BidSize, AskSize num.Quantity
}

// Crossed reports a quote no sane market shows: a side missing, or bid ≥ ask.
func (q Quote) Crossed() bool {
	return q.Bid.Sign() <= 0 || q.Ask.Sign() <= 0 || !q.Bid.Less(q.Ask)
}

// Mid returns the middle of the quote, exactly.
func (q Quote) Mid() (num.Price, error) {
	var c num.Calc
	m := num.Mul(&c, num.Add(&c, q.Bid, q.Ask), num.RateOf(5, 1))
	return m, c.Err()
}

// Bar is one interval of trading. It is closed: nothing changes it any more.
type Bar struct {
	Open       Time // start of the interval
	Timeframe  Timeframe
	O, H, L, C num.Price
	Volume     num.Quantity
	Synthetic  bool // no trade happened; made flat from the close before
	Gap        bool // bars are missing before this one: windows must start anew
}

// Close returns the end of the interval, the earliest moment the bar is known.
func (b *Bar) Close() Time { return b.Open.Add(b.Timeframe.Duration()) }

// Check reports why the bar cannot be right, or nil.
func (b *Bar) Check() error {
	switch {
	case b.L.Sign() <= 0:
		return fmt.Errorf("low %s is not positive", b.L)
	case b.H.Less(b.O.Max(b.C)):
		return fmt.Errorf("high %s is below open %s or close %s", b.H, b.O, b.C)
	case b.O.Min(b.C).Less(b.L):
		return fmt.Errorf("low %s is above open %s or close %s", b.L, b.O, b.C)
	case b.Volume.Sign() < 0:
		return fmt.Errorf("volume %s is negative", b.Volume)
	}
	return nil
}

// Level is one price of a book with the quantity shown there.
type Level struct {
	Price num.Price
	Size  num.Quantity
}

// Trusted is how many levels of a side a book tells of: as many as every
// checksum proves.
const Trusted = 25

// Depth is a book as deep as it was told, best first: at most Trusted levels
// a side, none where only quotes are known.
type Depth struct{ Bids, Asks []Level }

// Set takes over another's levels, at most Trusted a side, into its own
// memory.
func (d *Depth) Set(of Depth) {
	if len(d.Bids)+len(d.Asks)+len(of.Bids)+len(of.Asks) == 0 {
		return
	}
	d.Bids = append(d.Bids[:0], of.Bids[:min(len(of.Bids), Trusted)]...)
	d.Asks = append(d.Asks[:0], of.Asks[:min(len(of.Asks), Trusted)]...)
}

// BookState says whether a book may be believed.
type BookState uint8

// The states of a book.
const (
	BookInvalid        BookState = iota // sequence or checksum broken, or no snapshot yet
	BookResynchronised                  // a fresh snapshot after having been invalid
	BookValid                           // an update applied and verified
)
