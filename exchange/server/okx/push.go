package okx

import (
	"strings"

	"rulebot/engine/market"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// push is the envelope of what is pushed.
type push struct {
	Arg    any    `json:"arg"`
	Action string `json:"action,omitempty"`
	Data   any    `json:"data"`
}

// ownArg names a private topic and whose it is.
type ownArg struct {
	topic
	UID string `json:"uid"`
}

type accountPush struct {
	Arg       ownArg     `json:"arg"`
	EventType string     `json:"eventType"`
	CurPage   int        `json:"curPage"`
	LastPage  bool       `json:"lastPage"`
	Data      []balances `json:"data"`
}

type bookPush struct {
	Asks      [][4]string `json:"asks"`
	Bids      [][4]string `json:"bids"`
	InstID    string      `json:"instId,omitempty"`
	TS        string      `json:"ts"`
	Checksum  *int        `json:"checksum,omitempty"`
	PrevSeqID *int64      `json:"prevSeqId,omitempty"`
	SeqID     int64       `json:"seqId"`
}

type tradePush struct {
	tradeRow
	Count string `json:"count"`
	SeqID int64  `json:"seqId"`
}

// tell pushes to everyone who follows a topic, if anybody does.
func (f *Front) tell(t topic, data func() any) {
	if list := f.Subscribers(t); len(list) > 0 {
		f.Send(t, list, frame(push{Arg: t, Data: data()}))
	}
}

// Market pushes what the market published to who subscribed to it.
func (f *Front) Market(s *server.State, n *server.Notice) {
	f.tellUpkeep()
	switch n.Kind {
	case server.NoticeBook:
		f.pushBook(n)
	case server.NoticeCandle, server.NoticeMoved:
		f.pushCandles(s, n)
	case server.NoticeTicker:
		f.tell(topic{Channel: "tickers", InstID: n.Instrument}, func() any { return []tickerRow{newTicker(s, n.Instrument)} })
	}
	f.elapse(s)
}

// tellUpkeep pushes a maintenance that has begun or ended.
func (f *Front) tellUpkeep() {
	done, begun := f.Turn()
	if done != nil {
		f.pushStatus(f.maintenance(done, "completed"))
	}
	if begun != nil {
		f.pushStatus(f.maintenance(begun, "ongoing"))
	}
}

func (f *Front) pushStatus(row statusRow) {
	row.TS = milli(f.x.Now())
	f.tell(topic{Channel: "status"}, func() any { return []statusRow{row} })
}

// pushBook pushes a book in each of its forms. One that is told again unchanged
// keeps its number.
func (f *Front) pushBook(n *server.Notice) {
	was := f.books[n.Instrument]
	now := was
	if len(n.BidDiff)+len(n.AskDiff) > 0 {
		now++
		f.books[n.Instrument] = now
	}
	t := topic{Channel: "books", InstID: n.Instrument}
	if list := f.Subscribers(t); len(list) > 0 {
		f.Send(t, list, bookFrame(t, "update", n.BidDiff, n.AskDiff, n.At, was, now))
	}
	if was == now {
		return
	}
	for _, c := range [...]string{"books5", "bbo-tbt"} {
		t := topic{Channel: c, InstID: n.Instrument}
		f.tell(t, func() any { return shortBook(t, n.Bids, n.Asks, n.At, now) })
	}
}

func bookFrame(t topic, action string, bids, asks []market.Level, at market.Time, was, now int64) []byte {
	return frame(push{t, action, []bookPush{{
		Asks: levels(asks, len(asks)), Bids: levels(bids, len(bids)), TS: milli(at), Checksum: new(int), PrevSeqID: &was, SeqID: now,
	}}})
}

// shortBook is the best level, or the five best ones.
func shortBook(t topic, bids, asks []market.Level, at market.Time, now int64) []bookPush {
	depth := 1
	b := bookPush{TS: milli(at), SeqID: now}
	if t.Channel == "books5" {
		depth, b.InstID = 5, t.InstID
	}
	b.Asks, b.Bids = levels(asks, depth), levels(bids, depth)
	return []bookPush{b}
}

// pushCandles pushes the candles that a notice changed, those that somebody
// follows.
func (f *Front) pushCandles(s *server.State, n *server.Notice) {
	for _, b := range bars {
		t := topic{Channel: candlePrefix + b.name, InstID: n.Instrument}
		list := f.Subscribers(t)
		if len(list) == 0 {
			continue
		}
		from := b.open(s.Now())
		if n.Kind == server.NoticeCandle {
			from = b.open(n.Candle.Open)
		}
		var now []candle
		if n.Closed { // the running one is not the next yet
			rows, _ := b.parts(s, n.Instrument, from, from, 1)
			now = gather(rows, b, from, n.Candle.Close(), 1)
		} else {
			now = candles(s, n.Instrument, b, from, from, 1)
		}
		for _, c := range now {
			f.Send(t, list, frame(push{Arg: t, Data: [][9]string{c.row()}}))
		}
	}
}

// News pushes prints to everyone and what is an account's to its owner.
func (f *Front) News(n *sim.News) {
	f.desk.note(n)
	switch n.Kind {
	case sim.NewsTrade:
		for _, c := range [...]string{"trades", "trades-all"} {
			f.tell(topic{Channel: c, InstID: n.Instrument}, func() any {
				row := newTrade(n.Instrument, &server.Print{Trade: n.Trade, At: n.At})
				return []tradePush{{row, "1", f.books[n.Instrument]}}
			})
		}
	case sim.NewsFill:
		fill := n.Fill
		f.desk.fill = &fill
		f.owner(n, "fills", func() any { return []fillRow{newFill(&fill, f.desk.marks[fill.ExchangeID], sim.Fees{})} })
	case sim.NewsOrder:
		fill := f.desk.fill
		if fill != nil && fill.ExchangeID != n.Order.ID {
			fill = nil
		}
		f.desk.fill = nil
		f.owner(n, "orders", func() any { return []orderPush{newOrderPush(&n.Order, f.desk.marks[n.Order.ID], fill)} })
	case sim.NewsAlgo:
		f.owner(n, "orders-algo", func() any { return []algoRow{newAlgo(n.Algo, f.desk.algos[n.Algo.ID])} })
	case sim.NewsBalance:
		f.pushBalance(n)
	}
}

// owner pushes what is an account's, on every topic that it is part of.
func (f *Front) owner(n *sim.News, name string, data func() any) {
	kinds := []string{"SPOT", "ANY"}
	if name == "fills" {
		kinds = []string{""}
	}
	for _, kind := range kinds {
		for _, id := range [...]string{"", n.Instrument} {
			t := topic{Channel: name, InstType: kind, InstID: id}
			f.SendOwner(t, n.Account, func() []byte { return frame(push{Arg: ownArg{t, f.uid(n.Account)}, Data: data()}) })
		}
	}
}

func (f *Front) pushBalance(n *sim.News) {
	for _, ccy := range [...]string{"", n.Balance.Currency} {
		t := topic{Channel: "account", Ccy: ccy}
		f.SendOwner(t, n.Account, func() []byte {
			body := balances{UTime: milli(n.At), Details: []balanceRow{newBalance(&n.Balance, n.At)}}
			return frame(accountPush{ownArg{t, f.uid(n.Account)}, "event_update", 1, true, []balances{body}})
		})
	}
}

// snapshot sends what a topic starts with. The exchange is locked.
func (c *conn) snapshot(s *server.State, t topic) {
	bids, asks, at := s.Book(t.InstID)
	if at == 0 {
		at = s.Now() // an empty book is a snapshot too: the updates to come need one
	}
	switch now := c.front.books[t.InstID]; t.Channel {
	case "tickers":
		c.Send(frame(push{Arg: t, Data: []tickerRow{newTicker(s, t.InstID)}}))
	case "books":
		c.Send(bookFrame(t, "snapshot", bids, asks, at, -1, now))
	case "books5", "bbo-tbt":
		c.Send(frame(push{Arg: t, Data: shortBook(t, bids, asks, at, now)}))
	case "instruments":
		rows := []instrumentRow{}
		for _, inst := range s.Instruments() {
			rows = append(rows, newInstrument(&inst, c.front.codes))
		}
		c.Send(frame(push{Arg: t, Data: rows}))
	case "account":
		var of []string
		if t.Ccy != "" {
			of = []string{t.Ccy}
		}
		body := balances{UTime: milli(s.Now()), Details: holdings(s, c.Account.Name, of)}
		c.Send(frame(accountPush{ownArg{t, c.front.uid(c.Account.Name)}, "snapshot", 1, true, []balances{body}}))
	case "status":
		if m := c.front.Upkeep(); m != nil {
			row := c.front.maintenance(m, "ongoing")
			row.TS = milli(s.Now())
			c.Send(frame(push{Arg: t, Data: []statusRow{row}}))
		}
	default:
		c.snapshotCandle(s, t)
	}
}

func (c *conn) snapshotCandle(s *server.State, t topic) {
	b, is := barOf(strings.TrimPrefix(t.Channel, candlePrefix))
	if !is || !strings.HasPrefix(t.Channel, candlePrefix) {
		return
	}
	for _, one := range candles(s, t.InstID, b, 0, 1<<62, 1) {
		c.Send(frame(push{Arg: t, Data: [][9]string{one.row()}}))
	}
}
