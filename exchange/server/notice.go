package server

import (
	"rulebot/engine/market"
	"rulebot/engine/num"
)

// NoticeKind says what the market published.
type NoticeKind uint8

// The kinds of notices.
const (
	NoticeBook   NoticeKind = iota + 1 // the book is now so: Bids, Asks, and what changed since the last notice
	NoticeCandle                       // a candle is now so: Candle
	NoticeTicker                       // the day's figures: State.Ticker has them
	NoticeMoved                        // trades moved the candles under way: State.Running has them
)

// Notice is one thing the market published. Its slices are valid during the
// call only.
type Notice struct {
	Kind       NoticeKind
	Instrument string
	At         market.Time

	Bids, Asks       []market.Level // the whole book, best first
	BidDiff, AskDiff []market.Level // in book order; size zero means the level is gone
	Candle           market.Bar     // as long as the source's bars are: a minute as a rule
	Closed           bool           // the candle is final; else it has just begun
}

// Print is a trade of the public tape with its time.
type Print struct {
	market.Trade
	At market.Time
}

// Ticker is the day's figures of an instrument: 24 hours, to the hour. What is
// not known yet is zero.
type Ticker struct {
	At                      market.Time
	Last                    Print
	Bid, Ask                market.Level
	Open, High, Low         num.Price
	OpenUTC0                num.Price // first price of the UTC day
	BaseVolume, QuoteVolume num.Money
}
