package exchange

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/gorilla/websocket"
)

// SessionConfig says where and how to open a WebSocket. Zero values take the
// defaults that the comments give.
type SessionConfig struct {
	URL          string
	TLS          *tls.Config   // base for a wss address; nil is the system's roots
	PingAfter    time.Duration // silence after which a ping is sent; 15 s
	PongWithin   time.Duration // further silence after which the session is dead; 10 s
	DialWithin   time.Duration // connect, TLS and upgrade together; 10 s
	WriteWithin  time.Duration // one message; 5 s
	ReadLimit    int           // bytes of one message as received; 4 MiB
	InflateLimit int           // bytes of one message when inflated; 4 MiB
	// Tap is told of what goes over the wire, byte for byte as it is there; may
	// be nil. The goroutine that writes tells what it is about to send, the one
	// that dials and reads the rest. The bytes are valid during the call only.
	Tap func(Traffic, []byte)
	// Connect opens the connection under TLS; nil is a dialer of TCP.
	Connect func(ctx context.Context, network, address string) (net.Conn, error)
}

// Traffic says what a tap is told of.
type Traffic uint8

// What goes over the wire.
const (
	Opened        Traffic = iota + 1 // the connection; the bytes are the address
	SentText                         // a message of ours
	ReceivedText                     // a message of the exchange
	ReceivedBytes                    // likewise, as raw DEFLATE that could be inflated
)

const (
	mebi       = 1 << 20
	sendQueue  = 256 // messages that may wait for the writer
	pingText   = "ping"
	socketSize = 64 << 10
)

func (c SessionConfig) withDefaults() SessionConfig {
	c.PingAfter = orElse(c.PingAfter, 15*time.Second)
	c.PongWithin = orElse(c.PongWithin, 10*time.Second)
	c.DialWithin = orElse(c.DialWithin, 10*time.Second)
	c.WriteWithin = orElse(c.WriteWithin, 5*time.Second)
	c.ReadLimit = orElse(c.ReadLimit, 4*mebi)
	c.InflateLimit = orElse(c.InflateLimit, 4*mebi)
	if c.Connect == nil {
		c.Connect = (&net.Dialer{Timeout: c.DialWithin}).DialContext
	}
	if c.Tap == nil {
		c.Tap = func(Traffic, []byte) {}
	}
	return c
}

func orElse[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}

// FrameError is a message that arrived and could not be read as text. The
// session is over.
type FrameError struct{ Err error }

// Error says what was wrong with the message.
func (e *FrameError) Error() string { return "exchange: bad frame: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FrameError) Unwrap() error { return e.Err }

// Session is one WebSocket connection. One goroutine reads; Send and Close may
// be called from any.
type Session struct {
	cfg      SessionConfig
	conn     *websocket.Conn
	inflater *Inflater
	raw      []byte
	idle     *time.Timer
	send     chan []byte
	stop     context.CancelFunc
	written  chan struct{} // closed when the writer has ended
	closed   chan struct{} // closed when the socket is
}

// Dial opens a session. It lives until ctx is done, Close is called, or
// reading or writing fails; the caller must call Close in any case.
func Dial(ctx context.Context, cfg SessionConfig) (*Session, error) {
	cfg = cfg.withDefaults()
	conf, err := secureTLS(cfg.TLS, "http/1.1")
	if err != nil {
		return nil, err
	}
	d := websocket.Dialer{
		NetDialContext:   cfg.Connect,
		TLSClientConfig:  conf,
		HandshakeTimeout: cfg.DialWithin,
		ReadBufferSize:   socketSize,
	}
	conn, resp, err := d.DialContext(ctx, cfg.URL, nil)
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("exchange: dial %s: %w: %s", cfg.URL, err, resp.Status)
		}
		return nil, fmt.Errorf("exchange: dial %s: %w", cfg.URL, err)
	}
	conn.SetReadLimit(int64(cfg.ReadLimit))
	inner, stop := context.WithCancel(ctx)
	s := &Session{
		cfg: cfg, conn: conn, inflater: NewInflater(cfg.InflateLimit),
		idle: time.NewTimer(cfg.PingAfter), send: make(chan []byte, sendQueue),
		stop: stop, written: make(chan struct{}), closed: make(chan struct{}),
	}
	// A blocked read knows nothing of contexts; closing the socket ends it.
	context.AfterFunc(inner, s.hangUp)
	cfg.Tap(Opened, []byte(cfg.URL))
	go s.write(inner)
	return s, nil
}

// Close ends the session and waits for its writer. It may be called twice.
func (s *Session) Close() {
	s.stop()
	s.idle.Stop()
	<-s.written
	<-s.closed
}

func (s *Session) hangUp() {
	defer close(s.closed)
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	// The other side may be gone already: neither error changes anything.
	_ = s.conn.WriteControl(websocket.CloseMessage, bye, time.Now().Add(100*time.Millisecond))
	_ = s.conn.Close()
}

// Send queues one text message. It never blocks: a full queue is an error.
func (s *Session) Send(text []byte) error {
	select {
	case s.send <- text:
		return nil
	default:
		return fmt.Errorf("exchange: send %s: queue is full", s.cfg.URL)
	}
}

func (s *Session) write(ctx context.Context) {
	defer close(s.written)
	defer s.stop()
	for {
		var text []byte
		select {
		case <-ctx.Done():
			return
		case <-s.idle.C:
			text = []byte(pingText)
		case text = <-s.send:
		}
		s.cfg.Tap(SentText, text)
		if s.conn.SetWriteDeadline(time.Now().Add(s.cfg.WriteWithin)) != nil ||
			s.conn.WriteMessage(websocket.TextMessage, text) != nil {
			return // stop closes the socket, and the reader reports that
		}
	}
}

// Read returns the next message as text, inflated when it came compressed. It
// waits as long as the keep-alive rule allows, or for within when that is
// positive and shorter. The text is valid until the next Read. A message that
// arrived but cannot be read is a FrameError. After an error the session is of
// no more use.
func (s *Session) Read(within time.Duration) ([]byte, error) {
	wait := s.cfg.PingAfter + s.cfg.PongWithin
	if within > 0 {
		wait = min(wait, within)
	}
	s.idle.Reset(s.cfg.PingAfter)
	if err := s.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return nil, fmt.Errorf("exchange: read %s: %w", s.cfg.URL, err)
	}
	kind, r, err := s.conn.NextReader()
	if err != nil {
		return nil, s.readError(err, wait)
	}
	s.raw, err = readAll(r, s.raw[:0], s.cfg.ReadLimit)
	if err != nil {
		return nil, s.readError(err, wait)
	}
	if kind == websocket.TextMessage {
		s.cfg.Tap(ReceivedText, s.raw)
		return s.raw, nil
	}
	text, err := s.inflater.Inflate(s.raw)
	if err != nil {
		return nil, &FrameError{Err: err}
	}
	s.cfg.Tap(ReceivedBytes, s.raw)
	return text, nil
}

func (s *Session) readError(err error, waited time.Duration) error {
	var timeout net.Error
	switch {
	case errors.Is(err, websocket.ErrReadLimit), errors.Is(err, ErrTooLarge):
		return &FrameError{Err: ErrTooLarge}
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("exchange: read %s: silent for %s", s.cfg.URL, waited)
	}
	return fmt.Errorf("exchange: read %s: %w", s.cfg.URL, err)
}

// IsPong reports whether a message is the answer to a ping.
func IsPong(text []byte) bool { return bytes.Equal(text, []byte("pong")) }
