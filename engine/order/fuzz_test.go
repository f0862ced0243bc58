package order_test

import (
	"testing"
	"time"

	"rulebot/engine/num"
	"rulebot/engine/order"
)

// saidSize is how many bytes say one thing to the order of FuzzMerge.
const saidSize = 6

// FuzzMerge has anything said of an order, in any order of its own: no panic,
// and the contract of Merge holds for whatever an exchange may say between
// what we do ourselves.
func FuzzMerge(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte("\x01\x00\x00\x02\x00\x00\x01\x08\x00\x03\x05\x01\x00\x02"))
	f.Add([]byte("\x02\x05\x04\x08\x01\x00\x01\x07\x04\x04\x00\x00\x01\x00\x06\x08\x02\x00\x01\x09"))
	f.Fuzz(func(t *testing.T, said []byte) {
		if len(said) == 0 {
			return
		}
		o := in(one(order.States(), said[0]))
		for said = said[1:]; len(said) >= saidSize; said = said[saidSize:] {
			before := o
			switch said[0] % 8 {
			case 0:
				_ = o.Submitted(order.Result{Class: one(answers, said[1]), ExchangeID: one(exchangeIDs, said[2])}, o.Changed+1)
			case 1:
				_ = o.Cancelling(o.Changed + 1)
			case 2:
				x := fill("1", "1")
				x.Quantity = num.QuantityOf(int64(said[1]%12)+1, 1)
				_ = o.Book(x)
			default:
				mergeTwice(t, &o, evidence(said))
				continue
			}
			holds(t, &before, &o)
		}
	})
}

var (
	answers     = []order.Class{order.Unknown, order.Accepted, order.Rejected, order.NotSent, order.Gone}
	exchangeIDs = []string{"7", "7", "7", "", "8"}
	sides       = []order.Side{order.Buy, order.Buy, order.Buy, 0, order.Sell}
	sources     = []order.Source{order.FromPush, order.FromQuery, order.FromList}
)

// evidence is what some bytes say of an order, possible or not.
func evidence(said []byte) order.Evidence {
	e := says(one(order.States(), said[1]), "0")
	e.Filled = num.QuantityOf(int64(int8(said[2]))*5, 1)
	e.Source, e.ExchangeID, e.Side = one(sources, said[3]), one(exchangeIDs, said[3]/8), one(sides, said[4])
	e.At = noon.Add(time.Duration(int8(said[5])) * time.Second)
	if e.Source != order.FromPush {
		e.At, e.Asked = 0, e.At
	}
	return e
}

// one takes one of some values.
func one[T any](of []T, by byte) T { return of[int(by)%len(of)] }
