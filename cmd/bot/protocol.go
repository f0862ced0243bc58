package main

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
	"rulebot/exchange/sim"
	"rulebot/strategies"
)

// protocol is what an exchange speaks, at either end of a connection.
type protocol struct {
	name     string // of bot exchange
	exchange string // as a strategies file names it
	adapter
	face
}

// adapter makes our end: who calls the exchange, and who listens to it.
type adapter struct {
	hosts    func(*strategies.Exchange) (door, error) // where the exchange itself is
	own      func(host string) bool                   // whether a host is the exchange's own
	commands func(pace int, t exchange.Timing) *exchange.Bucket
	caller   func(callerConfig) (caller, error)
	feed     func(feedConfig) (live.Feed, error)
	private  func(privateConfig) (live.Feed, error)
	// status asks what is known of maintenance; nil where only the feed tells.
	status func(context.Context, caller) ([]maintenance, error)
	// account says why nothing must be traded with the keys, and what a person
	// should know of them; nil where the exchange does not tell.
	// Unsafe is the word of a person to take keys that can take money out.
	account func(ctx context.Context, c caller, unsafe bool) (warnings []string, err error)
	// cancelAfter has the exchange cancel the orders with a tag unless it is asked
	// again within a time, and no time never; nil where it does not.
	cancelAfter func(ctx context.Context, c caller, tag string, within time.Duration) error
	// lasting tells of an error that asking again does not mend.
	lasting   func(error) bool
	abilities func() exchange.Abilities
	pageMax   int // bars that one call returns
}

// face makes the end of the built-in exchange.
type face struct {
	ws    string // path of the WebSocket, or what those of several begin with
	front func(faceConfig) func(*server.Exchange) (server.Front, error)
	rules func() sim.Rules
	fees  func() sim.Fees
}

// protocols lists what can be spoken; the first one is unless told otherwise.
func protocols() []protocol {
	return []protocol{
		{"okcoin-v3", "okcoin", okcoinAdapter(), okcoinFace()},
		{"okx-v5", "okx", okxAdapter(), okxFace()},
	}
}

// protocolNamed returns the protocol of bot exchange's name for it.
func protocolNamed(name string) (p protocol, known bool) {
	return protocolThat(func(p *protocol) bool { return p.name == name })
}

// protocolOf returns the protocol that the exchange of a file speaks.
func protocolOf(x *strategies.Exchange) protocol {
	p, _ := protocolThat(func(p *protocol) bool { return p.exchange == x.Name })
	return p // loading the file refused other names
}

func protocolThat(fits func(*protocol) bool) (p protocol, found bool) {
	all := protocols()
	for i := range all {
		if fits(&all[i]) {
			return all[i], true
		}
	}
	return all[0], false
}

// caller makes the calls to an exchange: orders, the account, its past, its
// listings and its clock.
type caller interface {
	trader
	archive
	timekeeper
	Close()
}

// trader places orders and reads the account.
type trader interface {
	live.Executor
	live.Account
	live.Keeper
}

// archive is what an exchange keeps of its past, and what it lists.
type archive interface {
	live.History
	BarPage(ctx context.Context, s market.Series, first, last market.Time) ([]market.Bar, error)
	Instruments(ctx context.Context) ([]market.Instrument, error)
}

// timekeeper is an exchange's clock, as asked for and as followed.
type timekeeper interface {
	Time(ctx context.Context) (market.Time, error)
	Now() market.Time
	Measure(ctx context.Context) (warning, err error)
	KeepTime(ctx context.Context, report func(error))
}

// credentials are what an exchange knows us by.
type credentials struct {
	Key, Secret, Passphrase exchange.Secret
}

// callerConfig says where and as whom to make calls.
type callerConfig struct {
	door
	keys   credentials
	now    func() market.Time // the exchange's, as well as we know it
	pace   int                // multiplies the rate limits; 0 is 1
	behind func(time.Duration)
	timing exchange.Timing
}

// streamConfig says where and how to listen.
type streamConfig struct {
	door
	now     func() market.Time
	timing  exchange.Timing
	backoff exchange.Backoff
	dial    func(context.Context, exchange.SessionConfig) (exchange.Conn, error) // nil is exchange.Dial
	report  func(error)
}

// feedConfig says which markets to follow.
type feedConfig struct {
	streamConfig
	instruments []string
	depth       bool              // quotes tell the levels behind them
	announce    func(maintenance) // nil is nobody who listens
}

// privateConfig says whose orders and balances to follow.
type privateConfig struct {
	streamConfig
	keys        credentials
	stamp       func() market.Time // signs the login
	instruments []string
	currencies  []string
	stops       bool // of those that the exchange holds as well
}

// faceConfig says how the built-in exchange serves.
type faceConfig struct {
	front.Options
	environment string // live or demo, where the protocol knows them; empty is demo
}

// The environments of a protocol that knows them.
const (
	environmentDemo = "demo"
	environmentLive = "live"
)

// checkProtocol refuses what cannot be spoken or played.
func (f *exchangeFlags) checkProtocol() error {
	p, known := protocolNamed(f.protocol)
	staged := p.exchange == okxName
	switch {
	case !slices.Contains([]string{"", environmentDemo, environmentLive}, f.environment):
		return misused("--environment %q is neither demo nor live", f.environment)
	case !known:
		return misused("--protocol %q is not in this version: okcoin-v3 and okx-v5 are", f.protocol)
	case f.environment != "" && !staged:
		return misused("--environment is for --protocol okx-v5: %s has no demo", p.name)
	}
	return nil
}

// below reports whether an address is encrypted and of a domain's.
func below(address, domain string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "wss") && (u.Hostname() == domain || strings.HasSuffix(u.Hostname(), "."+domain))
}
