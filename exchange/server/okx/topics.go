package okx

import (
	"slices"
	"strings"

	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
)

// topic is one stream a client can subscribe to, as clients write it.
type topic struct {
	Channel  string `json:"channel"`
	InstType string `json:"instType,omitempty"`
	InstID   string `json:"instId,omitempty"`
	Ccy      string `json:"ccy,omitempty"`
}

// Name returns the channel.
func (t topic) Name() string { return t.Channel }

// channel says where a stream is found, and what it is about.
type channel struct {
	name, path string
	private    bool
	about      string // the members that must be there
	may        string // those that may be
}

var channels = [...]channel{
	{"tickers", PathPublic, false, "instId", ""},
	{"trades", PathPublic, false, "instId", ""},
	{"books", PathPublic, false, "instId", ""},
	{"books5", PathPublic, false, "instId", ""},
	{"bbo-tbt", PathPublic, false, "instId", ""},
	{"instruments", PathPublic, false, "instType", ""},
	{"status", PathPublic, false, "", ""},
	{"trades-all", PathBusiness, false, "instId", ""},
	{"orders-algo", PathBusiness, true, "instType", "instId"},
	{"orders", PathPrivate, true, "instType", "instId"},
	{"fills", PathPrivate, true, "", "instId"},
	{"account", PathPrivate, true, "", "ccy"},
}

// candlePrefix begins the channels of candles.
const candlePrefix = "candle"

// channelOf returns the channel of a name.
func channelOf(name string) (channel, bool) {
	if bar, is := strings.CutPrefix(name, candlePrefix); is {
		_, known := barOf(bar)
		return channel{name, PathBusiness, false, "instId", ""}, known
	}
	for _, c := range channels {
		if c.name == name {
			return c, true
		}
	}
	return channel{}, false
}

// readTopic reads one argument of a subscription on a path.
func readTopic(s *server.State, path string, arg front.Fields) (t topic, c channel, no *fault) {
	r := reading{body: arg}
	t = topic{r.text("channel"), r.text("instType"), r.text("instId"), r.text("ccy")}
	c, known := channelOf(t.Channel)
	switch {
	case r.no != nil:
		return t, c, &fault{"60013", "Invalid args", 0}
	case !known || c.path != path:
		return t, c, wrongChannel(t)
	}
	has := map[string]*string{"instType": &t.InstType, "instId": &t.InstID, "ccy": &t.Ccy}
	for _, name := range [...]string{"instType", "instId", "ccy"} {
		switch {
		case c.about == name && *has[name] == "":
			return t, c, &fault{"60013", "Invalid args: " + name + " is required", 0}
		case c.about != name && c.may != name:
			*has[name] = "" // it says nothing about this channel
		}
	}
	if t.InstType != "" && !slices.Contains([]string{"SPOT", "ANY"}, t.InstType) {
		return t, c, wrongChannel(t)
	}
	if _, listed := s.Instrument(t.InstID); t.InstID != "" && !listed {
		return t, c, wrongChannel(t)
	}
	return t, c, nil
}

func wrongChannel(t topic) *fault {
	name := t.Channel
	if t.InstID != "" {
		name += ",instId:" + t.InstID
	}
	return &fault{"60018", "Wrong URL or channel:" + name + " doesn't exist. Please use the correct URL, channel and parameters referring to API document.", 0}
}
