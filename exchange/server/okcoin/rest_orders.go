package okcoin

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange/server"
	"rulebot/exchange/sim"
)

// forgotten is how long a cancelled order that never traded can be asked for.
const forgotten = 2 * time.Hour

// order answers one order by either id.
func (q *request) order() (any, *fault) {
	instrument := q.query("instrument_id", "")
	if instrument == "" {
		return nil, missing("instrument_id")
	}
	return q.view(instrument, func(s *server.State, id string) (any, *fault) {
		o, found := s.Order(q.account.Name, q.http.PathValue("id"))
		if !found || o.Instrument != id || isForgotten(&o, s.Now()) {
			return nil, &faultNoOrder
		}
		return newOrder(&o), nil
	})
}

func isForgotten(o *sim.Order, now market.Time) bool {
	return o.State == order.Canceled && o.Filled.IsZero() && now.Sub(o.Changed) > forgotten
}

type listState struct {
	code, word string
	states     []order.State
}

// listStates are the codes a list can be asked for, the words of early
// versions, and what they choose.
var listStates = [...]listState{
	{"-2", "failure", nil},
	{"-1", "cancelled", []order.State{order.Canceled}},
	{"0", "open", []order.State{order.Open}},
	{"1", "part_filled", []order.State{order.Partial}},
	{"2", "filled", []order.State{order.Filled}},
	{"3", "ordering", nil},
	{"4", "canceling", nil},
	{"6", "6", live()},
	{"7", "7", []order.State{order.Canceled, order.Filled}},
	{"all", "all", []order.State{order.Open, order.Partial, order.Canceled, order.Filled}},
}

func live() []order.State { return []order.State{order.Open, order.Partial} }

// readStates reads codes or words, several with a bar between them.
func readStates(text string) (states []order.State, known bool) {
	for one := range strings.SplitSeq(text, "|") {
		i := slices.IndexFunc(listStates[:], func(l listState) bool { return l.code == one || l.word == one })
		if i < 0 {
			return nil, false
		}
		states = append(states, listStates[i].states...)
	}
	return states, true
}

// orders lists orders by state. Early versions asked for a status, of all
// instruments if they named none.
func (q *request) orders() (any, *fault) {
	name := "state"
	text := q.query(name, "")
	if text == "" {
		name, text = "status", q.query("status", "")
	}
	states, known := readStates(text)
	switch {
	case text == "":
		return nil, missing("state")
	case !known:
		return nil, invalid(name)
	case name == "state" && q.query("instrument_id", "") == "":
		return nil, missing("instrument_id")
	}
	return q.listOrders(states)
}

// ordersPending lists what rests.
func (q *request) ordersPending() (any, *fault) { return q.listOrders(live()) }

// listOrders lists the orders of an instrument, or of all if none is named.
func (q *request) listOrders(states []order.State) (answer any, no *fault) {
	page, no := q.page()
	if no != nil {
		return nil, no
	}
	if instrument := q.query("instrument_id", ""); instrument != "" {
		return q.view(instrument, func(s *server.State, id string) (any, *fault) {
			return q.orderRows(s, []string{id}, states, page), nil
		})
	}
	q.front.x.With(func(s *server.State) {
		var ids []string
		for _, inst := range s.Instruments() {
			ids = append(ids, inst.ID)
		}
		answer = q.orderRows(s, ids, states, page)
	})
	return answer, nil
}

// orderRows returns a page of the orders of some instruments, newest first.
func (q *request) orderRows(s *server.State, instruments []string, states []order.State, p page) []orderRow {
	rows := []orderRow{}
	keep := func(state order.State) bool { return slices.Contains(states, state) }
	for _, id := range instruments {
		for _, o := range s.Orders(q.account.Name, id, keep) {
			if !isForgotten(&o, s.Now()) {
				rows = append(rows, newOrder(&o))
			}
		}
	}
	slices.SortFunc(rows, func(a, b orderRow) int { return cmp.Compare(b.id, a.id) })
	rows = cut(rows, p, func(r *orderRow) int64 { return r.id })
	pageHeaders(q, rows, func(r *orderRow) int64 { return r.id })
	return rows
}
