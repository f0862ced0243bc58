package okcoin

import (
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange"
)

// endpoint is a call with a rate limit of its own.
type endpoint int

const (
	getTime endpoint = iota
	getInstruments
	getBook
	getTicker
	getTickers
	getTrades
	getCandles
	getAccounts
	getLedger
	getOrder
	getOrders
	getPending
	getFills
	getFee
	getWallet
	getStatus
	getAlgos
	postOrder
	postBatch
	postCancel
	postCancelBatch
	postAmend
	postAlgo
	postCancelAlgos
	endpoints
)

const limitWindow = 2 * time.Second

// limits are, where sources differ, the lowest that any of them states. The
// exchange counts single orders and cancels for each instrument apart.
var limits = [endpoints]exchange.Limit{
	getTime:         {Calls: 12, Window: limitWindow},
	getInstruments:  {Calls: 20, Window: limitWindow},
	getBook:         {Calls: 20, Window: limitWindow},
	getTicker:       {Calls: 20, Window: limitWindow},
	getTickers:      {Calls: 20, Window: limitWindow},
	getTrades:       {Calls: 20, Window: limitWindow},
	getCandles:      {Calls: 20, Window: limitWindow},
	getAccounts:     {Calls: 20, Window: limitWindow},
	getLedger:       {Calls: 10, Window: limitWindow},
	getOrder:        {Calls: 20, Window: limitWindow},
	getOrders:       {Calls: 10, Window: limitWindow},
	getPending:      {Calls: 20, Window: limitWindow},
	getFills:        {Calls: 10, Window: limitWindow},
	getFee:          {Calls: 1, Window: 10 * time.Second},
	getWallet:       {Calls: 6, Window: time.Second},
	getStatus:       {Calls: 1, Window: 5 * time.Second},
	getAlgos:        {Calls: 20, Window: limitWindow},
	postOrder:       {Calls: 100, Window: limitWindow, PerInstrument: true},
	postBatch:       {Calls: 50, Window: limitWindow},
	postCancel:      {Calls: 100, Window: limitWindow, PerInstrument: true},
	postCancelBatch: {Calls: 20, Window: limitWindow},
	postAmend:       {Calls: 40, Window: limitWindow, PerInstrument: true},
	postAlgo:        {Calls: 40, Window: limitWindow},
	postCancelAlgos: {Calls: 20, Window: limitWindow},
}

// pacer holds the buckets of an account.
type pacer struct{ *exchange.Pacer }

func (p pacer) bucket(e endpoint, instrument string) *exchange.Bucket {
	return p.Bucket(int(e), limits[e], instrument)
}

// Abilities are what this exchange does of what a strategy may want. It keeps
// 1,440 to 2,000 candles of each length.
func Abilities() exchange.Abilities {
	return exchange.Abilities{
		Candles: []market.Timeframe{
			market.Minute, 3 * market.Minute, 5 * market.Minute, 15 * market.Minute, 30 * market.Minute, market.Hour, 2 * market.Hour,
			4 * market.Hour, 6 * market.Hour, 12 * market.Hour, market.Day, market.Week,
		},
		Kept:    1440,
		InForce: []order.TimeInForce{order.GTC, order.PostOnly, order.FOK, order.IOC},
		Stops:   true,
		Orders:  limits[postOrder],
	}
}
