package okcoin

import (
	"rulebot/engine/num"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// amendResult is the answer to an amendment.
type amendResult struct {
	orderResult
	RequestID string `json:"request_id"`
}

// amendTexts is the body of an amendment as it came.
type amendTexts struct {
	orderID, clientID, price, size, cancelOnFail, requestID string
}

func (b fields) amendTexts() (t amendTexts, no *fault) {
	for _, f := range [...]struct {
		name string
		into *string
	}{
		{"order_id", &t.orderID},
		{"client_oid", &t.clientID},
		{"new_price", &t.price},
		{"new_size", &t.size},
		{"cancel_on_fail", &t.cancelOnFail},
		{"request_id", &t.requestID},
	} {
		if *f.into, no = b.text(f.name); no != nil {
			return t, no
		}
	}
	return t, nil
}

// amendment reads what an amendment asks for.
func (t *amendTexts) amendment() (m sim.Amendment, no *fault) {
	switch {
	case t.orderID != "" && t.clientID != "":
		return m, &faultBothIDs
	case t.orderID == "" && t.clientID == "":
		return m, &faultNoID
	case t.price == "" && t.size == "":
		return m, newFault(30023, "new_price or new_size parameter is required")
	}
	m.ID, m.Request = t.orderID+t.clientID, t.requestID
	if t.price != "" {
		if m.Price, no = readAmount("new_price", t.price, num.ParsePrice); no != nil {
			return m, no
		}
	}
	if t.size != "" {
		if m.Quantity, no = readAmount("new_size", t.size, num.ParseQuantity); no != nil {
			return m, no
		}
	}
	switch t.cancelOnFail {
	case "1":
		m.CancelOnFail = true
	case "", "0":
	default:
		return m, invalid("cancel_on_fail")
	}
	return m, nil
}

// amend amends one order.
func (q *request) amend() (any, *fault) {
	t, no := q.body.amendTexts()
	if no != nil {
		return nil, no
	}
	m, no := t.amendment()
	if no != nil {
		return nil, no
	}
	return q.view(q.http.PathValue("instrument"), func(s *server.State, id string) (any, *fault) {
		return q.amendOne(s, id, &t, m), nil
	})
}

func (q *request) amendOne(s *server.State, instrument string, t *amendTexts, m sim.Amendment) amendResult {
	m.Account, m.Instrument = q.account.Name, instrument
	o, refusal := s.Amend(m)
	if refusal != nil {
		return t.refused(refusedBy(refusal))
	}
	return amendResult{accepted(o.ClientID, o.ID), t.requestID}
}

// refused echoes the id that was asked for.
func (t *amendTexts) refused(no *fault) amendResult {
	return amendResult{no.refusal(t.clientID, t.orderID), t.requestID}
}

// amendBatch amends orders one after the other. Each is judged by itself.
func (q *request) amendBatch() (any, *fault) {
	instruments, no := q.batch()
	if no != nil {
		return nil, no
	}
	if len(instruments) > batchOrders {
		return nil, &faultBatch
	}
	answer := map[string][]amendResult{}
	q.front.x.With(func(s *server.State) {
		for i, row := range q.list {
			key := underscored(instruments[i])
			answer[key] = append(answer[key], q.amendRow(s, instruments[i], row))
		}
	})
	return answer, nil
}

// amendRow amends one order of a batch.
func (q *request) amendRow(s *server.State, instrument string, row fields) amendResult {
	t, no := row.amendTexts()
	if no != nil {
		return t.refused(no)
	}
	m, no := t.amendment()
	if no == nil {
		if _, listed := s.Instrument(instrument); !listed {
			no = &faultNoPair
		}
	}
	if no != nil {
		return t.refused(no)
	}
	return q.amendOne(s, instrument, &t, m)
}
