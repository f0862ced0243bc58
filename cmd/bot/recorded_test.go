package main_test

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/conformance"
	"rulebot/exchange/history"
	"rulebot/exchange/server"
	front "rulebot/exchange/server/okcoin"
	"rulebot/exchange/sim"
	"rulebot/internal/realdata"
)

var recordings = []string{
	"reference/okcoin-v3-samples/recordings/okcoin-2021-07-22-a.jsonl.gz",
	"reference/okcoin-v3-samples/recordings/okcoin-2021-07-22-b.jsonl.gz",
	"reference/okcoin-v3-samples/recordings/okcoin-2021-07-22-c.jsonl.gz",
	"data/ticks/okcoin_v3_20210722_ws.jsonl.gz",
}

// recorded is what a recording says of one instrument, read without anything
// that plays or follows it.
type recorded struct {
	quotes     []market.Quote // after each book message
	trades     []string       // ids
	bids, asks map[num.Price]num.Quantity
}

// recordedRow is the data of a push, as far as it counts here.
type recordedRow struct {
	ID         string      `json:"instrument_id"`
	Bids, Asks [][4]string // price, size
	TradeID    string      `json:"trade_id"`
}

func readRecorded(t *testing.T, name string) map[string]*recorded {
	t.Helper()
	all := map[string]*recorded{}
	for f := range frames(t, openRecorded(t, name)) {
		var push struct {
			Table, Action string
			Data          []recordedRow
		}
		if err := json.Unmarshal(f, &push); err != nil {
			t.Fatal(err)
		}
		for _, row := range push.Data {
			r := all[row.ID]
			if r == nil {
				r = &recorded{bids: map[num.Price]num.Quantity{}, asks: map[num.Price]num.Quantity{}}
				all[row.ID] = r
			}
			switch push.Table {
			case "spot/trade":
				r.trades = append(r.trades, row.TradeID)
			case "spot/depth_l2_tbt":
				r.book(push.Action == "partial", &row)
			}
		}
	}
	return all
}

func openRecorded(t *testing.T, name string) *history.Recording {
	t.Helper()
	text, err := os.ReadFile(realdata.Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	r, err := history.OpenRecording(name, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// frames yields the text of every frame received.
func frames(t *testing.T, r *history.Recording) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		var f history.Frame
		for {
			more, err := r.Next(&f)
			if err != nil {
				t.Fatal(err)
			}
			if !more {
				return
			}
			if f.Dir != history.Received {
				continue
			}
			text, err := io.ReadAll(flate.NewReader(bytes.NewReader(f.Payload)))
			if err != nil {
				t.Fatal(err)
			}
			if !yield(text) {
				return
			}
		}
	}
}

func (r *recorded) book(whole bool, row *recordedRow) {
	if whole {
		clear(r.bids)
		clear(r.asks)
	}
	merge(r.bids, row.Bids)
	merge(r.asks, row.Asks)
	bid, ask := levels(r.bids, true)[0], levels(r.asks, false)[0]
	r.quotes = append(r.quotes, market.Quote{Bid: bid.Price, BidSize: bid.Size, Ask: ask.Price, AskSize: ask.Size})
}

func merge(side map[num.Price]num.Quantity, rows [][4]string) {
	for _, row := range rows {
		p, q := num.MustPrice(row[0]), num.MustQuantity(row[1])
		side[p] = q
		if q.IsZero() {
			delete(side, p)
		}
	}
}

// levels returns a side, best first.
func levels(side map[num.Price]num.Quantity, bids bool) []market.Level {
	list := make([]market.Level, 0, len(side))
	for p, q := range side {
		list = append(list, market.Level{Price: p, Size: q})
	}
	slices.SortFunc(list, func(a, b market.Level) int {
		if bids {
			a, b = b, a
		}
		return a.Price.Cmp(b.Price)
	})
	return list
}

// played is a recording that calls told when an event has been told.
type played struct {
	*front.Replay
	last *engine.Event
	told func(ev *engine.Event)
}

func (p *played) Next(ev *engine.Event) (bool, error) {
	if p.last != nil && p.told != nil {
		p.told(p.last)
	}
	p.last = ev // the exchange gives the same one each time
	return p.Replay.Next(ev)
}

// follower keeps what a stream said.
type follower struct {
	mu     sync.Mutex
	more   sync.Cond
	events []engine.Event
	told   int // messages
	over   bool
}

func follow(t *testing.T, s conformance.Stream) *follower {
	t.Helper()
	f := &follower{}
	f.more.L = &f.mu
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() {
		_ = s.Run(ctx, f.take) // ends with the test
		f.mu.Lock()
		f.over = true
		f.mu.Unlock()
		f.more.Broadcast()
	})
	t.Cleanup(func() { cancel(); run.Wait() })
	return f
}

func (f *follower) take(events []engine.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, events...)
	f.told++
	f.more.Broadcast()
}

// await waits for the nth event of a sort.
func (f *follower) await(n int, is func(ev *engine.Event) bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := 0; n > 0; i++ {
		for i >= len(f.events) && !f.over {
			f.more.Wait()
		}
		if i >= len(f.events) {
			return
		}
		if is(&f.events[i]) {
			n--
		}
	}
}

// of returns the events of a kind about an instrument.
func (f *follower) of(kind engine.Kind, instrument string) []engine.Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.events), func(ev engine.Event) bool {
		return ev.Kind != kind || ev.Instrument != instrument
	})
}

func isUp(ev *engine.Event) bool { return ev.Kind == engine.KindLink && ev.Link.Up }

func isResynchronised(ev *engine.Event) bool {
	return ev.Kind == engine.KindBook && ev.Book == market.BookResynchronised
}

var moving = []string{"LTC-USD", "ETH-EUR"} // the instruments that move in the recordings

// TestRecordings plays recorded frames on the built-in exchange to the
// adapter, loses the line in between, damages a message, and then trades
// against the book that is left.
//
// Faults: MD-05.
func TestRecordings(t *testing.T) {
	for _, name := range recordings {
		t.Run(filepath.Base(name), func(t *testing.T) {
			want := readRecorded(t, name)
			r := newReplaying(t, name)
			r.play()
			r.compare(want)
			for _, id := range moving {
				r.takeAsks(id, levels(want[id].asks, false))
			}
		})
	}
}

// replaying is a recording being played to a feed.
type replaying struct {
	*testing.T
	v       *venue
	source  *played
	feed    *follower
	listed  []market.Instrument
	quotes  map[string]int // told so far
	atCut   map[string]int // told when the line was cut
	books   map[string]int // messages carried by the wire
	trades  map[string][]string
	frames  int
	spoiled bool // told the wire to
	hurt    bool // so a book is, or the next will be
}

func newReplaying(t *testing.T, name string) *replaying {
	t.Helper()
	replay := front.NewReplay(name, openRecorded(t, name))
	r := &replaying{
		T: t, listed: replay.Instruments(), source: &played{Replay: replay},
		quotes: map[string]int{}, atCut: map[string]int{}, books: map[string]int{}, trades: map[string][]string{},
	}
	money := num.MustMoney("100000")
	r.v = startVenue(t, server.Config{
		Instruments: r.listed, Source: r.source,
		Accounts: []server.Account{{Name: account.Name, Balances: map[string]num.Money{"USD": money, "EUR": money}}},
		Fees:     sim.Fees{Maker: num.MustRate("0.001"), Taker: num.MustRate("0.002")},
	})
	r.v.wire.tap = r.tap
	r.source.told = r.told
	r.feed = follow(t, r.v.feed(moving...))
	r.feed.await(1, isUp)
	return r
}

// tap counts what the wire carries. One stream is followed, so one goroutine
// calls it at a time.
func (r *replaying) tap(text []byte) {
	var push struct {
		Table string
		Data  []recordedRow
	}
	if err := json.Unmarshal(text, &push); err != nil {
		r.Errorf("%s: %v", text, err)
	}
	r.frames++
	for _, row := range push.Data {
		switch push.Table {
		case "spot/depth_l2_tbt":
			r.books[row.ID]++
		case "spot/trade":
			r.trades[row.ID] = append(r.trades[row.ID], row.TradeID)
		}
	}
}

// Where in the recording the line is cut, and where a book is spoiled: after
// so many quotes of LTC-USD.
const (
	cutAfter   = 200
	spoilAfter = 300
)

// told is called by the market after each event, while it stands still.
func (r *replaying) told(ev *engine.Event) {
	if ev.Kind != engine.KindQuote {
		return
	}
	r.quotes[ev.Instrument]++
	switch n := r.quotes["LTC-USD"]; {
	case n == cutAfter && len(r.atCut) == 0:
		r.v.settle()
		maps.Copy(r.atCut, r.quotes)
		r.v.wire.Cut()
		r.v.wire.Mend()
		r.feed.await(2, isUp)
		r.v.settle()
	case n == spoilAfter && !r.spoiled:
		r.v.settle()
		r.spoiled, r.hurt = true, true
		spoiler{r.v.wire, &r.v.complaints}.Spoil()
	case r.hurt:
		r.v.settle() // it may have been this message
		if r.hurt = r.v.wire.spoil.Load(); !r.hurt {
			r.feed.await(2*len(moving)+1, isResynchronised)
			r.v.settle()
		}
	}
}

// play lets the market run to its end.
func (r *replaying) play() {
	r.Helper()
	r.v.exchange.With(func(*server.State) {}) // the subscription is answered
	r.v.clock.End()
	<-r.v.exchange.Done()
	if err := r.v.exchange.Err(); err != nil {
		r.Fatalf("market: %v", err)
	}
	r.v.settle()
	if r.v.wire.spoil.Load() || !r.spoiled || len(r.atCut) == 0 {
		r.Fatal("the line was not cut or no message spoiled")
	}
}

// compare holds what was followed against what was recorded.
func (r *replaying) compare(want map[string]*recorded) {
	r.Helper()
	for _, id := range moving {
		w, cut := want[id], r.atCut[id]
		// The first book of the second session repeats the last quote of the
		// first one; the spoiled book came again as a snapshot.
		quotes := slices.Insert(slices.Clone(w.quotes), cut, w.quotes[cut-1])
		var got []market.Quote
		at := market.Time(0)
		for _, ev := range r.feed.of(engine.KindQuote, id) {
			if ev.At < at {
				r.Errorf("%s: a quote of %s came after one of %s", id, ev.At, at)
			}
			at = ev.At
			got = append(got, ev.Quote)
		}
		if !slices.Equal(got, quotes) {
			r.Errorf("%s: got %d quotes of verified books, want the %d recorded and one after the cut", id, len(got), len(w.quotes))
		}
		states := r.feed.of(engine.KindBook, id)
		for i, ev := range states {
			if believed := ev.Book == market.BookResynchronised; believed != (i%2 == 0) {
				r.Errorf("%s: standing %d of the book is %d", id, i, ev.Book)
			}
		}
		// The historical trade comes in each session, and is no event.
		if trades := r.trades[id]; !slices.Equal(trades, slices.Concat(w.trades, w.trades)) {
			r.Errorf("%s: trades %s were sent, recorded are %s and the line was cut once", id, trades, w.trades)
		}
		if events := r.feed.of(engine.KindTrade, id); len(events) != 0 {
			r.Errorf("%s: trades of the past became %d events", id, len(events))
		}
		r.Logf("%s: %d book messages recorded, %d carried, %d verified; %d trade recorded, sent in both sessions",
			id, len(w.quotes), r.books[id], len(got), len(w.trades))
	}
	if down := 1; r.feed.told != r.frames+down {
		r.Errorf("the feed told of %d messages, %d were carried and the link was lost once", r.feed.told, r.frames)
	}
}
