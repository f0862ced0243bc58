package okcoin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/klauspost/compress/flate"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/history"
)

// inflatedMax bounds the text of one recorded frame.
const inflatedMax = 16 << 20

// Replay plays recorded Okcoin v3 frames as a market: every book message whose
// checksum verifies becomes a quote with the whole book behind it, every trade
// a trade, every candle of a minute that is over a bar. Tickers and answers to commands say nothing that is not known
// otherwise and are passed over. It is a server.BookSource.
//
// Events come in the order in which the frames were recorded and carry their
// recorder's time, to the millisecond: between instruments the exchange's own
// times are not in order, and a partial can be 20 s old. The last historical
// trade, which every subscription begins with, keeps its own time, and is told
// after the first quote that follows: the market does not begin with it.
type Replay struct {
	frames  Frames
	name    string
	books   map[string]*replayBook
	bars    map[string]replayBar
	barred  bool           // there is a bar in it, as far as Instruments saw
	pending []engine.Event // of the frame that is being told; taken counts
	taken   int
	past    []engine.Event // historical trades to be told after the next quote
	first   market.Time    // of the recording
	count   int            // frames read
}

// Frames yields recorded frames: history.Recording is one.
type Frames interface {
	Next(f *history.Frame) (bool, error)
}

// NewReplay plays frames; name is for messages.
func NewReplay(name string, frames Frames) *Replay {
	return &Replay{name: name, frames: frames, books: map[string]*replayBook{}, bars: map[string]replayBar{}}
}

// replayBook is one recorded book. Texts are canonical in the recordings of
// spot markets, so decimals stand for them.
type replayBook struct {
	bids, asks  []market.Level // best first
	valid       bool           // a partial has been seen, and the checksum held since
	price, size int            // the most decimals seen
}

// Next fills ev with the next event and reports false at the end.
func (r *Replay) Next(ev *engine.Event) (bool, error) {
	for r.taken == len(r.pending) {
		var f history.Frame
		more, err := r.frames.Next(&f)
		if err != nil || !more {
			return false, err
		}
		if r.count++; r.count == 1 {
			r.first = f.At
		}
		r.pending, r.taken = r.pending[:0], 0
		if f.Dir != history.Received {
			continue
		}
		if err := r.read(&f); err != nil {
			return false, fmt.Errorf("%s: frame %d: %w", r.name, r.count, err)
		}
	}
	*ev = r.pending[r.taken]
	r.taken++
	return true, nil
}

// Book returns the levels behind the last quote of an instrument.
func (r *Replay) Book(instrument string) (bids, asks []market.Level) {
	b := r.books[instrument]
	if b == nil {
		return nil, nil
	}
	return b.bids, b.asks
}

// Instruments returns what the recording is about, in the order of ids. Tick
// and lot are the finest decimals seen, the minimum is the lot. It must be
// called before the first Next: it reads the frames ahead and keeps them. An
// error of reading is told by Next when it comes to it.
func (r *Replay) Instruments() []market.Instrument {
	ahead := readAhead(r.frames)
	replayed := *ahead
	r.frames = ahead
	scout := NewReplay(r.name, &replayed)
	var ev engine.Event
	for more, err := scout.Next(&ev); more && err == nil; {
		r.barred = r.barred || ev.Kind == engine.KindBar
		more, err = scout.Next(&ev)
	}
	var list []market.Instrument
	for id, b := range scout.books {
		base, quote, _ := strings.Cut(id, "-")
		list = append(list, market.Instrument{
			ID: id, Base: base, Quote: quote, Tick: num.PriceOf(1, b.price),
			Lot: num.QuantityOf(1, b.size), Min: num.QuantityOf(1, b.size),
		})
	}
	slices.SortFunc(list, func(a, b market.Instrument) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// kept is frames held in memory, and how reading them ended.
type kept struct {
	frames []history.Frame
	err    error
}

func readAhead(frames Frames) *kept {
	k := &kept{}
	for {
		var f history.Frame
		more, err := frames.Next(&f)
		if err != nil || !more {
			k.err = err
			return k
		}
		f.Payload = bytes.Clone(f.Payload)
		k.frames = append(k.frames, f)
	}
}

// Next fills f with the next frame.
func (k *kept) Next(f *history.Frame) (bool, error) {
	if len(k.frames) == 0 {
		return false, k.err
	}
	*f, k.frames = k.frames[0], k.frames[1:]
	return true, nil
}

// table is a recorded push.
type table struct {
	Table  string            `json:"table"`
	Action string            `json:"action"`
	Data   []json.RawMessage `json:"data"`
}

// read turns one frame into events.
func (r *Replay) read(f *history.Frame) error {
	text := f.Payload
	if f.Deflated {
		var err error
		text, err = io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(f.Payload)), inflatedMax))
		if err != nil {
			return fmt.Errorf("inflate: %w", err)
		}
	}
	if string(text) == "pong" {
		return nil
	}
	var t table
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	at := f.At.Floor(time.Millisecond)
	for _, row := range t.Data {
		var err error
		switch t.Table {
		case "spot/depth_l2_tbt", "spot/depth":
			err = r.depth(at, t.Action, row)
		case "spot/trade":
			err = r.trade(at, row)
		case candleTable:
			err = r.candle(at, row)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", t.Table, err)
		}
	}
	return nil
}

// depthRow is the data of a book message. Rows have three or four entries, of
// which two count.
type depthRow struct {
	InstrumentID string              `json:"instrument_id"`
	Asks         [][]json.RawMessage `json:"asks"`
	Bids         [][]json.RawMessage `json:"bids"`
	Checksum     int32               `json:"checksum"`
}

func (r *Replay) depth(at market.Time, action string, row json.RawMessage) error {
	var d depthRow
	if err := json.Unmarshal(row, &d); err != nil {
		return err
	}
	b := r.books[d.InstrumentID]
	if b == nil {
		b = &replayBook{}
		r.books[d.InstrumentID] = b
	}
	if action == "partial" {
		b.bids, b.asks, b.valid = nil, nil, true
	}
	if !b.valid {
		return nil // an update of a book that nobody has
	}
	var err error
	if b.bids, err = b.apply(b.bids, d.Bids, true); err != nil {
		return err
	}
	if b.asks, err = b.apply(b.asks, d.Asks, false); err != nil {
		return err
	}
	if sum, _ := checksum(b.bids, b.asks, nil); sum != d.Checksum {
		b.valid = false
		return fmt.Errorf("%s: checksum is %d, recorded %d", d.InstrumentID, sum, d.Checksum)
	}
	if len(b.bids) == 0 || len(b.asks) == 0 {
		return nil
	}
	r.pending = append(r.pending, engine.Event{
		Kind: engine.KindQuote, Instrument: d.InstrumentID, At: at,
		Quote: market.Quote{
			Bid: b.bids[0].Price, BidSize: b.bids[0].Size,
			Ask: b.asks[0].Price, AskSize: b.asks[0].Size,
		},
		Depth: b.depth(),
	})
	r.pending = append(r.pending, r.past...)
	r.past = r.past[:0]
	return nil
}

// depth copies the levels that the checksum proves: rows that follow change
// the book.
func (b *replayBook) depth() (d market.Depth) {
	d.Set(market.Depth{Bids: b.bids, Asks: b.asks})
	return d
}

// apply merges rows of a message into one side of the book.
func (b *replayBook) apply(side []market.Level, rows [][]json.RawMessage, descending bool) ([]market.Level, error) {
	for _, row := range rows {
		l, err := readLevel(row)
		if err != nil {
			return nil, err
		}
		b.price, b.size = max(b.price, l.Price.Scale()), max(b.size, l.Size.Scale())
		i := sort.Search(len(side), func(i int) bool {
			c := side[i].Price.Cmp(l.Price)
			return c == 0 || (c > 0) != descending
		})
		there := i < len(side) && side[i].Price == l.Price
		switch {
		case there && l.Size.IsZero():
			side = slices.Delete(side, i, i+1)
		case there:
			side[i] = l
		case !l.Size.IsZero():
			side = slices.Insert(side, i, l)
		}
	}
	return side, nil
}

func readLevel(row []json.RawMessage) (l market.Level, err error) {
	if len(row) < 2 {
		return l, errors.New("a level without price or size")
	}
	if l.Price, err = num.ParsePrice(unquote(row[0])); err != nil {
		return l, err
	}
	if l.Size, err = num.ParseQuantity(unquote(row[1])); err != nil {
		return l, err
	}
	if l.Price.Sign() <= 0 || l.Size.Sign() < 0 {
		return l, fmt.Errorf("level %s × %s", l.Price, l.Size)
	}
	return l, nil
}

// unquote returns the text of a JSON string or number.
func unquote(raw json.RawMessage) string { return string(bytes.Trim(raw, `"`)) }

func (r *Replay) trade(at market.Time, row json.RawMessage) error {
	var t struct {
		InstrumentID string          `json:"instrument_id"`
		TradeID      json.RawMessage `json:"trade_id"`
		Price        json.RawMessage `json:"price"`
		Size         json.RawMessage `json:"size"`
		Side         string          `json:"side"`
		Timestamp    time.Time       `json:"timestamp"`
	}
	if err := json.Unmarshal(row, &t); err != nil {
		return err
	}
	ev := engine.Event{Kind: engine.KindTrade, Instrument: t.InstrumentID, At: at}
	var err error
	if err = json.Unmarshal([]byte(unquote(t.TradeID)), &ev.Trade.ID); err != nil {
		return fmt.Errorf("trade_id: %w", err)
	}
	if ev.Trade.Price, err = num.ParsePrice(unquote(t.Price)); err != nil {
		return err
	}
	if ev.Trade.Size, err = num.ParseQuantity(unquote(t.Size)); err != nil {
		return err
	}
	ev.Trade.Buyer = t.Side == "buy"
	if own := market.TimeOf(t.Timestamp); own < r.first {
		ev.At = own
		r.past = append(r.past, ev)
		return nil
	}
	// A fresh trade takes the place of the historical one, if that still waits.
	r.past = slices.DeleteFunc(r.past, func(p engine.Event) bool { return p.Instrument == ev.Instrument })
	r.pending = append(r.pending, ev)
	return nil
}
