package okx

import (
	"math"
	"slices"
	"strconv"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
	"rulebot/exchange/sim"
)

func queryCalls() []call {
	return []call{
		{"GET trade/order", "query", front.Per2s(60), forPair, (*request).order},
		{"GET trade/orders-pending", "query", front.Per2s(60), private, (*request).pending},
		{"GET trade/orders-history", "query", front.Per2s(40), private, (*request).history},
		{"GET trade/orders-history-archive", "query", front.Per2s(20), private, (*request).archive},
		{"GET trade/fills", "query", front.Per2s(60), private, (*request).fills},
		{"GET trade/fills-history", "query", front.Per2s(10), private, (*request).fillsHistory},
	}
}

// How long what has ended can be asked for.
const (
	forgotten  = 2 * time.Hour // a cancelled order that never traded
	threeDays  = 3 * 24 * time.Hour
	sevenDays  = 7 * 24 * time.Hour
	threeMonth = 90 * 24 * time.Hour
	pageMax    = 100
)

func isForgotten(o *sim.Order, now market.Time) bool {
	return o.State == order.Canceled && o.Filled.IsZero() && now.Sub(o.Changed) > forgotten
}

// order answers one order by either id.
func (q *request) order() (any, *fault) {
	ordID, clOrdID := q.query.Get("ordId"), q.query.Get("clOrdId")
	if ordID == "" && clOrdID == "" {
		return nil, &faultNoID
	}
	return q.view(func(s *server.State, id string) (any, *fault) {
		q.front.elapse(s)
		t := &trader{front: q.front, state: s, account: q.account.Name}
		o, found := t.find(id, ordID, clOrdID)
		if !found || isForgotten(&o, s.Now()) {
			return nil, &faultNoOrder
		}
		return []orderRow{newOrder(&o, q.front.desk.marks[o.ID])}, nil
	})
}

// page is the part of a list that is asked for: older than after, newer than
// before, and of a time.
type page struct {
	after, before int64
	from, to      market.Time
	limit         int
}

func (q *request) page() (p page, no *fault) {
	if p.limit, no = q.number("limit", pageMax, pageMax); no != nil {
		return p, no
	}
	if p.from, no = q.instant("begin", 0); no != nil {
		return p, no
	}
	if p.to, no = q.instant("end", math.MaxInt64); no != nil {
		return p, no
	}
	if p.after, no = q.cursor("after", math.MaxInt64); no != nil {
		return p, no
	}
	p.before, no = q.cursor("before", math.MinInt64)
	return p, no
}

func (q *request) cursor(name string, absent int64) (int64, *fault) {
	text := q.query.Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalid(name)
	}
	return n, nil
}

// cut sorts rows newest first and keeps the newest within the page.
func cut[R any](rows []R, p page, id func(*R) int64) []R {
	slices.SortFunc(rows, func(a, b R) int {
		switch x, y := id(&a), id(&b); {
		case x > y:
			return -1
		case x < y:
			return 1
		}
		return 0
	})
	kept := rows[:0]
	for i := range rows {
		if n := id(&rows[i]); n < p.after && n > p.before && len(kept) < p.limit {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

// wanted returns the instruments a list is about: one, or all.
func (q *request) wanted(s *server.State) (ids []string, no *fault) {
	if id := q.query.Get("instId"); id != "" {
		if s.Known(id).ID == "" {
			return nil, &faultInstrument
		}
		return []string{id}, nil
	}
	return q.front.codes, nil
}

func (q *request) pending() (any, *fault) {
	if no := q.spot(false); no != nil {
		return nil, no
	}
	return q.orders(live, 0)
}

func ended(s order.State) bool { return !live(s) }

func (q *request) history() (any, *fault) { return q.past(sevenDays) }
func (q *request) archive() (any, *fault) { return q.past(threeMonth) }

func (q *request) past(age time.Duration) (any, *fault) {
	if no := q.spot(true); no != nil {
		return nil, no
	}
	return q.orders(ended, age)
}

// orders lists orders in some states, none older than age; 0 is any.
func (q *request) orders(keep func(order.State) bool, age time.Duration) (answer any, no *fault) {
	p, no := q.page()
	if no != nil {
		return nil, no
	}
	kind, state := q.query.Get("ordType"), q.query.Get("state")
	q.front.x.With(func(s *server.State) {
		q.front.elapse(s)
		var ids []string
		if ids, no = q.wanted(s); no != nil {
			return
		}
		rows := []orderRow{}
		for _, id := range ids {
			for _, o := range s.Orders(q.account.Name, id, keep) {
				old := age > 0 && s.Now().Sub(o.Changed) > age
				if old || isForgotten(&o, s.Now()) || o.Created < p.from || o.Created > p.to {
					continue
				}
				r := newOrder(&o, q.front.desk.marks[o.ID])
				if (kind == "" || r.OrdType == kind) && (state == "" || r.State == state) {
					rows = append(rows, r)
				}
			}
		}
		answer = cut(rows, p, func(r *orderRow) int64 { return r.id })
	})
	return answer, no
}

func (q *request) fills() (any, *fault) {
	if no := q.spot(false); no != nil {
		return nil, no
	}
	return q.fillsSince(threeDays)
}

func (q *request) fillsHistory() (any, *fault) {
	if no := q.spot(true); no != nil {
		return nil, no
	}
	return q.fillsSince(threeMonth)
}

func (q *request) fillsSince(age time.Duration) (answer any, no *fault) {
	p, no := q.page()
	if no != nil {
		return nil, no
	}
	ordID := q.query.Get("ordId")
	q.front.x.With(func(s *server.State) {
		q.front.elapse(s)
		var ids []string
		if ids, no = q.wanted(s); no != nil {
			return
		}
		rows := []fillRow{}
		for _, id := range ids {
			fees := s.Fees(q.account.Name, s.Known(id).Quote)
			for _, f := range s.Fills(q.account.Name, id) {
				if ordID != "" && f.ExchangeID != ordID || s.Now().Sub(f.At) > age || f.At < p.from || f.At > p.to {
					continue
				}
				rows = append(rows, newFill(&f, q.front.desk.marks[f.ExchangeID], fees))
			}
		}
		answer = cut(rows, p, func(r *fillRow) int64 { return r.id })
	})
	return answer, no
}
