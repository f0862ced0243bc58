package storm

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"rulebot/engine/live"
	"rulebot/exchange"
	"rulebot/exchange/okx"
	"rulebot/storm/venue"
)

// okxV5 is the dialect of OKX.
func okxV5() *dialect {
	const book = "books"
	return &dialect{
		face: venue.OKX, connect: (*bot).connectOKX, endpoint: endpointOKX, allowed: allowedOKX,
		leaves: (*call).leavesOKX, kept: keptOKX, table: tableOKX, locks: true, habits: habits{named: true, plain: true},
		channels: channels{
			tables:  []string{book, "trades", "candle1m", "orders", "account"},
			book:    book,
			account: []string{"orders", "account"},
		},
		words: words{
			candles: "GET market/candles", hold: "POST trade/order-algo",
			tooMany: `{"code":"50011","data":[],"msg":"Too Many Requests"}`,
			trouble: `{"code":"50004","data":[],"msg":"API endpoint request timeout (does not mean that the request was successful or failed)"}`,
		},
	}
}

func (b *bot) connectOKX(p *port) (*ends, error) {
	r := b.run
	wire := &wire{bot: b}
	place, err := okx.At("demo", "https://"+host, "wss://"+host)
	if err != nil {
		return nil, err
	}
	keys := okx.Keys{Key: exchange.NewSecret(apiKey), Secret: exchange.NewSecret(apiSecret), Passphrase: exchange.NewSecret(apiPassphrase)}
	client, err := okx.NewClient(okx.ClientConfig{
		Place: place, Keys: keys, Now: b.clock.Now, Queries: wire, Orders: wire, Timing: p.timing, Behind: b.clock.moveOn,
	})
	if err != nil {
		return nil, err
	}
	stream := okx.StreamConfig{
		Place: place, Commands: okx.NewCommands(1, p.timing),
		Now: b.clock.Now, Timing: p.timing, Dial: b.dial, Backoff: exchange.Backoff{Random: r.world.random.Float64},
		Report: p.warn("stream"),
	}
	market, err := okx.NewFeed(okx.FeedConfig{StreamConfig: stream, Instruments: r.plan.ids})
	if err != nil {
		return nil, err
	}
	private := okx.NewPrivate(okx.PrivateConfig{
		StreamConfig: stream, Keys: keys, Stamp: client.Now, Instruments: r.plan.ids, Currencies: r.plan.currencies,
	})
	e := &ends{
		streams:  live.Streams{Market: market, Private: private},
		exchange: live.Exchange{Executor: client, Account: client, Keeper: client, Instruments: r.plan.ids, Currencies: r.plan.currencies},
		history:  client,
		keepTime: func(ctx context.Context) { client.KeepTime(ctx, p.warn("clock")) },
	}
	for _, session := range market.Sessions() {
		e.feeds = append(e.feeds, session)
	}
	e.feeds = append(e.feeds, private.Run)
	return e, nil
}

// drawOKX draws what only OKX does.
func drawOKX(random *rand.Rand) OKXKnobs {
	some := func(one, most int) int {
		if random.IntN(one) != 0 {
			return 0
		}
		return 1 + random.IntN(most)
	}
	return OKXKnobs{
		Habits:   venue.Habits{Again: some(2, 50), Bare: some(3, 100)},
		Restarts: some(4, 3), Upgrades: some(4, 4),
	}
}

// restart lets the numbers of a book begin again.
func (r *run) restart() {
	r.count("md.restart")
	r.venue.Markets()[r.world.random.IntN(2)].Restart()
}

// upgrade tells a connection that it will end soon, and ends it.
func (r *run) upgrade() {
	r.shake("ws.upgrade", func(s *socket) {
		r.venue.Advance(r.world.now)
		s.stream.Upgrade()
		r.world.after(time.Minute, func() { s.drop("upgraded") })
	})
}

func endpointOKX(method, target string) string {
	path, _, _ := strings.Cut(target, "?")
	return method + " " + strings.TrimPrefix(path, "/api/v5/")
}

func allowedOKX(endpoint string) int {
	switch endpoint {
	case "POST trade/order", "POST trade/cancel-order", "GET trade/order":
		return 120 // 60 of each of two instruments
	case "GET trade/orders-pending", "GET trade/fills":
		return 60
	case "POST trade/order-algo", "GET market/candles":
		return 40 // the first are 20 of each
	case "GET public/time", "GET account/balance", "GET trade/fills-history":
		return 10
	}
	return 20
}

func (c *call) leavesOKX() {
	switch c.endpoint {
	case "POST trade/order":
		var p struct {
			Instrument string `json:"instId"`
			Side       string `json:"side"`
			Price      string `json:"px"`
			Size       string `json:"sz"`
			ClientID   string `json:"clOrdId"`
		}
		c.says("an order", &p)
		c.expires(p.ClientID)
		c.departOrder(&placed{p.ClientID, p.Instrument, p.Side, p.Price, p.Size})
	case "POST trade/order-algo":
		var p struct {
			Instrument string `json:"instId"`
			Size       string `json:"sz"`
			Trigger    string `json:"slTriggerPx"`
		}
		c.says("a stop", &p)
		c.departStop(p.Instrument, p.Size, p.Trigger)
	case "POST trade/cancel-order":
		var p cancelOKX
		c.says("a cancel", &p)
		c.departCancel(p.id())
	case "POST trade/cancel-batch-orders":
		var list []cancelOKX
		c.says("a cancel", &list)
		for _, p := range list {
			c.departCancel(p.id())
		}
	}
}

// takenWithin is how long after it was signed the exchange may take an order, as
// the adapter promises.
const takenWithin = 5 * time.Second

// expires judges that an order says until when it may be taken: I1, for what
// comes later would be an order beside the next.
func (c *call) expires(client string) {
	judge := c.wire.bot.run.judge
	until, err := strconv.ParseInt(c.header("Exptime"), 10, 64)
	switch {
	case err != nil:
		judge.Violated("I1", "order %s left without the time until which it may be taken", client)
	case time.Duration(until)*time.Millisecond-c.signed() > takenWithin:
		judge.Violated("I1", "order %s may be taken %s after it was signed", client, time.Duration(until)*time.Millisecond-c.signed())
	}
}

type cancelOKX struct {
	ID       string `json:"ordId"`
	ClientID string `json:"clOrdId"`
}

func (c *cancelOKX) id() string {
	if c.ID != "" {
		return c.ID
	}
	return c.ClientID
}

func keptOKX(body []byte) string {
	var a struct {
		Code string `json:"code"`
		Data []struct {
			ID   string `json:"algoId"`
			Code string `json:"sCode"`
		} `json:"data"`
	}
	if json.Unmarshal(body, &a) != nil || a.Code != "0" || len(a.Data) != 1 || a.Data[0].Code != "0" {
		return ""
	}
	return a.Data[0].ID
}

func tableOKX(text []byte) string { return between(text, `{"arg":{"channel":"`) }
