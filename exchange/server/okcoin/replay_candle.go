package okcoin

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// candleTable is the channel of the candles that become bars.
const candleTable = "spot/candle60s"

// replayBar is a recorded candle that is not over; Open is 0 until one came.
type replayBar struct {
	market.Bar
	silent bool // it was told of once, as it opened, and nobody has traded since
}

// Barred reports, after Instruments, whether there are bars: then the recording
// may be shifted by whole minutes only.
func (r *Replay) Barred() bool { return r.barred }

// candle keeps the candle under way and tells it as a bar when a later one
// appears, as the adapter does live: one of which only the opening was told is
// none when trades came since.
func (r *Replay) candle(at market.Time, row json.RawMessage) error {
	var c struct {
		InstrumentID string            `json:"instrument_id"`
		Candle       []json.RawMessage `json:"candle"`
	}
	if err := json.Unmarshal(row, &c); err != nil {
		return err
	}
	now, err := readCandle(c.Candle)
	if err != nil {
		return err
	}
	b := r.bars[c.InstrumentID]
	later := now.Open > b.Open
	switch {
	case now.Open < b.Open:
		return nil
	case later && b.Open != 0 && at >= b.Close() && (!b.silent || now.Volume.IsZero()):
		r.pending = append(r.pending, engine.Event{Kind: engine.KindBar, Instrument: c.InstrumentID, At: at, Bar: b.Bar})
	}
	r.bars[c.InstrumentID] = replayBar{now, later && now.Volume.IsZero()}
	return nil
}

// readCandle reads [time, open, high, low, close, volume].
func readCandle(row []json.RawMessage) (b market.Bar, err error) {
	if len(row) < 6 {
		return b, errors.New("a candle of less than six entries")
	}
	open, err := time.Parse(time.RFC3339Nano, unquote(row[0]))
	if err != nil {
		return b, err
	}
	b.Timeframe, b.Open = market.Minute, market.TimeOf(open)
	for i, p := range [...]*num.Price{&b.O, &b.H, &b.L, &b.C} {
		if *p, err = num.ParsePrice(unquote(row[1+i])); err != nil {
			return b, err
		}
	}
	if b.Volume, err = num.ParseQuantity(unquote(row[5])); err != nil {
		return b, err
	}
	if b.Timeframe.Open(b.Open) != b.Open {
		return b, fmt.Errorf("candle %s is not where a minute starts", b.Open)
	}
	return b, b.Check()
}
