package storm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/exchange"
	"rulebot/storm/venue"
)

// Protocol is what the bot and the exchange speak.
type Protocol uint8

// The protocols.
const (
	Okcoin Protocol = iota // v3
	OKX                    // v5
	Both                   // one of them, as the seed has it
)

// Protocols are their names, as the commands write them.
func Protocols() []string { return []string{Okcoin: "okcoin-v3", OKX: "okx-v5", Both: "both"} }

// String names the protocol.
func (p Protocol) String() string { return Protocols()[p] }

// ParseProtocol reads the name of a protocol.
func ParseProtocol(name string) (Protocol, error) {
	for p, known := range Protocols() {
		if known == name {
			return Protocol(p), nil
		}
	}
	return 0, fmt.Errorf("%q is no protocol: write %s", name, strings.Join(Protocols(), ", "))
}

// share is how many seeds make one of OKX's, where both are played.
const share = 4

// of returns which protocol a seed speaks. It is drawn from a random source of
// its own: nothing else of the seed depends on it.
func (p Protocol) of(seed uint64) Protocol {
	switch {
	case p != Both:
		return p
	case rand.New(rand.NewPCG(seed, 5)).IntN(share) == 0:
		return OKX
	}
	return Okcoin
}

func (p Protocol) dialect() *dialect {
	if p == OKX {
		return okxV5()
	}
	return okcoinV3()
}

// dialect is all of a run that depends on its protocol.
type dialect struct {
	face     venue.Face
	connect  func(*bot, *port) (*ends, error)
	endpoint func(method, target string) string // what the exchange counts together
	allowed  func(endpoint string) int          // in two seconds, as the manual has it
	leaves   func(*call)                        // shows what a call carries to the judge
	kept     func(body []byte) string           // the id of a stop that was taken; "" is none
	table    func(text []byte) string           // the channel of a push, or ""
	channels
	words
	habits
	locks bool // a feed's sessions wait for each other while one emits: so it must not sleep then
}

// habits are how an exchange answers.
type habits struct {
	named bool // stops have ids of ours: one that comes twice is told
	plain bool // a complaint about too many calls may come with the status of a success
}

// channels are the names of what is pushed.
type channels struct {
	tables  []string // all, of which each can fall silent
	book    string
	account []string // what is ours
}

// words are what is looked for in calls, and put into answers.
type words struct {
	candles string // endpoint of the past
	hold    string // endpoint that takes stops
	tooMany string
	trouble string
}

// port is what an adapter finds of the world.
type port struct {
	timing exchange.Timing
	warn   func(what string) func(error)
}

// runs is a session of a feed.
type runs func(context.Context, func([]engine.Event)) error

// ends are an adapter's ends that the loop holds.
type ends struct {
	streams  live.Streams
	exchange live.Exchange
	history  live.History
	feeds    []runs
	keepTime func(context.Context)
}

// ours reports whether a channel tells of our orders and balances.
func (c *channels) ours(table string) bool { return slices.Contains(c.account, table) }

// path is that of an address.
func path(url string) string {
	if _, rest, found := strings.Cut(url, "://"); found {
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			return rest[i:]
		}
	}
	return ""
}

// host is where every exchange is.
const host = "storm.invalid"
