package okcoin

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

// sessions are the open connections.
type sessions struct {
	mu     sync.Mutex
	open   map[*session]struct{}
	closed bool
}

// enter counts a request in, unless the front is closing.
func (ss *sessions) enter(requests *sync.WaitGroup) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.closed {
		return false
	}
	requests.Add(1)
	return true
}

func (ss *sessions) add(s *session) bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.closed {
		return false
	}
	ss.open[s] = struct{}{}
	return true
}

func (ss *sessions) remove(s *session) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	delete(ss.open, s)
}

// close cuts all connections off, and reports whether it was open before.
func (ss *sessions) close() bool {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if ss.closed {
		return false
	}
	ss.closed = true
	for s := range ss.open { // the order in which they end does not show
		s.cutOff()
	}
	return true
}

// end ends the connections that a fault ends now, as if the network had, after
// what is queued.
func (ss *sessions) end(f *Front) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for s := range ss.open { // all at once: no order shows
		s.mu.Lock()
		if !s.gone && !s.last && f.ends(s.lag.made) {
			s.last = true
			f.farewell()
			s.wake()
		}
		s.mu.Unlock()
	}
}

// outbox is what waits for a writer.
type outbox struct {
	frames []outgoing
	bytes  int
}

// full reports whether one more frame is too much.
func (o *outbox) full(frame []byte) bool {
	return len(o.frames) >= queueMax || o.bytes+len(frame) > queueBytes
}

func (o *outbox) add(out outgoing) {
	o.frames, o.bytes = append(o.frames, out), o.bytes+len(out.frame)
}

// take empties the outbox, which goes on with spare.
func (o *outbox) take(spare []outgoing) []outgoing {
	frames := o.frames
	o.frames, o.bytes = spare[:0], 0
	return frames
}

// session is one WebSocket connection: the goroutine that serves its request
// reads, another writes.
//
// A client of a stepped run that ends its connection says so (a close frame)
// and reads to the end: it counts every frame that was written, and the others
// are taken back here. What a client breaks off with in its socket is never
// counted, and holds the clock.
type session struct {
	front  *Front
	ws     *websocket.Conn
	remote string
	pong   []byte

	// Guarded by the exchange's lock.
	account *Account // nil before login
	topics  []topic  // subscribed, oldest first

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

// serveSocket upgrades a request and serves the connection until it ends.
func (f *Front) serveSocket(w http.ResponseWriter, r *http.Request) {
	if f.refuses() {
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	if !f.limits.allow("connect", host(r), connects) {
		writeFault(w, &faultOften)
		return
	}
	upgrader := websocket.Upgrader{
		WriteBufferSize: 4096, WriteBufferPool: &f.buffers,
		CheckOrigin: func(*http.Request) bool { return true }, // clients name the real exchange, or whatever they like
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	s := &session{front: f, ws: ws, remote: r.RemoteAddr, lag: lag{made: f.since()}, waiting: make(chan struct{}, 1), ended: make(chan struct{})}
	s.wrote.Store(time.Now().UnixNano())
	ws.SetReadLimit(messageMax)
	ws.SetCloseHandler(func(int, string) error { return nil }) // cutOff answers, after the last frame
	f.x.With(func(*server.State) { s.pong = f.encoder.frame([]byte("pong")) })
	if !f.sessions.add(s) {
		s.cutOff()
		return
	}
	s.serve()
}

func (s *session) serve() {
	stop := make(chan struct{})
	var watcher, writer sync.WaitGroup
	watcher.Go(func() { s.watch(stop) })
	writer.Go(s.write)
	s.read()
	s.front.x.With(func(*server.State) { s.leaveAll() })
	if !s.finishing() {
		s.stop()
	}
	writer.Wait()
	s.cutOff()
	close(stop)
	watcher.Wait()
	s.front.sessions.remove(s)
}

// read takes commands until the connection ends.
func (s *session) read() {
	for {
		kind, message, err := s.ws.ReadMessage()
		if err != nil {
			return
		}
		if kind == websocket.TextMessage && string(bytes.TrimSpace(message)) == "ping" {
			s.send(s.pong)
			continue
		}
		if !s.command(kind == websocket.TextMessage, message) {
			return
		}
	}
}

// send queues one frame. The clock knows of it from here on.
func (s *session) send(frame []byte) {
	if s.front.ends(s.lag.made) {
		s.front.sessions.end(s.front)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone || s.last {
		return
	}
	if s.front.mute() {
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
func (s *session) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopLocked()
}

func (s *session) stopLocked() {
	if s.gone {
		return
	}
	s.gone = true
	s.forgetAll(s.queue.take(nil))
	close(s.waiting)
	close(s.ended)
}

// cutOff ends the connection. What was not written will not be.
func (s *session) cutOff() {
	s.stop()
	s.hangUp()
}

// hangUp says good-bye, which is the last a client reads, and closes. Both are
// in vain when the client has gone: the connection is given up either way.
func (s *session) hangUp() {
	bye := websocket.FormatCloseMessage(websocket.CloseNormalClosure, "")
	_ = s.ws.WriteControl(websocket.CloseMessage, bye, time.Now().Add(byeTimeout))
	_ = s.ws.Close()
}

// finish ends the connection when what is queued was written.
func (s *session) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.gone {
		s.last = true
		s.wake()
	}
}

func (s *session) finishing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// wake tells the writer to look. The session is locked.
func (s *session) wake() {
	select {
	case s.waiting <- struct{}{}:
	default: // the writer has been woken already
	}
}

// forgetAll tells the clock of frames that will not reach the client.
func (s *session) forgetAll(list []outgoing) {
	for i := range list {
		s.forget(&list[i])
	}
}

// write sends what is queued until the connection ends.
func (s *session) write() {
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

func (s *session) writeFrame(frame []byte) error {
	now := time.Now()
	s.wrote.Store(now.UnixNano())
	if err := s.ws.SetWriteDeadline(now.Add(writeTimeout)); err != nil {
		return err
	}
	return s.ws.WriteMessage(websocket.BinaryMessage, frame)
}

// watch closes a connection that has no subscription after a while, or that
// was not written to for as long, until stop is closed.
func (s *session) watch(stop <-chan struct{}) {
	wait := s.front.opt.Idle
	for {
		t := time.NewTimer(wait)
		select {
		case <-stop:
			t.Stop()
			return
		case <-t.C:
		}
		wait = s.front.opt.Idle - time.Since(time.Unix(0, s.wrote.Load()))
		if s.front.mute() {
			wait = s.front.opt.Idle // the client shall find out by itself
			continue
		}
		if wait <= 0 || !s.subscribed.Load() {
			s.cutOff()
			return
		}
	}
}

// join subscribes to a topic; it reports false when it is subscribed already.
// The exchange is locked.
func (s *session) join(t topic) bool {
	if slices.Contains(s.topics, t) {
		return false
	}
	s.topics = append(s.topics, t)
	s.front.topics[t] = append(s.front.topics[t], s)
	s.subscribed.Store(true)
	return true
}

// leave ends a subscription. The exchange is locked.
func (s *session) leave(t topic) {
	if i := slices.Index(s.topics, t); i >= 0 {
		s.topics = slices.Delete(s.topics, i, i+1)
		s.front.unlist(s, t)
	}
}

func (s *session) leaveAll() {
	for _, t := range s.topics {
		s.front.unlist(s, t)
	}
	s.topics = nil
}

func (f *Front) unlist(s *session, t topic) {
	list := f.topics[t]
	if i := slices.Index(list, s); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(f.topics, t)
		return
	}
	f.topics[t] = list
}
