package front

import (
	"bytes"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"rulebot/exchange/server"
)

const (
	// queueMax and queueBytes are how many frames, and of how many bytes
	// together, may wait for one slow client before it is cut off. As many
	// may be in the hands of its writer.
	queueMax   = 16_384
	queueBytes = 4 << 20
	// writeTimeout is how long, in real time, one write may take.
	writeTimeout = 10 * time.Second
	// byeTimeout is how long the last word to a client may take.
	byeTimeout = 100 * time.Millisecond
	// messageMax bounds a message from a client.
	messageMax = 64 << 10
)

// Session is one WebSocket connection: the goroutine that serves its request
// reads, another writes.
//
// A client of a stepped run that ends its connection says so (a close frame)
// and reads to the end: it counts every frame that was written, and the others
// are taken back here. What a client breaks off with in its socket is never
// counted, and holds the clock.
type Session[T Topic] struct {
	Remote string // address

	// Guarded by the exchange's lock.
	Account *Account // nil before login
	Topics  []T      // subscribed, oldest first

	desk *Desk[T]
	ws   *websocket.Conn
	wire *Wire[T]

	subscribed atomic.Bool  // once
	wrote      atomic.Int64 // Unix nanoseconds of the last write, or of the start

	mu      sync.Mutex
	ended   chan struct{} // closed when the connection is over
	queue   outbox
	lag     lag
	gone    bool          // nothing is queued any more
	last    bool          // the connection ends after what is queued
	waiting chan struct{} // holds one token while the queue may hold frames
}

// Wire is the protocol's part of a connection.
type Wire[T Topic] struct {
	Binary bool   // frames are binary messages, else text
	Pong   []byte // the frame that answers a text message "ping"
	// Command does what one message asks. It reports false when the connection
	// must end.
	Command func(s *Session[T], text bool, message []byte) bool
}

// ServeSocket upgrades a request and serves the connection until it ends.
func (d *Desk[T]) ServeSocket(w http.ResponseWriter, r *http.Request, wire *Wire[T]) {
	upgrader := websocket.Upgrader{
		WriteBufferSize: 4096, WriteBufferPool: &d.buffers,
		CheckOrigin: func(*http.Request) bool { return true }, // clients name the real exchange, or whatever they like
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	s := &Session[T]{
		Remote: r.RemoteAddr, desk: d, ws: ws, wire: wire, lag: lag{made: d.Since()},
		waiting: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	s.wrote.Store(time.Now().UnixNano())
	ws.SetReadLimit(messageMax)
	ws.SetCloseHandler(func(int, string) error { return nil }) // cutOff answers, after the last frame
	if !d.sessions.add(s) {
		s.cutOff()
		return
	}
	s.serve()
}

func (s *Session[T]) serve() {
	stop := make(chan struct{})
	var watcher, writer sync.WaitGroup
	watcher.Go(func() { s.watch(stop) })
	writer.Go(s.write)
	s.read()
	s.desk.x.With(func(*server.State) { s.leaveAll() })
	if !s.finishing() {
		s.stop()
	}
	writer.Wait()
	s.cutOff()
	close(stop)
	watcher.Wait()
	s.desk.sessions.remove(s)
}

// read takes commands until the connection ends.
func (s *Session[T]) read() {
	for {
		kind, message, err := s.ws.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.TextMessage && string(bytes.TrimSpace(message)) == "ping" {
			s.Send(s.wire.Pong)
			continue
		}
		if !s.wire.Command(s, kind == websocket.TextMessage, message) {
			return
		}
	}
}

// Send queues one frame. The clock knows of it from here on.
func (s *Session[T]) Send(frame []byte) {
	if s.desk.ends(s.lag.made) {
		s.desk.sessions.end(s.desk)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone || s.last {
		return
	}
	if s.desk.mute() {
		return
	}
	if s.queue.full(frame) {
		s.stopLocked()
		_ = s.ws.Close() // it reads too slowly to be told
		return
	}
	s.queue.add(s.outgo(frame))
	s.wake()
}

// stop queues nothing more and gives up what is queued. The writer finishes
// what it has in hand.
func (s *Session[T]) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopLocked()
}

func (s *Session[T]) stopLocked() {
	if s.gone {
		return
	}
	s.gone = true
	s.forgetAll(s.queue.take(nil))
	close(s.waiting)
	close(s.ended)
}

// cutOff ends the connection. What was not written will not be.
func (s *Session[T]) cutOff() {
	s.stop()
	s.hangUp()
}

// hangUp says good-bye, which is the last a client reads, and closes. Both are
// in vain when the client has gone: the connection is given up either way.
func (s *Session[T]) hangUp() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = s.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(byeTimeout))
	_ = s.ws.Close()
}

// Finish ends the connection when what is queued was written.
func (s *Session[T]) Finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone {
		s.last = true
		s.wake()
	}
}

func (s *Session[T]) finishing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// wake tells the writer to look. The session is locked.
func (s *Session[T]) wake() {
	select {
	case s.waiting <- struct{}{}:
	default: // the writer has been woken already
	}
}

// forgetAll tells the clock of frames that will not reach the client.
func (s *Session[T]) forgetAll(list []outgoing) {
	for i := range list {
		s.forget(&list[i])
	}
}

// write sends what is queued until the connection ends.
func (s *Session[T]) write() {
	var batch []outgoing
	for range s.waiting {
		s.mu.Lock()
		batch = s.queue.take(batch)
		last := s.last
		s.mu.Unlock()
		for i := range batch {
			if !s.await(&batch[i]) || s.writeFrame(batch[i].frame) != nil {
				s.forgetAll(batch[i:])
				s.cutOff()
				return
			}
		}
		clear(batch)
		if last {
			s.cutOff()
			return
		}
	}
}

func (s *Session[T]) writeFrame(frame []byte) error {
	now := time.Now()
	s.wrote.Store(now.UnixNano())
	if err := s.ws.SetWriteDeadline(now.Add(writeTimeout)); err != nil {
		return err
	}
	kind := websocket.TextMessage
	if s.wire.Binary {
		kind = websocket.BinaryMessage
	}
	return s.ws.WriteMessage(kind, frame)
}

// watch closes a connection that has no subscription after a while, or that
// was not written to for as long, until stop is closed.
func (s *Session[T]) watch(stop <-chan struct{}) {
	wait := s.desk.opt.Idle
	for {
		t := time.NewTimer(wait)
		select {
		case <-stop:
			t.Stop()
			return
		case <-t.C:
		}
		wait = s.desk.opt.Idle - time.Since(time.Unix(0, s.wrote.Load()))
		if s.desk.mute() {
			wait = s.desk.opt.Idle // the client shall find out by itself
			continue
		}
		if wait <= 0 || !s.subscribed.Load() {
			s.cutOff()
			return
		}
	}
}

// Join subscribes to a topic; it reports false when it is subscribed already.
// The exchange is locked.
func (s *Session[T]) Join(t T) bool {
	if slices.Contains(s.Topics, t) {
		return false
	}
	s.Topics = append(s.Topics, t)
	s.desk.topics[t] = append(s.desk.topics[t], s)
	s.subscribed.Store(true)
	return true
}

// Drop ends a subscription. The exchange is locked.
func (s *Session[T]) Drop(t T) {
	if i := slices.Index(s.Topics, t); i >= 0 {
		s.Topics = slices.Delete(s.Topics, i, i+1)
		s.desk.unlist(s, t)
	}
}

func (s *Session[T]) leaveAll() {
	for _, t := range s.Topics {
		s.desk.unlist(s, t)
	}
	s.Topics = nil
}

func (d *Desk[T]) unlist(s *Session[T], t T) {
	list := d.topics[t]
	if i := slices.Index(list, s); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(d.topics, t)
		return
	}
	d.topics[t] = list
}
