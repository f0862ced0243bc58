package okcoin_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// TestTLS serves HTTP/2 where it is asked for, and the WebSocket where it is
// not.
func TestTLS(t *testing.T) {
	helper := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	defer helper.Close()
	source := someMinutes(1)
	cfg := config(&source, newStepped(begin))
	cfg.TLS = &tls.Config{Certificates: helper.TLS.Certificates, MinVersion: tls.VersionTLS12}
	b := start(t, cfg)
	roots := x509.NewCertPool()
	roots.AddCert(helper.Certificate())

	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+b.x.Addr()+"/api/general/v3/time", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"iso":"2021-03-01T10:00:00.000Z","epoch":"1614592800.000"}`; res.ProtoMajor != 2 || string(text) != want {
		t.Errorf("got HTTP/%d %s, want HTTP/2 %s", res.ProtoMajor, text, want)
	}

	dialer := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: roots, NextProtos: []string{"http/1.1"}}}
	ws, answer, err := dialer.DialContext(t.Context(), "wss://"+b.x.Addr()+"/ws/v3", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	defer ws.Close()
	if err := ws.WriteMessage(websocket.TextMessage, []byte("ping")); err != nil {
		t.Fatal(err)
	}
	_, frame, err := ws.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := inflate(frame); err != nil || got != "pong" {
		t.Errorf("got %q and %v, want pong", got, err)
	}
}

// TestClientLeaves lets a client say good-bye in the middle of the market and
// read to the end: the frames that it does not get do not hold the market.
func TestClientLeaves(t *testing.T) {
	b := startMarket(t, someMinutes(200))
	c := b.dial()
	c.subscribe("spot/trade:BTC-USD", "spot/depth_l2_tbt:BTC-USD", "spot/depth:BTC-USD")
	b.clock.End()
	c.next(20)
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	if err := c.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	c.ended()
	<-b.x.Done()
	if err := b.x.Err(); err != nil {
		t.Error(err)
	}
	b.clock.mu.Lock()
	defer b.clock.mu.Unlock()
	if b.clock.flying != 0 {
		t.Errorf("%d frames are in flight after the end", b.clock.flying)
	}
}
