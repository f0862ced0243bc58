package history

import (
	"fmt"
	"io"
	"strconv"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// Print is a trade and its time.
type Print struct {
	At    market.Time
	Trade market.Trade
}

// Trades are recorded trades of one instrument, in the order of their time.
type Trades struct {
	Instrument market.Instrument
	Rows       []Print
}

// OpenTrades reads all trades of a file; name is for messages. Trades without
// an id are numbered from 1.
func OpenTrades(name string, r io.Reader, inst market.Instrument) (*Trades, error) {
	g, err := newGrid(inst.Tick)
	if err != nil {
		return nil, err
	}
	t, err := newTable(name, r, 4, "time", "price", "size", "side", "id")
	if err != nil {
		return nil, err
	}
	trades := &Trades{Instrument: inst}
	var fields row
	var last Print
	for {
		more, err := t.next(&fields)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
		p, err := readPrint(&fields, &g, &last)
		if err != nil {
			return nil, t.wrap(err)
		}
		trades.Rows = append(trades.Rows, p)
		last = p
	}
	if len(trades.Rows) == 0 {
		return nil, fmt.Errorf("%s: no trades", name)
	}
	return trades, nil
}

func readPrint(f *row, g *grid, last *Print) (p Print, err error) {
	if p.At, err = parseTime(f[0]); err != nil {
		return p, err
	}
	if p.At < last.At {
		return p, fmt.Errorf("time %s is before %s", p.At, last.At)
	}
	if p.Trade.Price, err = g.parse("price", f[1]); err != nil {
		return p, err
	}
	if p.Trade.Size, err = parseSize("size", f[2]); err != nil {
		return p, err
	}
	if p.Trade.Size.IsZero() {
		return p, fmt.Errorf("size %q is zero", clip(f[2]))
	}
	if f[3] != "buy" && f[3] != "sell" {
		return p, fmt.Errorf("side %q is neither buy nor sell", clip(f[3]))
	}
	p.Trade.Buyer = f[3] == "buy"
	p.Trade.ID = last.Trade.ID + 1
	if f[4] != "" {
		if p.Trade.ID, err = strconv.ParseInt(f[4], 10, 64); err != nil {
			return p, fmt.Errorf("id %q is not a whole number", clip(f[4]))
		}
	}
	if p.Trade.ID <= last.Trade.ID {
		return p, fmt.Errorf("id %d is not above %d", p.Trade.ID, last.Trade.ID)
	}
	return p, nil
}

// TradeSource plays trades as quotes, trades and the bars they make. It is for
// one goroutine and does not change the rows it was made from.
type TradeSource struct {
	quotes    quoter
	rows      []Print
	timeframe market.Timeframe
	row       int
	quoted    bool       // the quote before the trade is out
	bar       market.Bar // being made; its timeframe is 0 before the first trade
}

// Source plays the trades with a spread given as a share of the price, and the
// bars of a timeframe made from them: one for each interval with a trade.
func (t *Trades) Source(spread num.Rate, tf market.Timeframe) (*TradeSource, error) {
	q, err := newQuoter(t.Instrument, spread)
	if err != nil {
		return nil, err
	}
	if tf < market.Minute {
		return nil, fmt.Errorf("history: timeframe %s is shorter than a minute", tf)
	}
	return &TradeSource{quotes: q, rows: t.Rows, timeframe: tf}, nil
}

// Next fills ev with the next event and reports false at the end.
func (s *TradeSource) Next(ev *engine.Event) (bool, error) {
	if s.row == len(s.rows) {
		return false, nil
	}
	p := &s.rows[s.row]
	if s.bar.Timeframe != 0 && p.At >= s.bar.Close() {
		ev.Reset()
		ev.Kind, ev.Instrument, ev.At, ev.Bar = engine.KindBar, s.quotes.inst.ID, s.bar.Close(), s.bar
		s.bar = market.Bar{}
		return true, nil
	}
	if !s.quoted {
		s.quoted = true
		ev.Reset()
		ev.Kind, ev.Instrument, ev.At = engine.KindQuote, s.quotes.inst.ID, p.At
		if err := s.quote(p, &ev.Quote); err != nil {
			return false, s.wrap(err)
		}
		return true, nil
	}
	if err := s.fold(p); err != nil {
		return false, s.wrap(err)
	}
	ev.Reset()
	ev.Kind, ev.Instrument, ev.At, ev.Trade = engine.KindTrade, s.quotes.inst.ID, p.At, p.Trade
	s.quoted = false
	s.row++
	return true, nil
}

func (s *TradeSource) wrap(err error) error {
	return fmt.Errorf("history: %s trade %d: %w", s.quotes.inst.ID, s.rows[s.row].Trade.ID, err)
}

func (s *TradeSource) quote(p *Print, q *market.Quote) error {
	size, err := wholeSize(p.Trade.Size)
	if err == nil {
		err = s.quotes.begin(size, p.Trade.Size.Scale())
	}
	if err != nil {
		return err
	}
	if price, ok := p.Trade.Price.Whole(p.Trade.Price.Scale()); ok {
		return s.quotes.around(q, price, p.Trade.Price.Scale())
	}
	*q, err = s.quotes.exactly(p.Trade.Price, s.quotes.size())
	return err
}

func wholeSize(q num.Quantity) (int64, error) {
	size, ok := q.Whole(q.Scale())
	if !ok {
		return 0, errSize
	}
	return size, nil
}

// fold adds a trade to the bar it falls into and to the sizes remembered.
func (s *TradeSource) fold(p *Print) error {
	size, err := wholeSize(p.Trade.Size)
	if err == nil {
		err = s.quotes.fold(size, p.Trade.Size.Scale())
	}
	if err != nil {
		return err
	}
	price := p.Trade.Price
	if s.bar.Timeframe == 0 {
		s.bar = market.Bar{Open: s.timeframe.Open(p.At), Timeframe: s.timeframe, O: price, H: price, L: price}
	}
	s.bar.H = s.bar.H.Max(price)
	s.bar.L = s.bar.L.Min(price)
	s.bar.C = price
	var c num.Calc
	s.bar.Volume = num.Add(&c, s.bar.Volume, p.Trade.Size)
	return c.Err()
}
