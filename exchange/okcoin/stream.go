package okcoin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/valyala/fastjson"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/wire"
)

// StreamConfig is what both streams need. Zero values take the defaults that
// the comments give.
type StreamConfig struct {
	Session   exchange.SessionConfig // URL: wss://host:8443/ws/v3
	Backoff   exchange.Backoff
	AckWithin time.Duration      // time to wait for every ack of a session; 10 s
	Now       func() market.Time // the exchange's time, best known; required
	Report    func(error)        // told of what was left out; called by the reading goroutine; may be nil

	// Commands is what all the streams of an account, and of an address, send
	// their logins and subscriptions from: NewCommands. nil is one that nobody
	// else takes from.
	Commands *exchange.Bucket

	Dial   func(context.Context, exchange.SessionConfig) (exchange.Conn, error) // exchange.Dial
	Timing exchange.Timing                                                      // the machine's
}

// content is what a stream carries. The reading goroutine calls it.
type content interface {
	// begin is called when a session has connected, before any message.
	begin()
	// rows decodes the data of one message and emits its events. An error
	// ends the session.
	rows(table, action []byte, data []*fastjson.Value) error
	// settle is called after each message: to send commands that are due, and
	// to notice what did not come. An error ends the session.
	settle() error
	// end is called when a session that had begun is over.
	end()
}

// The exchange's limits on what a connection asks for.
const (
	topicsMax   = 4096 // bytes: all the topics of a connection, and one command
	commandsMax = 240  // an hour: subscribe, unsubscribe and login together
	sessionsOwn = 60   // of those, what renewing books leaves to new sessions
)

// NewCommands returns the budget of commands of an hour. The exchange counts
// them for each connection, or so one source says; we count them for all our
// connections together. Pace and timing are those of ClientConfig.
func NewCommands(pace int, timing exchange.Timing) *exchange.Bucket {
	return exchange.NewBucket(commandsMax*max(1, pace), time.Hour).On(timing)
}

// stream keeps one subscribed WebSocket session alive and turns its messages
// into events. All its fields belong to the goroutine in run.
type stream struct {
	name    string // Link.Stream
	cfg     StreamConfig
	topics  []string
	keys    *Keys // nil: no login
	stamp   func() market.Time
	content content
	instead map[string]string // channels that may be refused, and what to take then; "" is nothing

	codec   wire.Decoder
	row     row            // of the data in hand
	out     []engine.Event // events of the message in hand
	conn    exchange.Conn
	gap     exchange.Gap
	doubted *atomic.Bool // somebody knows that the session is of another time
	reached
}

// reached is how far a session has come.
type reached struct {
	entered bool            // logged in
	up      bool            // every topic is subscribed to
	waiting map[string]bool // topics without an ack
	patient time.Duration   // time left to wait for acks
}

func newStream(name string, cfg StreamConfig, topics []string) stream {
	if cfg.AckWithin == 0 {
		cfg.AckWithin = 10 * time.Second
	}
	if cfg.Report == nil {
		cfg.Report = func(error) {}
	}
	if cfg.Dial == nil {
		cfg.Dial = dial
	}
	if cfg.Timing.Now == nil {
		cfg.Timing.Now = time.Now
	}
	if cfg.Commands == nil {
		cfg.Commands = NewCommands(1, cfg.Timing)
	}
	cfg.Backoff = cfg.Backoff.On(cfg.Timing)
	return stream{
		name: name, cfg: cfg, topics: topics, instead: make(map[string]string), doubted: new(atomic.Bool),
		reached: reached{waiting: make(map[string]bool, len(topics))},
	}
}

func dial(ctx context.Context, cfg exchange.SessionConfig) (exchange.Conn, error) {
	s, err := exchange.Dial(ctx, cfg)
	if err != nil {
		return nil, err // not s: a nil session is no nil Conn
	}
	return s, nil
}

// run connects, reads and connects again until ctx is done or the exchange
// refuses our key.
func (s *stream) run(ctx context.Context, emit func([]engine.Event)) error {
	length := 0
	for _, t := range s.topics {
		length += len(t)
	}
	switch {
	case s.cfg.Now == nil:
		return errors.New("okcoin: " + s.name + " stream: no clock given")
	case len(s.topics) == 0:
		return errors.New("okcoin: " + s.name + " stream: nothing to subscribe to")
	case length > topicsMax:
		return fmt.Errorf("okcoin: %s stream: topics are %d bytes long, more than %d", s.name, length, topicsMax)
	}
	return exchange.Keep(ctx, s.cfg.Backoff, func(ctx context.Context) (bool, error) {
		err := s.session(ctx, emit)
		if ctx.Err() == nil {
			s.lost(err, emit)
		}
		return !errors.Is(err, ErrAuth), err
	})
}

// lost tells that the link is down and why.
func (s *stream) lost(err error, emit func([]engine.Event)) {
	s.out = s.out[:0]
	s.content.end()
	s.add(engine.Event{
		Kind: engine.KindLink, At: s.cfg.Now(),
		Link: engine.Link{Stream: s.name, Reason: printable(err.Error())},
	})
	emit(s.out)
}

// session lives from one connection to its loss.
func (s *stream) session(ctx context.Context, emit func([]engine.Event)) error {
	if wait := s.cfg.Commands.Ready(s.begins()); wait > 0 {
		return s.spent(wait)
	}
	conn, err := s.cfg.Dial(ctx, s.cfg.Session)
	if err != nil {
		return fmt.Errorf("okcoin: %s stream: %w", s.name, err)
	}
	defer conn.Close()
	if !s.cfg.Commands.AllowAll(s.begins(), 0) { // another stream was first
		return s.spent(s.cfg.Commands.Ready(s.begins()))
	}
	if err := s.open(conn); err != nil {
		return fmt.Errorf("okcoin: %s stream: %w", s.name, err)
	}
	for {
		text, err := s.read()
		if d := s.gap.Opened(); d != 0 {
			return fmt.Errorf("okcoin: %s stream: the machine slept, or its clock was set: %s are missing", s.name, d.Round(time.Millisecond))
		}
		if s.doubted.Swap(false) {
			return fmt.Errorf("okcoin: %s stream: the machine slept, or its clock was set, and somebody else noticed", s.name)
		}
		if bad := new(exchange.FrameError); err != nil && !errors.As(err, &bad) {
			return fmt.Errorf("okcoin: %s stream: %w", s.name, err)
		}
		s.out = s.out[:0]
		if err == nil {
			err = s.message(text)
		}
		if err == nil {
			err = s.content.settle()
		}
		emit(s.out)
		if err != nil {
			return fmt.Errorf("okcoin: %s stream: %w", s.name, err)
		}
	}
}

// begins is how many commands a session begins with.
func (s *stream) begins() int {
	n := len(commands("subscribe", s.topics))
	if s.keys != nil {
		n++
	}
	return n
}

// spent is why a session must wait: connecting would be of no use. The pauses
// between sessions are what is waited.
func (s *stream) spent(wait time.Duration) error {
	return fmt.Errorf("okcoin: %s stream: %w: the %d subscriptions and logins of an hour are spent; the next may leave in %s",
		s.name, exchange.ErrRate, commandsMax, max(wait.Round(time.Second), time.Second))
}

func (s *stream) open(conn exchange.Conn) error {
	s.conn = conn
	s.gap = exchange.NewGap(s.cfg.Timing)
	s.doubted.Store(false)
	s.restart()
	if s.keys != nil {
		return conn.Send(s.keys.login(s.stamp()))
	}
	return s.subscribe()
}

func (s *stream) subscribe() error {
	for _, c := range commands("subscribe", s.topics) {
		if err := s.conn.Send(c); err != nil {
			return err
		}
	}
	return nil
}

// Doubt has the next message end the session.
func (s *stream) Doubt() { s.doubted.Store(true) }

// restart forgets the session before.
func (s *stream) restart() {
	s.entered, s.up, s.patient = false, false, s.cfg.AckWithin
	for _, t := range s.topics {
		s.waiting[t] = true
	}
	s.content.begin()
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
			return t
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
	event, table := r.Optional("event"), r.Optional("table")
	if r.Err != nil {
		return r.Err
	}
	if len(event) > 0 {
		return s.control(string(event), &r)
	}
	data := v.Get("data")
	if len(table) == 0 || data == nil || data.Type() != fastjson.TypeArray {
		s.cfg.Report(fmt.Errorf("okcoin: %s stream: message of no known form: %s", s.name, wire.Clip(b)))
		return nil
	}
	action := r.Optional("action")
	if r.Err != nil {
		return r.Err
	}
	if err := s.content.rows(table, action, data.GetArray()); err != nil {
		return fmt.Errorf("%s: %w", table, err)
	}
	return nil
}

// control handles acks and errors.
func (s *stream) control(event string, r *row) error {
	switch event {
	case "subscribe":
		s.acked(r.Text("channel"))
		return r.Err
	case "unsubscribe":
		return nil
	case "login":
		return s.login(r.Value.Get("success"))
	case "error":
		return s.refused(r)
	}
	s.cfg.Report(fmt.Errorf("okcoin: %s stream: unknown event %q", s.name, wire.Clip([]byte(event))))
	return nil
}

// login subscribes once the exchange knows us.
func (s *stream) login(success *fastjson.Value) error {
	switch {
	case success == nil || success.Type() != fastjson.TypeTrue:
		return errors.New("login without success")
	case s.keys == nil || s.entered:
		return errors.New("login that was not asked for")
	}
	s.entered = true
	return s.subscribe()
}

func (s *stream) acked(topic string) {
	delete(s.waiting, topic)
	if s.up || len(s.waiting) > 0 {
		return
	}
	s.up = true
	s.add(engine.Event{
		Kind: engine.KindLink, At: s.cfg.Now(),
		Link: engine.Link{Stream: s.name, Up: true},
	})
}

// Errors that speak of one channel.
const (
	noSuchChannel = "30040"
	loginNeeded   = "30041"
)

// giveUp leaves a channel that the exchange does not give us, from the next
// session on.
func (s *stream) giveUp(channel string) {
	other := s.instead[channel]
	delete(s.instead, channel)
	var topics []string
	for _, t := range s.topics {
		name, filter, filtered := strings.Cut(t, ":")
		switch {
		case name != channel:
			topics = append(topics, t)
		case other != "" && filtered:
			topics = append(topics, other+":"+filter)
		}
		delete(s.waiting, t)
	}
	s.topics = topics
	if other == "" {
		other = "nothing"
	}
	s.cfg.Report(fmt.Errorf("okcoin: %s stream: the exchange does not give us %s; %s takes its place", s.name, channel, other))
}

// speaksOf reports whether an error's text names a channel, and not one whose
// name begins alike.
func speaksOf(text, channel string) bool {
	for rest := text; ; {
		_, after, found := strings.Cut(rest, channel)
		if !found {
			return false
		}
		if after == "" || !inPath(after[:1]) && after[0] != '_' {
			return true
		}
		rest = after
	}
}

// alreadyLoggedIn is the one error of a stream that means nothing is wrong.
const alreadyLoggedIn = "30042"

// refused ends the session: an error does not say which command it answers.
func (s *stream) refused(r *row) error {
	code, text := r.Text("errorCode"), r.Text("message")
	if r.Err != nil {
		return r.Err
	}
	if code == alreadyLoggedIn {
		return nil
	}
	if code == noSuchChannel || code == loginNeeded {
		for _, channel := range slices.Sorted(maps.Keys(s.instead)) {
			if speaksOf(text, channel) {
				s.giveUp(channel)
			}
		}
	}
	return newError(0, code, text)
}

// command builds {"op":...,"args":[...]}.
func command(op string, args ...string) []byte {
	b, err := json.Marshal(struct {
		Op   string   `json:"op"`
		Args []string `json:"args"`
	}{op, args})
	if err != nil {
		panic("okcoin: strings always encode: " + err.Error())
	}
	return b
}

// commands splits topics over as many commands as their size asks for.
func commands(op string, topics []string) [][]byte {
	var list [][]byte
	for len(topics) > 0 {
		n := len(topics)
		c := command(op, topics...)
		for ; len(c) > topicsMax && n > 1; c = command(op, topics[:n]...) {
			n--
		}
		list, topics = append(list, c), topics[n:]
	}
	return list
}

// topicsOf returns the channels of every filter, filter by filter.
func topicsOf(filters []string, channels ...string) []string {
	var topics []string
	for _, f := range filters {
		for _, c := range channels {
			topics = append(topics, "spot/"+c+":"+f)
		}
	}
	return slices.Compact(topics)
}
