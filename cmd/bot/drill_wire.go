package main

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"

	"rulebot/engine/live"
	"rulebot/exchange"
)

// heldConn is a stream's connection whose commands hold the clock until the
// exchange acknowledged them: so time does not pass while one is on its way.
type heldConn struct {
	exchange.Conn
	clock *live.Stepped

	mu      sync.Mutex
	owed    int  // acks, while the clock is held for them
	attempt bool // holds the clock besides, until the first of them have come
}

// ackWithin is how long, in real time, the market stands for an ack: one may be
// lost.
const ackWithin = time.Second

// dial opens a connection like that.
func (t *tether) dial(ctx context.Context, cfg exchange.SessionConfig) (exchange.Conn, error) {
	c, err := exchange.Dial(ctx, cfg)
	held := t.taken()
	if err != nil {
		if held {
			t.clock.End()
		}
		return nil, err
	}
	return &heldConn{Conn: c, clock: t.clock, attempt: held}, nil
}

// Send sends a command.
func (c *heldConn) Send(text []byte) error {
	var command struct {
		Op   string
		Args []json.RawMessage
	}
	if json.Unmarshal(text, &command) == nil && command.Op != "" {
		acks := len(command.Args)
		if command.Op == "login" {
			acks = 1
		}
		c.expect(acks)
	}
	return c.Conn.Send(text)
}

func (c *heldConn) expect(acks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.owed == 0 {
		c.clock.Begin()
		time.AfterFunc(ackWithin, func() { c.heard(-1) })
	}
	c.owed += acks
}

// heard counts acks; fewer than none are all.
func (c *heldConn) heard(acks int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	owed := c.owed > 0
	if c.owed -= acks; acks < 0 || c.owed < 0 {
		c.owed = 0
	}
	if c.owed > 0 {
		return
	}
	if owed {
		c.clock.End()
	}
	if c.attempt {
		c.attempt = false
		c.clock.End()
	}
}

// Read reads the next message.
func (c *heldConn) Read(within time.Duration) ([]byte, error) {
	text, err := c.Conn.Read(within)
	if bytes.HasPrefix(text, []byte(`{"event":`)) {
		c.heard(1)
	}
	return text, err
}

// Close ends the connection; no ack comes any more.
func (c *heldConn) Close() {
	c.Conn.Close()
	c.heard(-1)
}
