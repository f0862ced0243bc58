package storm

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"rulebot/engine/live"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
	"rulebot/storm/venue"
)

// okcoinV3 is the dialect of Okcoin.
func okcoinV3() *dialect {
	const book = "spot/depth_l2_tbt"
	return &dialect{
		face: venue.Okcoin, connect: (*bot).connectOkcoin, endpoint: endpointOkcoin, allowed: allowedOkcoin,
		leaves: (*call).leavesOkcoin, kept: keptOkcoin, table: tableOkcoin,
		channels: channels{
			tables:  []string{book, "spot/trade", "spot/candle60s", "spot/order", "spot/account", "spot/order_algo"},
			book:    book,
			account: []string{"spot/order", "spot/account", "spot/order_algo"},
		},
		words: words{
			candles: "GET candles", hold: "POST order_algo",
			tooMany: `{"code":30014,"error_code":"30014","error_message":"Too Many Requests","message":"Too Many Requests"}`,
			trouble: `{"code":30030,"error_code":"30030","error_message":"Endpoint request failed","message":"try again"}`,
		},
	}
}

func (b *bot) connectOkcoin(p *port) (*ends, error) {
	r := b.run
	wire := &wire{bot: b}
	keys := okcoin.Keys{Key: exchange.NewSecret(apiKey), Secret: exchange.NewSecret(apiSecret), Passphrase: exchange.NewSecret(apiPassphrase)}
	client, err := okcoin.NewClient(okcoin.ClientConfig{
		Base: "https://" + host, Keys: keys, Now: b.clock.Now, Queries: wire, Orders: wire, Timing: p.timing,
		Behind: b.clock.moveOn,
	})
	if err != nil {
		return nil, err
	}
	stream := okcoin.StreamConfig{
		Commands: okcoin.NewCommands(1, p.timing),
		Now:      b.clock.Now, Timing: p.timing, Dial: b.dial, Backoff: exchange.Backoff{Random: r.world.random.Float64},
		Report: p.warn("stream"),
	}
	market := okcoin.NewFeed(okcoin.FeedConfig{StreamConfig: stream, Instruments: r.plan.ids})
	private := okcoin.NewPrivate(okcoin.PrivateConfig{
		StreamConfig: stream, Keys: keys, Stamp: client.Now, Instruments: r.plan.ids, Currencies: r.plan.currencies,
		OnAlgo: r.algos(),
	})
	return &ends{
		streams:  live.Streams{Market: market, Private: private},
		exchange: live.Exchange{Executor: client, Account: client, Keeper: client, Instruments: r.plan.ids, Currencies: r.plan.currencies},
		history:  client,
		feeds:    []runs{market.Run, private.Run},
		keepTime: func(ctx context.Context) { client.KeepTime(ctx, p.warn("clock")) },
	}, nil
}

// algos takes what the exchange pushes of stops, where there may be some: the
// engine hears of its own. A subscription more makes other runs of old seeds.
func (r *run) algos() func(okcoin.Algo) {
	if r.narrow {
		return nil
	}
	return func(okcoin.Algo) {}
}

func endpointOkcoin(method, target string) string {
	path, _, _ := strings.Cut(target, "?")
	last := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case strings.Contains(path, "/instruments/"):
		return "GET candles"
	case strings.Contains(path, "/accounts/"):
		return "GET accounts"
	case strings.Contains(path, "/cancel_orders/"):
		return "POST cancel_orders"
	case method == http.MethodPost:
		return "POST " + last
	case strings.Contains(path, "/orders/"):
		return "GET order"
	}
	return "GET " + last
}

func allowedOkcoin(endpoint string) int {
	switch endpoint {
	case "POST orders", "POST cancel_orders":
		return 200 // of each of two instruments
	case "POST cancel_batch_orders":
		return 20
	}
	return 20
}

func (c *call) leavesOkcoin() {
	switch c.endpoint {
	case "POST orders":
		var p struct {
			Instrument string `json:"instrument_id"`
			Side       string `json:"side"`
			Price      string `json:"price"`
			Size       string `json:"size"`
			ClientID   string `json:"client_oid"`
		}
		c.says("an order", &p)
		c.departOrder(&placed{p.ClientID, p.Instrument, p.Side, p.Price, p.Size})
	case "POST order_algo":
		var p struct {
			Instrument string `json:"instrument_id"`
			Size       string `json:"size"`
			Trigger    string `json:"trigger_price"`
		}
		c.says("a stop", &p)
		c.departStop(p.Instrument, p.Size, p.Trigger)
	case "POST cancel_orders":
		c.departCancel(c.target[strings.LastIndexByte(c.target, '/')+1:])
	}
}

func keptOkcoin(body []byte) string {
	var a struct {
		ID     string `json:"algo_id"`
		Result bool   `json:"result"`
	}
	if json.Unmarshal(body, &a) != nil || !a.Result {
		return ""
	}
	return a.ID
}

func tableOkcoin(text []byte) string { return between(text, `{"table":"`) }
