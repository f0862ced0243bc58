package okx

import (
	"slices"
	"strings"

	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
	"rulebot/exchange/sim"
)

func algoCalls() []call {
	return []call{
		{"POST trade/order-algo", "algo", front.Per2s(20), forPair, (*request).placeAlgo},
		{"POST trade/cancel-algos", "algo", front.Per2s(20), inBatch, (*request).cancelAlgos},
		{"GET trade/order-algo", "query", front.Per2s(20), private, (*request).algo},
		{"GET trade/orders-algo-pending", "query", front.Per2s(20), private, (*request).algosPending},
		{"GET trade/orders-algo-history", "query", front.Per2s(20), private, (*request).algosHistory},
	}
}

// algoBatchMax is how many algo orders one request cancels.
const algoBatchMax = 10

func (q *request) placeAlgo() (any, *fault)   { return q.one((*trader).placeAlgo) }
func (q *request) cancelAlgos() (any, *fault) { return q.each(algoBatchMax, (*trader).cancelAlgo) }

// algo answers one by either id.
func (q *request) algo() (any, *fault) {
	if q.query.Get("algoId") == "" && q.query.Get("algoClOrdId") == "" {
		return nil, &faultNoID
	}
	rows, no := q.algos(nil, func(*algoRow) bool { return true })
	switch {
	case no != nil:
		return nil, no
	case len(rows) == 0:
		return nil, &faultNoOrder
	}
	return rows[:1], nil
}

// kinds reads which kinds of algo orders are asked for. Only the two that stop
// may stand together.
func (q *request) kinds() ([]string, *fault) {
	list := strings.Split(q.query.Get("ordType"), ",")
	for _, k := range list {
		switch k {
		case "":
			return nil, missing("ordType")
		case "conditional", "oco":
		case "trigger", "move_order_stop", "twap", "smart_iceberg":
			if len(list) > 1 {
				return nil, invalid("ordType")
			}
		default:
			return nil, invalid("ordType")
		}
	}
	return list, nil
}

func (q *request) algosPending() (any, *fault) {
	kinds, no := q.kinds()
	if no != nil {
		return nil, no
	}
	return q.algoList(kinds, func(r *algoRow) bool { return r.State == "live" || r.State == "pause" })
}

func (q *request) algosHistory() (any, *fault) {
	kinds, no := q.kinds()
	if no != nil {
		return nil, no
	}
	state := q.query.Get("state")
	switch state {
	case "":
		if q.query.Get("algoId") == "" {
			return nil, missing("state")
		}
	case "effective", "canceled", "order_failed":
	default:
		return nil, invalid("state")
	}
	return q.algoList(kinds, func(r *algoRow) bool {
		return r.State != "live" && r.State != "pause" && (state == "" || r.State == state)
	})
}

func (q *request) algoList(kinds []string, keep func(*algoRow) bool) (any, *fault) {
	rows, no := q.algos(kinds, keep)
	if no != nil {
		return nil, no
	}
	return rows, nil
}

// algos lists algo orders of some kinds, or of all, by what the query says.
func (q *request) algos(kinds []string, keep func(*algoRow) bool) (rows []algoRow, no *fault) {
	p, no := q.page()
	if no != nil {
		return nil, no
	}
	algoID, clOrdID := q.query.Get("algoId"), q.query.Get("algoClOrdId")
	rows = []algoRow{}
	q.front.x.With(func(s *server.State) {
		var ids []string
		if ids, no = q.wanted(s); no != nil {
			return
		}
		for _, id := range ids {
			for _, a := range s.Algos(q.account.Name, id, func(*sim.Algo) bool { return true }) {
				r := newAlgo(&a, q.front.desk.algos[a.ID])
				if kinds != nil && !slices.Contains(kinds, r.OrdType) || algoID != "" && r.AlgoID != algoID ||
					clOrdID != "" && r.AlgoClOrdID != clOrdID || !keep(&r) {
					continue
				}
				rows = append(rows, r)
			}
		}
		rows = cut(rows, p, func(r *algoRow) int64 { return r.id })
	})
	return rows, no
}
