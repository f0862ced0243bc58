package okx

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// ClientConfig says where and as whom to make REST calls.
type ClientConfig struct {
	Place Place
	TLS   *tls.Config // nil is the system's roots
	Keys  Keys        // may be empty for public calls
	Tag   string      // on every order, at most 16 letters and digits; unless given, what its id says whose it is
	// Now is the exchange's time, as well as the caller knows it, from a clock
	// that runs evenly. Measure corrects it; signatures carry what comes out.
	Now func() market.Time
	// Pace multiplies the rate limits; 0 is 1. It is for an exchange whose
	// market runs faster than time.
	Pace int
	// Queries and Orders carry the calls; nil is HTTP. Timing is the time that
	// limits and pauses are measured in, the machine's unless given.
	Queries, Orders exchange.Calls
	// Behind is told when Now stays behind the exchange's time, and by how much.
	Behind func(time.Duration)
	Timing exchange.Timing
}

// Client makes REST calls. It may be used by many goroutines; every method
// blocks until there is an answer, and none repeats a call.
type Client struct {
	place   Place
	keys    Keys
	tag     string
	clock   *exchange.Clock
	queries exchange.Calls
	orders  exchange.Calls
	pacer   pacer
}

const (
	queryWait  = 10 * time.Second       // for a free call; then it is an error
	orderWait  = 250 * time.Millisecond // an order that waited longer is stale
	cancelWait = 2 * time.Second        // a late cancel is still wanted
	orderLives = 5 * time.Second        // after it was signed the exchange must not take it any more
	pageSize   = 100
	pagesMax   = 1000
	tagMax     = 16
)

// NewClient returns a client. It makes no call.
func NewClient(cfg ClientConfig) (*Client, error) {
	u, err := url.Parse(cfg.Place.REST)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("okx: address %q is not http(s)://host", cfg.Place.REST)
	}
	if err := cfg.Place.Check(); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		return nil, errors.New("okx: client: no clock given")
	}
	if len(cfg.Tag) > tagMax || !alphanumeric(cfg.Tag) {
		return nil, fmt.Errorf("okx: tag %q is not at most %d letters and digits", cfg.Tag, tagMax)
	}
	c := &Client{
		place: cfg.Place, keys: cfg.Keys, tag: cfg.Tag, clock: exchange.NewClock(cfg.Now, cfg.Pace, cfg.Timing),
		pacer: pacer{exchange.NewPacer(cfg.Pace, cfg.Timing)}, queries: cfg.Queries, orders: cfg.Orders,
	}
	c.clock.TellBehind(cfg.Behind)
	if c.queries != nil && c.orders != nil {
		return c, nil
	}
	if c.queries, err = exchange.NewQueryCaller(cfg.TLS); err != nil {
		return nil, fmt.Errorf("okx: client: %w", err)
	}
	if c.orders, err = exchange.NewOrderCaller(cfg.TLS); err != nil {
		return nil, fmt.Errorf("okx: client: %w", err)
	}
	return c, nil
}

// Close closes idle connections.
func (c *Client) Close() {
	c.queries.CloseIdle()
	c.orders.CloseIdle()
}

// Now is the exchange's time, corrected by what was measured last. It signs.
func (c *Client) Now() market.Time { return c.clock.Now() }

// Measure measures the exchange's clock once and corrects ours. The warning
// tells a person what changed; the error is why nothing was measured.
func (c *Client) Measure(ctx context.Context) (warning, err error) {
	return c.clock.Measure(ctx, c.Time)
}

// KeepTime measures the exchange's clock now, each minute and when it refused
// our time, until ctx is done. While it is far off, jumps or is not known well
// no new order is sent; cancels are.
func (c *Client) KeepTime(ctx context.Context, report func(error)) {
	c.clock.Keep(ctx, c.Time, report)
}

// target is a path with its query, exactly as it is signed and sent.
func target(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// public and private make one GET call each and return the data of a success.
func (c *Client) public(ctx context.Context, e endpoint, path string, query url.Values) (*fastjson.Value, error) {
	return c.query(ctx, e, target(path, query), false)
}

func (c *Client) private(ctx context.Context, e endpoint, path string, query url.Values) (*fastjson.Value, error) {
	return c.query(ctx, e, target(path, query), true)
}

func (c *Client) query(ctx context.Context, e endpoint, target string, signed bool) (*fastjson.Value, error) {
	bucket := c.pacer.bucket(e, "")
	if err := bucket.Take(ctx, queryWait); err != nil {
		return nil, err
	}
	header := http.Header{"Accept": {"application/json"}}
	if signed {
		header = c.keys.Headers(c.Now(), http.MethodGet, target, nil)
	}
	reply, err := c.queries.Do(ctx, exchange.Call{
		Method: http.MethodGet, URL: c.place.REST + target, Header: c.place.mark(header),
	})
	if err != nil {
		return nil, err
	}
	v, err := envelope(&reply)
	c.heed(bucket, &reply, err)
	return v, err
}

// heed closes a bucket after the exchange complained, and relaxes after it
// did not. A time that was refused is measured again.
func (c *Client) heed(bucket *exchange.Bucket, reply *exchange.Reply, err error) {
	refusal, ok := errors.AsType[*Error](err)
	if ok && refusal.Class == ClassClock {
		c.clock.Doubt()
	}
	if !ok || refusal.Class != ClassSlow && !refusal.banned() {
		bucket.Answered()
		return
	}
	seconds, bad := strconv.Atoi(reply.Header.Get("Retry-After"))
	if bad != nil || seconds < 0 {
		seconds = 0
	}
	after := time.Duration(min(seconds, 3600)) * time.Second
	if refusal.banned() {
		c.pacer.Banned(after)
	} else {
		bucket.Complained(after)
	}
}

// envelope returns the data of a success. Whatever is not one in the
// exchange's own form is an *Error.
func envelope(reply *exchange.Reply) (*fastjson.Value, error) {
	code, message, data, err := open(reply)
	switch {
	case err != nil:
		return nil, err
	case code != "0":
		return nil, newError(reply.Status, code, "", message)
	case reply.Status != http.StatusOK:
		return nil, newError(reply.Status, "", "", "a success with the status of a failure")
	case data == nil || data.Type() != fastjson.TypeArray:
		return nil, newError(reply.Status, "", "", "an answer without data")
	}
	return data, nil
}

// open reads the three parts of an answer.
func open(reply *exchange.Reply) (code, message string, data *fastjson.Value, err error) {
	v, err := new(wire.Decoder).Parse(reply.Body)
	if err != nil {
		return "", "", nil, newError(reply.Status, "", "", err.Error())
	}
	r := newRow(v, nil)
	code, message = string(r.Required("code")), r.Text("msg")
	if r.Err != nil {
		return "", "", nil, newError(reply.Status, "", "", r.Err.Error())
	}
	return code, message, v.Get("data"), nil
}

// alphanumeric reports whether a text has nothing but letters and digits.
func alphanumeric(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !wire.IsDigit(c) && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// clientIDValid reports whether an id keeps the exchange's alphabet, and is no
// order id.
func clientIDValid(id string) bool {
	return id != "" && len(id) <= 32 && alphanumeric(id) && !wire.IsDigit(id[0])
}

func orderIDValid(id string) bool { return id != "" && id != "0" && len(id) <= 32 && wire.Digits(id) }

func quoted(s string) string { return fmt.Sprintf("%q", wire.Clip([]byte(s))) }
