package okcoin

import (
	"iter"
	"net/http"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server"
	"rulebot/exchange/server/faults"
	"rulebot/exchange/server/front"
	"rulebot/exchange/sim"
)

// Path is where the WebSocket lives.
const Path = "/ws/v3"

// Options are what a front may be told.
type Options struct {
	Accounts      []Account
	Speed         int           // of the exchange's clock against the wall's; 0 is 1
	RefusedStatus int           // HTTP status of a refused order; 0 is 200
	Idle          time.Duration // real time after which a silent connection is closed; 0 is 30 s
	Level         int           // of compression, 1 to 9; 0 is 1, the cheapest
	// Pace multiplies the documented rate limits; 0 is 1. It is for a client
	// that works while the market stands still, and cannot wait for its time.
	Pace int
	// Faults are what goes wrong on demand; nil is nothing. Their times count
	// from when the front was made.
	Faults *faults.Plan
	// Farewell is called when a fault ends a connection, and the clock was held
	// for it: who listens there lets go of it when it has noticed. It makes a
	// drill of the faults, which begin when the market moves. Nil holds nothing.
	Farewell func()
}

func (o Options) withDefaults() Options {
	if o.RefusedStatus == 0 {
		o.RefusedStatus = http.StatusOK
	}
	if o.Level == 0 {
		o.Level = 1
	}
	return o
}

// Front is the Okcoin v3 face of one exchange.
type Front struct {
	*front.Desk[topic]
	opt     Options
	x       *server.Exchange
	mux     *http.ServeMux
	encoder *encoder // under the exchange's lock
}

// New returns the maker of a front, for server.Config.
func New(opt Options) func(*server.Exchange) (server.Front, error) {
	return func(x *server.Exchange) (server.Front, error) {
		opt := opt.withDefaults()
		e, err := newEncoder(opt.Level)
		if err != nil {
			return nil, err
		}
		f := &Front{opt: opt, x: x, encoder: e, mux: http.NewServeMux()}
		f.Desk = front.NewDesk[topic](x, front.Options{
			Accounts: opt.Accounts, Speed: opt.Speed, Idle: opt.Idle, Pace: opt.Pace,
			Faults: opt.Faults, Farewell: opt.Farewell,
		})
		f.routes()
		return f, nil
	}
}

// ServeHTTP serves REST calls and the WebSocket.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.Enter() {
		http.Error(w, "closing", http.StatusServiceUnavailable)
		return
	}
	defer f.Leave()
	if path := r.URL.Path; len(path) > 1 && strings.HasSuffix(path, "/") {
		r.URL.Path = strings.TrimRight(path, "/") // some clients end paths so
	}
	f.mux.ServeHTTP(w, r)
}

// Market pushes what the market published to who subscribed to it.
func (f *Front) Market(s *server.State, n *server.Notice) {
	f.tellUpkeep()
	switch n.Kind {
	case server.NoticeBook:
		f.pushBook(n)
	case server.NoticeCandle:
		f.pushCandles(s, n)
	case server.NoticeMoved:
		f.pushRunning(s, n)
	case server.NoticeTicker:
		t := topic{channel: chanTicker, filter: n.Instrument}
		if list := f.Subscribers(t); len(list) > 0 {
			f.Send(t, list, f.encoder.ticker(n.Instrument, s.Ticker(n.Instrument)))
		}
	}
}

func (f *Front) pushBook(n *server.Notice) {
	for _, c := range [...]channel{chanTick, chanDepth} {
		t := topic{channel: c, filter: n.Instrument}
		if list := f.Subscribers(t); len(list) > 0 {
			f.Send(t, list, f.encoder.book(t, "update", n.BidDiff, n.AskDiff, n))
		}
	}
	t := topic{channel: chanDepth5, filter: n.Instrument}
	if list := f.Subscribers(t); len(list) > 0 {
		f.Send(t, list, f.encoder.book(t, "", best5(n.Bids), best5(n.Asks), n))
	}
}

func best5(levels []market.Level) []market.Level { return levels[:min(5, len(levels))] }

// pushCandles pushes a candle, and the longer ones it is part of.
func (f *Front) pushCandles(s *server.State, n *server.Notice) {
	for t, list := range f.candleTopics(n.Instrument) {
		c, tf := n.Candle, timeframe(t.seconds)
		switch longer := tf != c.Timeframe; {
		case tf%c.Timeframe != 0, longer && !n.Closed && tf.Open(c.Open) != c.Open:
			continue // not made of such candles, or goes on
		case longer && n.Closed:
			c = s.Candles(n.Instrument, tf, 0, c.Open, 1)[0] // c itself is in it
		}
		f.Send(t, list, f.encoder.candle(t, &c))
	}
}

// candleTopics yields the lengths of an instrument's candles that somebody
// follows, the shortest first.
func (f *Front) candleTopics(instrument string) iter.Seq2[topic, []*front.Session[topic]] {
	return func(yield func(topic, []*front.Session[topic]) bool) {
		for _, seconds := range granularities {
			t := topic{channel: chanCandle, seconds: seconds, filter: instrument}
			if list := f.Subscribers(t); len(list) > 0 && !yield(t, list) {
				return
			}
		}
	}
}

// pushRunning pushes the candles under way.
func (f *Front) pushRunning(s *server.State, n *server.Notice) {
	for t, list := range f.candleTopics(n.Instrument) {
		if c, ok := s.Running(n.Instrument, timeframe(t.seconds)); ok {
			f.Send(t, list, f.encoder.candle(t, &c))
		}
	}
}

// News pushes prints to everyone and orders and balances to their owner.
func (f *Front) News(n *sim.News) {
	switch n.Kind {
	case sim.NewsTrade:
		t := topic{channel: chanTrade, filter: n.Instrument}
		if list := f.Subscribers(t); len(list) > 0 {
			f.Send(t, list, f.encoder.trade(n.Instrument, &server.Print{Trade: n.Trade, At: n.At}))
		}
	case sim.NewsOrder:
		f.sendOwner(n, topic{channel: chanOrder, filter: n.Instrument})
	case sim.NewsBalance:
		f.sendOwner(n, topic{channel: chanAccount, filter: n.Balance.Currency})
	case sim.NewsAlgo:
		f.sendOwner(n, topic{channel: chanAlgo, filter: n.Instrument})
	case sim.NewsFill: // its order follows and tells it
	}
}

func (f *Front) sendOwner(n *sim.News, t topic) {
	f.SendOwner(t, n.Account, func() []byte { return f.encoder.own(n) })
}
