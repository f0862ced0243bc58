package exchange

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"rulebot/internal/killpoint"
)

// The bounds of one call.
const (
	dialWithin  = 2 * time.Second
	tlsWithin   = 3 * time.Second
	callWithin  = 5 * time.Second
	bodyLimit   = 1 << 20
	headerLimit = 64 << 10

	pingAfter  = 10 * time.Second // silence of an HTTP/2 connection after which it is asked
	pongWithin = 3 * time.Second
)

// Caller makes HTTP calls over one transport. It may be used by many
// goroutines.
type Caller struct{ client http.Client }

// Call is one request. URL is used as it is; Body may be nil.
type Call struct {
	Method string
	URL    string
	Header http.Header
	Body   []byte
}

// Reply is what came back. Connected says that a connection had been obtained,
// so that bytes may have left even when there is an error.
type Reply struct {
	Connected bool
	Status    int
	Proto     string // HTTP/1.1 or HTTP/2.0
	Header    http.Header
	Body      []byte
}

// NewQueryCaller returns a caller for queries and market data: HTTP/2 where
// the other side offers it, else HTTP/1.1. The TLS configuration may be nil.
func NewQueryCaller(conf *tls.Config) (*Caller, error) {
	secured, err := secureTLS(conf, "h2", "http/1.1")
	if err != nil {
		return nil, err
	}
	t := transport(secured)
	t.Protocols.SetHTTP2(true)
	// All queries share one connection: one that died silently must not take
	// every later query with it.
	t.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pongWithin}
	return newCaller(t), nil
}

// NewOrderCaller returns a caller for submits and cancels: HTTP/1.1 only, on
// connections of its own.
func NewOrderCaller(conf *tls.Config) (*Caller, error) {
	secured, err := secureTLS(conf, "http/1.1")
	if err != nil {
		return nil, err
	}
	t := transport(secured)
	if killpoint.Armed {
		dial := t.DialContext
		t.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dial(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return killpoint.Conn(c), nil
		}
	}
	return newCaller(t), nil
}

// secureTLS returns a copy of conf (nil is the system's roots) that verifies
// and speaks TLS 1.2 at least.
func secureTLS(conf *tls.Config, protocols ...string) (*tls.Config, error) {
	if conf == nil {
		conf = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if conf.InsecureSkipVerify {
		return nil, errors.New("exchange: tls: certificates must be verified")
	}
	conf = conf.Clone()
	conf.MinVersion = max(conf.MinVersion, tls.VersionTLS12)
	conf.NextProtos = protocols
	return conf, nil
}

func transport(conf *tls.Config) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: dialWithin}).DialContext,
		TLSClientConfig:        conf,
		TLSHandshakeTimeout:    tlsWithin,
		MaxResponseHeaderBytes: headerLimit,
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        60 * time.Second,
		DisableCompression:     true, // what is counted is what is read
		Protocols:              protocols,
	}
}

func newCaller(t *http.Transport) *Caller {
	return &Caller{client: http.Client{
		Transport: t,
		Timeout:   callWithin,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}}
}

// Do makes the call once. The reply's Connected counts also beside an error.
func (c *Caller) Do(ctx context.Context, call Call) (Reply, error) {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := newRequest(ctx, call)
	if err != nil {
		return Reply{}, err
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return Reply{Connected: connected.Load()}, fmt.Errorf("exchange: %s %s: %w", call.Method, req.URL.Path, cause(err))
	}
	defer func() { _ = resp.Body.Close() }() // read to its end or given up: nothing depends on it
	reply := Reply{Connected: true, Status: resp.StatusCode, Proto: resp.Proto, Header: resp.Header}
	reply.Body, err = readAll(resp.Body, make([]byte, 0, 1<<10), bodyLimit)
	if err != nil {
		return reply, fmt.Errorf("exchange: %s %s: %d: %w", call.Method, req.URL.Path, resp.StatusCode, err)
	}
	return reply, nil
}

func newRequest(ctx context.Context, call Call) (*http.Request, error) {
	var body io.Reader
	if call.Body != nil {
		body = bytes.NewReader(call.Body)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, call.URL, body)
	if err != nil {
		return nil, fmt.Errorf("exchange: request: %w", err)
	}
	req.GetBody = nil // the transport must have no way to send a body twice
	maps.Copy(req.Header, call.Header)
	return req, nil
}

// cause drops the wrapper of net/http that repeats the address with its query.
func cause(err error) error {
	type unwrapper interface{ Unwrap() error }
	if u, ok := err.(unwrapper); ok && u.Unwrap() != nil {
		return u.Unwrap()
	}
	return err
}

// CloseIdle closes the connections that no call is using.
func (c *Caller) CloseIdle() { c.client.CloseIdleConnections() }
