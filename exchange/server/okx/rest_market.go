package okx

import (
	"math"
	"strconv"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/server/faults"
	"rulebot/exchange/server/front"
)

func publicCalls() []call {
	return []call{
		{"GET public/time", "public", front.Per2s(10), public, (*request).time},
		{"GET public/instruments", "public", front.Per2s(20), public, (*request).instruments},
		{"GET public/price-limit", "public", front.Per2s(20), public, (*request).priceLimit},
		{"GET market/books", "public", front.Per2s(40), public, (*request).book},
		{"GET market/trades", "public", front.Per2s(100), public, (*request).trades},
		{"GET market/ticker", "public", front.Per2s(20), public, (*request).ticker},
		{"GET market/tickers", "public", front.Per2s(20), public, (*request).tickers},
		{"GET market/candles", "public", front.Per2s(40), public, (*request).candles},
		{"GET market/history-candles", "public", front.Per2s(20), public, (*request).historyCandles},
		{"GET system/status", "public", front.Limit{Calls: 1, Window: 5 * time.Second}, public, (*request).status},
	}
}

type timeRow struct {
	TS string `json:"ts"`
}

func (q *request) time() (any, *fault) { return []timeRow{{milli(q.front.Now())}}, nil }

// instruments lists what is traded, for the public and for an account alike.
func (q *request) instruments() (answer any, no *fault) {
	if no := q.spot(true); no != nil {
		return nil, no
	}
	id := q.query.Get("instId")
	q.front.x.With(func(s *server.State) {
		rows := []instrumentRow{}
		for _, inst := range s.Instruments() {
			if id == "" || inst.ID == id {
				rows = append(rows, newInstrument(&inst, q.front.codes))
			}
		}
		if answer = rows; len(rows) == 0 && id != "" {
			answer, no = nil, &faultInstrument
		}
	})
	return answer, no
}

type priceLimitRow struct {
	InstType string `json:"instType"`
	InstID   string `json:"instId"`
	BuyLmt   string `json:"buyLmt"`
	SellLmt  string `json:"sellLmt"`
	TS       string `json:"ts"`
	Enabled  bool   `json:"enabled"`
}

// priceLimit says that there is no band: what bounds an order is its distance
// from the best price when it takes.
func (q *request) priceLimit() (any, *fault) {
	return q.view(func(s *server.State, id string) (any, *fault) {
		return []priceLimitRow{{InstType: "SPOT", InstID: id, TS: milli(s.Now())}}, nil
	})
}

const (
	bookMax    = 400
	tradesMax  = 500
	candlesMax = 300
	candlesAge = 1440 // candles before the newest that can be asked for
)

type bookRow struct {
	Asks  [][4]string `json:"asks"`
	Bids  [][4]string `json:"bids"`
	TS    string      `json:"ts"`
	SeqID int64       `json:"seqId"`
}

func (q *request) book() (any, *fault) {
	size, no := q.number("sz", 1, bookMax)
	if no != nil {
		return nil, no
	}
	return q.view(func(s *server.State, id string) (any, *fault) {
		bids, asks, at := s.Book(id)
		return []bookRow{{levels(asks, size), levels(bids, size), milli(at), q.front.books[id]}}, nil
	})
}

// levels writes at most size levels.
func levels(list []market.Level, size int) [][4]string {
	rows := make([][4]string, 0, min(size, len(list)))
	for _, l := range list[:min(size, len(list))] {
		count := "1"
		if l.Size.IsZero() {
			count = "0"
		}
		rows = append(rows, [4]string{l.Price.String(), l.Size.String(), "0", count})
	}
	return rows
}

type tradeRow struct {
	InstID  string `json:"instId"`
	Side    string `json:"side"`
	Size    string `json:"sz"`
	Price   string `json:"px"`
	Source  string `json:"source"`
	TradeID string `json:"tradeId"`
	TS      string `json:"ts"`
}

func newTrade(id string, p *server.Print) tradeRow {
	side := order.Sell
	if p.Buyer {
		side = order.Buy
	}
	return tradeRow{id, side.String(), p.Size.String(), p.Price.String(), "0", strconv.FormatInt(p.ID, 10), milli(p.At)}
}

func (q *request) trades() (any, *fault) {
	limit, no := q.number("limit", 100, tradesMax)
	if no != nil {
		return nil, no
	}
	return q.view(func(s *server.State, id string) (any, *fault) {
		tape := s.Tape(id)
		rows := []tradeRow{}
		for i := len(tape) - 1; i >= 0 && len(rows) < limit; i-- {
			rows = append(rows, newTrade(id, &tape[i]))
		}
		return rows, nil
	})
}

func (q *request) ticker() (any, *fault) {
	return q.view(func(s *server.State, id string) (any, *fault) {
		return []tickerRow{newTicker(s, id)}, nil
	})
}

func (q *request) tickers() (any, *fault) {
	if no := q.spot(true); no != nil {
		return nil, no
	}
	rows := []tickerRow{}
	q.front.x.With(func(s *server.State) {
		for _, inst := range s.Instruments() {
			rows = append(rows, newTicker(s, inst.ID))
		}
	})
	return rows, nil
}

func (q *request) candles() (any, *fault)        { return q.candlesFrom(candlesAge) }
func (q *request) historyCandles() (any, *fault) { return q.candlesFrom(0) }

// candlesFrom lists candles of which none is older than age ones; 0 is without
// end.
func (q *request) candlesFrom(age int) (any, *fault) {
	name := q.query.Get("bar")
	if name == "" {
		name = "1m"
	}
	b, known := barOf(name)
	if !known {
		return nil, invalid("bar")
	}
	limit, no := q.number("limit", 100, candlesMax)
	if no != nil {
		return nil, no
	}
	after, no := q.instant("after", math.MaxInt64)
	if no != nil {
		return nil, no
	}
	before, no := q.instant("before", -1)
	if no != nil {
		return nil, no
	}
	return q.view(func(s *server.State, id string) (any, *fault) {
		if age > 0 {
			before = max(before, s.Now().Add(-b.end(0).Sub(b.open(0))*time.Duration(age)))
		}
		rows := [][9]string{}
		for _, c := range candles(s, id, b, before+1, after-1, limit) {
			rows = append(rows, c.row())
		}
		return rows, nil
	})
}

// instant reads a time in milliseconds.
func (q *request) instant(name string, absent market.Time) (market.Time, *fault) {
	text := q.query.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/int64(time.Millisecond) {
		return 0, invalid(name)
	}
	return market.Milli(n), nil
}

// statusRow is one maintenance.
type statusRow struct {
	Title        string `json:"title"`
	State        string `json:"state"`
	Begin        string `json:"begin"`
	End          string `json:"end"`
	PreOpenBegin string `json:"preOpenBegin"`
	Href         string `json:"href"`
	ServiceType  string `json:"serviceType"`
	System       string `json:"system"`
	ScheDesc     string `json:"scheDesc"`
	MaintType    string `json:"maintType"`
	Env          string `json:"env"`
	TS           string `json:"ts,omitempty"`
}

func (f *Front) maintenance(m *faults.Fault, state string) statusRow {
	from, to := f.Span(m)
	env := "1"
	if f.opt.Demo {
		env = "2"
	}
	return statusRow{
		Title: "Trading system upgrade", State: state, Begin: milli(from), End: milli(to),
		ServiceType: "5", System: "unified", MaintType: "2", Env: env,
	}
}

func (q *request) status() (any, *fault) {
	rows := []statusRow{}
	state := q.query.Get("state")
	if m := q.front.Upkeep(); m != nil && (state == "" || state == "ongoing") {
		rows = append(rows, q.front.maintenance(m, "ongoing"))
	}
	return rows, nil
}
