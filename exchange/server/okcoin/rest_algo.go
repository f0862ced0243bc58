package okcoin

import (
	"strings"

	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
	"rulebot/exchange/sim"
)

func algoCalls() []call {
	return []call{
		{"POST" + spot + "order_algo", front.Per2s(40), private, (*request).placeAlgo},
		{"POST" + spot + "cancel_batch_algos", front.Per2s(20), private, (*request).cancelAlgos},
		{"GET" + spot + "algo", front.Per2s(20), private, (*request).algos},
	}
}

// placeAlgo takes an order to manage.
func (q *request) placeAlgo() (any, *fault) {
	t, no := q.body.algoTexts()
	if no != nil {
		return nil, no
	}
	r, no := t.request()
	if no != nil {
		return nil, no
	}
	return q.view(r.Instrument, func(s *server.State, id string) (any, *fault) {
		r.Instrument, r.Account = id, q.account.Name
		a, refusal := s.SubmitAlgo(r)
		if refusal != nil {
			return algoRefused(refusal, r.Side).algoRefusal(), nil
		}
		return algoResult{AlgoID: a.ID, ErrorCode: "0", Result: true}, nil
	})
}

// algosCanceled is the answer to cancelling: the ids whose cancel was begun.
type algosCanceled struct {
	AlgoIDs      []string `json:"algo_ids"`
	ErrorCode    string   `json:"error_code"`
	ErrorMessage string   `json:"error_message"`
	InstrumentID string   `json:"instrument_id"`
	OrderType    string   `json:"order_type"`
	Result       bool     `json:"result"`
}

// cancelAlgos cancels some algo orders of one instrument and kind.
func (q *request) cancelAlgos() (any, *fault) {
	instrument, no := q.body.text("instrument_id")
	if no == nil && instrument == "" {
		no = missing("instrument_id")
	}
	if no != nil {
		return nil, no
	}
	code, no := q.body.text("order_type")
	if no != nil {
		return nil, no
	}
	kind, no := readKind(code)
	if no != nil {
		return nil, no
	}
	ids, no := q.body.texts("algo_ids")
	switch {
	case no != nil:
		return nil, no
	case len(ids) == 0:
		return nil, missing("algo_ids")
	case len(ids) > algosCanceledMax(kind):
		return nil, &faultBatch
	}
	return q.view(instrument, func(s *server.State, id string) (any, *fault) {
		return q.cancelEach(s, id, code, ids), nil
	})
}

func (q *request) cancelEach(s *server.State, instrument, kind string, ids []string) algosCanceled {
	answer := algosCanceled{AlgoIDs: []string{}, ErrorCode: "0", InstrumentID: instrument, OrderType: kind}
	for _, id := range ids {
		known := s.Algos(q.account.Name, instrument, func(a *sim.Algo) bool { return a.ID == id && kindOf(a) == kind })
		if len(known) == 0 {
			continue
		}
		if _, refusal := s.CancelAlgo(q.account.Name, instrument, id); refusal == nil {
			answer.AlgoIDs = append(answer.AlgoIDs, id)
		}
	}
	if answer.Result = len(answer.AlgoIDs) > 0; !answer.Result {
		answer.ErrorCode, answer.ErrorMessage = "33014", faultNoOrder.text
	}
	return answer
}

// algos lists algo orders by state, or asks for some by id.
func (q *request) algos() (any, *fault) {
	instrument, kind := q.query("instrument_id", ""), q.query("order_type", "")
	if instrument == "" {
		return nil, missing("instrument_id")
	}
	k, no := readKind(kind)
	if no != nil {
		return nil, no
	}
	status, id := q.query("status", ""), q.query("algo_id", q.query("algo_ids", ""))
	switch {
	case status == "" && id == "":
		return nil, missing("status or algo_id")
	case status != "" && id != "":
		return nil, newFault(30024, "Only one of status and algo_id may be given")
	}
	states := "1236"
	if k == sim.AlgoIceberg || k == sim.AlgoSweep {
		states = "123456"
	}
	if len(status) > 1 || strings.Trim(status, states) != "" {
		return nil, invalid("status")
	}
	page, no := q.page()
	if no != nil {
		return nil, no
	}
	return q.view(instrument, func(s *server.State, instrument string) (any, *fault) {
		rows := []algoRow{}
		for _, a := range s.Algos(q.account.Name, instrument, func(a *sim.Algo) bool {
			return kindOf(a) == kind && (a.ID == id || status != "" && algoStatuses[a.State] == status)
		}) {
			rows = append(rows, newAlgoRow(&a))
		}
		rows = cut(rows, page, func(r *algoRow) int64 { return r.id })
		pageHeaders(q, rows, func(r *algoRow) int64 { return r.id })
		return map[string][]algoRow{underscored(instrument): rows}, nil
	})
}

// algoRefused translates the matching engine's reasons, of which one has a
// code for each side.
func algoRefused(r *sim.Refusal, side order.Side) *fault {
	if r.Reason != sim.WrongSide {
		return refusedBy(r)
	}
	if side == order.Buy {
		return &faultTrailBuy
	}
	return &faultTrailSell
}
