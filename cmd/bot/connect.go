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
	"rulebot/exchange/okcoin"
	"rulebot/exchange/server"
	"rulebot/strategies"
)

// The real exchange's hosts.
const (
	okcoinREST = "https://www.okcoin.com"
	okcoinWS   = "wss://real.okcoin.com:8443/ws/v3"
)

// door is where an exchange is, and how to know it.
type door struct {
	rest, ws string
	tls      *tls.Config      // nil is the system's roots
	budget   *exchange.Bucket // of what all streams ask for
}

// connection is an exchange that a run is connected to.
type connection struct {
	name  string // for the store: okcoin, okcoin-builtin
	title string // for people
	door
	keys    okcoin.Keys
	client  *okcoin.Client
	clock   live.Clock
	listed  []market.Instrument
	covered []string // instruments that the market says something about; nil is all
	base    market.Timeframe
	equity  func(quote string) num.Money
	fresh   bool // in this process: a new account and a new store every run
	voice

	builtin *server.Exchange // nil unless in this process
	trouble *trouble         // of a drill; else nil
	files   []closer
}

// voice is where a connection speaks, and what it must not say.
type voice struct {
	log  logrus.FieldLogger
	hide *exchange.Redactor
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
	for _, address := range [...]string{f.Exchange.REST, f.Exchange.WS} {
		if address != "" && f.Exchange.CA == "" && !okcoinHost(address) {
			return misused("live trading was not started: %s is no host of okcoin; leave exchange.endpoint out for the real exchange, or name the certificate to know the other one by in exchange.endpoint.ca", address)
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

// okcoinHost reports whether an address is one of the real exchange.
func okcoinHost(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "wss") && (u.Hostname() == "okcoin.com" || strings.HasSuffix(u.Hostname(), ".okcoin.com"))
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
	if f.Exchange.Name != "okcoin" {
		return nil, misused("exchange %s is not in this version", f.Exchange.Name)
	}
	c := &connection{name: "okcoin", door: door{rest: f.Exchange.REST, ws: f.Exchange.WS}, base: market.Minute, equity: startEquity(f), voice: voice{log, hide}, trouble: o.trouble}
	var err error
	if f.Exchange.Builtin {
		err = c.startBuiltin(ctx, o, f)
	} else {
		err = c.dial(ctx, o, f)
	}
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// dial finds an exchange that runs elsewhere: its time, then its listings.
func (c *connection) dial(ctx context.Context, o *runFlags, f *strategies.File) error {
	if c.rest == "" {
		c.rest, c.ws = okcoinREST, okcoinWS
	}
	var err error
	if c.tls, err = trusting(f); err != nil {
		return err
	}
	c.title = c.rest
	if o.speed > 1 && !loopback(c.rest) {
		return misused("--speed is for a built-in exchange; %s runs at its own", c.rest)
	}
	if o.market != "" || o.seed != 0 || o.days >= 0 {
		return misused("--market, --seed and --days choose what the built-in exchange plays; %s is not in this process", c.rest)
	}
	if c.keys, err = clientKeys(o.live, loopback(c.rest), c.hide); err != nil {
		return err
	}
	began := time.Now()
	wall := func() market.Time { return market.TimeOf(time.Now()) }
	scout, err := okcoin.NewClient(okcoin.ClientConfig{Base: c.rest, TLS: c.tls, Keys: c.keys, Now: wall})
	if err != nil {
		return err
	}
	defer scout.Close()
	now, err := scout.Time(ctx)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", c.rest, err)
	}
	c.clock = live.NewReal(now.Add(time.Since(began)/2*time.Duration(max(o.speed, 1))), o.speed)
	if err := c.newClient(max(o.speed, 1)); err != nil {
		return err
	}
	if c.listed, err = c.client.Instruments(ctx); err != nil {
		return fmt.Errorf("%s does not list its instruments: %w", c.rest, err)
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
	cfg := okcoin.ClientConfig{Base: c.rest, TLS: c.tls, Keys: c.keys, Now: c.clock.Now, Pace: pace}
	if run, ok := c.clock.(*live.Real); ok {
		cfg.Behind = func(by time.Duration) {
			c.log.WithField("by", by.Round(time.Millisecond)).Warn("the run's clock stood still; it is moved on")
			run.MoveOn(by)
		}
	}
	cfg.Timing = c.trouble.timing()
	c.budget = okcoin.NewCommands(pace, cfg.Timing)
	var err error
	c.client, err = okcoin.NewClient(cfg)
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

func (c *connection) stream() okcoin.StreamConfig {
	return okcoin.StreamConfig{
		Session:  exchange.SessionConfig{URL: c.ws, TLS: c.tls},
		Commands: c.budget,
		Now:      c.clock.Now,
		Timing:   exchange.Timing{Wall: c.wall()},
		Report:   func(err error) { c.log.WithError(err).Warn("stream") },
	}
}

func (c *connection) feed(s *setup) live.Feed {
	return c.withListings(s, c.followed(func(cfg okcoin.StreamConfig) live.Feed {
		return okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: cfg, Instruments: ids(s.instruments), Depth: s.deep() || c.builtin == nil})
	}))
}

// followed makes a stream as the loop sees it.
func (c *connection) followed(open func(okcoin.StreamConfig) live.Feed) live.Feed {
	cfg := c.stream()
	if c.trouble == nil {
		return shieldedFeed{open(cfg), c.hide}
	}
	t := &tether{trouble: c.trouble}
	cfg.Timing.Now, cfg.Dial = c.trouble.timing().Now, t.dial
	cfg.Backoff = exchange.Backoff{Sleep: t.sleep, Random: t.draw}
	return tethered{shieldedFeed{open(cfg), c.hide}, t}
}

func (c *connection) private(s *setup) live.Feed {
	var currencies []string
	for _, in := range s.instruments {
		for _, name := range [...]string{in.Base, in.Quote} {
			if !slices.Contains(currencies, name) {
				currencies = append(currencies, name)
			}
		}
	}
	return c.followed(func(cfg okcoin.StreamConfig) live.Feed {
		return okcoin.NewPrivate(okcoin.PrivateConfig{StreamConfig: cfg, Keys: c.keys, Stamp: c.client.Now, Instruments: ids(s.instruments), Currencies: currencies, OnAlgo: onAlgo(s)})
	})
}

// shielded is the client as the loop sees it.
func (c *connection) shielded() shield {
	s := shield{executor: c.client, account: c.client, keeper: c.client, history: c.client, hide: c.hide}
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

// onAlgo has the stops that the exchange holds pushed where a strategy has any.
func onAlgo(s *setup) func(okcoin.Algo) {
	for i := range s.file.Strategies {
		if s.file.Strategies[i].Exits.StopLoss.AtExchange {
			return func(okcoin.Algo) {} // the events that come with it are enough
		}
	}
	return nil
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
