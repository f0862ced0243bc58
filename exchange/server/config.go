package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/sim"
)

// Source yields the market's events in the order of their time: quotes, trades
// and closed bars (of a minute as a rule) of the listed instruments; other kinds
// are passed over. Next fills ev and reports false at the end. It is called by the
// market's goroutine alone and may block on a file, not on a client.
type Source interface {
	Next(ev *engine.Event) (bool, error)
}

// BookSource is a source that knows the whole book behind its quotes, as a
// recording does. After Next gave a quote, Book returns the levels behind it,
// best first, valid until the next call of Next.
type BookSource interface {
	Source
	Book(instrument string) (bids, asks []market.Level)
}

// Front speaks one protocol to the clients. Market and News are called with
// the exchange locked, must not block, and must not keep what they are given.
type Front interface {
	http.Handler
	// Market tells what the market published; s is for what the notice lacks.
	Market(s *State, n *Notice)
	// News tells what the matching engine did: prints of the tape, and orders,
	// fills and balances of accounts.
	News(n *sim.News)
	// Close ends every connection and returns when all of them have ended.
	Close()
}

// Account is a trading account and what it owns at the start.
type Account struct {
	Name     string
	Balances map[string]num.Money // by currency
	Funding  map[string]num.Money // likewise, beside what trades: it is shown, and nothing moves it
}

// Manner is how an exchange tells what happens, beyond what happens itself.
type Manner struct {
	Heartbeat time.Duration // exchange time after which a silent book is published again unchanged; 0 is never
	Pulse     time.Duration // exchange time between pushes of running candles and the ticker while trades come; 0 is only at the close
	Unordered bool          // balances come before the order that moved them or after it, as on the real exchange; else after
}

// Config is what an exchange is made of.
type Config struct {
	Instruments []market.Instrument
	Source      Source
	History     func(instrument string) []market.Bar // closed bars before the source's first event; nil for none
	Clock       Clock
	Front       func(*Exchange) (Front, error)
	Accounts    []Account
	Fees        sim.Fees
	Rules       sim.Rules
	Listen      string        // "" is 127.0.0.1:0
	TLS         *tls.Config   // nil serves plain HTTP/1.1
	StartNow    bool          // shift the market so that it starts at the clock's present
	Align       time.Duration // shift by multiples of it only: a minute where there are bars; 0 is a millisecond
	Changes     []Change      // of instruments, while the market runs
	Manner      Manner        // of telling; zero is that of a stepped run
	Models      Models        // of charging and filling; zero is the plainest
}

// Models are what a simulation may be told beside its fees.
type Models struct {
	Tiers []sim.Tier // ascending; in place of the fees for who trades enough
	Fills sim.Fills
}

// idLetters are what ids of instruments are made of: clients may write them
// small, and they stand in frames as they are.
const idLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

func (c *Config) check() error {
	switch {
	case len(c.Instruments) == 0:
		return errors.New("server: no instrument is listed")
	case slices.ContainsFunc(c.Instruments, func(i market.Instrument) bool { return strings.Trim(i.ID, idLetters) != "" }):
		return errors.New("server: an instrument's id is not made of capitals, digits and dashes")
	case c.Source == nil || c.Clock == nil || c.Front == nil:
		return errors.New("server: source, clock and front are needed")
	}
	return nil
}

// tradable splits the listed instruments: those that the matching engine can
// account for exactly, and those that are only shown.
func tradable(all []market.Instrument) (trade []market.Instrument) {
	for _, inst := range all {
		if _, err := sim.New(sim.Config{Instruments: []market.Instrument{inst}}); err == nil {
			trade = append(trade, inst)
		}
	}
	return trade
}

// first reads the event the market starts with and the shift that makes it
// start at the clock's present.
func (x *Exchange) first(cfg *Config) error {
	more, err := x.source.Next(&x.next)
	if err != nil {
		return fmt.Errorf("server: market: %w", err)
	}
	x.more = more
	if !more || !cfg.StartNow {
		return nil
	}
	step := market.Time(max(cfg.Align, time.Millisecond))
	shift := x.clock.Now() - x.next.At
	x.shift = shift - (shift%step+step)%step
	return nil
}
