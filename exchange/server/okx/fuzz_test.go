package okx_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// FuzzBodies sends bodies to every call that takes one: the answer is always the
// envelope, and the account is never owed more than it has.
func FuzzBodies(f *testing.F) {
	for _, body := range [...]string{
		``, `{}`, `[]`, `null`, `[{}]`, `{"instId":1}`, order(`"side":"buy","ordType":"limit","px":"1e3","sz":"1"`),
		order(`"side":"sell","ordType":"market","sz":"0.01","tgtCcy":"quote_ccy"`), `[` + order(`"side":"buy","ordType":"market","sz":"5","banAmend":"true"`) + `]`,
		order(`"side":"sell","ordType":"oco","sz":"1","slTriggerPx":"1","slOrdPx":"-1","tpTriggerPx":"9","tpOrdPx":"-1"`),
		`{"timeOut":"10","tag":"a"}`, `[{"instId":"BTC-USDT","ordId":"1"}]`, `{"instId":"BTC-USDT","clOrdId":"x","newSz":"1"}`,
	} {
		f.Add(body)
	}
	held := start(f, nil)
	f.Fuzz(func(t *testing.T, body string) {
		b := &bench{t, held.x, held.clock}
		for _, path := range [...]string{
			"order", "batch-orders", "cancel-order", "cancel-batch-orders", "amend-order", "amend-batch-orders", "order-algo", "cancel-algos", "cancel-all-after",
		} {
			a := b.post("trade/"+path, body)
			if a.Code == "" || !strings.Contains(a.body, `"data":[`) || a.status >= 500 {
				t.Errorf("%s %q: %d %s", path, body, a.status, a.body)
			}
		}
	})
}

// FuzzCommands sends messages to a connection that is logged in: each one is
// answered with JSON.
func FuzzCommands(f *testing.F) {
	for _, text := range [...]string{
		``, `{}`, `{"op":"order"}`, `{"id":"1","op":"order","args":[{"instIdCode":1000000000}]}`, `{"op":"subscribe","args":[{"channel":"candle1M","instId":"BTC-USDT"}]}`,
		`{"op":"unsubscribe","args":[{}]}`, `{"op":"login","args":[{"apiKey":1}]}`, `{"id":"1","op":"batch-cancel-orders","args":[{},{}],"expTime":"x"}`,
	} {
		f.Add(text)
	}
	held := start(f, nil)
	f.Fuzz(func(t *testing.T, text string) {
		b := &bench{t, held.x, held.clock}
		c := b.dial("/ws/v5/private")
		defer c.ws.Close()
		c.login()
		c.send(text)
		for got := c.ask("ping"); got != "pong"; got = c.next() {
			if !json.Valid([]byte(got)) {
				t.Errorf("%q: %s", text, got)
			}
			if strings.Contains(got, `"code":"600`) && strings.Contains(text, `"login"`) {
				return // a failed login ends the connection
			}
		}
	})
}
