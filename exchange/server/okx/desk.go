package okx

import (
	"cmp"
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// desk is what the exchange notes of orders beside what the matching needs. The
// exchange's lock guards it.
type desk struct {
	marks map[string]*mark // by order id
	algos map[string]*algoMark
	timer map[timerKey]market.Time // the dead man's switches, by when they are due

	coming     *mark     // of the order that is being placed: its first news brings its id
	comingAlgo *algoMark // likewise
	fill       *sim.Fill // told last; its order follows
}

func newDesk() desk {
	return desk{marks: map[string]*mark{}, algos: map[string]*algoMark{}, timer: map[timerKey]market.Time{}}
}

// mark is what an order was placed with.
type mark struct {
	tag          string
	kind         string // ordType
	sz, tgtCcy   string // of a market order
	source       string // what placed it, if not the account itself
	algoID       string
	algoClOrdID  string
	cancelSource string // where the matching does not know better
}

// algoMark is what an algo order was placed with.
type algoMark struct {
	clOrdID, tag, kind string
	takes              bool // a lone trigger is a take profit
	tgtCcy             string
}

// mark returns the note of an order, made if there is none.
func (d *desk) mark(id string) *mark {
	m := d.marks[id]
	if m == nil {
		m = &mark{}
		d.marks[id] = m
	}
	return m
}

// note takes down what the news tell of ids.
func (d *desk) note(n *sim.News) {
	switch n.Kind {
	case sim.NewsOrder:
		if d.coming != nil && d.marks[n.Order.ID] == nil {
			d.marks[n.Order.ID], d.coming = d.coming, nil
		}
	case sim.NewsAlgo:
		if d.comingAlgo != nil && d.algos[n.Algo.ID] == nil {
			d.algos[n.Algo.ID], d.comingAlgo = d.comingAlgo, nil
		}
		d.fired(n.Algo)
	default:
	}
}

// fired notes which algo order placed an order.
func (d *desk) fired(a *sim.Algo) {
	if a.OrderID == "" || d.marks[a.OrderID] != nil {
		return
	}
	m := d.mark(a.OrderID)
	m.algoID, m.source = a.ID, "7"
	by := d.algos[a.ID]
	if by == nil {
		return
	}
	m.algoClOrdID, m.tag = by.clOrdID, by.tag
	switch by.kind {
	case "trigger":
		m.source = "6"
	case "move_order_stop":
		m.source = "25"
	}
}

// timerKey is whose dead man's switch it is. An empty tag is all orders.
type timerKey struct{ account, tag string }

const (
	timerTags  = 20 // most of an account
	timerLeast = 10
	timerMost  = 120
)

// arm sets a switch, or takes it away.
func (d *desk) arm(k timerKey, due market.Time) *fault {
	if due == 0 {
		delete(d.timer, k)
		return nil
	}
	tags := 0
	for other := range d.timer { // a count has no order
		if other.account == k.account && other != k {
			tags++
		}
	}
	if tags >= timerTags {
		return &faultTags
	}
	d.timer[k] = due
	return nil
}

// elapse cancels what the switches that are due hold. The exchange is locked.
func (f *Front) elapse(s *server.State) {
	if len(f.desk.timer) == 0 {
		return
	}
	var due []timerKey
	for k, at := range f.desk.timer { // sorted below
		if at <= s.Now() {
			due = append(due, k)
		}
	}
	slices.SortFunc(due, func(a, b timerKey) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.tag, b.tag))
	})
	for _, k := range due {
		delete(f.desk.timer, k)
	}
	for _, k := range due {
		f.cancelAll(s, k)
	}
}

// cancelAll cancels the resting orders of an account, or those with a tag.
func (f *Front) cancelAll(s *server.State, k timerKey) {
	for _, inst := range s.Instruments() {
		for _, o := range s.Orders(k.account, inst.ID, live) {
			m := f.desk.mark(o.ID)
			if k.tag != "" && m.tag != k.tag {
				continue
			}
			m.cancelSource = "20"
			if _, refusal := s.Cancel(k.account, inst.ID, o.ID); refusal != nil {
				m.cancelSource = ""
			}
		}
	}
}

// await lets a switch go off when the market is silent, on a clock that runs by
// itself. On another one the market's next event tells.
func (f *Front) await(d time.Duration) {
	if _, alone := f.x.Clock().(*server.Wall); !alone {
		return
	}
	time.AfterFunc(d/time.Duration(max(1, f.opt.Speed))+time.Millisecond, func() {
		if f.Enter() {
			defer f.Leave()
			f.x.With(f.elapse)
		}
	})
}
