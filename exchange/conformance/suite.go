package conformance

import (
	"context"
	"strconv"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// Orders places orders and asks for them: live.Executor.
type Orders interface {
	Submit(ctx context.Context, a risk.Approved) order.Result
	Cancel(ctx context.Context, o order.Order) order.Result
	Order(ctx context.Context, o order.Order, asked market.Time) (order.Evidence, error)
}

// Account reads what the exchange holds of ours: live.Account.
type Account interface {
	OpenOrders(ctx context.Context, instrument string) ([]order.Evidence, error)
	Fills(ctx context.Context, instrument, exchangeID string, since market.Time) ([]order.Fill, error)
	Balances(ctx context.Context, currencies ...string) ([]order.Balance, error)
}

// History reads closed bars and what is listed.
type History interface {
	Bars(ctx context.Context, s market.Series, n int, until market.Time) ([]market.Bar, error)
	Instruments(ctx context.Context) ([]market.Instrument, error)
}

// Stream is a stream of events: live.Feed.
type Stream interface {
	Run(ctx context.Context, emit func([]engine.Event)) error
}

// Market is what the rest of the world does at the exchange. Every method
// returns when all streams have handled what it caused. Times never run back.
type Market interface {
	// Book makes these levels, best first, the market's whole book. A level
	// that is stated unchanged keeps what we took from it.
	Book(at market.Time, bids, asks []market.Level)
	// Trade prints a trade, which fills our orders that rest in its way.
	Trade(at market.Time, t market.Trade)
	// Bar closes a minute.
	Bar(b market.Bar)
	// Settle waits until all streams have handled what our requests caused.
	Settle()
}

// Line is the wire between the adapter's streams and the exchange.
type Line interface {
	// Cut makes the exchange lose every stream's connection, and refuses new
	// ones until Mend.
	Cut()
	// Mend lets the streams connect again.
	Mend()
	// Spoil damages the next book message on its way.
	Spoil()
}

// Flaw is what is wrong with a stranger who uses our key.
type Flaw uint8

// The flaws.
const (
	WrongSecret Flaw = iota + 1
	WrongClock       // five minutes ahead
)

// Exchange is an exchange and the adapter that talks to it. What the exchange
// lacks is nil; the case declares it.
type Exchange struct {
	Orders  Orders
	Batches Batches
	Account Account
	History History
	Feed    func() Stream // public market data of the instrument; another at each call
	Private func() Stream // our orders in the instrument and balances
	// Stranger is an adapter with a flaw: its orders and its private stream.
	Stranger func(f Flaw) (Orders, Stream)
	Market   Market
	Line     Line

	Amend  func(ctx context.Context, a risk.Approved) order.Result
	Holder Holder
	Keeper Keeper
	Records
}

// Records is what an exchange tells of the past and of itself.
type Records struct {
	Ledger  func(ctx context.Context, currency string, p Page) ([]Entry, error)
	Fees    func(ctx context.Context, instrument string) (maker, taker num.Rate, err error)
	Wallet  func(ctx context.Context) ([]order.Balance, error)
	Outages func(ctx context.Context) ([]Outage, error)
}

// Opening is how an exchange begins.
type Opening struct {
	At         market.Time
	Bids, Asks []market.Level // the first book
	Balances   map[string]num.Money
	History    []market.Bar         // closed minutes, the last of which ends at At
	Wallet     map[string]num.Money // beside what trades
	Outage     time.Duration        // from At on, in which the exchange takes no orders
}

// Case is an adapter to be tested, and the exchange to test it with.
type Case struct {
	Instrument   market.Instrument
	Floor        num.Price    // a multiple of the tick around which the suite trades
	Maker, Taker num.Rate     // a maker's may be negative: then pushes need not tell each fill, but queries must
	FeeScale     int          // decimals of a fee, which is rounded against us
	Lacks        []Capability // what the exchange cannot do
	// Open starts an exchange and ends it with the test. It fails the test if
	// the adapter complains of what the exchange says, unless the line was
	// spoiled.
	Open func(t *testing.T, o Opening) *Exchange
}

// begin is when every market of the suite begins: a Monday at ten.
const begin = market.Time(1614592800 * int64(time.Second))

// patience is after how much real time a conversation that hangs is given up.
const patience = 20 * time.Second

// Run runs the suite.
func Run(t *testing.T, c Case) {
	t.Helper()
	for _, group := range [][]conversation{placing, cancelling, refusing, reading, following, losing, batching, holding, keeping, recording} {
		for _, talk := range group {
			t.Run(talk.name, func(t *testing.T) {
				if c.lacks(&talk) {
					c.lacking(t, talk.needs)
					return
				}
				o := c.opening()
				if talk.open != nil {
					talk.open(&c, &o)
				}
				s := c.start(t, o)
				if !s.offers(talk.needs) {
					t.Fatalf("the adapter does not offer %s, and the case does not say that the exchange lacks it", talk.needs)
				}
				talk.run(s)
			})
		}
	}
}

// conversation is one test of the suite.
type conversation struct {
	name  string
	needs Capability                // "" is what every exchange has
	open  func(c *Case, o *Opening) // changes how the exchange begins; may be nil
	run   func(s *session)
}

// opening is the usual beginning: three levels a side and money for some
// orders.
func (c *Case) opening() Opening {
	return Opening{
		At:   begin,
		Bids: []market.Level{c.level(-1, 3000), c.level(-2, 5000), c.level(-5, 9000)},
		Asks: []market.Level{c.level(1, 2000), c.level(2, 4000), c.level(5, 8000)},
		Balances: map[string]num.Money{
			c.Instrument.Base:  c.lots(100_000).Money(),
			c.Instrument.Quote: c.cost(1000, 200_000),
		},
	}
}

// price returns the price so many ticks above the floor.
func (c *Case) price(ticks int64) num.Price {
	var k num.Calc
	p := num.Add(&k, c.Floor, num.Mul(&k, c.Instrument.Tick, whole(ticks)))
	must(k.Err())
	return p
}

// lots returns a quantity of so many lots.
func (c *Case) lots(n int64) num.Quantity {
	var k num.Calc
	q := num.Mul(&k, c.Instrument.Lot, whole(n))
	must(k.Err())
	return q
}

func (c *Case) level(ticks, lots int64) market.Level {
	return market.Level{Price: c.price(ticks), Size: c.lots(lots)}
}

// cost returns what so many lots cost.
func (c *Case) cost(ticks, lots int64) num.Money {
	var k num.Calc
	m := num.Cost(&k, c.price(ticks), c.lots(lots))
	must(k.Err())
	return m
}

// whole returns n as a factor.
func whole(n int64) num.Rate { return num.MustRate(strconv.FormatInt(n, 10)) }

// must ends the test run when the suite's own arithmetic does not fit, which
// a Case of another size mends.
func must(err error) {
	if err != nil {
		panic("conformance: " + err.Error())
	}
}
