package venue

import (
	"encoding/json"
	"slices"
	"time"
)

// The addresses of OKX's streams.
const (
	pathPublic   = "/ws/v5/public"
	pathBusiness = "/ws/v5/business"
	pathPrivate  = "/ws/v5/private"
)

// topicOKX is an argument of a subscription.
type topicOKX struct {
	Channel    string `json:"channel"`
	Kind       string `json:"instType,omitempty"`
	Instrument string `json:"instId,omitempty"`
}

// commandOKX is a message of the client.
type commandOKX struct {
	Op   string `json:"op"`
	Args []struct {
		topicOKX
		Key        string `json:"apiKey"`
		Passphrase string `json:"passphrase"`
		Timestamp  string `json:"timestamp"`
		Sign       string `json:"sign"`
	} `json:"args"`
}

// receiveOKX takes a message of a client of OKX's.
func (s *Stream) receiveOKX(text []byte) {
	var c commandOKX
	if json.Unmarshal(text, &c) != nil {
		s.refuseOKX("60012", "Invalid request")
		return
	}
	for i := range c.Args {
		a := &c.Args[i]
		switch c.Op {
		case "login":
			s.loginOKX(a.Key, a.Passphrase, a.Timestamp, a.Sign)
		case "subscribe":
			s.subscribeOKX(&a.topicOKX)
		case "unsubscribe":
			s.topics = slices.DeleteFunc(s.topics, func(x string) bool { return x == a.name() })
			s.out([]byte(`{"event":"unsubscribe","arg":` + a.text() + `,"connId":"storm"}`))
		}
	}
}

func (t *topicOKX) name() string { return t.Channel + ":" + t.Instrument }

func (t *topicOKX) text() string {
	b, err := json.Marshal(t)
	if err != nil {
		return "{}" // three texts are always JSON
	}
	return string(b)
}

func (s *Stream) refuseOKX(code, text string) {
	s.out([]byte(`{"event":"error","code":"` + code + `","msg":"` + text + `","connId":"storm"}`))
}

func (s *Stream) loginOKX(key, passphrase, timestamp, sign string) {
	v := s.venue
	at := time.Duration(number(timestamp)) * time.Second
	switch {
	case s.path != pathPrivate:
		s.refuseOKX("60018", "Wrong URL for this operation.")
	case key != v.cfg.Key || passphrase != v.cfg.Passphrase || sign != v.sign(timestamp+"GET/users/self/verify"):
		s.refuseOKX("60009", "Login failed.")
	case (v.now - at).Abs() > Window:
		s.refuseOKX("60006", "Timestamp request expired")
	default:
		s.own = true
		s.out([]byte(`{"event":"login","code":"0","msg":"","connId":"storm"}`))
	}
}

// pathOf is where a channel is.
func (t *topicOKX) path() string {
	switch t.Channel {
	case "books", "trades":
		return pathPublic
	case "candle1m":
		return pathBusiness
	case "orders", "account":
		return pathPrivate
	}
	return ""
}

func (s *Stream) subscribeOKX(t *topicOKX) {
	v := s.venue
	m := v.market(t.Instrument)
	private := s.path == pathPrivate
	switch {
	case t.path() != s.path:
		s.refuseOKX("60018", "Wrong URL or channel doesn't exist.")
		return
	case private && !s.own:
		s.refuseOKX("60011", "Please log in")
		return
	case !private && m == nil:
		s.refuseOKX("60018", "Instrument doesn't exist.")
		return
	}
	if !slices.Contains(s.topics, t.name()) {
		s.topics = append(s.topics, t.name())
	}
	s.out([]byte(`{"event":"subscribe","arg":` + t.text() + `,"connId":"storm"}`))
	if private {
		s.out([]byte(`{"event":"channel-conn-count","channel":"` + t.Channel + `","connCount":"1","connId":"storm"}`))
	}
	switch t.Channel {
	case "books":
		s.out(m.frameOKX("snapshot", [2][]level{m.bids, m.asks}, -1))
	case "candle1m":
		m.roll()
	case "account":
		s.out(v.accountOKX())
	}
}

func accountOKX(kind string, details []byte, at time.Duration) []byte {
	b := append([]byte(`{"arg":{"channel":"account","uid":"1"},"eventType":"`+kind+`","curPage":1,"lastPage":true,"data":[{"uTime":"`+milli(at)+`","details":[`), details...)
	return append(b, `]}]}`...)
}

func (v *Venue) balanceOKX(w *wallet) {
	v.publish("account:", accountOKX("event_update", []byte(w.detail(balance{v.now, w.total, w.hold})), v.now))
}

// orderOKX pushes an order. Only one that just traded names a trade.
func (v *Venue) orderOKX(o *Order, fills bool) {
	fills = fills && (o.Algo == nil || !v.repeats(v.cfg.Habits.Bare))
	v.pushOKX(o, fills, v.now)
	if v.repeats(v.cfg.Habits.Again) {
		v.pushOKX(o, fills, v.now+time.Millisecond)
	}
}

func (v *Venue) pushOKX(o *Order, fills bool, at time.Duration) {
	b := append([]byte(`{"arg":{"channel":"orders","instType":"SPOT","uid":"1"},"data":[`),
		o.rowOKX(moment{at: at, state: o.State, filled: o.Filled, fee: o.fee})...)
	if f := &o.last; fills {
		b = append(b, `,"tradeId":"`+digits(f.Trade)+`","fillPx":"`+f.Price.String()+`","fillSz":"`+f.Size.String()+`","fillTime":"`+milli(f.At)+
			`","fillFee":"-`+f.Fee.String()+`","fillFeeCcy":"`+f.Currency+`","execType":"`+f.liquidity()+`"}]}`...)
	} else {
		b = append(b, `,"tradeId":"","fillPx":"","fillSz":"0","fillTime":"","fillFee":"0","fillFeeCcy":"","execType":""}]}`...)
	}
	v.publish("orders:", b)
}

func (m *Market) argOKX(channel string) string {
	return `{"arg":{"channel":"` + channel + `","instId":"` + m.ID + `"},`
}

func (m *Market) tapeOKX(p *traded) {
	v := m.venue
	side := "sell"
	if p.buyer {
		side = "buy"
	}
	b := append([]byte(m.argOKX("trades")), `"data":[{"instId":"`+m.ID+`","tradeId":"`+digits(v.trades)+`","px":"`...)
	b = p.price.append(b)
	b = p.size.append(append(b, `","sz":"`...))
	b = append(b, `","side":"`+side+`","ts":"`+milli(v.now)+`","count":"1"}]}`...)
	v.publish("trades:"+m.ID, b)
}

// candleOKX pushes a candle. When one opens, the one before it is final.
func (m *Market) candleOKX(c *candle) {
	if n := len(m.candles); c.volume == 0 && n > 1 {
		m.pushCandleOKX(&m.candles[n-2], true)
	}
	m.pushCandleOKX(c, false)
}

func (m *Market) pushCandleOKX(c *candle, closed bool) {
	b := append([]byte(m.argOKX("candle1m")), `"data":[`...)
	m.venue.publish("candle1m:"+m.ID, append(c.appendOKX(b, closed), `]}`...))
}

// bookOKX pushes what changed of the book, as the successor of what was.
func (m *Market) bookOKX(before [2][]level) {
	was := m.seq
	m.seq, m.told = m.next(), m.venue.now
	m.venue.wholeOKX()
	m.venue.publish("books:"+m.ID, m.frameOKX("update", [2][]level{changes(before[0], m.bids), changes(before[1], m.asks)}, was))
}

func (m *Market) frameOKX(action string, sides [2][]level, was int64) []byte {
	b := append([]byte(m.argOKX("books")), `"action":"`+action+`","data":[{"asks":`...)
	b = appendLevels(b, sides[1])
	b = appendLevels(append(b, `,"bids":`...), sides[0])
	return append(b, `,"ts":"`+milli(m.venue.now)+`","checksum":0,"prevSeqId":`+digits(was)+`,"seqId":`+digits(m.seq)+`}]}`...)
}
