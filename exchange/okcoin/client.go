package okcoin

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// ClientConfig says where and as whom to make REST calls.
type ClientConfig struct {
	Base string      // https://www.okcoin.com
	TLS  *tls.Config // nil is the system's roots
	Keys Keys        // may be empty for public calls
	// Now is the exchange's time, as well as the caller knows it, from a clock
	// that runs evenly. Measure corrects it; signatures carry what comes out.
	Now func() market.Time
	// Pace multiplies the documented rate limits; 0 is 1. It is for an
	// exchange whose market runs faster than time.
	Pace int
	// Queries and Orders carry the calls; nil is HTTP. Timing is the time that
	// limits and pauses are measured in, the machine's unless given.
	Queries, Orders exchange.Calls
	// Behind is told when Now stays behind the exchange's time by more than five
	// seconds, and by how much: a machine slept. Now should be moved on by as
	// much before it returns. nil leaves it.
	Behind func(time.Duration)
	Timing exchange.Timing
}

// Client makes REST calls. It may be used by many goroutines; every method
// blocks until there is an answer, and none repeats a call.
type Client struct {
	base    string
	keys    Keys
	clock   *exchange.Clock
	queries exchange.Calls
	orders  exchange.Calls
	pacer   pacer
}

const (
	queryWait  = 10 * time.Second       // for a free call; then it is an error
	orderWait  = 250 * time.Millisecond // an order that waited longer is stale
	cancelWait = 2 * time.Second        // a late cancel is still wanted
	pageSize   = 100
	pagesMax   = 1000
)

// NewClient returns a client. It makes no call.
func NewClient(cfg ClientConfig) (*Client, error) {
	u, err := url.Parse(cfg.Base)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, fmt.Errorf("okcoin: base address %q is not http(s)://host", cfg.Base)
	}
	if cfg.Now == nil {
		return nil, errors.New("okcoin: client: no clock given")
	}
	c := &Client{base: strings.TrimSuffix(cfg.Base, "/"), keys: cfg.Keys, clock: exchange.NewClock(cfg.Now, cfg.Pace, cfg.Timing), pacer: pacer{exchange.NewPacer(cfg.Pace, cfg.Timing)}}
	c.clock.TellBehind(cfg.Behind)
	if c.queries, c.orders = cfg.Queries, cfg.Orders; c.queries != nil && c.orders != nil {
		return c, nil
	}
	if c.queries, err = exchange.NewQueryCaller(cfg.TLS); err != nil {
		return nil, fmt.Errorf("okcoin: client: %w", err)
	}
	if c.orders, err = exchange.NewOrderCaller(cfg.TLS); err != nil {
		return nil, fmt.Errorf("okcoin: client: %w", err)
	}
	return c, nil
}

// Close closes idle connections.
func (c *Client) Close() {
	c.queries.CloseIdle()
	c.orders.CloseIdle()
}

// target is a path with its query, exactly as it is signed and sent.
func target(path string, query url.Values) string {
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

// query makes one GET call and returns the parsed body of a success.
func (c *Client) query(ctx context.Context, e endpoint, target string, signed bool) (*fastjson.Value, error) {
	bucket := c.pacer.bucket(e, "")
	if err := bucket.Take(ctx, queryWait); err != nil {
		return nil, err
	}
	header := jsonHeaders()
	if signed {
		header = c.keys.headers(c.Now(), http.MethodGet, target, nil)
	}
	reply, err := c.queries.Do(ctx, exchange.Call{Method: http.MethodGet, URL: c.base + target, Header: header})
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
	var refusal *Error
	if errors.As(err, &refusal) && refusal.Class == ClassClock {
		c.clock.Doubt()
	}
	if refusal != nil && (refusal.Class == ClassRate || refusal.banned()) {
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
		return
	}
	bucket.Answered()
}

// envelope parses the body of a query. Whatever is not a success in the
// exchange's own form is an *Error.
func envelope(reply *exchange.Reply) (*fastjson.Value, error) {
	var d wire.Decoder
	v, err := d.Parse(reply.Body)
	if err != nil {
		return nil, statusError(reply.Status, err)
	}
	code, message, err := refusal(v)
	switch {
	case err != nil:
		return nil, statusError(reply.Status, err)
	case code != "":
		return nil, statusClass(newError(reply.Status, code, message))
	case reply.Status != http.StatusOK:
		return nil, statusError(reply.Status, errors.New(message))
	}
	return v, nil
}

// statusError is an answer that is not in the exchange's form.
func statusError(status int, why error) error {
	return statusClass(newError(status, "", why.Error()))
}

// statusClass gives an error without a listed code the class of its status.
func statusClass(e *Error) *Error {
	switch {
	case e.Status == http.StatusTooManyRequests || e.Status == http.StatusTeapot:
		e.Class = ClassRate
	case e.Class == ClassUnlisted:
		e.Class = ClassRetry
	}
	return e
}

// refusal returns the error code and text of a reply, in whichever of their
// two spellings; "" is no error.
func refusal(v *fastjson.Value) (code, message string, err error) {
	if v.Type() != fastjson.TypeObject {
		return "", "", nil
	}
	r := newRow(v, nil)
	code, other := noZero(r.Text("error_code")), noZero(r.Text("code"))
	message = r.Text("error_message")
	if message == "" {
		message = r.Text("message")
	}
	switch {
	case r.Err != nil:
		return "", "", r.Err
	case code == "":
		code = other
	case other != "" && other != code:
		return "", "", fmt.Errorf("codes %q and %q in one reply", wire.Clip([]byte(code)), wire.Clip([]byte(other)))
	}
	return code, message, nil
}

func noZero(code string) string {
	if code == "0" {
		return ""
	}
	return code
}

// inPath reports whether an id may stand in a path as it is.
func inPath(id string) bool {
	if id == "" || len(id) > 32 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if !wire.IsDigit(c) && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// instrumentInPath reports whether an instrument's id may stand in a path as
// it is: BTC-USD.
func instrumentInPath(id string) bool {
	base, quote, ok := strings.Cut(id, "-")
	return ok && inPath(base) && inPath(quote)
}

// clientIDValid reports whether an id keeps the exchange's rule: 1 to 32
// letters and digits, and a letter first so that it is no order id.
func clientIDValid(id string) bool { return inPath(id) && !wire.IsDigit(id[0]) }
