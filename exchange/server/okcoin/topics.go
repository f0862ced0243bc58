package okcoin

import (
	"slices"
	"strconv"
	"strings"

	"rulebot/engine/market"
	"rulebot/exchange/server"
)

// channel is a kind of stream.
type channel uint8

const (
	chanTicker channel = iota + 1
	chanTrade
	chanCandle
	chanTick // every change of the book
	chanDepth
	chanDepth5
	chanOrder
	chanAccount
	chanAlgo
	chanStatus // of the exchange: it has no filter
)

// statusTopic is the one topic that has no filter.
const statusTopic = "system/status"

// channels lists the channels without a parameter.
var channels = [...]struct {
	name    string
	channel channel
}{
	{"spot/ticker", chanTicker},
	{"spot/trade", chanTrade},
	{"spot/depth_l2_tbt", chanTick},
	{"spot/depth", chanDepth},
	{"spot/depth5", chanDepth5},
	{"spot/order", chanOrder},
	{"spot/account", chanAccount},
	{"spot/order_algo", chanAlgo},
}

// granularities are the lengths of candles in seconds.
var granularities = [...]int{60, 180, 300, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 604800}

// topic is one stream a client can subscribe to.
type topic struct {
	channel channel
	seconds int    // of a candle
	filter  string // instrument, or currency for accounts
}

func (t topic) private() bool {
	return t.channel == chanOrder || t.channel == chanAccount || t.channel == chanAlgo
}

// String returns the topic as clients write it.
func (t topic) String() string {
	if t.channel == chanStatus {
		return statusTopic
	}
	return t.Name() + ":" + t.filter
}

// Name returns the topic's channel as clients write it.
func (t topic) Name() string {
	if t.channel == chanStatus {
		return statusTopic
	}
	if t.channel == chanCandle {
		return "spot/candle" + strconv.Itoa(t.seconds) + "s"
	}
	for _, c := range channels {
		if c.channel == t.channel {
			return c.name
		}
	}
	return ""
}

// parseTopic reads business/channel:filter.
func parseTopic(text string) (topic, bool) {
	if text == statusTopic {
		return topic{channel: chanStatus}, true
	}
	name, filter, found := strings.Cut(text, ":")
	if !found || filter == "" {
		return topic{}, false
	}
	t := topic{filter: strings.ToUpper(filter)}
	for _, c := range channels {
		if c.name == name {
			t.channel = c.channel
			return t, true
		}
	}
	seconds, isCandle := strings.CutPrefix(name, "spot/candle")
	n, err := strconv.Atoi(strings.TrimSuffix(seconds, "s"))
	if !isCandle || err != nil || !slices.Contains(granularities[:], n) {
		return topic{}, false
	}
	t.channel, t.seconds = chanCandle, n
	return t, true
}

// exists reports whether the exchange serves the topic.
func (t topic) exists(s *server.State) bool {
	switch t.channel {
	case chanStatus:
		return true
	case chanAccount:
		return hasCurrency(s, t.filter)
	default:
	}
	_, listed := s.Instrument(t.filter)
	return listed
}

// hasCurrency reports whether any listed instrument trades the currency.
func hasCurrency(s *server.State, currency string) bool {
	return slices.ContainsFunc(s.Instruments(), func(i market.Instrument) bool {
		return i.Base == currency || i.Quote == currency
	})
}

func timeframe(seconds int) market.Timeframe {
	return market.Timeframe(seconds) * market.Minute / 60
}
