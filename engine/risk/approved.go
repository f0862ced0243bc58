package risk

import "rulebot/engine/order"

// Approved is an order that passed every check. Only Check makes one; the
// zero value holds no order and executors refuse it.
type Approved struct{ o order.Order }

// Order returns the order to send.
func (a Approved) Order() order.Order { return a.o }
