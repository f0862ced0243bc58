package main

import (
	"fmt"

	"rulebot/engine/risk"
	"rulebot/strategies"
)

// budgetOf lists the limits that a strategy has for itself.
func budgetOf(f *strategies.File, i int) []checkedLimit {
	var list []checkedLimit
	s := &f.Strategies[i]
	b := &s.Budget
	add := func(key string, written bool, value string) {
		if !written {
			return
		}
		p, _ := f.BudgetAt(i, key)
		list = append(list, checkedLimit{Key: s.Name + "." + key, Value: value, From: fmt.Sprintf("%s:%d", f.Sources[i].File, p.Line)})
	}
	add("max_order_quantity", len(b.MaxOrderQuantity) > 0, b.MaxOrderQuantity[s.Series.Instrument].String())
	add("max_order_value", !b.MaxOrderValue.IsZero(), b.MaxOrderValue.String())
	add("max_position_value", !b.MaxPositionValue.IsZero(), b.MaxPositionValue.String())
	add("max_open_orders", b.MaxOpenOrders != risk.PerInstrument{}, fmt.Sprint(b.MaxOpenOrders.Instrument))
	add("max_orders", b.MaxOrders != risk.Rates{}, ratesText(b.MaxOrders))
	add("max_fires", b.MaxFires != risk.Fires{}, firesText(b.MaxFires))
	add("max_daily_loss", b.MaxDailyLoss != risk.Loss{}, lossText(b.MaxDailyLoss))
	return list
}

func ratesText(r risk.Rates) string {
	return fmt.Sprintf("%d a second, %d a minute, %d a day", r.Second, r.Minute, r.Day)
}

func firesText(r risk.Fires) string {
	return fmt.Sprintf("%d a minute, %d an hour, %d a day", r.Minute, r.Hour, r.Day)
}
