package okx

import (
	"slices"
	"strconv"

	"rulebot/engine/market"
	"rulebot/exchange/server"
)

// instrumentRow is one row of the instrument list.
type instrumentRow struct {
	InstType          string   `json:"instType"`
	InstID            string   `json:"instId"`
	InstIDCode        int64    `json:"instIdCode"`
	BaseCcy           string   `json:"baseCcy"`
	QuoteCcy          string   `json:"quoteCcy"`
	TradeQuoteCcyList []string `json:"tradeQuoteCcyList"`
	TickSz            string   `json:"tickSz"`
	LotSz             string   `json:"lotSz"`
	MinSz             string   `json:"minSz"`
	MaxLmtSz          string   `json:"maxLmtSz"`
	MaxMktSz          string   `json:"maxMktSz"`
	MaxLmtAmt         string   `json:"maxLmtAmt"`
	MaxMktAmt         string   `json:"maxMktAmt"`
	MaxStopSz         string   `json:"maxStopSz"`
	MaxTriggerSz      string   `json:"maxTriggerSz"`
	State             string   `json:"state"`
	GroupID           string   `json:"groupId"`
	ListTime          string   `json:"listTime"`
	ContTdSwTime      string   `json:"contTdSwTime"`
	OpenType          string   `json:"openType"`
	ExpTime           string   `json:"expTime"`
	RuleType          string   `json:"ruleType"`
	UpcChg            []string `json:"upcChg"`
	InitPxLmtPct      string   `json:"initPxLmtPct"`
	FloatPxLmtPct     string   `json:"floatPxLmtPct"`
	MaxPxLmtPct       string   `json:"maxPxLmtPct"`
	InstFamily        string   `json:"instFamily"`
	Underlying        string   `json:"uly"`
	SettleCcy         string   `json:"settleCcy"`
	InstCategory      string   `json:"instCategory"`
	Lever             string   `json:"lever"`
}

// firstCode is the instIdCode of the first instrument listed.
const firstCode = 1_000_000_000

// feeGroup is the one group of fees there is.
const feeGroup = "1"

// codeOf returns the code of the instrument at a place of the list.
func codeOf(place int) int64 { return firstCode + int64(place) }

func codeText(place int) string { return strconv.FormatInt(codeOf(place), 10) }

func newInstrument(i *market.Instrument, codes []string) instrumentRow {
	return instrumentRow{
		InstType: "SPOT", InstID: i.ID, InstIDCode: codeOf(slices.Index(codes, i.ID)), BaseCcy: i.Base, QuoteCcy: i.Quote,
		TradeQuoteCcyList: []string{i.Quote}, TickSz: i.Tick.String(), LotSz: i.Lot.String(), MinSz: i.Min.String(),
		MaxLmtSz: "9999999999", MaxMktSz: "1000000", MaxLmtAmt: "20000000", MaxMktAmt: "1000000",
		MaxStopSz: "1000000", MaxTriggerSz: "9999999999", State: "live", GroupID: feeGroup,
		RuleType: "normal", UpcChg: []string{}, InstCategory: "1",
	}
}

// tickerRow is the day's figures.
type tickerRow struct {
	InstType  string `json:"instType"`
	InstID    string `json:"instId"`
	Last      string `json:"last"`
	LastSz    string `json:"lastSz"`
	AskPx     string `json:"askPx"`
	AskSz     string `json:"askSz"`
	BidPx     string `json:"bidPx"`
	BidSz     string `json:"bidSz"`
	Open24h   string `json:"open24h"`
	High24h   string `json:"high24h"`
	Low24h    string `json:"low24h"`
	VolCcy24h string `json:"volCcy24h"`
	Vol24h    string `json:"vol24h"`
	SodUtc0   string `json:"sodUtc0"`
	SodUtc8   string `json:"sodUtc8"`
	TS        string `json:"ts"`
}

func newTicker(s *server.State, id string) tickerRow {
	t := s.Ticker(id)
	return tickerRow{
		InstType: "SPOT", InstID: id, Last: orEmpty(t.Last.Price), LastSz: orEmpty(t.Last.Size),
		AskPx: orEmpty(t.Ask.Price), AskSz: orEmpty(t.Ask.Size), BidPx: orEmpty(t.Bid.Price), BidSz: orEmpty(t.Bid.Size),
		Open24h: orEmpty(t.Open), High24h: orEmpty(t.High), Low24h: orEmpty(t.Low),
		VolCcy24h: t.QuoteVolume.String(), Vol24h: t.BaseVolume.String(),
		SodUtc0: orEmpty(t.OpenUTC0), SodUtc8: orEmpty(t.OpenUTC0), TS: milli(t.At),
	}
}
