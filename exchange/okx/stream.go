package okx

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// StreamConfig is what all streams need. Zero values take the defaults that
// the comments give.
type StreamConfig struct {
	Place     Place
	Session   exchange.SessionConfig // its URL is the place's
	Backoff   exchange.Backoff
	AckWithin time.Duration      // time to wait for every ack of a session; 10 s
	Now       func() market.Time // the exchange's time, best known; required
	Report    func(error)        // told of what was left out; called by reading goroutines; may be nil

	// Commands is what all streams of an address send their logins and
	// subscriptions from: NewCommands. nil is one that nobody else takes from.
	Commands *exchange.Bucket

	Dial   func(context.Context, exchange.SessionConfig) (exchange.Conn, error) // exchange.Dial
	Timing exchange.Timing                                                      // the machine's
}

// commandsMax is how many subscriptions and logins an hour allows. The exchange
// counts them for each connection; we for all together.
const commandsMax = 480

// sessionsOwn is what renewing books leaves to new sessions.
const sessionsOwn = 60

// NewCommands returns the budget of commands of an hour.
func NewCommands(pace int, timing exchange.Timing) *exchange.Bucket {
	return exchange.NewBucket(commandsMax*max(1, pace), time.Hour).On(timing)
}

func (c StreamConfig) withDefaults() StreamConfig {
	if c.AckWithin == 0 {
		c.AckWithin = 10 * time.Second
	}
	if c.Report == nil {
		c.Report = func(error) {}
	}
	if c.Dial == nil {
		c.Dial = dial
	}
	if c.Timing.Now == nil {
		c.Timing.Now = time.Now
	}
	if c.Commands == nil {
		c.Commands = NewCommands(1, c.Timing)
	}
	c.Backoff = c.Backoff.On(c.Timing)
	return c
}

func dial(ctx context.Context, cfg exchange.SessionConfig) (exchange.Conn, error) {
	s, err := exchange.Dial(ctx, cfg)
	if err != nil {
		return nil, err // not s: a nil session is no nil Conn
	}
	return s, nil
}

// topic is an argument of a subscription.
type topic struct {
	Channel    string `json:"channel"`
	Kind       string `json:"instType,omitempty"`
	Instrument string `json:"instId,omitempty"`
}

// content is what a stream carries. The reading goroutine calls it.
type content interface {
	// begin is called when a session has connected, before any message.
	begin()
	// data decodes one message and emits its events. An error ends the session.
	data(t topic, action []byte, rows []*fastjson.Value) error
	// settle is called after each message. An error ends the session.
	settle() error
}

// stream keeps one subscribed WebSocket session alive and turns its messages
// into events. All its fields belong to the goroutine in run.
type stream struct {
	name    string
	url     string
	cfg     StreamConfig
	topics  []topic
	keys    *Keys // nil: no login
	stamp   func() market.Time
	content content
	linked  func(up bool, reason string) // tells the link
	mu      sync.Locker                  // held from a message to the end of emit

	codec wire.Decoder
	row   row            // of the data in hand
	out   []engine.Event // events of the message in hand
	conn  exchange.Conn

	doubted atomic.Bool // somebody knows that the session is of another time
	reached
}

// reached is how far a session has come.
type reached struct {
	waiting map[topic]bool // without an ack
	patient time.Duration  // time left to wait for acks
	entered bool           // logged in
	up      bool           // every topic is subscribed to
}

func newStream(name, url string, cfg StreamConfig, topics []topic) *stream {
	return &stream{name: name, url: url, cfg: cfg, topics: topics, mu: new(sync.Mutex)}
}

// run connects, reads and connects again until ctx is done or the exchange
// refuses our key.
func (s *stream) run(ctx context.Context, emit func([]engine.Event)) error {
	switch {
	case s.cfg.Now == nil:
		return errors.New("okx: " + s.name + " stream: no clock given")
	case len(s.topics) == 0:
		return errors.New("okx: " + s.name + " stream: nothing to subscribe to")
	}
	return exchange.Keep(ctx, s.cfg.Backoff, func(ctx context.Context) (bool, error) {
		err := s.session(ctx, emit)
		if ctx.Err() == nil {
			s.mu.Lock()
			s.out = s.out[:0]
			s.linked(false, printable(err.Error()))
			emit(s.out)
			s.mu.Unlock()
		}
		return !errors.Is(err, ErrAuth), err
	})
}

// session lives from one connection to its loss.
func (s *stream) session(ctx context.Context, emit func([]engine.Event)) error {
	bad := func(err error) error { return fmt.Errorf("okx: %s stream: %w", s.name, err) }
	begins := 1
	if s.keys != nil {
		begins++
	}
	if wait := s.cfg.Commands.Ready(begins); wait > 0 {
		return bad(spent(wait))
	}
	session := s.cfg.Session
	session.URL = s.url
	conn, err := s.cfg.Dial(ctx, session)
	if err != nil {
		return bad(err)
	}
	defer conn.Close()
	if !s.cfg.Commands.AllowAll(begins, 0) { // another stream was first
		return bad(spent(s.cfg.Commands.Ready(begins)))
	}
	gap := exchange.NewGap(s.cfg.Timing)
	s.doubted.Store(false)
	if err := s.open(conn); err != nil {
		return bad(err)
	}
	for {
		text, err := s.read()
		if d := gap.Opened(); d != 0 {
			return bad(fmt.Errorf("the machine slept, or its clock was set: %s are missing", d.Round(time.Millisecond)))
		}
		if s.doubted.Swap(false) {
			return bad(errors.New("the machine slept, or its clock was set, and somebody else noticed"))
		}
		if err == nil {
			err = s.take(text, emit)
		}
		if err != nil {
			return bad(err)
		}
	}
}

// spent is why a session must wait: connecting would be of no use.
func spent(wait time.Duration) error {
	return fmt.Errorf("%w: the %d subscriptions and logins of an hour are spent; the next may leave in %s",
		exchange.ErrRate, commandsMax, max(wait.Round(time.Second), time.Second))
}

// take decodes a message and emits what it says.
func (s *stream) take(text []byte, emit func([]engine.Event)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = s.out[:0]
	err := s.message(text)
	if err == nil {
		err = s.content.settle()
	}
	emit(s.out)
	return err
}

func (s *stream) open(conn exchange.Conn) error {
	s.conn, s.reached = conn, reached{patient: s.cfg.AckWithin, waiting: make(map[topic]bool, len(s.topics))}
	for _, t := range s.topics {
		s.waiting[t] = true
	}
	s.content.begin()
	if s.keys == nil {
		return s.send("subscribe", s.topics)
	}
	text, err := s.keys.Login(s.stamp())
	if err != nil {
		return err
	}
	return conn.Send(text)
}

func (s *stream) send(op string, topics []topic) error {
	text, err := json.Marshal(struct {
		Op   string  `json:"op"`
		Args []topic `json:"args"`
	}{op, topics})
	if err != nil {
		return err
	}
	return s.conn.Send(text)
}

// read waits for a message; while acks are missing, only as long as the time
// spent reading allows.
func (s *stream) read() ([]byte, error) {
	if s.up {
		return s.conn.Read(0)
	}
	if s.patient <= 0 {
		return nil, fmt.Errorf("no ack within %s for %s", s.cfg.AckWithin, s.missing())
	}
	started := s.cfg.Timing.Now()
	text, err := s.conn.Read(s.patient)
	s.patient -= s.cfg.Timing.Now().Sub(started)
	if err != nil && s.patient <= 0 {
		return nil, fmt.Errorf("no ack within %s for %s: %w", s.cfg.AckWithin, s.missing(), err)
	}
	return text, err
}

func (s *stream) missing() string {
	for _, t := range s.topics {
		if s.waiting[t] {
			return t.Channel + " " + t.Instrument
		}
	}
	return "login"
}

func (s *stream) add(ev engine.Event) { s.out = append(s.out, ev) }

// message decodes one message.
func (s *stream) message(b []byte) error {
	if exchange.IsPong(b) {
		return nil
	}
	v, err := s.codec.Parse(b)
	if err != nil {
		return err
	}
	r := newRow(v, s.codec.Digits[:])
	event := r.Text("event")
	if r.Err != nil || event != "" {
		return errors.Join(r.Err, s.control(event, &r))
	}
	t, data := topicOf(v.Get("arg")), v.Get("data")
	if t.Channel == "" || data == nil || data.Type() != fastjson.TypeArray {
		s.cfg.Report(fmt.Errorf("okx: %s stream: message of no known form: %s", s.name, wire.Clip(b)))
		return nil
	}
	if err := s.content.data(t, v.GetStringBytes("action"), data.GetArray()); err != nil {
		return fmt.Errorf("%s %s: %w", t.Channel, t.Instrument, err)
	}
	return nil
}

func topicOf(v *fastjson.Value) topic {
	r := newRow(v, nil)
	if r.Err != nil {
		return topic{}
	}
	t := topic{Channel: r.Text("channel"), Kind: r.Text("instType"), Instrument: r.Text("instId")}
	if r.Err != nil {
		return topic{}
	}
	return t
}

// upgrade is the notice that the exchange will close the connection soon.
const upgrade = "64008"

// control handles acks, notices and errors.
func (s *stream) control(event string, r *row) error {
	code, message := r.Text("code"), r.Text("msg")
	if r.Err != nil {
		return r.Err
	}
	switch event {
	case "":
		return nil
	case "subscribe":
		s.acked(topicOf(r.Value.Get("arg")))
	case "unsubscribe", "channel-conn-count":
	case "login":
		switch {
		case code != "0":
			return newError(0, code, "", message)
		case s.keys == nil || s.entered:
			return errors.New("login that was not asked for")
		}
		s.entered = true
		return s.send("subscribe", s.topics)
	case "notice":
		if code == upgrade {
			return errors.New("the exchange will close the connection for an upgrade; connecting again before it does")
		}
		s.cfg.Report(fmt.Errorf("okx: %s stream: notice: %w", s.name, newError(0, code, "", message)))
	case "error":
		return newError(0, code, "", message) // it does not say which command it answers
	case "channel-conn-count-error":
		return errors.New("too many connections follow channel " + quoted(r.Text("channel")))
	default:
		s.cfg.Report(fmt.Errorf("okx: %s stream: unknown event %s", s.name, quoted(event)))
	}
	return nil
}

func (s *stream) acked(t topic) {
	delete(s.waiting, t)
	if s.up || len(s.waiting) > 0 {
		return
	}
	s.up = true
	s.linked(true, "")
}
