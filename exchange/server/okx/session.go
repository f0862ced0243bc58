package okx

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
)

// What one address and one connection may ask for. The exchange admits three
// connections a second; here that holds on average.
func connects() front.Limit { return front.Limit{Calls: 60, Window: 20 * time.Second} }
func commands() front.Limit { return front.Limit{Calls: 480, Window: time.Hour} }

// conn is one WebSocket connection and what its client may say.
type conn struct {
	*front.Session[topic]
	front *Front
	path  string
	id    string
}

func (f *Front) socketRoutes() {
	for _, path := range [...]string{PathPublic, PathPrivate, PathBusiness} {
		f.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { f.serveSocket(w, r, path) })
	}
}

// serveSocket upgrades a request and serves the connection until it ends.
func (f *Front) serveSocket(w http.ResponseWriter, r *http.Request, path string) {
	if f.Refuses() {
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	if !f.Limits.Allow("connect", front.Host(r), connects()) {
		writeFault(w, &faultLimit)
		return
	}
	c := conn{front: f, path: path, id: strconv.FormatUint(f.connected.Add(1), 16)}
	f.ServeSocket(w, r, &front.Wire[topic]{
		Pong: []byte("pong"),
		Command: func(s *front.Session[topic], _ bool, message []byte) bool {
			c.Session = s
			return c.command(message)
		},
	})
}

// event is the answer to a command.
type event struct {
	ID     string `json:"id,omitempty"`
	Event  string `json:"event"`
	Code   string `json:"code,omitempty"`
	Msg    string `json:"msg,omitempty"`
	Arg    *topic `json:"arg,omitempty"`
	ConnID string `json:"connId"`
}

// loginEvent is the answer to a login, which has an empty text.
type loginEvent struct {
	Event  string `json:"event"`
	Code   string `json:"code"`
	Msg    string `json:"msg"`
	ConnID string `json:"connId"`
}

func frame(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("okx: a frame that is not JSON: " + err.Error())
	}
	return b
}

// refuse tells that a command was not understood or not done.
func (c *conn) refuse(id string, no *fault) {
	c.Send(frame(event{ID: id, Event: "error", Code: no.code, Msg: no.text, ConnID: c.id}))
}

// The faults of commands.
var (
	faultRequest = fault{"60012", "Invalid request", 0}
	faultOften   = fault{"60014", "Requests too frequent", 0}
	faultLogin   = fault{"60011", "Please log in", 0}
	faultTwice   = fault{"60031", "Already logged in", 0}
	faultURL     = fault{"60018", "Wrong URL for this operation.", 0}
)

// command does what one message asks. It reports false when the connection must
// end.
func (c *conn) command(message []byte) (alive bool) {
	f, wrong := front.ParseObject(message)
	r := reading{body: f}
	id, op := r.text("id"), r.text("op")
	var args []front.Fields
	if wrong == 0 {
		args, wrong = front.ParseList(f["args"])
	}
	if len(id) > 32 || !alphanumeric(id, 32) {
		id, wrong = "", front.BadText
	}
	alive = true
	var account *Account
	var no *fault
	if op == "login" && wrong == 0 && len(args) > 0 {
		l := reading{body: args[0]}
		account, no = c.front.login(credentials{
			key: l.text("apiKey"), passphrase: l.text("passphrase"), timestamp: l.text("timestamp"), sign: l.text("sign"),
		})
	}
	c.front.x.With(func(s *server.State) {
		switch {
		case r.no != nil || wrong != 0:
			c.refuse(id, &faultRequest)
		case op == "login":
			alive = c.login(id, account, no)
		case op == "subscribe" || op == "unsubscribe":
			if !c.front.Limits.Allow("ws", c.Remote, commands()) {
				c.refuse(id, &faultOften)
				return
			}
			c.subscription(s, id, op, args)
		default:
			c.trade(s, id, op, f, args)
		}
	})
	if !alive {
		c.Finish()
	}
	return alive
}

// login answers a login. A connection whose login fails is told so and ends.
func (c *conn) login(id string, account *Account, no *fault) bool {
	switch {
	case c.Account != nil:
		c.refuse(id, &faultTwice)
		return true
	case no != nil:
		c.refuse(id, no)
		return false
	case account == nil:
		c.refuse(id, &faultRequest)
		return true
	}
	c.Account = account
	c.Send(frame(loginEvent{Event: "login", Code: "0", ConnID: c.id}))
	return true
}

// subscription answers every argument in turn, then sends the snapshots of
// those that have one, in the same order.
func (c *conn) subscription(s *server.State, id, op string, args []front.Fields) {
	var fresh []topic
	for _, arg := range args {
		t, channel, no := readTopic(s, c.path, arg)
		if no == nil && channel.private && c.Account == nil {
			no = &faultLogin
		}
		if no != nil {
			c.refuse(id, no)
			continue
		}
		if op == "unsubscribe" {
			c.Drop(t)
		} else if c.Join(t) {
			fresh = append(fresh, t)
		}
		c.Send(frame(event{ID: id, Event: op, Arg: &t, ConnID: c.id}))
	}
	for _, t := range fresh {
		c.snapshot(s, t)
	}
}

// action is an operation that trades over the private connection.
type action struct {
	op    string
	call  string // the REST call whose budget it shares
	limit int    // in two seconds
	batch bool
	do    deed
}

func actions() []action {
	return []action{
		{"order", "POST trade/order", 60, false, (*trader).place},
		{"batch-orders", "POST trade/batch-orders", 300, true, (*trader).place},
		{"cancel-order", "POST trade/cancel-order", 60, false, (*trader).cancel},
		{"batch-cancel-orders", "POST trade/cancel-batch-orders", 300, true, (*trader).cancel},
		{"amend-order", "POST trade/amend-order", 60, false, (*trader).amend},
		{"batch-amend-orders", "POST trade/amend-batch-orders", 300, true, (*trader).amend},
	}
}

// opAnswer answers an operation.
type opAnswer struct {
	ID string `json:"id"`
	Op string `json:"op"`
	envelope
}

func (c *conn) trade(s *server.State, id, op string, body front.Fields, args []front.Fields) {
	for _, a := range actions() {
		if a.op == op {
			c.Send(frame(opAnswer{id, op, c.act(s, &a, id, body, args)}))
			return
		}
	}
	c.refuse(id, &faultRequest)
}

func (c *conn) act(s *server.State, a *action, id string, body front.Fields, args []front.Fields) envelope {
	r := reading{body: body}
	no := c.front.expired(r.text("expTime"))
	switch {
	case c.path != PathPrivate:
		no = &faultURL
	case c.Account == nil:
		no = &faultLogin
	case c.Account.ReadOnly:
		no = &faultRight
	case id == "" || len(args) == 0 || len(args) > 1 && !a.batch || len(args) > batchMax:
		no = &faultRequest
	}
	t := &trader{front: c.front, state: s, byCode: true}
	var answer results
	if no == nil {
		t.account = c.Account.Name
		c.front.elapse(s)
		for _, arg := range args {
			one := reading{body: arg}
			inst := t.instrument(&one)
			if !c.front.Limits.Allow(a.call, t.account+" "+inst.ID, front.Per2s(a.limit)) {
				no = &faultLimit
				break
			}
			answer = append(answer, t.judged(a.do, arg))
		}
	}
	if no != nil {
		return envelope{Code: no.code, Msg: no.text, Data: []string{}}
	}
	return answer.envelope(c.front.x.Now)
}
