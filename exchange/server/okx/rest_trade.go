package okx

import (
	"strconv"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
)

func tradeCalls() []call {
	return []call{
		{"POST trade/order", "place", front.Per2s(60), forPair, (*request).placeOrder},
		{"POST trade/batch-orders", "place", front.Per2s(300), inBatch, (*request).placeBatch},
		{"POST trade/cancel-order", "cancel", front.Per2s(60), forPair, (*request).cancelOrder},
		{"POST trade/cancel-batch-orders", "cancel", front.Per2s(300), inBatch, (*request).cancelBatch},
		{"POST trade/amend-order", "amend", front.Per2s(60), forPair, (*request).amendOrder},
		{"POST trade/amend-batch-orders", "amend", front.Per2s(300), inBatch, (*request).amendBatch},
		{"POST trade/cancel-all-after", "cancel", front.PerSecond(1), forTag, (*request).cancelAllAfter},
	}
}

// batchMax is how many orders one request may hold.
const batchMax = 20

// deed is what a trader does with one element of a request.
type deed func(t *trader, body front.Fields) (result, *fault)

// expired reports whether a request may not be processed any more.
func (f *Front) expired(text string) *fault {
	if text == "" {
		return nil
	}
	ms, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || ms <= 0 || ms > 1<<43:
		return &faultExpTime
	case market.Milli(ms) < f.Now():
		return &faultLate
	}
	return nil
}

// one does one thing. What is wrong with its form is the whole answer.
func (q *request) one(do deed) (answer any, no *fault) {
	q.front.x.With(func(s *server.State) {
		q.front.elapse(s)
		t := &trader{front: q.front, state: s, account: q.account.Name}
		var r result
		if r, no = do(t, q.body); no != nil && no.http == 0 {
			r, no = r.failed(no), nil
		}
		answer = results{r}
	})
	return answer, no
}

// each does a thing with every element, one after the other. Each is judged by
// itself.
func (q *request) each(most int, do deed) (any, *fault) {
	if len(q.list) == 0 || len(q.list) > most {
		return nil, &faultBatch
	}
	answer := results{}
	q.front.x.With(func(s *server.State) {
		q.front.elapse(s)
		t := &trader{front: q.front, state: s, account: q.account.Name}
		for _, body := range q.list {
			answer = append(answer, t.judged(do, body))
		}
	})
	return answer, nil
}

// judged does one element of several.
func (t *trader) judged(do deed, body front.Fields) result {
	r, no := do(t, body)
	if no != nil {
		return r.failed(no)
	}
	return r
}

func (q *request) placeOrder() (any, *fault) {
	if no := q.front.expired(q.http.Header.Get("expTime")); no != nil {
		return nil, no
	}
	return q.one((*trader).place)
}

func (q *request) placeBatch() (any, *fault) {
	if no := q.front.expired(q.http.Header.Get("expTime")); no != nil {
		return nil, no
	}
	return q.each(batchMax, (*trader).place)
}

func (q *request) amendOrder() (any, *fault) {
	if no := q.front.expired(q.http.Header.Get("expTime")); no != nil {
		return nil, no
	}
	return q.one((*trader).amend)
}

func (q *request) amendBatch() (any, *fault) {
	if no := q.front.expired(q.http.Header.Get("expTime")); no != nil {
		return nil, no
	}
	return q.each(batchMax, (*trader).amend)
}

func (q *request) cancelOrder() (any, *fault) { return q.one((*trader).cancel) }
func (q *request) cancelBatch() (any, *fault) { return q.each(batchMax, (*trader).cancel) }

type timerRow struct {
	TriggerTime string `json:"triggerTime"`
	Tag         string `json:"tag"`
	TS          string `json:"ts"`
}

// cancelAllAfter sets a dead man's switch, or takes it away.
func (q *request) cancelAllAfter() (answer any, no *fault) {
	r := reading{body: q.body}
	text, tag := r.need("timeOut"), r.text("tag")
	if r.no != nil {
		return nil, r.no
	}
	seconds, err := strconv.Atoi(text)
	switch {
	case err != nil, seconds != 0 && (seconds < timerLeast || seconds > timerMost):
		return nil, invalid("timeOut")
	case !alphanumeric(tag, 16):
		return nil, invalid("tag")
	}
	wait := time.Duration(seconds) * time.Second
	q.front.x.With(func(s *server.State) {
		q.front.elapse(s)
		var due market.Time
		row := timerRow{TriggerTime: "0", Tag: tag, TS: milli(s.Now())}
		if seconds > 0 {
			due = s.Now().Add(wait)
			row.TriggerTime = milli(due)
		}
		no = q.front.desk.arm(timerKey{q.account.Name, tag}, due)
		answer = []timerRow{row}
	})
	if no == nil && seconds > 0 {
		q.front.await(wait)
	}
	return answer, no
}
