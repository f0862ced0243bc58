package okcoin

import (
	"strconv"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// instrumentRow is one row of the instrument list.
type instrumentRow struct {
	BaseCurrency  string `json:"base_currency"`
	Category      string `json:"category"`
	InstrumentID  string `json:"instrument_id"`
	MinSize       string `json:"min_size"`
	QuoteCurrency string `json:"quote_currency"`
	SizeIncrement string `json:"size_increment"`
	TickSize      string `json:"tick_size"`
}

func newInstrument(i *market.Instrument) instrumentRow {
	return instrumentRow{i.Base, "1", i.ID, i.Min.String(), i.Quote, i.Lot.String(), i.Tick.String()}
}

// tickerRow is the day's figures, the leftovers of older versions included.
type tickerRow struct {
	BestAsk     string `json:"best_ask"`
	BestBid     string `json:"best_bid"`
	Instrument  string `json:"instrument_id"`
	OpenUTC0    string `json:"open_utc0"`
	OpenUTC8    string `json:"open_utc8"`
	Product     string `json:"product_id"`
	Last        string `json:"last"`
	LastQty     string `json:"last_qty"`
	Ask         string `json:"ask"`
	BestAskSize string `json:"best_ask_size"`
	Bid         string `json:"bid"`
	BestBidSize string `json:"best_bid_size"`
	Open24h     string `json:"open_24h"`
	High24h     string `json:"high_24h"`
	Low24h      string `json:"low_24h"`
	BaseVolume  string `json:"base_volume_24h"`
	Timestamp   string `json:"timestamp"`
	QuoteVolume string `json:"quote_volume_24h"`
}

func newTicker(instrument string, t *server.Ticker) tickerRow {
	ask, bid := t.Ask.Price.String(), t.Bid.Price.String()
	return tickerRow{
		BestAsk: ask, Ask: ask, BestAskSize: t.Ask.Size.String(),
		BestBid: bid, Bid: bid, BestBidSize: t.Bid.Size.String(),
		Instrument: instrument, Product: instrument,
		OpenUTC0: t.OpenUTC0.String(), OpenUTC8: t.OpenUTC0.String(),
		Last: t.Last.Price.String(), LastQty: t.Last.Size.String(),
		Open24h: t.Open.String(), High24h: t.High.String(), Low24h: t.Low.String(),
		BaseVolume: t.BaseVolume.String(), QuoteVolume: t.QuoteVolume.String(),
		Timestamp: iso(t.At),
	}
}

// tradeRow is one trade of the tape.
type tradeRow struct {
	Time      string `json:"time"`
	Timestamp string `json:"timestamp"`
	TradeID   string `json:"trade_id"`
	Price     string `json:"price"`
	Size      string `json:"size"`
	Side      string `json:"side"`
}

func newTrade(p *server.Print) tradeRow {
	at := iso(p.At)
	return tradeRow{at, at, strconv.FormatInt(p.ID, 10), p.Price.String(), p.Size.String(), takerSide(p.Buyer)}
}

// balanceRow is one currency of an account.
type balanceRow struct {
	Frozen    string `json:"frozen"`
	Hold      string `json:"hold"`
	ID        string `json:"id"`
	Currency  string `json:"currency"`
	Balance   string `json:"balance"`
	Available string `json:"available"`
	Holds     string `json:"holds"`
}

func held(b *order.Balance) string {
	var c num.Calc
	return num.Sub(&c, b.Total, b.Available).String() // exact: the hold it was computed from
}

func newBalance(b *order.Balance) balanceRow {
	hold := held(b)
	return balanceRow{hold, hold, "", b.Currency, b.Total.String(), b.Available.String(), hold}
}

// balancePush is a balance as it is pushed.
type balancePush struct {
	Available string `json:"available"`
	Balance   string `json:"balance"`
	Currency  string `json:"currency"`
	Hold      string `json:"hold"`
	ID        string `json:"id"`
	Timestamp string `json:"timestamp"`
}

func newBalancePush(b *order.Balance, at market.Time) balancePush {
	return balancePush{b.Available.String(), b.Total.String(), b.Currency, held(b), "", iso(at)}
}

// fillRow is half an execution: one ledger row.
type fillRow struct {
	CreatedAt    string `json:"created_at"`
	Currency     string `json:"currency"`
	ExecType     string `json:"exec_type"`
	Fee          string `json:"fee"`
	InstrumentID string `json:"instrument_id"`
	LedgerID     string `json:"ledger_id"`
	Liquidity    string `json:"liquidity"`
	OrderID      string `json:"order_id"`
	Price        string `json:"price"`
	ProductID    string `json:"product_id"`
	Side         string `json:"side"`
	Size         string `json:"size"`
	Timestamp    string `json:"timestamp"`
	TradeID      string `json:"trade_id"`

	ledger int64
}

// newFills returns the two rows of an execution, the received one first.
func newFills(f *sim.Fill, inst *market.Instrument) (received, given fillRow) {
	at, liquidity := iso(f.At), "T"
	if f.Maker {
		liquidity = "M"
	}
	row := fillRow{
		CreatedAt: at, Timestamp: at, ExecType: liquidity, Liquidity: liquidity,
		InstrumentID: f.Instrument, ProductID: f.Instrument, OrderID: f.ExchangeID,
		Price: f.Price.String(), TradeID: f.ID,
	}
	var c num.Calc
	base, quote := f.Quantity.String(), num.Cost(&c, f.Price, f.Quantity).String()
	received, given = row, row
	received.Side, received.ledger = "buy", f.Ledger
	given.Side, given.ledger = "sell", f.Ledger-1
	received.Currency, received.Size, given.Currency, given.Size = inst.Base, base, inst.Quote, quote
	if f.Side == order.Sell {
		received.Currency, received.Size, given.Currency, given.Size = inst.Quote, quote, inst.Base, base
	}
	received.Fee, given.Fee = f.Fee.Neg().String(), "0"
	received.LedgerID = strconv.FormatInt(received.ledger, 10)
	given.LedgerID = strconv.FormatInt(given.ledger, 10)
	return received, given
}
