package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sirupsen/logrus"

	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange"
	"rulebot/exchange/server"
	"rulebot/strategies"
)

// door is where an exchange is, how to know it, and what it speaks.
type door struct {
	spoken      protocol
	rest, ws    string
	region      string           // whose hosts these are, where an exchange has several; else empty
	environment string           // live or demo, where an exchange has them
	unsafe      bool             // a key that can take money out is warned of, not refused
	tls         *tls.Config      // nil is the system's roots
	budget      *exchange.Bucket // of what all streams ask for
	speed       int              // times the wall clock's, of an exchange on this machine; 0 is 1
}

// doorOf is where the exchange of a file is, but for the built-in one.
func doorOf(f *strategies.File) (door, error) {
	spoken := protocolOf(&f.Exchange)
	d := door{rest: f.Exchange.REST, ws: f.Exchange.WS}
	var err error
	if d.rest == "" && !f.Exchange.Builtin {
		if d, err = spoken.hosts(&f.Exchange); err != nil {
			return d, misused("%s: exchange: %v", f.Name, err)
		}
	}
	d.spoken, d.environment, d.unsafe = spoken, f.Exchange.Environment, f.Exchange.UnsafeKey
	d.tls, err = trusting(f)
	return d, err
}

// connection is an exchange that a run is connected to.
type connection struct {
	name  string // for the store: okcoin, okcoin-builtin
	title string // for people
	door
	keys   credentials
	client caller
	clock  live.Clock
	base   market.Timeframe
	equity func(quote string) num.Money
	fresh  bool // in this process: a new account and a new store every run
	offers
	voice

	builtin *server.Exchange // nil unless in this process
	trouble *trouble         // of a drill; else nil
	files   []closer
}

// offers are what there is to trade.
type offers struct {
	listed  []market.Instrument
	covered []string // instruments that the market says something about; nil is all
	refused refusals // orders after which they are looked at; nil where they do not change
}

// voice is where a connection speaks, and what it must not say.
type voice struct {
	log      logrus.FieldLogger
	hide     *exchange.Redactor
	announce func(maintenance) // what the exchange says of its maintenance; nil is nobody who listens
}

type closer interface{ Close() error }

// mayTradeLive refuses a live run that lacks any of what live needs.
func mayTradeLive(o *runFlags, f *strategies.File) error {
	if here := loopback(f.Exchange.REST); f.Exchange.REST != "" && here != loopback(f.Exchange.WS) {
		return misused("%s: exchange.endpoint names two exchanges, %s for orders and %s for prices: one of them is on this machine", f.Name, f.Exchange.REST, f.Exchange.WS)
	}
	if !o.live || f.Exchange.Builtin || loopback(f.Exchange.REST) {
		return nil // nothing is at risk
	}
	spoken := protocolOf(&f.Exchange)
	for _, address := range [...]string{f.Exchange.REST, f.Exchange.WS} {
		if address != "" && f.Exchange.CA == "" && !spoken.own(address) {
			return misused("live trading was not started: %s is no host of %s; leave exchange.endpoint out for the real exchange, or name the certificate to know the other one by in exchange.endpoint.ca", address, spoken.exchange)
		}
	}
	var lacks []string
	if f.Mode != strategies.Live {
		lacks = append(lacks, "mode: live in "+f.Name)
	}
	if os.Getenv("BOT_LIVE_CONFIRM") != f.Account.Alias {
		lacks = append(lacks, "BOT_LIVE_CONFIRM="+f.Account.Alias+" in the environment")
	}
	for _, key := range f.Risk.Missing() {
		lacks = append(lacks, "risk."+key+" in "+f.Name)
	}
	if len(lacks) > 0 {
		return misused("live trading was not started; it also needs %s", strings.Join(lacks, ", "))
	}
	return nil
}

func loopback(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// connect starts the built-in exchange, or finds the real one.
func connect(ctx context.Context, o *runFlags, f *strategies.File, log logrus.FieldLogger, hide *exchange.Redactor) (*connection, error) {
	d, err := doorOf(f)
	if err != nil {
		return nil, err
	}
	c := &connection{name: f.Exchange.Name, door: d, base: market.Minute, equity: startEquity(f), voice: voice{log: log, hide: hide}, trouble: o.trouble}
	if f.Exchange.Builtin {
		err = c.startBuiltin(ctx, o, f)
	} else {
		err = c.dial(ctx, o)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// dial finds an exchange that runs elsewhere: its time, then its listings.
func (c *connection) dial(ctx context.Context, o *runFlags) error {
	c.title = c.rest
	if c.environment == environmentDemo {
		c.title += ", demo trading"
		c.name += "-" + environmentDemo // another account than with real money, so another store
	}
	if o.speed > 1 && !loopback(c.rest) {
		return misused("--speed is for a built-in exchange; %s runs at its own", c.rest)
	}
	if o.market != "" || o.seed != 0 || o.days >= 0 {
		return misused("--market, --seed and --days choose what the built-in exchange plays; %s is not in this process", c.rest)
	}
	var err error
	if c.keys, err = clientKeys(o.live, loopback(c.rest), c.hide); err != nil {
		return err
	}
	began := time.Now()
	wall := func() market.Time { return market.TimeOf(time.Now()) }
	scout, err := c.spoken.caller(callerConfig{door: c.door, keys: c.keys, now: wall})
	if err != nil {
		return err
	}
	defer scout.Close()
	now, err := scout.Time(ctx)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", c.rest, err)
	}
	c.clock = live.NewReal(now.Add(time.Since(began)/2*time.Duration(max(o.speed, 1))), o.speed)
	c.speed = max(o.speed, 1)
	c.refused = make(refusals, 1)
	if err := c.newClient(c.speed); err != nil {
		return err
	}
	if c.listed, err = c.client.Instruments(ctx); err != nil {
		return fmt.Errorf("%s does not list its instruments: %w", c.rest, err)
	}
	if !o.live || c.spoken.account == nil {
		return nil
	}
	warnings, err := c.spoken.account(ctx, c.client, c.unsafe)
	for _, text := range warnings {
		c.log.Warn(text)
	}
	if err != nil {
		return fmt.Errorf("live trading was not started: %w", c.hide.Error(err))
	}
	return nil
}

// trusting returns how to know the exchange: by the certificates that the file
// names, or nil for the system's.
func trusting(f *strategies.File) (*tls.Config, error) {
	name := f.Exchange.CA
	if name == "" {
		return nil, nil
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(f.Name), name)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, misused("exchange.endpoint.ca: %v", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, misused("exchange.endpoint.ca: %s holds no certificate in PEM", name)
	}
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, nil
}

func (c *connection) newClient(pace int) error {
	cfg := callerConfig{door: c.door, keys: c.keys, now: c.clock.Now, pace: pace}
	if run, ok := c.clock.(*live.Real); ok {
		cfg.behind = func(by time.Duration) {
			c.log.WithField("by", by.Round(time.Millisecond)).Warn("the run's clock stood still; it is moved on")
			run.MoveOn(by)
		}
	}
	cfg.timing = c.trouble.timing()
	c.budget = c.spoken.commands(pace, cfg.timing)
	var err error
	c.client, err = c.spoken.caller(cfg)
	return err
}

// wall is the clock that goes on while the machine sleeps; nil where the market
// is in this process, and sleeps as well.
func (c *connection) wall() func() time.Time {
	if c.builtin != nil {
		return nil
	}
	return func() time.Time { return time.Now().Round(0) } // without the monotonic reading
}

// moved returns how far the run clock was moved on; nil where it never is.
func (c *connection) moved() func() time.Duration {
	if run, ok := c.clock.(*live.Real); ok {
		return run.Moved
	}
	return nil
}

// bootBits returns how the start's part of the client order ids is made: at
// random where an exchange remembers our orders, else counted.
func (c *connection) bootBits(liveRun bool) func() uint64 {
	if !liveRun || c.fresh {
		return nil
	}
	return func() uint64 {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails: the program would have ended
		return binary.BigEndian.Uint64(b[:]) >> 24
	}
}

func (c *connection) stream() streamConfig {
	return streamConfig{
		door: c.door, now: c.clock.Now, timing: exchange.Timing{Wall: c.wall()},
		report: func(err error) { c.log.WithError(err).Warn("stream") },
	}
}

func (c *connection) feed(s *setup) (live.Feed, error) {
	feed, err := c.followed(func(cfg streamConfig) (live.Feed, error) {
		return c.spoken.feed(feedConfig{streamConfig: cfg, instruments: ids(s.instruments), depth: s.deep() || c.builtin == nil, announce: c.announce})
	})
	if err != nil {
		return nil, err
	}
	return c.withListings(s, feed), nil
}

// followed makes a stream as the loop sees it.
func (c *connection) followed(open func(streamConfig) (live.Feed, error)) (live.Feed, error) {
	cfg := c.stream()
	if c.trouble != nil {
		t := &tether{trouble: c.trouble}
		cfg.timing.Now, cfg.dial = c.trouble.timing().Now, t.dial
		cfg.backoff = exchange.Backoff{Sleep: t.sleep, Random: t.draw}
	}
	feed, err := open(cfg)
	return shieldedFeed{feed, c.hide}, err
}

// currencies are those that trading some instruments moves.
func currencies(instruments []market.Instrument) []string {
	var list []string
	for i := range instruments {
		for _, name := range [...]string{instruments[i].Base, instruments[i].Quote} {
			if !slices.Contains(list, name) {
				list = append(list, name)
			}
		}
	}
	return list
}

func (c *connection) private(s *setup) (live.Feed, error) {
	return c.followed(func(cfg streamConfig) (live.Feed, error) {
		return c.spoken.private(privateConfig{
			streamConfig: cfg, keys: c.keys, stamp: c.client.Now, instruments: ids(s.instruments), currencies: currencies(s.instruments), stops: holdsStops(s),
		})
	})
}

// shielded is the client as the loop sees it.
func (c *connection) shielded() shield {
	s := shield{executor: c.client, account: c.client, keeper: c.client, history: c.client, hide: c.hide, refused: c.refused}
	if c.trouble != nil {
		calls := clocked{c.client, c.trouble.clock, c.trouble.clock.Now(), &c.trouble.measured, func(err error) { c.log.WithError(err).Warn("clock") }}
		s.executor, s.account = calls, calls
	}
	return s
}

// keepTime follows an exchange's clock that is not ours until ctx is done.
func (c *connection) keepTime(ctx context.Context) {
	if !c.fresh {
		c.client.KeepTime(ctx, func(err error) { c.log.WithError(err).Warn("clock") })
	}
}

// holdsStops tells whether a strategy wants a stop that the exchange holds.
func holdsStops(s *setup) bool {
	for i := range s.file.Strategies {
		if s.file.Strategies[i].Exits.StopLoss.AtExchange {
			return true
		}
	}
	return false
}

func baseSeries(s *setup) []market.Series {
	series := make([]market.Series, 0, len(s.instruments))
	for _, in := range s.instruments {
		series = append(series, market.Series{Instrument: in.ID, Timeframe: s.base})
	}
	return series
}

func (c *connection) close() error {
	var errs []error
	if c.client != nil {
		c.client.Close()
	}
	if c.builtin != nil {
		errs = append(errs, c.builtin.Close())
	}
	for _, f := range c.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
