package okx

import (
	"maps"
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange"
)

// endpoint is a call with a rate limit of its own.
type endpoint int

const (
	getTime endpoint = iota
	getStatus
	getInstruments
	getBook
	getCandles
	getHistoryCandles
	getConfig
	getBalance
	getFee
	getAvailable
	getOrder
	getPending
	getHistory
	getFills
	getFillsHistory
	getAlgo
	getAlgos
	postOrder
	postBatch
	postCancel
	postCancelBatch
	postCancelAfter
	postAlgo
	postCancelAlgos
	endpoints
)

const limitWindow = 2 * time.Second

// limits are half of what the exchange documents: several programs may use one
// account, and windows do not begin where ours do.
var limits = [endpoints]exchange.Limit{
	getTime:           {Calls: 5, Window: limitWindow},
	getStatus:         {Calls: 1, Window: 10 * time.Second},
	getInstruments:    {Calls: 10, Window: limitWindow},
	getBook:           {Calls: 20, Window: limitWindow},
	getCandles:        {Calls: 20, Window: limitWindow},
	getHistoryCandles: {Calls: 10, Window: limitWindow},
	getConfig:         {Calls: 2, Window: limitWindow},
	getBalance:        {Calls: 5, Window: limitWindow},
	getFee:            {Calls: 2, Window: limitWindow},
	getAvailable:      {Calls: 10, Window: limitWindow},
	getOrder:          {Calls: 30, Window: limitWindow, PerInstrument: true},
	getPending:        {Calls: 30, Window: limitWindow},
	getHistory:        {Calls: 20, Window: limitWindow},
	getFills:          {Calls: 30, Window: limitWindow},
	getFillsHistory:   {Calls: 5, Window: limitWindow},
	getAlgo:           {Calls: 10, Window: limitWindow},
	getAlgos:          {Calls: 10, Window: limitWindow},
	postOrder:         {Calls: 30, Window: limitWindow, PerInstrument: true},
	postBatch:         {Calls: 7, Window: limitWindow}, // of 20 orders each
	postCancel:        {Calls: 30, Window: limitWindow, PerInstrument: true},
	postCancelBatch:   {Calls: 7, Window: limitWindow},
	postCancelAfter:   {Calls: 1, Window: time.Second},
	postAlgo:          {Calls: 10, Window: limitWindow, PerInstrument: true},
	postCancelAlgos:   {Calls: 5, Window: limitWindow},
}

// pacer holds the buckets of an account.
type pacer struct{ *exchange.Pacer }

func (p pacer) bucket(e endpoint, instrument string) *exchange.Bucket {
	return p.Bucket(int(e), limits[e], instrument)
}

// Abilities are what this exchange does of what a strategy may want. It keeps
// years of candles.
func Abilities() exchange.Abilities {
	var candles []market.Timeframe
	for length := range barNames { // sorted below
		candles = append(candles, market.Timeframe(length))
	}
	slices.Sort(candles)
	return exchange.Abilities{
		Candles: candles,
		InForce: slices.Sorted(maps.Keys(orderTypes)),
		Stops:   true,
		Orders:  limits[postOrder],
	}
}
