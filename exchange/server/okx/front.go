package okx

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/server"
	"rulebot/exchange/server/faults"
	"rulebot/exchange/server/front"
	"rulebot/exchange/sim"
)

// The paths of the WebSockets.
const (
	PathPublic   = "/ws/v5/public"
	PathPrivate  = "/ws/v5/private"
	PathBusiness = "/ws/v5/business"
)

// Options are what a front may be told.
type Options struct {
	Accounts []Account
	Demo     bool          // it plays the demo environment: requests carry x-simulated-trading: 1
	Speed    int           // of the exchange's clock against the wall's; 0 is 1
	Idle     time.Duration // real time after which a silent connection is closed; 0 is 30 s
	Pace     int           // multiplies the documented rate limits; 0 is 1
	Faults   *faults.Plan  // what goes wrong on demand; nil is nothing
	Farewell func()        // called when a fault ends a connection, and the clock was held for it
}

// Front is the OKX v5 face of one exchange.
type Front struct {
	*front.Desk[topic]
	opt Options
	x   *server.Exchange
	mux *http.ServeMux

	connected atomic.Uint64 // connections so far

	codes []string         // the instrument of each instIdCode
	desk  desk             // under the exchange's lock
	books map[string]int64 // sequence number of each book; under the exchange's lock
}

// New returns the maker of a front, for server.Config.
func New(opt Options) func(*server.Exchange) (server.Front, error) {
	return func(x *server.Exchange) (server.Front, error) {
		f := &Front{opt: opt, x: x, mux: http.NewServeMux(), books: map[string]int64{}, desk: newDesk()}
		f.Desk = front.NewDesk[topic](x, front.Options{
			Accounts: opt.Accounts, Speed: opt.Speed, Idle: opt.Idle, Pace: opt.Pace,
			Faults: opt.Faults, Farewell: opt.Farewell,
		})
		x.With(func(s *server.State) {
			for _, inst := range s.Instruments() {
				f.codes = append(f.codes, inst.ID)
			}
		})
		f.routes()
		return f, nil
	}
}

// Rules are the exchange's bounds on one order: none takes more than 5 % beyond
// the best price, and no market order is worth more than a million dollars.
func Rules() sim.Rules {
	most := num.MustMoney("1000000")
	return sim.Rules{
		Guard:     num.MustRate("0.05"),
		MarketMax: map[string]num.Money{"USD": most, "USDT": most, "USDC": most},
	}
}

// ServeHTTP serves REST calls and the WebSockets.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !f.Enter() {
		http.Error(w, "closing", http.StatusServiceUnavailable)
		return
	}
	defer f.Leave()
	f.mux.ServeHTTP(w, r)
}

// milli writes a time as the protocol does; "" for none.
func milli(t market.Time) string {
	if t == 0 {
		return ""
	}
	return strconv.FormatInt(t.Milli(), 10)
}

// orEmpty returns the text of a, or "" for what was not given.
func orEmpty[U num.Unit](a num.Amount[U]) string {
	if a.IsZero() {
		return ""
	}
	return a.String()
}
