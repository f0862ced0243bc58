package venue

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// Unique says which client order ids the venue takes twice.
type Unique uint8

// The three rules that are seen in the wild.
const (
	Always     Unique = iota // an id is refused for ever
	ActiveOnly               // an id of an order that is over is free again
	Never                    // nobody looks
)

// Config is how this venue behaves.
type Config struct {
	Face        Face
	Markets     []MarketConfig
	Balances    map[string]Amount
	Maker       int64 // fees in ten-thousandths
	Taker       int64
	Key, Secret string
	Passphrase  string
	Unique      Unique
	AcceptDelay time.Duration // the most that an accepted order may stay invisible
	Lag         time.Duration // REST shows the state of so long ago
	Partial     int           // in a hundred: how often what trades, trades in parts
	NoZeros     bool          // Okcoin's list of balances leaves out what is zero; OKX's always does
	Habits      Habits
	Random      *rand.Rand
}

// MarketConfig is one instrument.
type MarketConfig struct {
	Base, Quote string
	Price       Amount
	Swing       int // ticks a move, at most
}

// Venue is the exchange. It belongs to one thread.
type Venue struct {
	// Told hears everything that becomes true.
	Told func(Truth)

	cfg     Config
	face    face
	now     time.Duration // since 1970
	markets []*Market
	ledgers
	fills   []Fill
	wallets []wallet
	streams []*Stream
	nextID  int64
	ledger  int64
	trades  int64
	calls   map[string][]time.Duration // by endpoint: when it was called lately
	strikes int                        // calls beyond the limits
	spoken
}

// spoken is what was said, where that matters.
type spoken struct {
	whole  time.Duration // when the whole account was pushed
	forgot bool          // an order was asked for that is known no more
}

// ledgers are the orders of the account.
type ledgers struct {
	orders []*Order          // in the order in which they were accepted
	late   []*Order          // accepted, and not seen yet
	byID   map[string]*Order // those that can be seen, by both ids
	taken  map[string]*Order // by client order id, also those that cannot
	algos  []*Algo           // in the order in which they were taken
}

// Truth is one thing that happened: an order changed, or traded.
type Truth struct {
	At    time.Duration
	Order *Order
	Fill  *Fill // nil unless it traded
}

// wallet is one currency, with all it ever was.
type wallet struct {
	currency    string
	total, hold Amount
	past        []balance
}

type balance struct {
	at          time.Duration
	total, hold Amount
}

// New returns a venue at a time.
func New(cfg Config, now time.Duration) *Venue {
	v := &Venue{cfg: cfg, face: faceOf(cfg.Face), now: now, ledgers: ledgers{byID: make(map[string]*Order), taken: make(map[string]*Order)}, nextID: 7_000_000_000, trades: 9_000_000, calls: make(map[string][]time.Duration)}
	for _, currency := range slices.Sorted(maps.Keys(cfg.Balances)) {
		v.wallets = append(v.wallets, wallet{currency: currency, total: cfg.Balances[currency]})
	}
	for i := range v.wallets {
		v.wallets[i].remember(0)
	}
	for _, m := range cfg.Markets {
		v.markets = append(v.markets, newMarket(v, m))
	}
	return v
}

// Advance moves the venue's clock; it never goes back.
func (v *Venue) Advance(now time.Duration) {
	v.now = max(v.now, now)
	for i := 0; i < len(v.late); {
		o := v.late[i]
		if o.Visible > v.now {
			i++
			continue
		}
		v.late = slices.Delete(v.late, i, i+1)
		o.Visible = v.now
		v.enter(o)
	}
}

// Markets returns the instruments in the order of the config.
func (v *Venue) Markets() []*Market { return v.markets }

// Orders returns every order there ever was, oldest first.
func (v *Venue) Orders() []*Order { return v.orders }

// Fills returns every execution there ever was, oldest first.
func (v *Venue) Fills() []Fill { return v.fills }

// Balance returns what the account holds of a currency.
func (v *Venue) Balance(currency string) Amount { return v.wallet(currency).total }

// Strikes returns how many calls were over the limits.
func (v *Venue) Strikes() int { return v.strikes }

// Calm ends every lag: the venue shows what is true from now on.
func (v *Venue) Calm() {
	v.cfg.AcceptDelay, v.cfg.Lag = 0, 0
	for _, o := range v.late {
		o.Visible = v.now
	}
	for _, a := range v.algos {
		a.Visible = min(a.Visible, v.now)
	}
	v.Advance(v.now)
}

func (v *Venue) wallet(currency string) *wallet {
	for i := range v.wallets {
		if v.wallets[i].currency == currency {
			return &v.wallets[i]
		}
	}
	v.wallets = append(v.wallets, wallet{currency: currency})
	return &v.wallets[len(v.wallets)-1]
}

func (w *wallet) remember(at time.Duration) {
	w.past = append(w.past, balance{at, w.total, w.hold})
}

// asOf returns what the wallet held at a time.
func (w *wallet) asOf(at time.Duration) balance {
	for i := len(w.past) - 1; i > 0; i-- {
		if w.past[i].at <= at {
			return w.past[i]
		}
	}
	return w.past[0]
}

func (v *Venue) market(id string) *Market {
	for _, m := range v.markets {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// seen is the time whose state REST shows.
func (v *Venue) seen() time.Duration { return v.now - v.cfg.Lag }

func (v *Venue) chance(percent int) bool { return v.cfg.Random.IntN(100) < percent }

const timeForm = "2006-01-02T15:04:05.000Z"

func appendTime(b []byte, at time.Duration) []byte {
	return time.Unix(0, int64(at)).UTC().AppendFormat(b, timeForm)
}

func iso(at time.Duration) string { return string(appendTime(nil, at)) }

func digits(n int64) string { return strconv.FormatInt(n, 10) }
