package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"rulebot/cmd/bot/internal/control"
	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/order"
)

// decide reads ORDER=STATE.
func (o *operatorFlags) decide(text string) error {
	id, state, ok := strings.Cut(text, "=")
	if !ok || id == "" {
		return errors.New("write ORDER=STATE, such as r2in0000000100000001t0=CANCELED")
	}
	end := control.Ended{Order: id, State: strings.ToUpper(state)}
	if _, err := endsOf([]control.Ended{end}); err != nil {
		return err
	}
	o.decided = append(o.decided, end)
	return nil
}

// endsOf reads the states.
func endsOf(decided []control.Ended) ([]live.Ended, error) {
	var all []live.Ended
	for _, d := range decided {
		end := live.Ended{ClientID: d.Order}
		if err := end.State.UnmarshalText([]byte(d.State)); err != nil || !end.State.Terminal() {
			return nil, fmt.Errorf("%s is no end of an order: write FILLED, CANCELED, REJECTED or NOT_FOUND", d.State)
		}
		all = append(all, end)
	}
	return all, nil
}

// decide is what the engine would have made of a person's decisions.
func (l *latches) decide(decided []control.Ended, reason string) ([]engine.Change, error) {
	ends, err := endsOf(decided)
	if err != nil {
		return nil, err
	}
	var all []engine.Change
	for _, d := range ends {
		i := slices.IndexFunc(l.live, func(o order.Order) bool { return o.ClientID == d.ClientID && o.State == order.Conflict })
		if i < 0 {
			return nil, fmt.Errorf("no order %s is in CONFLICT there", d.ClientID)
		}
		o := l.live[i]
		if err := o.Decide(d.State, reason); err != nil {
			return nil, err
		}
		o.CancelWanted = false
		all = append(all, engine.Change{Kind: engine.ChangeOrder, At: l.at, Order: o})
	}
	for i := range all {
		l.foldOrder(&all[i].Order)
	}
	return all, nil
}

// conflicts says of the orders in conflict that they wait for a person.
func conflicts(orders []order.Order) []string {
	var all []string
	for i := range orders {
		if o := &orders[i]; o.State == order.Conflict {
			all = append(all, fmt.Sprintf("order %s stays in CONFLICT and reserves what it is for: look for it at the exchange, then give --decide %s=STATE (%s)",
				o.ClientID, o.ClientID, o.Reason))
		}
	}
	return all
}
