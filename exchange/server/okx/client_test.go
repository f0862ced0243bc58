package okx_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/server"
	"rulebot/exchange/server/okx"
	"rulebot/exchange/sim"
)

// begin is a Monday at ten: 2021-03-01T10:00:00Z.
const begin = market.Time(1614592800 * int64(time.Second))

var btc = market.Instrument{
	ID: "BTC-USDT", Base: "BTC", Quote: "USDT",
	Tick: num.MustPrice("0.01"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.0002"),
}

// stepped is a clock that moves only while no frame is in flight.
type stepped struct {
	mu     sync.Mutex
	idle   *sync.Cond
	now    market.Time
	flying int
}

func newStepped(at market.Time) *stepped {
	c := &stepped{now: at}
	c.idle = sync.NewCond(&c.mu)
	return c
}

func (c *stepped) Now() market.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stepped) Advance(ctx context.Context, to market.Time) error {
	stop := context.AfterFunc(ctx, c.idle.Broadcast)
	defer stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.flying > 0 && ctx.Err() == nil {
		c.idle.Wait()
	}
	c.now = max(c.now, to)
	return ctx.Err()
}

func (c *stepped) add(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flying += n; c.flying == 0 {
		c.idle.Broadcast()
	}
}

// pass lets time pass while the market stands still.
func (c *stepped) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *stepped) Begin() { c.add(1) }
func (c *stepped) End()   { c.add(-1) }

// events is a source made of a slice.
type events []engine.Event

func (e *events) Next(ev *engine.Event) (bool, error) {
	if len(*e) == 0 {
		return false, nil
	}
	*ev, *e = (*e)[0], (*e)[1:]
	return true, nil
}

func quoteAt(at market.Time, bid, ask string) engine.Event {
	return engine.Event{Kind: engine.KindQuote, Instrument: btc.ID, At: at, Quote: market.Quote{
		Bid: num.MustPrice(bid), Ask: num.MustPrice(ask),
		BidSize: num.MustQuantity("0.5"), AskSize: num.MustQuantity("0.4"),
	}}
}

func tradeAt(at market.Time, price, size string, buyer bool) engine.Event {
	return engine.Event{Kind: engine.KindTrade, Instrument: btc.ID, At: at, Trade: market.Trade{
		Price: num.MustPrice(price), Size: num.MustQuantity(size), Buyer: buyer,
	}}
}

func barAt(open market.Time, o, h, l, c, volume string) engine.Event {
	b := market.Bar{
		Open: open, Timeframe: market.Minute, O: num.MustPrice(o), H: num.MustPrice(h),
		L: num.MustPrice(l), C: num.MustPrice(c), Volume: num.MustQuantity(volume),
	}
	return engine.Event{Kind: engine.KindBar, Instrument: btc.ID, At: b.Close(), Bar: b}
}

// someMinutes is a market of n minutes that goes up and down.
func someMinutes(n int) events {
	var list events
	for i := range n {
		open := begin.Add(time.Duration(i) * time.Minute)
		base := 50_000 + int64(i*7%11)
		for k := range int64(4) {
			at := open.Add(time.Duration(k) * 15 * time.Second)
			p := num.PriceOf((base+k%3)*100, 2).String()
			list = append(list,
				quoteAt(at, num.PriceOf((base+k%3)*100-100, 2).String(), num.PriceOf((base+k%3)*100+100, 2).String()),
				tradeAt(at, p, "0.01", k%2 == 0))
		}
		b := num.PriceOf(base, 0).String()
		list = append(list, barAt(open, b, num.PriceOf(base+2, 0).String(), b, b, "0.04"))
	}
	return list
}

var keys = []okx.Account{
	{Key: "test-key", Secret: "test-secret", Passphrase: "test-pass", Name: "main"},
	{Key: "reader", Secret: "reader-secret", Passphrase: "reader-pass", Name: "main", ReadOnly: true},
}

// bench is a running exchange with its clock held.
type bench struct {
	tb    testing.TB
	x     *server.Exchange
	clock *stepped
}

// start runs an exchange whose market waits until play.
func start(tb testing.TB, source events) *bench {
	tb.Helper()
	clock := newStepped(begin)
	x, err := server.New(server.Config{
		Instruments: []market.Instrument{btc}, Source: &source, Clock: clock, Rules: okx.Rules(),
		Front: okx.New(okx.Options{Accounts: keys, Demo: true, Pace: 10_000}),
		Accounts: []server.Account{
			{Name: "main", Balances: map[string]num.Money{"USDT": num.MustMoney("100000"), "BTC": num.MustMoney("1")}},
		},
		Fees: sim.Fees{Maker: num.MustRate("0.0008"), Taker: num.MustRate("0.001")},
	})
	if err != nil {
		tb.Fatal(err)
	}
	clock.Begin()
	if err := x.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := x.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return &bench{tb, x, clock}
}

// play lets the market run to its end.
func (b *bench) play() {
	b.tb.Helper()
	b.clock.End()
	<-b.x.Done()
	if err := b.x.Err(); err != nil {
		b.tb.Fatalf("market: %v", err)
	}
}

func sign(secret, prehash string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(prehash))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// answer is an HTTP answer.
type answer struct {
	status int
	body   string
	Code   string           `json:"code"`
	Msg    string           `json:"msg"`
	Data   []map[string]any `json:"data"`
}

// call sends one signed request. edit may change it.
func (b *bench) call(method, path, body string, edit func(*http.Request)) (a answer) {
	b.tb.Helper()
	target := "/api/v5/" + path
	r, err := http.NewRequestWithContext(b.tb.Context(), method, "http://"+b.x.Addr()+target, strings.NewReader(body))
	if err != nil {
		b.tb.Fatal(err)
	}
	stamp := b.x.Now().Std().Format("2006-01-02T15:04:05.000Z")
	r.Header.Set("OK-ACCESS-KEY", keys[0].Key)
	r.Header.Set("OK-ACCESS-PASSPHRASE", keys[0].Passphrase)
	r.Header.Set("OK-ACCESS-TIMESTAMP", stamp)
	r.Header.Set("OK-ACCESS-SIGN", sign(keys[0].Secret, stamp+method+target+body))
	r.Header.Set("x-simulated-trading", "1")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/json")
	}
	if edit != nil {
		edit(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.tb.Fatalf("%s %s: %v", method, path, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.tb.Fatal(err)
	}
	_ = json.Unmarshal(text, &a) // rows that are no objects stay out
	a.status, a.body = res.StatusCode, string(text)
	return a
}

func (b *bench) get(path string) answer { b.tb.Helper(); return b.call("GET", path, "", nil) }

func (b *bench) post(path, body string) answer { b.tb.Helper(); return b.call("POST", path, body, nil) }

// row returns one member of the first row.
func (a answer) row(name string) string {
	if len(a.Data) == 0 {
		return "no row: " + a.body
	}
	text, _ := a.Data[0][name].(string)
	return text
}

// is checks the code and members of the first row, name and value in turn.
func (a answer) is(tb testing.TB, code string, pairs ...string) {
	tb.Helper()
	if a.Code != code {
		tb.Errorf("code %s, want %s: %s", a.Code, code, a.body)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if got := a.row(pairs[i]); got != pairs[i+1] {
			tb.Errorf("%s is %q, want %q: %s", pairs[i], got, pairs[i+1], a.body)
		}
	}
}

// client is a WebSocket connection that ends every frame it has kept.
type client struct {
	b      *bench
	ws     *websocket.Conn
	mu     sync.Mutex
	more   *sync.Cond
	frames []string
	seen   int
	closed bool
}

func (b *bench) dial(path string) *client {
	b.tb.Helper()
	ws, res, err := websocket.DefaultDialer.DialContext(b.tb.Context(), "ws://"+b.x.Addr()+path, nil)
	if err != nil {
		b.tb.Fatalf("dial: %v", err)
	}
	defer res.Body.Close()
	c := &client{b: b, ws: ws}
	c.more = sync.NewCond(&c.mu)
	var reader sync.WaitGroup
	reader.Go(c.read)
	b.tb.Cleanup(func() {
		_ = ws.Close() // the exchange may have closed it first
		reader.Wait()
	})
	return c
}

func (c *client) read() {
	for {
		_, text, err := c.ws.ReadMessage()
		c.mu.Lock()
		if err != nil {
			c.closed = true
		} else {
			c.frames = append(c.frames, string(text))
		}
		c.more.Broadcast()
		c.mu.Unlock()
		if err != nil {
			return
		}
		c.b.clock.End()
	}
}

func (c *client) send(text string) {
	c.b.tb.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.b.tb.Fatal(err)
	}
}

// next waits for one more frame.
func (c *client) next() string {
	c.b.tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.seen == len(c.frames) {
		if c.closed {
			c.b.tb.Fatal("the connection has ended")
		}
		c.more.Wait()
	}
	c.seen++
	return c.frames[c.seen-1]
}

// ask sends a text and returns the answer.
func (c *client) ask(text string) string { c.b.tb.Helper(); c.send(text); return c.next() }

func (c *client) login() {
	c.b.tb.Helper()
	if got := c.ask(c.b.loginText(keys[0])); !strings.HasPrefix(got, `{"event":"login","code":"0","msg":"","connId":"`) {
		c.b.tb.Fatal(got)
	}
}

func (b *bench) loginText(k okx.Account) string {
	at := strconv.FormatInt(b.x.Now().Milli()/1000, 10)
	return `{"op":"login","args":[{"apiKey":"` + k.Key + `","passphrase":"` + k.Passphrase + `","timestamp":"` + at +
		`","sign":"` + sign(k.Secret, at+"GET/users/self/verify") + `"}]}`
}

// rest returns every frame after those that were taken, when the market is over.
func (c *client) rest() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frames[c.seen:]
}
