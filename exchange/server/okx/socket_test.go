package okx_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// frames of a channel, as far as the tests look at them.
type pushed struct {
	Event  string `json:"event"`
	Code   string `json:"code"`
	ID     string `json:"id"`
	Action string `json:"action"`
	Arg    struct {
		Channel string `json:"channel"`
		InstID  string `json:"instId"`
	} `json:"arg"`
	EventType string            `json:"eventType"`
	Data      []json.RawMessage `json:"data"`
}

func read(t *testing.T, text string) (p pushed) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return p
}

func row(t *testing.T, text json.RawMessage) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return m
}

func TestCommands(t *testing.T) {
	t.Parallel()
	b := start(t, someMinutes(1))
	for _, c := range []struct{ path, text, event, code, id string }{
		{"public", `{"op":"subscribe","id":"7","args":[{"channel":"nothing","instId":"BTC-USDT"}]}`, "error", "60018", "7"},
		{"public", `{"op":"subscribe","args":[{"channel":"candle1m","instId":"BTC-USDT"}]}`, "error", "60018", ""},
		{"public", `{"op":"subscribe","args":[{"channel":"trades","instId":"X-Y"}]}`, "error", "60018", ""},
		{"public", `{"op":"subscribe","args":[{"channel":"trades"}]}`, "error", "60013", ""},
		{"public", `{"op":"subscribe","argss":[]}`, "error", "60012", ""},
		{"public", `{"op":"dance","args":[{}]}`, "error", "60012", ""},
		{"public", `[]`, "error", "60012", ""},
		{"private", `{"op":"subscribe","args":[{"channel":"orders","instType":"SPOT"}]}`, "error", "60011", ""},
		{"private", `{"op":"login","args":[{"apiKey":"x","timestamp":"1614592800"}]}`, "error", "60005", ""},
		{"private", `{"op":"login","args":[{"apiKey":"test-key","timestamp":"1614592700"}]}`, "error", "60006", ""},
		{"private", `{"op":"login","args":[{"apiKey":"test-key","timestamp":"1614592800"}]}`, "error", "60024", ""},
		{"private", `{"op":"login","args":[{"apiKey":"test-key","passphrase":"test-pass","timestamp":"1614592800"}]}`, "error", "60007", ""},
		{"private", `{"op":"login","args":[{"apiKey":"test-key","timestamp":"yesterday"}]}`, "error", "60004", ""},
		{"public", `{"op":"unsubscribe","args":[{"channel":"trades","instId":"BTC-USDT"}]}`, "unsubscribe", "", ""},
	} {
		got := read(t, b.dial("/ws/v5/"+c.path).ask(c.text))
		if got.Event != c.event || got.Code != c.code || got.ID != c.id {
			t.Errorf("%s: %+v", c.text, got)
		}
	}
	c := b.dial("/ws/v5/private")
	if got := c.ask("ping"); got != "pong" {
		t.Errorf("ping: %s", got)
	}
	c.login()
	if got := read(t, c.ask(b.loginText(keys[0]))); got.Code != "60031" {
		t.Errorf("a second login: %+v", got)
	}
}

// TestBooksChain follows the books of a market through its numbers.
func TestBooksChain(t *testing.T) {
	t.Parallel()
	b := start(t, someMinutes(3))
	c := b.dial("/ws/v5/public")
	c.ask(`{"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"},{"channel":"books5","instId":"BTC-USDT"},{"channel":"bbo-tbt","instId":"BTC-USDT"},{"channel":"trades","instId":"BTC-USDT"},{"channel":"tickers","instId":"BTC-USDT"}]}`)
	b.play()
	last := int64(-2)
	count := map[string]int{}
	for _, text := range c.rest() {
		p := read(t, text)
		count[p.Arg.Channel]++
		if p.Arg.Channel != "books" || p.Event != "" {
			continue
		}
		var d struct{ PrevSeqID, SeqID int64 }
		if err := json.Unmarshal(p.Data[0], &d); err != nil {
			t.Fatal(err)
		}
		switch {
		case last == -2 && (p.Action != "snapshot" || d.PrevSeqID != -1):
			t.Errorf("the first is no snapshot: %s", text)
		case last >= 0 && (p.Action != "update" || d.PrevSeqID != last):
			t.Errorf("%d does not follow: %s", last, text)
		}
		last = d.SeqID
	}
	// an acknowledgement but for the first, and a snapshot but of trades, is in each
	for channel, want := range map[string]int{"books": 13, "books5": 14, "bbo-tbt": 14, "trades": 13, "tickers": 5} {
		if count[channel] != want {
			t.Errorf("%s: %d frames, want %d", channel, count[channel], want)
		}
	}
}

// TestCandlesConfirm follows candles to their end.
func TestCandlesConfirm(t *testing.T) {
	t.Parallel()
	b := start(t, someMinutes(6))
	c := b.dial("/ws/v5/business")
	c.ask(`{"op":"subscribe","args":[{"channel":"candle1m","instId":"BTC-USDT"},{"channel":"candle5m","instId":"BTC-USDT"},{"channel":"candle1Dutc","instId":"BTC-USDT"},{"channel":"candle1D","instId":"BTC-USDT"}]}`)
	b.play()
	final := map[string][]string{}
	for _, text := range c.rest() {
		p := read(t, text)
		if p.Event != "" {
			continue
		}
		var r []string
		if err := json.Unmarshal(p.Data[0], &r); err != nil || len(r) != 9 {
			t.Fatalf("%v: %s", err, text)
		}
		if r[8] == "1" {
			final[p.Arg.Channel] = append(final[p.Arg.Channel], r[0]+" "+r[5])
		} else if final[p.Arg.Channel] == nil {
			final[p.Arg.Channel] = []string{}
		}
	}
	if got := strings.Join(final["candle5m"], ","); got != "1614592800000 0.2" {
		t.Errorf("5m: %s", got)
	}
	if len(final["candle1m"]) != 6 || final["candle1m"][5] != "1614593100000 0.04" {
		t.Errorf("1m: %q", final["candle1m"])
	}
	for _, day := range [...]string{"candle1D", "candle1Dutc"} {
		if got, told := final[day]; !told || len(got) != 0 {
			t.Errorf("%s: %q", day, got)
		}
	}
}

// TestPrivateChannels trades over a socket and reads what becomes of it.
func TestPrivateChannels(t *testing.T) {
	t.Parallel()
	b := running(t)
	c := b.dial("/ws/v5/private")
	c.login()
	if got := read(t, c.ask(`{"op":"subscribe","args":[{"channel":"orders","instType":"SPOT"}]}`)); got.Event != "subscribe" {
		t.Fatalf("%+v", got)
	}
	a := b.dial("/ws/v5/private")
	a.login()
	a.ask(`{"op":"subscribe","args":[{"channel":"account"}]}`)
	if got := read(t, a.next()); got.EventType != "snapshot" {
		t.Errorf("account: %+v", got)
	}
	c.send(`{"id":"42","op":"order","args":[{"instIdCode":1000000000,"tdMode":"cash","side":"buy","ordType":"ioc","px":"50001","sz":"0.01","clOrdId":"w1","tag":"bot1"}]}`)
	var states []string
	for len(states) < 3 {
		text := c.next()
		p := read(t, text)
		r := row(t, p.Data[0])
		if p.ID == "42" {
			states = append(states, "answer "+r["sCode"].(string))
			continue
		}
		states = append(states, r["state"].(string)+" "+r["fillSz"].(string)+" "+r["tag"].(string)+" "+r["clOrdId"].(string)+" "+r["fillFee"].(string))
	}
	want := "live 0 bot1 w1 0,filled 0.01 bot1 w1 -0.00001,answer 0"
	if got := strings.Join(states, ","); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := read(t, a.next()); got.EventType != "event_update" {
		t.Errorf("account: %+v", got)
	}
	if got := c.ask(`{"id":"43","op":"order","args":[{"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"1","sz":"1"}]}`); !strings.Contains(got, "instIdCode can not be empty") {
		t.Errorf("instId in place of instIdCode: %s", got)
	}
	if got := read(t, c.ask(`{"id":"44","op":"order","expTime":"1","args":[{}]}`)); got.Code != "50036" {
		t.Errorf("expired: %+v", got)
	}
}

// TestAlgoOrders places stops, lets one fire and cancels one.
func TestAlgoOrders(t *testing.T) {
	t.Parallel()
	fall := events{
		quoteAt(begin, "50000", "50001"), tradeAt(begin, "50000", "0.01", false),
		quoteAt(begin.Add(time.Minute), "44000", "44001"), tradeAt(begin.Add(time.Minute), "44000", "0.01", false),
		quoteAt(begin.Add(2*time.Hour), "44000", "44001"),
	}
	b := start(t, fall)
	b.post("trade/order-algo", order(`"side":"sell","ordType":"conditional","sz":"0.01","slTriggerPx":"45000","slOrdPx":"-1","algoClOrdId":"s1"`)).
		is(t, "0", "sCode", "0", "algoClOrdId", "s1")
	b.post("trade/order-algo", order(`"side":"sell","ordType":"conditional","sz":"0.01","slTriggerPx":"45000","slOrdPx":"-1","algoClOrdId":"s1"`)).
		is(t, "1", "sCode", "51065")
	b.post("trade/order-algo", order(`"side":"sell","ordType":"oco","sz":"0.01","slTriggerPx":"40000","slOrdPx":"39900","tpTriggerPx":"60000","tpOrdPx":"-1","algoClOrdId":"s2"`)).
		is(t, "0")
	b.post("trade/order-algo", order(`"side":"buy","ordType":"trigger","sz":"0.01","triggerPx":"55000","orderPx":"55000","tgtCcy":"base_ccy"`)).is(t, "1", "sCode", "51281")
	b.get("trade/orders-algo-pending?ordType=conditional,oco").is(t, "0", "algoClOrdId", "s2", "tpOrdPx", "-1", "slOrdPx", "39900")
	b.get("trade/orders-algo-pending").is(t, "50014")
	b.post("trade/cancel-algos", `[{"instId":"BTC-USDT","algoClOrdId":"s2"}]`).is(t, "0", "algoClOrdId", "s2")
	b.post("trade/cancel-algos", `[{"instId":"BTC-USDT","algoClOrdId":"s2"}]`).is(t, "1", "sCode", "51400")
	b.play()
	fired := b.get("trade/order-algo?algoClOrdId=s1")
	fired.is(t, "0", "state", "effective", "ordType", "conditional", "actualSide", "sl")
	b.get("trade/order?instId=BTC-USDT&ordId="+fired.row("ordId")).is(t, "0",
		"algoClOrdId", "s1", "algoId", fired.row("algoId"), "source", "7", "clOrdId", "", "state", "filled")
	b.get("trade/orders-algo-history?ordType=oco&state=canceled").is(t, "0", "algoClOrdId", "s2")
}
