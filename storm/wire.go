package storm

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"rulebot/exchange"
	"rulebot/storm/venue"
)

// The credentials of the simulated account. The judge looks for them wherever
// the bot writes.
const (
	apiKey        = "storm-key-7f3a"
	apiSecret     = "storm-secret-91c4e0"
	apiPassphrase = "storm-phrase-55d2"
)

// callWithin is the deadline that the bot's own HTTP client has.
const callWithin = 5 * time.Second

// wire carries REST calls in bytes.
type wire struct{ bot *bot }

// CloseIdle closes nothing.
func (*wire) CloseIdle() {}

// call is one request on its way.
type call struct {
	wire     *wire
	request  exchange.Call
	target   string
	endpoint string
	fiber    *fiber
	reply    exchange.Reply
	err      error
	done     bool
	stop     string // that it wants held
}

var (
	errRefused  = errors.New("connection refused")
	errDeadline = errors.New("deadline exceeded")
	errReset    = errors.New("connection reset by peer")
)

// Do makes the call once.
func (x *wire) Do(_ context.Context, request exchange.Call) (exchange.Reply, error) {
	b, r := x.bot, x.bot.run
	w, f := r.world, r.faults()
	posts := request.Method == http.MethodPost
	if posts {
		b.effect("before a send")
	}
	if w.chance(f.Rest.Refused) || r.cut(BothWays) {
		r.count("rest.refused")
		_ = w.sleep(b.ctx, w.upTo(2*time.Second)) // it is killed, or it slept
		return exchange.Reply{}, errRefused
	}
	c := &call{wire: x, request: request, target: strings.TrimPrefix(request.URL, "https://"+host), fiber: w.current}
	c.endpoint = r.dialect.endpoint(request.Method, c.target)
	c.depart()
	r.warmUpBroken(c)
	c.travel()
	deadline := w.now + callWithin
	for !c.done {
		if w.now >= deadline {
			c.done = true
			r.count("rest.deadline")
			return exchange.Reply{Connected: true}, errDeadline
		}
		c.fiber.wakeAfter(deadline - w.now)
		c.fiber.park()
	}
	if posts {
		b.effect("after an answer")
	}
	return c.reply, c.err
}

// depart tells the judge what leaves.
func (c *call) depart() {
	r := c.wire.bot.run
	r.judge.At(r.world.now)
	r.judge.Departs(c.endpoint, r.dialect.allowed(c.endpoint))
	r.leaks("request", c.target+string(c.request.Body))
	r.trace().sum([]byte(c.target))
	r.dialect.leaves(c)
}

// placed is an order as a call carries it.
type placed struct{ client, instrument, side, price, size string }

func (c *call) departOrder(p *placed) {
	r := c.wire.bot.run
	r.say("send %s %s %s %s at %s", p.client, p.instrument, p.side, p.size, p.price)
	r.judge.Submit(p.client, p.instrument, p.side == "buy", p.price, p.size, c.signed())
	r.fresh(p.instrument)
	r.offered(p.instrument, p.side)
}

func (c *call) departCancel(id string) {
	r := c.wire.bot.run
	r.say("cancel %s", id)
	r.judge.Cancel(id)
}

// says reads the body of a call.
func (c *call) says(what string, to any) {
	if err := json.Unmarshal(c.request.Body, to); err != nil {
		c.wire.bot.run.judge.Violated("I10", "%s left that is not JSON: %v", what, err)
	}
}

// travel lets the request go its way, on which much can happen to it.
func (c *call) travel() {
	r := c.wire.bot.run
	w, f := r.world, r.faults()
	out := 2*time.Millisecond + w.upTo(f.Rest.Delay)
	switch {
	case w.chance(f.Rest.DropRequest), r.cut(Outwards):
		r.count("rest.drop_request")
		return
	case w.chance(f.Rest.TooMany):
		w.after(out, c.tooMany)
		return
	case w.chance(f.Rest.Status):
		w.after(out, c.trouble)
		return
	}
	w.after(out, func() {
		reply := c.arrive()
		switch {
		case w.chance(f.Rest.DropResponse):
			r.count("rest.drop_response")
			if w.chance(5000) {
				c.answer(exchange.Reply{Connected: true}, errReset)
			}
			return
		case w.chance(f.Rest.Garbled):
			r.count("rest.garbled")
			reply.Body = garbled(reply.Body, w)
		}
		c.answer(exchange.Reply{Connected: true, Status: reply.Status, Body: reply.Body, Header: http.Header{}}, nil)
	})
	again := c.request.Method == http.MethodGet || (c.endpoint != r.dialect.hold || r.dialect.named) && f.Venue.Unique == venue.Always
	if again && w.chance(f.Rest.Duplicate) {
		r.count("rest.duplicate_delivery")
		w.after(out+w.upTo(3*time.Second), func() { c.arrive() })
	}
}

// arrive is the moment at which the exchange has the request.
func (c *call) arrive() venue.Reply {
	r := c.wire.bot.run
	r.venue.Advance(r.world.now)
	reply := r.venue.Call(&venue.Request{Method: c.request.Method, Target: c.target, Header: c.header, Body: c.request.Body})
	r.say("exchange: %s %s → %d %s", c.endpoint, c.target, reply.Status, reply.Body)
	if c.stop != "" && reply.Status == http.StatusOK {
		r.kept(c.stop, reply.Body)
	}
	return reply
}

// header reads a header as it is spelled on the wire.
func (c *call) header(name string) string {
	if values := c.request.Header[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// signed returns the time that the request carries.
func (c *call) signed() time.Duration {
	at, err := time.Parse(time.RFC3339Nano, c.header("OK-ACCESS-TIMESTAMP"))
	if err != nil {
		return c.wire.bot.run.world.now
	}
	return time.Duration(at.UnixNano())
}

// answer lets the reply travel back.
func (c *call) answer(reply exchange.Reply, err error) {
	r := c.wire.bot.run
	w := r.world
	w.after(2*time.Millisecond+w.upTo(r.faults().Rest.Delay), func() {
		if c.done || c.wire.bot.dead || r.cut(Inwards) {
			return
		}
		c.done, c.reply, c.err = true, reply, err
		c.shows()
		c.fiber.wake()
	})
}

// tooMany is a complaint about the number of calls: nothing was applied.
func (c *call) tooMany() {
	r := c.wire.bot.run
	r.count("rest.429")
	after := 1 + r.world.random.IntN(5)
	header := http.Header{"Retry-After": {strconv.Itoa(after)}}
	status := http.StatusTooManyRequests
	if r.dialect.plain && after%2 == 0 {
		status = http.StatusOK
	}
	c.answer(exchange.Reply{Connected: true, Status: status, Header: header, Body: []byte(r.dialect.tooMany)}, nil)
}

// trouble is a status that somebody between us and the exchange made, or the
// exchange in trouble: the request was applied, or not.
func (c *call) trouble() {
	r := c.wire.bot.run
	w := r.world
	statuses := [...]int{200, 400, 401, 403, 404, 429, 500, 502, 503, 504, 520, 522, 524, 302}
	status := statuses[w.random.IntN(len(statuses))]
	applied := w.random.IntN(2) == 0
	if applied {
		c.arrive()
	}
	bodies := [...]string{"", "<html><body>Bad gateway</body></html>", "null", "{}", "[]", r.dialect.trouble}
	body := bodies[w.random.IntN(len(bodies))]
	if c.request.Method == http.MethodGet && status == 200 && (body == "[]" || body == "{}") {
		body = "" // an empty list is a statement, and a wrong one
	}
	r.count("rest.status " + strconv.Itoa(status))
	c.answer(exchange.Reply{Connected: true, Status: status, Header: http.Header{}, Body: []byte(body)}, nil)
}

// garbled cuts a body, or puts another in its place.
func garbled(body []byte, w *world) []byte {
	if len(body) > 2 && w.random.IntN(2) == 0 {
		return body[:1+w.random.IntN(len(body)-2)]
	}
	return []byte("<html>")
}
