package sim

import (
	"time"

	"rulebot/engine/num"
	"rulebot/engine/order"
)

// check refuses what could never be carried out.
func (r *AlgoRequest) check(b *book) *Refusal {
	if r.Side != order.Buy && r.Side != order.Sell {
		return refuse(BadOrder, "side %s is neither buy nor sell", r.Side)
	}
	switch r.Kind {
	case AlgoTrigger:
		return r.checkLeg(b, r.Stop)
	case AlgoPair:
		return r.checkPair(b)
	case AlgoTrail:
		return r.checkTrail(b)
	case AlgoIceberg, AlgoSweep:
		return r.checkParts(b)
	default:
		return refuse(BadOrder, "%d is not a kind of algo order", r.Kind)
	}
}

// checkLeg refuses a leg whose order could not be.
func (r *AlgoRequest) checkLeg(b *book, l Leg) *Refusal {
	switch {
	case l.Trigger.Sign() <= 0:
		return refuse(BadPrice, "trigger %s is not positive", l.Trigger)
	case !num.IsMultiple(l.Trigger, b.inst.Tick):
		return refuse(BadTick, "trigger %s is not a multiple of %s", l.Trigger, b.inst.Tick)
	}
	child, no := r.leg(l)
	if no == nil {
		no = child.settleForm()
	}
	if no == nil {
		_, no = b.check(&child)
	}
	return no
}

func (r *AlgoRequest) checkPair(b *book) *Refusal {
	for _, l := range [...]Leg{r.Stop, r.Take} {
		if no := r.checkLeg(b, l); no != nil {
			return no
		}
	}
	if (r.Side == order.Sell) != r.Stop.Trigger.Less(r.Take.Trigger) {
		return refuse(BadPrice, "a %s takes profit at %s and stops at %s", r.Side, r.Take.Trigger, r.Stop.Trigger)
	}
	return nil
}

func (r *AlgoRequest) checkTrail(b *book) *Refusal {
	if no := r.checkLeg(b, Leg{Trigger: r.Stop.Trigger}); no != nil {
		return no
	}
	wrong := r.Side == order.Buy && !r.Stop.Trigger.Less(b.last) || r.Side == order.Sell && !b.last.Less(r.Stop.Trigger)
	switch {
	case !r.Stop.Price.IsZero() || !fraction(r.Callback):
		return refuse(BadTerms, "a callback of %s, with a price of %s", r.Callback, r.Stop.Price)
	case !b.last.IsZero() && wrong:
		return refuse(WrongSide, "a trailing %s begins at %s, and the last price is %s", r.Side, r.Stop.Trigger, b.last)
	}
	return nil
}

func (r *AlgoRequest) checkParts(b *book) *Refusal {
	for _, size := range [...]num.Money{r.Size, r.Part.Money()} {
		whole := *r
		whole.Size = size
		if no := whole.checkLeg(b, Leg{Trigger: r.Limit, Price: r.Limit}); no != nil {
			return no
		}
	}
	switch {
	case r.Size.Less(r.Part.Money()) || !fraction(r.Distance):
		return refuse(BadTerms, "parts of %s at a distance of %s", r.Part, r.Distance)
	case r.Kind == AlgoSweep && (r.Ratio.Sign() <= 0 || num.MustRate("1").Less(r.Ratio) || r.Interval < time.Second):
		return refuse(BadTerms, "a ratio of %s each %s", r.Ratio, r.Interval)
	}
	return nil
}

// fraction reports whether a rate is a part of something: more than none, less
// than all, and of digits that prices have room for.
func fraction(r num.Rate) bool {
	return r.Sign() > 0 && r.Less(num.MustRate("1")) && r.Scale() <= rateScaleMax
}
