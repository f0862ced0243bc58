package okcoin

import (
	"sync"
	"time"

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

// limit is how many calls a window of time allows. The exchange counts single
// orders and cancels for each instrument apart.
type limit struct {
	calls         int
	window        time.Duration
	perInstrument bool
}

const limitWindow = 2 * time.Second

// limits are, where sources differ, the lowest that any of them states.
var limits = [endpoints]limit{
	getTime:         {calls: 12, window: limitWindow},
	getInstruments:  {calls: 20, window: limitWindow},
	getBook:         {calls: 20, window: limitWindow},
	getTicker:       {calls: 20, window: limitWindow},
	getTickers:      {calls: 20, window: limitWindow},
	getTrades:       {calls: 20, window: limitWindow},
	getCandles:      {calls: 20, window: limitWindow},
	getAccounts:     {calls: 20, window: limitWindow},
	getLedger:       {calls: 10, window: limitWindow},
	getOrder:        {calls: 20, window: limitWindow},
	getOrders:       {calls: 10, window: limitWindow},
	getPending:      {calls: 20, window: limitWindow},
	getFills:        {calls: 10, window: limitWindow},
	getFee:          {calls: 1, window: 10 * time.Second},
	getWallet:       {calls: 6, window: time.Second},
	getStatus:       {calls: 1, window: 5 * time.Second},
	getAlgos:        {calls: 20, window: limitWindow},
	postOrder:       {calls: 100, window: limitWindow, perInstrument: true},
	postBatch:       {calls: 50, window: limitWindow},
	postCancel:      {calls: 100, window: limitWindow, perInstrument: true},
	postCancelBatch: {calls: 20, window: limitWindow},
	postAmend:       {calls: 40, window: limitWindow, perInstrument: true},
	postAlgo:        {calls: 40, window: limitWindow},
	postCancelAlgos: {calls: 20, window: limitWindow},
}

// counted is what the exchange counts the calls of.
type counted struct {
	endpoint   endpoint
	instrument string // "" where all instruments count together
}

// pacer holds the buckets of an account, which everybody who trades on it
// shares. It may be used by many goroutines.
type pacer struct {
	pace   int
	timing exchange.Timing

	mu      sync.Mutex
	buckets map[counted]*exchange.Bucket
	free    time.Time // our address is turned away until then
}

// instrumentsMax bounds the buckets; instruments beyond it share one.
const instrumentsMax = 1024

func newPacer(pace int, timing exchange.Timing) *pacer {
	return &pacer{pace: max(1, pace), timing: timing, buckets: make(map[counted]*exchange.Bucket)}
}

func (p *pacer) bucket(e endpoint, instrument string) *exchange.Bucket {
	l := limits[e]
	k := counted{endpoint: e}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.perInstrument && len(p.buckets) < instrumentsMax {
		k.instrument = instrument
	}
	b := p.buckets[k]
	if b == nil {
		b = exchange.NewBucket(l.calls*p.pace, l.window).On(p.timing)
		if left := p.free.Sub(p.now()); left > 0 {
			b.Complained(left)
		}
		p.buckets[k] = b
	}
	return b
}

// banPause is how long nothing is asked after our address was turned away,
// where the exchange does not say.
const banPause = 2 * time.Minute

// banned closes every call: who goes on asking is turned away for longer.
func (p *pacer) banned(after time.Duration) {
	if after <= 0 {
		after = banPause
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = p.now().Add(after)
	for _, b := range p.buckets {
		b.Complained(after)
	}
}

func (p *pacer) now() time.Time {
	if p.timing.Now != nil {
		return p.timing.Now()
	}
	return time.Now()
}
