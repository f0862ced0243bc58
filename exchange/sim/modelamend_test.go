package sim_test

import (
	"math/big"

	"rulebot/engine/order"
)

// amend does in the naive way what the exchange did.
func (m *model) amend(id string, o *modelOrder, price, total int64, cancelOnFail bool) {
	if !m.amendable(o, price, total) {
		if cancelOnFail {
			o.state = order.Canceled
			m.drop(o)
		}
		return
	}
	if price == o.price && total <= o.filled+o.left {
		o.left = total - o.filled
		return
	}
	m.drop(o)
	state := o.state
	o.price, o.left = price, total-o.filled
	m.submit(id, o)
	if o.state == order.Open {
		o.state = state // what traded before still counts
	}
}

func (m *model) amendable(o *modelOrder, price, total int64) bool {
	left := total - o.filled
	if left <= 0 {
		return false
	}
	if best := m.prices(o.side.Opposite()); o.tif == order.PostOnly && len(best) > 0 {
		wanted := modelOrder{side: o.side, price: price}
		if wanted.reaches(best[0]) {
			return false
		}
	}
	currency, now, then := m.inst.Base, times(o.left, m.inst.Lot.String()), times(left, m.inst.Lot.String())
	if o.side == order.Buy {
		currency = m.inst.Quote
		now.Mul(now, times(o.price, m.inst.Tick.String()))
		then.Mul(then, times(price, m.inst.Tick.String()))
	}
	free := new(big.Rat).Sub(m.money[o.account+" "+currency], m.held(o.account, currency))
	return then.Cmp(free.Add(free, now)) <= 0
}
