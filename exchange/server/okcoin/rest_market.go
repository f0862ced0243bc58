package okcoin

import (
	"math"
	"slices"
	"strconv"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/server"
)

// The most rows an answer has.
const (
	bookMax    = 200
	tradesMax  = 60
	candlesMax = 200
	candlesAge = 2000 // candles before the newest that can be asked for
)

func (q *request) instruments() (any, *fault) {
	rows := []instrumentRow{}
	q.front.x.With(func(s *server.State) {
		for _, inst := range s.Instruments() {
			rows = append(rows, newInstrument(&inst))
		}
	})
	return rows, nil
}

func (q *request) tickers() (any, *fault) {
	rows := []tickerRow{}
	q.front.x.With(func(s *server.State) {
		for _, inst := range s.Instruments() {
			t := s.Ticker(inst.ID)
			rows = append(rows, newTicker(inst.ID, &t))
		}
	})
	return rows, nil
}

func (q *request) ticker() (any, *fault) {
	return q.view(q.http.PathValue("instrument"), func(s *server.State, id string) (any, *fault) {
		t := s.Ticker(id)
		return newTicker(id, &t), nil
	})
}

// count reads a number of rows from the query: absent is most, and more than
// most is most.
func (q *request) count(name string, least, most int) (int, *fault) {
	text := q.http.URL.Query().Get(name)
	if text == "" {
		return most, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		return 0, invalid(name)
	}
	return min(n, most), nil
}

// book answers up to size levels a side, merged by the price step depth.
func (q *request) book() (any, *fault) {
	size, no := q.count("size", 0, bookMax)
	if no != nil {
		return nil, no
	}
	step, err := num.ParsePrice(q.query("depth", "0"))
	if err != nil || step.Sign() < 0 {
		return nil, invalid("depth")
	}
	return q.view(q.http.PathValue("instrument"), func(s *server.State, id string) (any, *fault) {
		bids, asks, at := s.Book(id)
		return struct {
			Asks      [][3]string `json:"asks"`
			Bids      [][3]string `json:"bids"`
			Timestamp string      `json:"timestamp"`
		}{bookRows(grouped(asks, step, num.CeilTo), size), bookRows(grouped(bids, step, num.FloorTo), size), iso(at)}, nil
	})
}

func (q *request) query(name, absent string) string {
	if text := q.http.URL.Query().Get(name); text != "" {
		return text
	}
	return absent
}

// grouped merges levels to multiples of step; zero leaves them as they are.
func grouped(levels []market.Level, step num.Price, round func(a, step num.Price) (num.Price, error)) []market.Level {
	if step.IsZero() {
		return levels
	}
	var merged []market.Level
	var c num.Calc
	for _, l := range levels {
		p, err := round(l.Price, step)
		if err != nil || p.IsZero() {
			continue // below one step there is no price
		}
		if n := len(merged); n > 0 && merged[n-1].Price == p {
			merged[n-1].Size = num.Add(&c, merged[n-1].Size, l.Size)
			continue
		}
		merged = append(merged, market.Level{Price: p, Size: l.Size})
	}
	return merged
}

func bookRows(levels []market.Level, size int) [][3]string {
	rows := make([][3]string, 0, min(size, len(levels)))
	for _, l := range levels[:min(size, len(levels))] {
		rows = append(rows, [3]string{l.Price.String(), l.Size.String(), "1"})
	}
	return rows
}

func (q *request) trades() (any, *fault) {
	limit, no := q.count("limit", 1, tradesMax)
	if no != nil {
		return nil, no
	}
	return q.view(q.http.PathValue("instrument"), func(s *server.State, id string) (any, *fault) {
		tape := s.Tape(id)
		rows := []tradeRow{}
		for i := len(tape) - 1; i >= 0 && len(rows) < limit; i-- {
			rows = append(rows, newTrade(&tape[i]))
		}
		return rows, nil
	})
}

// candles answers up to 200 candles, newest first, those that opened from
// start to end inclusive where both are given.
func (q *request) candles() (any, *fault) {
	seconds, err := strconv.Atoi(q.query("granularity", "60"))
	if err != nil || !slices.Contains(granularities[:], seconds) {
		return nil, invalid("granularity")
	}
	from, to, no := q.span()
	if no != nil {
		return nil, no
	}
	return q.view(q.http.PathValue("instrument"), func(s *server.State, id string) (any, *fault) {
		tf := timeframe(seconds)
		from = max(from, tf.Open(s.Now())-candlesAge*market.Time(tf))
		bars := s.Candles(id, tf, from, to, candlesMax)
		if running, ok := s.Running(id, tf); ok && running.Open >= from && running.Open <= to {
			if len(bars) > 0 && bars[0].Open == running.Open {
				bars = bars[1:]
			}
			bars = append([]market.Bar{running}, bars[:min(len(bars), candlesMax-1)]...)
		}
		rows := make([][6]string, len(bars))
		for i, b := range bars {
			rows[i] = [6]string{iso(b.Open), b.O.String(), b.H.String(), b.L.String(), b.C.String(), b.Volume.String()}
		}
		return rows, nil
	})
}

// span reads start and end: one alone is ignored.
func (q *request) span() (from, to market.Time, no *fault) {
	start, end := q.query("start", ""), q.query("end", "")
	if start == "" || end == "" {
		return 0, math.MaxInt64, nil
	}
	first, err := time.Parse(time.RFC3339Nano, start)
	if err != nil {
		return 0, 0, invalid("start")
	}
	last, err := time.Parse(time.RFC3339Nano, end)
	if err != nil {
		return 0, 0, invalid("end")
	}
	return market.TimeOf(first), market.TimeOf(last), nil
}
