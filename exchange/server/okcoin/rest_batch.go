package okcoin

import (
	"strings"

	"rulebot/exchange/server"
)

// What one batch may hold.
const (
	batchInstruments = 4
	batchOrders      = 10 // of each instrument
)

// batchResult answers a batch: by instrument, in the order of the request.
type batchResult map[string][]orderResult

// poor reports whether an order of the batch was refused for lack of funds,
// which makes the whole answer a 400.
func (b batchResult) poor() bool {
	for _, rows := range b {
		for i := range rows {
			if rows[i].Code == "33017" {
				return true
			}
		}
	}
	return false
}

// batchSize refuses what is too many at once: counts are by instrument.
func batchSize(counts map[string]int) *fault {
	if len(counts) > batchInstruments {
		return &faultBatch
	}
	for _, n := range counts {
		if n > batchOrders {
			return &faultBatch
		}
	}
	return nil
}

// batch reads the instrument of each row of a batch, as the rows ask for it.
func (q *request) batch() (instruments []string, no *fault) {
	if len(q.list) == 0 {
		return nil, newFault(30020, "Body is required")
	}
	for _, row := range q.list {
		id, no := row.text("instrument_id")
		switch {
		case no != nil:
			return nil, no
		case id == "":
			return nil, missing("instrument_id")
		}
		instruments = append(instruments, strings.ToUpper(id))
	}
	return instruments, nil
}

// placeBatch places orders one after the other. Each is judged by itself.
func (q *request) placeBatch() (any, *fault) {
	instruments, no := q.batch()
	if no != nil {
		return nil, no
	}
	counts := map[string]int{}
	for _, id := range instruments {
		counts[id]++
	}
	if no := batchSize(counts); no != nil {
		return nil, no
	}
	answer := batchResult{}
	q.front.x.With(func(s *server.State) {
		for i, row := range q.list {
			key := underscored(instruments[i])
			answer[key] = append(answer[key], q.placeRow(s, row))
		}
	})
	return answer, nil
}

// placeRow places one order of a batch.
func (q *request) placeRow(s *server.State, row fields) orderResult {
	r, no := row.order()
	if no != nil {
		clientID, _ := row.text("client_oid")
		return no.refusal(clientID, "-1")
	}
	r.Instrument, r.Account = strings.ToUpper(r.Instrument), q.account.Name
	if _, listed := s.Instrument(r.Instrument); !listed {
		return faultNoPair.refusal(r.ClientID, "-1")
	}
	o, refusal := s.Submit(r)
	if refusal != nil {
		return refusedBy(refusal).refusal(r.ClientID, "-1")
	}
	return accepted(o.ClientID, o.ID)
}

// cancelRow is one row of a batch of cancels: orders of one instrument, by one
// kind of id.
type cancelRow struct {
	ids      []string
	byClient bool
}

func (b fields) cancelRow() (c cancelRow, no *fault) {
	orders, no := b.texts("order_ids")
	if no != nil {
		return c, no
	}
	clients, no := b.texts("client_oids")
	switch {
	case no != nil:
		return c, no
	case len(orders) > 0 && len(clients) > 0:
		return c, &faultBothIDs
	case len(orders)+len(clients) == 0:
		return c, &faultNoID
	case len(clients) > 0:
		return cancelRow{clients, true}, nil
	}
	return cancelRow{orders, false}, nil
}

// cancelBatch cancels orders one after the other. Each is judged by itself.
func (q *request) cancelBatch() (any, *fault) {
	instruments, no := q.batch()
	if no != nil {
		return nil, no
	}
	rows, counts := make([]cancelRow, len(q.list)), map[string]int{}
	for i, row := range q.list {
		if rows[i], no = row.cancelRow(); no != nil {
			return nil, no
		}
		counts[instruments[i]] += len(rows[i].ids)
	}
	if no := batchSize(counts); no != nil {
		return nil, no
	}
	answer := batchResult{}
	q.front.x.With(func(s *server.State) {
		for i := range rows {
			key := strings.ToLower(instruments[i])
			for _, id := range rows[i].ids {
				answer[key] = append(answer[key], q.cancelOne(s, instruments[i], id, rows[i].byClient))
			}
		}
	})
	return answer, nil
}

// cancelOne cancels one order of a batch. A refusal echoes the id that was
// asked for.
func (q *request) cancelOne(s *server.State, instrument, id string, byClient bool) orderResult {
	if _, listed := s.Instrument(instrument); !listed {
		return echoed(&faultNoPair, id, byClient)
	}
	o, refusal := s.Cancel(q.account.Name, instrument, id)
	if refusal != nil {
		return echoed(refusedBy(refusal), id, byClient)
	}
	return accepted(o.ClientID, o.ID)
}

func echoed(no *fault, id string, byClient bool) orderResult {
	if byClient {
		return no.refusal(id, "")
	}
	return no.refusal("", id)
}
