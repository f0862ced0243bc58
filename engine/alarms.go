package engine

import "rulebot/engine/market"

// alarm is when a rule that neither bars nor the market wake is read next, by
// the run clock; 0 is never.
type alarm struct {
	rule  int
	due   market.Time // timers and schedules
	again market.Time // an order of its edge was denied: tried again before it is due
}

// needsAlarm reports whether such rules are not read again with the market's
// next moves.
func (k OnKind) needsAlarm() bool { return k == OnTimer || k == OnSchedule || k == OnFill }

// next returns when a rule on a timer or a schedule is due after a time.
func (on *On) next(after market.Time) market.Time {
	switch on.Kind {
	case OnTimer:
		return after.Floor(on.Every).Add(on.Every)
	case OnSchedule:
		return on.Schedule.Next(after)
	case OnBar, OnTick, OnBook, OnFill:
	}
	return 0
}

// arm sets the alarms at the first word of the market: what was due before is
// not caught up. A truth that missed a reading while we were away is not known
// any more.
func (e *Engine) arm() {
	e.armed = true
	for i := range e.traders {
		t := &e.traders[i]
		for k := range t.alarms {
			a := &t.alarms[k]
			r, on := &t.rules[a.rule], &t.strategy.Rules[a.rule].On
			if missed := on.next(e.restored); missed != 0 && missed <= e.at {
				r.Known = NotReady
			}
			a.due = on.next(e.at)
			if a.again = r.TryAt; a.again <= e.at {
				a.again = 0
			}
		}
	}
	e.rearm()
}

// rearm finds out when the next alarm rings.
func (e *Engine) rearm() {
	e.alarmAt = 0
	for i := range e.traders {
		for _, a := range e.traders[i].alarms {
			e.alarmAt = sooner(e.alarmAt, sooner(a.due, a.again))
		}
	}
}

// ring reads the rules on timers and schedules that are due by the run clock.
func (e *Engine) ring(now market.Time) {
	if e.alarmAt == 0 || e.alarmAt > now || e.session.ended {
		return
	}
	for i := range e.traders {
		t := &e.traders[i]
		var v *View
		for k := range t.alarms {
			a := &t.alarms[k]
			due := a.rings(now, &t.strategy.Rules[a.rule].On)
			if due == 0 {
				continue
			}
			if v == nil {
				v = e.glance(t)
			}
			e.age = now.Sub(due)
			e.judge(t, a.rule, v, moment{kind: t.rules[a.rule].on, bar: t.strategy.Series.Open(e.at)})
		}
	}
	e.rearm()
	e.resolve()
}

// rings returns since when the rule is to be read, 0 when it is not, and sets
// the alarm anew.
func (a *alarm) rings(now market.Time, on *On) market.Time {
	var since market.Time
	if a.due != 0 && a.due <= now {
		since = a.due
		a.due = on.next(now)
	}
	if a.again != 0 && a.again <= now {
		since = sooner(since, a.again)
		a.again = 0
	}
	return since
}

// retryAt has a rule read when its denied edge is to be tried again: its next
// own event may be a week away. 0 takes that back.
func (e *Engine) retryAt(t *trader, rule int, at market.Time) {
	for k := range t.alarms {
		if a := &t.alarms[k]; e.armed && a.rule == rule && a.again != at {
			a.again = at
			e.rearm()
		}
	}
}
