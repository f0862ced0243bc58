package engine_test

import (
	"fmt"
	"strings"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/engine/order"
)

// held is what the exchange says of the stops that it holds: the answer to
// held or released #N, a list (stops [asked=TIME] ROW...) or a push (stop ROW).
// A row is ID:QUANTITY:TRIGGER:live, over, or the id of the order it became.
func (s *scene) held(what string, w []string) ([]engine.Event, error) {
	news := engine.HeldNews{Listed: what == "stops", Asked: s.at, Released: what == "released"}
	switch what {
	case "held", "released":
		var n uint64
		if _, err := fmt.Sscanf(w[0], "#%d", &n); err != nil {
			return nil, fmt.Errorf("%q is no stop", w[0])
		}
		news.ID, news.Result = s.cfg.IDs.New(n), result(w[1:])
		w = nil
	default:
		if len(w) > 0 && strings.HasPrefix(w[0], "asked=") {
			at, err := parseClock(w[0][len("asked="):])
			if err != nil {
				return nil, err
			}
			news.Asked, w = at, w[1:]
		}
	}
	for _, row := range w {
		f := strings.Split(row, ":")
		if len(f) != 4 {
			return nil, fmt.Errorf("%q is no stop", row)
		}
		r := engine.HeldRow{ExchangeID: f[0], Side: order.Sell, Quantity: num.MustQuantity(f[1]), Trigger: num.MustPrice(f[2]), State: engine.HeldLive, At: s.at}
		switch f[3] {
		case "live":
		case "over":
			r.State, r.Why = engine.HeldOver, "cancelled there"
		default:
			r.State, r.OrderID = engine.HeldOver, f[3]
		}
		news.Rows = append(news.Rows, r)
	}
	return []engine.Event{{Kind: engine.KindHeld, Instrument: s.cfg.Instruments[0].ID, Account: engine.AccountNews{Held: news}}}, nil
}
