package okcoin

import (
	"net/http"
	"strings"

	"rulebot/exchange/server/faults"
)

// class returns what a call is to the faults.
func (c *call) class() string {
	switch path := strings.TrimPrefix(c.pattern, "POST"+spot); {
	case c.access == public:
		return "public"
	case path == c.pattern:
		return "query"
	case path == "orders" || path == "batch_orders":
		return "place"
	case strings.HasPrefix(path, "amend"):
		return "amend"
	case strings.Contains(path, "algo"):
		return "algo"
	}
	return "cancel"
}

// faulty runs a call unless a fault says otherwise. A spoilt one was answered
// here.
func (q *request) faulty(w http.ResponseWriter, c *call, body []byte) (answer any, no *fault, spoilt bool) {
	a, gone := q.front.Spoil(w, q.http, c.class(), func() { q.run(c, body) })
	if gone {
		return nil, nil, true
	}
	switch a.Kind {
	case faults.Error:
		writeJSON(w, a.Status, gatewayBody{"Server is busy, please try again."})
		return nil, nil, true
	case faults.Limit:
		return nil, &faultLimit, false
	case faults.Maintenance:
		return faultUpgrade.refusal("", "-1"), nil, false
	default: // no request is refused for the others
	}
	answer, no = q.run(c, body)
	return answer, no, false
}

// gatewayBody is what stands in front of the exchange says.
type gatewayBody struct {
	Message string `json:"message"`
}

// maintenance returns the row of one that is on.
func (f *Front) maintenance(m *faults.Fault) statusRow {
	from, to := f.Span(m)
	return statusRow{Title: "Spot System Upgrade", ProductType: "1", Status: "1", StartTime: iso(from), EndTime: iso(to)}
}

// tellUpkeep pushes a maintenance that has begun or ended. The exchange is
// locked.
func (f *Front) tellUpkeep() {
	ended, begun := f.Turn()
	t := topic{channel: chanStatus}
	if ended != nil {
		row := f.maintenance(ended)
		row.Status = "2"
		f.Send(t, f.Subscribers(t), f.encoder.status(row))
	}
	if begun != nil {
		f.Send(t, f.Subscribers(t), f.encoder.status(f.maintenance(begun)))
	}
}
