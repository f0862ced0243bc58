package venue

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Stream is one WebSocket connection.
type Stream struct {
	venue  *Venue
	path   string // of its address
	out    func(text []byte)
	topics []string
	own    bool // logged in
}

// Open connects to an address, whose path it is; out takes every frame.
func (v *Venue) Open(path string, out func(text []byte)) *Stream {
	s := &Stream{venue: v, path: path, out: out}
	v.streams = append(v.streams, s)
	return s
}

// Close ends the connection: nothing is pushed any more.
func (s *Stream) Close() {
	if i := slices.Index(s.venue.streams, s); i >= 0 {
		s.venue.streams = slices.Delete(s.venue.streams, i, i+1)
	}
}

// receive takes a message of a client of Okcoin's.
func (s *Stream) receive(text []byte) {
	var c struct {
		Op   string   `json:"op"`
		Args []string `json:"args"`
	}
	if json.Unmarshal(text, &c) != nil {
		s.out([]byte(`{"event":"error","message":"Unrecognized request","errorCode":30039}`))
		return
	}
	switch c.Op {
	case "login":
		s.login(c.Args)
	case "subscribe":
		for _, t := range c.Args {
			s.subscribe(t)
		}
	case "unsubscribe":
		for _, t := range c.Args {
			s.topics = slices.DeleteFunc(s.topics, func(x string) bool { return x == t })
			s.out([]byte(`{"event":"unsubscribe","channel":"` + t + `"}`))
		}
	}
}

func (s *Stream) login(args []string) {
	v := s.venue
	if len(args) != 4 || args[0] != v.cfg.Key || args[1] != v.cfg.Passphrase || args[3] != v.sign(args[2]+"GET/users/self/verify") {
		s.out([]byte(`{"event":"error","message":"login failed","errorCode":30013}`))
		return
	}
	whole, rest, _ := strings.Cut(args[2], ".")
	at := time.Duration(number(whole))*time.Second + time.Duration(number(rest))*time.Millisecond
	if (v.now - at).Abs() > Window {
		s.out([]byte(`{"event":"error","message":"Request timestamp expired","errorCode":30008}`))
		return
	}
	s.own = true
	s.out([]byte(`{"event":"login","success":true}`))
}

func (s *Stream) subscribe(topic string) {
	name, filter, _ := strings.Cut(topic, ":")
	v := s.venue
	if (name == "spot/order" || name == "spot/account" || name == "spot/order_algo") && !s.own {
		s.out([]byte(`{"event":"error","message":"User not logged in: ` + topic + `","errorCode":30041}`))
		return
	}
	if !slices.Contains(s.topics, topic) {
		s.topics = append(s.topics, topic)
	}
	s.out([]byte(`{"event":"subscribe","channel":"` + topic + `"}`))
	switch m := v.market(filter); {
	case name == "spot/depth_l2_tbt" && m != nil:
		s.out(m.snapshot())
	case name == "spot/candle60s" && m != nil:
		m.roll()
	case name == "spot/account":
		s.out(v.wallet(filter).push(v.now))
	}
}

func (v *Venue) publish(topic string, text []byte) {
	for _, s := range v.streams {
		if slices.Contains(s.topics, topic) {
			s.out(text)
		}
	}
}

func (w *wallet) push(at time.Duration) []byte {
	return []byte(`{"table":"spot/account","data":[{"available":"` + (w.total - w.hold).String() + `","balance":"` + w.total.String() +
		`","currency":"` + w.currency + `","hold":"` + w.hold.String() + `","id":"","timestamp":"` + iso(at) + `"}]}`)
}

func (v *Venue) tellBalance(w *wallet) {
	v.publish("spot/account:"+w.currency, w.push(v.now))
}

func (v *Venue) tellOrder(o *Order, _ bool) {
	topic := "spot/order:" + o.market.ID
	if !slices.ContainsFunc(v.streams, func(s *Stream) bool { return slices.Contains(s.topics, topic) }) {
		return
	}
	row := o.row(moment{state: o.State, filled: o.Filled, fee: o.fee}, v.now)
	f := &o.last
	b := append([]byte(`{"table":"spot/order","data":[`), row[:len(row)-1]...)
	id, at := "0", iso(0)
	if f.Trade != 0 {
		id, at = digits(f.Trade), iso(f.At)
	}
	b = append(b, `,"last_fill_id":"`+id+`","last_fill_px":"`+f.Price.String()+`","last_fill_qty":"`+f.Size.String()+`","last_fill_time":"`+at+`"}]}`...)
	v.publish(topic, b)
}
