package okcoin_test

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/server"
	"rulebot/exchange/server/okcoin"
	"rulebot/exchange/sim"
)

// begin is a Monday at ten: 2021-03-01T10:00:00Z.
const begin = market.Time(1614592800 * int64(time.Second))

var btc = market.Instrument{
	ID: "BTC-USD", Base: "BTC", Quote: "USD",
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

var keys = []okcoin.Account{
	{Key: "test-key", Secret: "test-secret", Passphrase: "test-pass", Name: "main"},
	{Key: "other-key", Secret: "other-secret", Passphrase: "other-pass", Name: "other"},
}

// bench is a running exchange with its clock held.
type bench struct {
	tb    testing.TB
	x     *server.Exchange
	clock *stepped
}

func config(source server.Source, clock server.Clock) server.Config {
	return server.Config{
		Rules:       okcoin.Rules(),
		Instruments: []market.Instrument{btc}, Source: source, Clock: clock,
		Front: okcoin.New(okcoin.Options{Accounts: keys}),
		Accounts: []server.Account{
			{Name: "main", Balances: map[string]num.Money{"USD": num.MustMoney("100000"), "BTC": num.MustMoney("1")}, Funding: map[string]num.Money{"CHF": num.MustMoney("7.25")}},
			{Name: "other", Balances: map[string]num.Money{"USD": num.MustMoney("1000")}},
		},
		Fees: sim.Fees{Maker: num.MustRate("0.001"), Taker: num.MustRate("0.002")},
	}
}

// start runs an exchange whose market waits until release.
func start(tb testing.TB, cfg server.Config) *bench {
	tb.Helper()
	x, err := server.New(cfg)
	if err != nil {
		tb.Fatalf("new: %v", err)
	}
	b := &bench{tb: tb, x: x}
	if clock, ok := cfg.Clock.(*stepped); ok {
		b.clock = clock
		clock.Begin()
	}
	if err := x.Start(tb.Context()); err != nil {
		tb.Fatalf("start: %v", err)
	}
	tb.Cleanup(func() {
		if err := x.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return b
}

func startMarket(tb testing.TB, source events) *bench {
	tb.Helper()
	return start(tb, config(&source, newStepped(begin)))
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

// settle waits until every frame written so far has been kept.
func (b *bench) settle() {
	b.tb.Helper()
	if err := b.clock.Advance(b.tb.Context(), 0); err != nil {
		b.tb.Fatal(err)
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
	header http.Header
}

// call sends one request, signed with the first key. edit may change it.
// signed returns a request that only has to be sent.
func (b *bench) signed(method, target, body string) *http.Request {
	b.tb.Helper()
	r, err := http.NewRequestWithContext(b.tb.Context(), method, "http://"+b.x.Addr()+target, strings.NewReader(body))
	if err != nil {
		b.tb.Fatal(err)
	}
	stamp := b.x.Now().Std().Format("2006-01-02T15:04:05.000Z")
	r.Header.Set("OK-ACCESS-KEY", keys[0].Key)
	r.Header.Set("OK-ACCESS-PASSPHRASE", keys[0].Passphrase)
	r.Header.Set("OK-ACCESS-TIMESTAMP", stamp)
	r.Header.Set("OK-ACCESS-SIGN", sign(keys[0].Secret, stamp+method+target+body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func (b *bench) call(method, target, body string, edit func(*http.Request)) answer {
	b.tb.Helper()
	r := b.signed(method, target, body)
	if edit != nil {
		edit(r)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.tb.Fatalf("%s %s: %v", method, target, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.tb.Fatalf("%s %s: %v", method, target, err)
	}
	return answer{res.StatusCode, string(text), res.Header}
}

func (b *bench) get(target string) answer { b.tb.Helper(); return b.call("GET", target, "", nil) }

func (b *bench) post(target, body string) answer {
	b.tb.Helper()
	return b.call("POST", target, body, nil)
}

// into decodes the body of an answer that must be 200.
func (a answer) into(tb testing.TB, v any) {
	tb.Helper()
	if a.status != http.StatusOK {
		tb.Fatalf("status %d: %s", a.status, a.body)
	}
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		tb.Fatalf("%v in %s", err, a.body)
	}
}

// client is a WebSocket connection that ends every frame it has kept.
type client struct {
	b      *bench
	ws     *websocket.Conn
	mu     sync.Mutex
	more   *sync.Cond
	frames []string
	seen   int // given out by next
	closed bool
}

func (b *bench) dial() *client {
	b.tb.Helper()
	return b.dialWith(websocket.DefaultDialer, "/ws/v3?compress=true", nil)
}

func (b *bench) dialWith(dialer *websocket.Dialer, target string, header http.Header) *client {
	b.tb.Helper()
	ws, res, err := dialer.DialContext(b.tb.Context(), "ws://"+b.x.Addr()+target, header)
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

func inflate(frame []byte) (string, error) {
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(frame)))
	return string(text), err
}

func (c *client) read() {
	for {
		kind, frame, err := c.ws.ReadMessage()
		text := ""
		if err == nil && kind == websocket.BinaryMessage {
			text, err = inflate(frame)
		}
		c.mu.Lock()
		if err != nil {
			c.closed = true
		} else {
			c.frames = append(c.frames, text)
		}
		c.more.Broadcast()
		c.mu.Unlock()
		if err != nil {
			return
		}
		if c.b.clock != nil {
			c.b.clock.End()
		}
	}
}

func (c *client) send(text string) {
	c.b.tb.Helper()
	if err := c.ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.b.tb.Fatalf("send: %v", err)
	}
}

// next returns the next n frames, waiting for them.
func (c *client) next(n int) []string {
	c.b.tb.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.frames) < c.seen+n && !c.closed {
		c.more.Wait()
	}
	if len(c.frames) < c.seen+n {
		c.b.tb.Fatalf("connection closed after %d frames, wanted %d more: %q", len(c.frames), c.seen+n-len(c.frames), c.frames[c.seen:])
	}
	got := slices.Clone(c.frames[c.seen : c.seen+n])
	c.seen += n
	return got
}

// ended waits for the end of the connection and returns the frames before it.
func (c *client) ended() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	for !c.closed {
		c.more.Wait()
	}
	return c.frames[c.seen:]
}

// rest returns the frames that have come by now.
func (c *client) rest() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	got := slices.Clone(c.frames[c.seen:])
	c.seen = len(c.frames)
	return got
}

func (c *client) subscribe(topics ...string) {
	c.b.tb.Helper()
	args, err := json.Marshal(topics)
	if err != nil {
		c.b.tb.Fatal(err)
	}
	c.send(`{"op":"subscribe","args":` + string(args) + `}`)
	for i, ack := range c.next(len(topics)) {
		if want := fmt.Sprintf(`{"event":"subscribe","channel":%q}`, topics[i]); ack != want {
			c.b.tb.Fatalf("ack is %s, want %s", ack, want)
		}
	}
}

func (c *client) login() {
	c.b.tb.Helper()
	c.send(loginText(keys[0], c.b.x.Now()))
	if got, want := c.next(1)[0], `{"event":"login","success":true}`; got != want {
		c.b.tb.Fatalf("login answers %s, want %s", got, want)
	}
}

func loginText(k okcoin.Account, now market.Time) string {
	ms := now.Milli()
	stamp := fmt.Sprintf("%d.%03d", ms/1000, ms%1000)
	return fmt.Sprintf(`{"op":"login","args":[%q,%q,%q,%q]}`,
		k.Key, k.Passphrase, stamp, sign(k.Secret, stamp+"GET/users/self/verify"))
}
