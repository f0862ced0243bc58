package okcoin

import (
	"strings"
	"time"

	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
)

const (
	// topicsMax bounds the names of a connection's topics, in bytes.
	topicsMax = 4096
)

// What one connection may ask for. The manual admits a connection a second from
// an address; here that holds on average, so that a client may open several at
// once.
func commandsAnHour() front.Limit  { return front.Limit{Calls: 240, Window: time.Hour} } // subscribe, unsubscribe and login together
func commandsASecond() front.Limit { return front.Limit{Calls: 50, Window: time.Second} }
func connects() front.Limit        { return front.Limit{Calls: 60, Window: time.Minute} }

// command is what a client sends.
type command struct {
	op   string
	args []string
}

// eventFrame is the answer to a command.
type eventFrame struct {
	Event     string `json:"event"`
	Channel   string `json:"channel,omitempty"`
	Success   bool   `json:"success,omitempty"`
	Message   string `json:"message,omitempty"`
	ErrorCode int    `json:"errorCode,omitempty"`
}

// parseCommand reads a text message. Members it does not know are ignored, and
// arguments may be numbers that a client did not quote.
func parseCommand(message []byte) (c command, no *fault) {
	f, no := parseFields(message)
	if no == nil {
		c.op, no = f.text("op")
	}
	if no == nil {
		c.args, no = f.texts("args")
	}
	if no != nil {
		return command{}, newFault(30039, "Unrecognized request: not a command")
	}
	switch c.op {
	case "subscribe", "unsubscribe", "login":
		return c, nil
	}
	return command{}, newFault(30039, "Unrecognized request: op")
}

// command does what one message asks. It reports false when the connection
// must end.
func (s *session) command(text bool, message []byte) bool {
	c, no := parseCommand(message)
	switch {
	case !text:
		no = newFault(30039, "Unrecognized request: binary message")
	case !s.front.Limits.Allow("commands", s.Remote, commandsASecond()),
		no == nil && !s.front.Limits.Allow("ws", s.Remote, commandsAnHour()):
		no = &faultOften
	}
	if no == nil && c.op == "login" {
		return s.login(c.args)
	}
	s.front.x.With(func(state *server.State) {
		switch {
		case no != nil:
			s.refuse(no)
		case c.op == "subscribe":
			s.subscribe(state, c.args)
		default:
			s.unsubscribe(state, c.args)
		}
	})
	return true
}

// tell queues the answer to a command. The exchange is locked.
func (s *session) tell(e eventFrame) { s.Send(s.front.encoder.json(e)) }

func (s *session) refuse(no *fault) {
	s.tell(eventFrame{Event: "error", Message: no.text, ErrorCode: no.code})
}

// login takes key, passphrase, timestamp and signature. A connection whose
// login fails is told so and ends.
func (s *session) login(args []string) (alive bool) {
	for len(args) < 4 {
		args = append(args, "")
	}
	c := credentials{key: args[0], passphrase: args[1], timestamp: args[2], sign: args[3]}
	account, no := s.front.authenticate(c, "GET"+loginPath)
	if no == nil && strings.Contains(c.timestamp, "T") {
		account, no = nil, newFault(30005, "Invalid timestamp: Unix seconds are wanted")
	}
	s.front.x.With(func(*server.State) {
		switch {
		case s.Account != nil:
			s.refuse(newFault(30042, "Already logged in"))
		case no != nil:
			s.refuse(no)
		default:
			s.Account = account
			s.tell(eventFrame{Event: "login", Success: true})
		}
		alive = s.Account != nil
	})
	if !alive {
		s.Finish()
	}
	return alive
}

// subscribe answers every topic in turn, then sends the snapshots of those
// that have one, in the same order.
func (s *session) subscribe(state *server.State, args []string) {
	var fresh []topic
	for _, arg := range args {
		t, no := s.admit(state, arg)
		if no != nil {
			s.refuse(no)
			continue
		}
		if s.Join(t) {
			fresh = append(fresh, t)
		}
		s.tell(eventFrame{Event: "subscribe", Channel: arg})
	}
	for _, t := range fresh {
		s.snapshot(state, t)
	}
}

// admit reads a topic and says whether this client may have it.
func (s *session) admit(state *server.State, arg string) (topic, *fault) {
	t, ok := parseTopic(arg)
	switch {
	case !ok || !t.exists(state):
		return topic{}, newFault(30040, "Channel "+arg+" doesn't exist")
	case t.private() && s.Account == nil:
		return topic{}, newFault(30041, "User not logged in / User must be logged in")
	}
	size := len(t.String())
	for _, joined := range s.Topics {
		size += len(joined.String())
	}
	if size > topicsMax {
		return topic{}, newFault(30039, "Unrecognized request: the topics of a connection are limited to 4096 bytes")
	}
	return t, nil
}

func (s *session) unsubscribe(state *server.State, args []string) {
	for _, arg := range args {
		t, ok := parseTopic(arg)
		if !ok || !t.exists(state) {
			s.refuse(newFault(30040, "Channel "+arg+" doesn't exist"))
			continue
		}
		s.Drop(t)
		s.tell(eventFrame{Event: "unsubscribe", Channel: arg})
	}
}

// snapshot sends what a topic starts with. The exchange is locked.
func (s *session) snapshot(state *server.State, t topic) {
	e := s.front.encoder
	switch t.channel {
	case chanTicker:
		s.Send(e.ticker(t.filter, state.Ticker(t.filter)))
	case chanTrade:
		if tape := state.Tape(t.filter); len(tape) > 0 {
			s.Send(e.trade(t.filter, &tape[len(tape)-1]))
		}
	case chanCandle:
		s.snapshotCandle(state, t)
	case chanTick, chanDepth:
		n := server.Notice{Kind: server.NoticeBook, Instrument: t.filter}
		if n.Bids, n.Asks, n.At = state.Book(t.filter); n.At == 0 {
			n.At = state.Now() // an empty book is a snapshot too: the updates to come need one
		}
		s.Send(e.book(t, "partial", n.Bids, n.Asks, &n))
	case chanDepth5:
		n := server.Notice{Kind: server.NoticeBook, Instrument: t.filter}
		if n.Bids, n.Asks, n.At = state.Book(t.filter); n.At != 0 {
			s.Send(e.book(t, "", best5(n.Bids), best5(n.Asks), &n))
		}
	case chanAccount:
		for _, b := range state.Balances(s.Account.Name) {
			if b.Currency == t.filter {
				s.Send(e.balance(&b, state.Now()))
			}
		}
	case chanStatus:
		if m := s.front.Upkeep(); m != nil {
			s.Send(e.status(s.front.maintenance(m)))
		}
	case chanOrder, chanAlgo: // have no snapshot
	}
}

func (s *session) snapshotCandle(state *server.State, t topic) {
	if running, ok := state.Running(t.filter, timeframe(t.seconds)); ok {
		s.Send(s.front.encoder.candle(t, &running))
	}
}
