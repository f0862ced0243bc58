package exchange_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"rulebot/exchange"
)

func serve(t *testing.T, handle func(*websocket.Conn)) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Sec-Websocket-Extensions"); got != "" {
			t.Errorf("extensions offered: %q", got)
		}
		conn, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			t.Errorf("upgrade: %v", err)
			return
		}
		defer conn.Close()
		handle(conn)
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func dial(t *testing.T, cfg exchange.SessionConfig) *exchange.Session {
	t.Helper()
	s, err := exchange.Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// TestSessionPings, faults: MD-01.
func TestSessionPings(t *testing.T) {
	pings := make(chan string, 100)
	url := serve(t, func(c *websocket.Conn) {
		for range 2 { // two pings are answered, the third is not
			_, b, err := c.ReadMessage()
			if err != nil {
				t.Error(err)
				return
			}
			pings <- string(b)
			if err := c.WriteMessage(websocket.BinaryMessage, deflate(t, "pong")); err != nil {
				t.Error(err)
			}
		}
		for {
			if _, _, err := c.ReadMessage(); err != nil {
				return
			}
		}
	})
	s := dial(t, exchange.SessionConfig{URL: url, PingAfter: 20 * time.Millisecond, PongWithin: 2 * time.Second})
	for range 2 {
		text, err := s.Read(0)
		if err != nil || !exchange.IsPong(text) {
			t.Fatalf("got %q, %v, want a pong", text, err)
		}
		if got := <-pings; got != "ping" {
			t.Errorf("got %q, want a ping", got)
		}
	}
	if _, err := s.Read(0); err == nil || !strings.Contains(err.Error(), "silent for 2.02s") {
		t.Errorf("no pong: got %v", err)
	}
}

func TestSessionReadsAndSends(t *testing.T) {
	url := serve(t, func(c *websocket.Conn) {
		for {
			kind, b, err := c.ReadMessage()
			if err != nil {
				return
			}
			if string(b) == "compressed" {
				kind, b = websocket.BinaryMessage, deflate(t, string(b))
			}
			if err := c.WriteMessage(kind, b); err != nil {
				return
			}
		}
	})
	s := dial(t, exchange.SessionConfig{URL: url})
	for _, want := range []string{"plain", "compressed", "plain again"} {
		if err := s.Send([]byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Read(10 * time.Second); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
	s.Close()
	s.Close()
	if _, err := s.Read(0); err == nil {
		t.Error("reading a closed session: got no error")
	}
}

func TestSessionLimits(t *testing.T) {
	for name, message := range map[string]func() (int, []byte){
		"as received": func() (int, []byte) { return websocket.TextMessage, []byte(strings.Repeat("x", 2000)) },
		"inflated":    func() (int, []byte) { return websocket.BinaryMessage, deflate(t, strings.Repeat("x", 5000)) },
	} {
		url := serve(t, func(c *websocket.Conn) {
			if err := c.WriteMessage(message()); err != nil {
				t.Error(err)
			}
			_, _, _ = c.ReadMessage() // until the client leaves
		})
		s := dial(t, exchange.SessionConfig{URL: url, ReadLimit: 1000, InflateLimit: 4000})
		_, err := s.Read(10 * time.Second)
		var bad *exchange.FrameError
		if !errors.As(err, &bad) || !errors.Is(err, exchange.ErrTooLarge) {
			t.Errorf("%s: got %v, want %v", name, err, exchange.ErrTooLarge)
		}
	}
}

func TestSessionEndsWithItsContext(t *testing.T) {
	url := serve(t, func(c *websocket.Conn) { _, _, _ = c.ReadMessage() })
	ctx, cancel := context.WithCancel(t.Context())
	s, err := exchange.Dial(ctx, exchange.SessionConfig{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	time.AfterFunc(5*time.Millisecond, cancel)
	if _, err := s.Read(0); err == nil {
		t.Error("got no error")
	}
}

func TestDialErrors(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	url := "ws" + strings.TrimPrefix(server.URL, "http")
	if _, err := exchange.Dial(t.Context(), exchange.SessionConfig{URL: url}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("no WebSocket there: got %v, want the status", err)
	}
	cfg := exchange.SessionConfig{URL: url, TLS: &tls.Config{InsecureSkipVerify: true}}
	if _, err := exchange.Dial(t.Context(), cfg); err == nil {
		t.Error("certificates that are not verified: got no error")
	}
}

// TestCallers, faults: NW-06.
func TestCallers(t *testing.T) {
	visits := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visits++
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/there", http.StatusPermanentRedirect)
			return
		}
		b, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("X-Test") != "1" {
			t.Errorf("body %q, %v, header %q", b, err, r.Header.Get("X-Test"))
		}
		w.WriteHeader(http.StatusTeapot)
		if _, err := w.Write(append(b, '!')); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	query, err := exchange.NewQueryCaller(nil)
	if err != nil {
		t.Fatal(err)
	}
	orders, err := exchange.NewOrderCaller(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*exchange.Caller{"query": query, "orders": orders} {
		visits = 0
		call := exchange.Call{Method: http.MethodPost, URL: server.URL + "/x?a=1", Header: http.Header{"X-Test": {"1"}}, Body: []byte("hi")}
		reply, err := c.Do(t.Context(), call)
		if err != nil || !reply.Connected || reply.Status != http.StatusTeapot || string(reply.Body) != "hi!" {
			t.Errorf("%s: got %+v, %v", name, reply, err)
		}
		call.URL = server.URL + "/moved"
		reply, err = c.Do(t.Context(), call)
		if err != nil || reply.Status != http.StatusPermanentRedirect || visits != 2 {
			t.Errorf("%s: redirect: got status %d, %v after %d visits, want it unfollowed", name, reply.Status, err, visits)
		}
		tr := c.Transport()
		if tr.Proxy != nil || tr.TLSClientConfig.MinVersion < tls.VersionTLS12 || tr.Protocols.HTTP2() != (name == "query") {
			t.Errorf("%s: transport %+v", name, tr)
		}
		c.CloseIdle()
	}
	reply, err := query.Do(t.Context(), exchange.Call{Method: "GET", URL: "http://127.0.0.1:1/secret?key=canary"})
	if err == nil || reply.Connected || strings.Contains(err.Error(), "canary") {
		t.Errorf("nobody there: got %+v, %v, want not connected and no query in the text", reply, err)
	}
}

// TestCallersTrustNobody refuses a certificate that nobody vouches for, and
// one of another name, before anything was sent.
//
// Faults: NW-05.
func TestCallersTrustNobody(t *testing.T) {
	visits := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits++ }))
	t.Cleanup(server.Close)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	known := x509.NewCertPool()
	known.AddCert(server.Certificate())
	elsewhere := strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // not in the certificate
	for name, c := range map[string]struct {
		conf *tls.Config
		url  string
		ok   bool
	}{
		"vouched for":  {&tls.Config{RootCAs: known}, server.URL, true},
		"by nobody":    {nil, server.URL, false},
		"another name": {&tls.Config{RootCAs: known}, elsewhere, false},
	} {
		for kind, make := range map[string]func(*tls.Config) (*exchange.Caller, error){"query": exchange.NewQueryCaller, "orders": exchange.NewOrderCaller} {
			visits = 0
			caller, err := make(c.conf)
			if err != nil {
				t.Fatal(err)
			}
			reply, err := caller.Do(t.Context(), exchange.Call{Method: http.MethodGet, URL: c.url})
			if (err == nil) != c.ok || (visits == 1) != c.ok {
				t.Errorf("%s, %s: got %+v, %v after %d visits", name, kind, reply, err, visits)
			}
		}
	}
}

// TestSessionTap states that a tap is told of the wire, byte for byte.
func TestSessionTap(t *testing.T) {
	packed := deflate(t, "compressed")
	url := serve(t, func(c *websocket.Conn) {
		if _, _, err := c.ReadMessage(); err != nil {
			return
		}
		_ = c.WriteMessage(websocket.TextMessage, []byte("plain"))
		_ = c.WriteMessage(websocket.BinaryMessage, packed)
		_ = c.WriteMessage(websocket.BinaryMessage, []byte("no stream"))
		_, _, _ = c.ReadMessage()
	})
	var mu sync.Mutex
	var got []string
	s := dial(t, exchange.SessionConfig{URL: url, Tap: func(what exchange.Traffic, b []byte) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, fmt.Sprintf("%d %s", what, b))
	}})
	if err := s.Send([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := s.Read(0); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Read(0); err == nil {
		t.Error("what cannot be inflated was read")
	}
	mu.Lock()
	defer mu.Unlock()
	want := []string{"1 " + url, "2 hello", "3 plain", "4 " + string(packed)}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
