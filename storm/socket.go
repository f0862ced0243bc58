package storm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"rulebot/exchange"
	"rulebot/storm/venue"
)

// The keep-alive rule of the bot's own session.
const (
	pingAfter  = 15 * time.Second
	pongWithin = 10 * time.Second
)

// socket is one WebSocket connection, in the order of its bytes.
type socket struct {
	bot    *bot
	stream *venue.Stream
	inbox  [][]byte
	reader *fiber // that waits
	last   time.Duration
	heard  time.Duration
	mute   bool   // half open: nothing comes, and nobody says so
	deaf   bool   // only pongs come
	silent string // a table of which nothing comes
	closed error  // why
}

// dial opens a connection.
func (b *bot) dial(ctx context.Context, cfg exchange.SessionConfig) (exchange.Conn, error) {
	r := b.run
	w, f := r.world, r.faults()
	if err := w.sleep(ctx, 5*time.Millisecond+w.upTo(f.Stream.Delay)); err != nil {
		return nil, err
	}
	if w.chance(f.Stream.Refused) || r.cut(Inwards) || r.cut(Outwards) {
		r.count("ws.reconnect_refused")
		return nil, errRefused
	}
	s := &socket{bot: b, last: w.now}
	s.stream = r.venue.Open(path(cfg.URL), s.push)
	b.sockets = append(b.sockets, s)
	return s, nil
}

// push takes a frame of the exchange.
func (s *socket) push(text []byte) {
	r := s.bot.run
	w, f := r.world, r.faults()
	pong := string(text) == "pong"
	table := r.dialect.table(text)
	switch {
	case s.closed != nil, s.mute, r.cut(Inwards), s.deaf && !pong, s.silent != "" && s.silent == table:
		return
	case !pong && w.chance(f.Stream.DropFrame):
		r.count("ws.drop_frame")
		return
	}
	sent := r.frame(text, table)
	twice, kept := r.marred(&sent, table)
	if !kept {
		return
	}
	at := max(s.last, w.now+time.Millisecond+w.upTo(f.Stream.Delay))
	if w.chance(f.Stream.Reorder) {
		r.count("ws.reorder")
		at = w.now // it overtakes
	} else {
		s.last = at
	}
	if !pong && w.chance(f.Stream.Garbled) {
		r.count("ws.garbled")
		sent.text, sent.sound = garbled(sent.text, w), false
	}
	w.after(at-w.now, func() { s.deliver(&sent) })
	if w.chance(f.Stream.DupFrame) {
		r.count("ws.dup_frame")
		twice = true
	}
	if twice {
		w.after(at-w.now, func() { s.deliver(&sent) })
	}
}

func (s *socket) deliver(f *frame) {
	if s.closed != nil || s.bot.dead {
		return
	}
	r := s.bot.run
	r.trace().sum(f.text)
	s.heard = r.world.now
	r.delivered(f)
	s.inbox = append(s.inbox, f.text)
	if len(s.inbox) > queueMax {
		s.drop("too far behind")
	}
	if s.reader != nil {
		s.reader.wake()
	}
}

// drop ends the connection from the other side.
func (s *socket) drop(why string) {
	if s.closed == nil {
		s.closed = errors.New(why)
		s.stream.Close()
		if s.reader != nil {
			s.reader.wake()
		}
	}
}

// Send queues one message.
func (s *socket) Send(text []byte) error {
	if s.closed != nil {
		return s.closed
	}
	r := s.bot.run
	r.world.after(2*time.Millisecond+r.world.upTo(r.faults().Stream.Delay), func() {
		if s.closed == nil && !s.mute && !r.cut(Outwards) {
			r.venue.Advance(r.world.now)
			s.stream.Receive(text)
		}
	})
	return nil
}

// Read waits for the next message as the bot's session does: a ping after
// silence, and an error after more of it.
func (s *socket) Read(within time.Duration) ([]byte, error) {
	w := s.bot.run.world
	wait := pingAfter + pongWithin
	if within > 0 {
		wait = min(wait, within)
	}
	began, pinged := w.now, false
	s.reader = w.current
	defer func() { s.reader = nil }()
	for len(s.inbox) == 0 && s.closed == nil {
		silent := w.now - began
		if silent >= wait {
			return nil, fmt.Errorf("silent for %s", wait)
		}
		next := wait - silent
		if !pinged && silent >= pingAfter {
			pinged = true
			if err := s.Send([]byte("ping")); err != nil {
				return nil, err
			}
		}
		if !pinged {
			next = min(next, pingAfter-silent)
		}
		s.reader.wakeAfter(next)
		s.reader.park()
	}
	if len(s.inbox) == 0 {
		return nil, s.closed
	}
	if s.bot.run.dialect.locks {
		s.bot.room()
	}
	text := s.inbox[0]
	s.inbox = s.inbox[1:]
	return text, nil
}

// Close ends the connection.
func (s *socket) Close() { s.drop("closed") }
