package engine_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/order"
)

func (s *scene) rule(w []string) error {
	st, feed, err := s.current()
	if err != nil {
		return err
	}
	r := engine.Rule{Name: w[0]}
	for k, v := range options(w[1:]) {
		if ok, err := timing(&r, k, v); ok || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		switch k {
		case "for":
			r.For = map[string]engine.Guard{"flat": engine.ForFlat, "long": engine.ForLong}[v]
		case "when":
			r.When = s.prog.add(v, feed)
		case "unless":
			r.Unless = s.prog.add(v, feed)
		case "fire":
			r.Level = v == "while_true"
		case "do":
			for a := range strings.SplitSeq(v, "+") {
				action, err := s.action(a, feed)
				if err != nil {
					return err
				}
				r.Do = append(r.Do, action)
			}
		default:
			return fmt.Errorf("a rule has no %s", k)
		}
	}
	st.Rules = append(st.Rules, r)
	return nil
}

// timing reads what says when a rule is read and how often it may fire.
func timing(r *engine.Rule, k, v string) (ok bool, err error) {
	switch k {
	case "on":
		return true, on(&r.On, v)
	case "once_per":
		r.OncePer = map[string]engine.Period{"bar": engine.OncePerBar, "day": engine.OncePerDay, "position": engine.OncePerPosition}[v]
	case "cooldown":
		err = cooldown(&r.Cooldown, v)
	case "max_entries":
		r.MaxEntries, err = strconv.Atoi(v)
	case "max_age":
		r.MaxAge, err = time.ParseDuration(v)
	default:
		return false, nil
	}
	return true, err
}

// on reads bar, tick, book, fill, timer:30s, or schedule:HH:MM.
func on(o *engine.On, text string) (err error) {
	kind, when, _ := strings.Cut(text, ":")
	var ok bool
	o.Kind, ok = map[string]engine.OnKind{
		"bar": engine.OnBar, "tick": engine.OnTick, "book": engine.OnBook, "fill": engine.OnFill,
		"timer": engine.OnTimer, "schedule": engine.OnSchedule,
	}[kind]
	switch {
	case !ok:
		return fmt.Errorf("%q is no event", kind)
	case o.Kind == engine.OnTimer:
		o.Every, err = time.ParseDuration(when)
	case o.Kind == engine.OnSchedule:
		var at time.Time
		at, err = time.Parse("15:04", when)
		o.Schedule = engine.Schedule{
			Seconds: 1, Minutes: 1 << at.Minute(), Hours: 1 << at.Hour(), Months: 1<<13 - 2, AnyDay: true, AnyWeekday: true,
		}
	}
	return err
}

// variable reads a name and its initial value: a number, true or false.
func (s *scene) variable(w []string) error {
	st, _, err := s.current()
	if err != nil {
		return err
	}
	x := engine.Variable{Name: w[0], Condition: w[1] == "true" || w[1] == "false"}
	if !x.Condition {
		x.Initial, err = strconv.ParseFloat(w[1], 64)
	} else if w[1] == "true" {
		x.Initial = 1
	}
	s.prog.states[w[0]] = len(st.State)
	st.State = append(st.State, x)
	return err
}

// await reads an instrument, a timeframe and how long at most.
func (s *scene) await(w []string) error {
	st, _, err := s.current()
	if err != nil {
		return err
	}
	a := engine.Await{}
	if a.Feed, err = s.feed(w[0], w[1]); err != nil {
		return err
	}
	a.Most, err = time.ParseDuration(w[2])
	st.Await = append(st.Await, a)
	return err
}

func cooldown(c *engine.Cooldown, v string) (err error) {
	if n, ok := strings.CutSuffix(v, "bars"); ok {
		c.Bars, err = strconv.Atoi(n)
		return err
	}
	c.Age, err = time.ParseDuration(v)
	return err
}

// action reads close, or buy|sell|reduce:unit:amount[:stop], each with how it
// is placed after slashes: see placed.
func (s *scene) action(text string, feed int) (engine.Action, error) {
	text, how, _ := strings.Cut(text, "/")
	w := strings.Split(text, ":")
	if a, ok, err := s.other(w, feed); ok || err != nil {
		return a, err
	}
	kind, ok := map[string]engine.ActionKind{"buy": engine.ActionBuy, "sell": engine.ActionSell, "close": engine.ActionClose, "reduce": engine.ActionReduce}[w[0]]
	if !ok {
		return engine.Action{}, fmt.Errorf("%q is no action", w[0])
	}
	a := engine.Action{Kind: kind}
	if err := s.placed(&a.Order, how, feed); err != nil {
		return a, err
	}
	if kind == engine.ActionClose {
		return a, nil
	}
	a.Size.Unit, ok = map[string]engine.SizeUnit{
		"base": engine.SizeBase, "quote": engine.SizeQuote, "equity_pct": engine.SizeEquityPct,
		"position_pct": engine.SizePositionPct, "risk_pct": engine.SizeRiskPct,
	}[w[1]]
	if !ok {
		return a, fmt.Errorf("%q is no unit", w[1])
	}
	a.Size.Amount = s.prog.add(w[2], feed)
	if len(w) > 3 {
		a.Size.Stop = s.prog.add(w[3], feed)
	}
	return a, nil
}

// placed reads slip=BPS, limit=PRICE, stop=PRICE, tif=, expire=, then, tag=.
func (s *scene) placed(o *engine.Style, how string, feed int) (err error) {
	for word := range strings.SplitSeq(how, "/") {
		k, v, _ := strings.Cut(word, "=")
		switch k {
		case "":
		case "slip":
			o.MaxSlippageBps, err = strconv.ParseFloat(v, 64)
		case "limit":
			o.Type += engine.Limit
			o.Price = s.prog.add(v, feed)
		case "stop":
			o.Type += engine.Stop
			o.StopPrice = s.prog.add(v, feed)
		case "tif":
			err = o.TIF.UnmarshalText([]byte(v))
		case "expire":
			err = cooldown(&o.Expire, v)
		case "then":
			o.ThenMarket = true
		case "tag":
			o.Tag = v
		default:
			return fmt.Errorf("an order has no %s", k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// other reads the actions that ask for no order: cancel[:buy|sell|TAG],
// set:NAME:EXPRESSION, notify:, log: and halt:TEXT, where _ is a space and
// {x} an expression.
func (s *scene) other(w []string, feed int) (a engine.Action, ok bool, err error) {
	kind, ok := map[string]engine.ActionKind{
		"cancel": engine.ActionCancel, "set": engine.ActionSet, "notify": engine.ActionNotify, "log": engine.ActionLog, "halt": engine.ActionHalt,
	}[w[0]]
	if !ok {
		return a, false, nil
	}
	a.Kind = kind
	switch {
	case kind == engine.ActionCancel && len(w) > 1:
		side, ok := map[string]order.Side{"buy": order.Buy, "sell": order.Sell}[w[1]]
		if a.Cancel.Side = side; !ok {
			a.Cancel.Tag = w[1]
		}
	case kind == engine.ActionCancel:
	case kind == engine.ActionSet:
		a.Set = []engine.Assign{{Variable: s.prog.states[w[1]], Value: s.prog.add(w[2], feed)}}
	case len(w) > 1:
		for part := range strings.SplitSeq(w[1], "}") {
			words, x, _ := strings.Cut(part, "{")
			a.Text = append(a.Text, engine.Part{Words: strings.ReplaceAll(words, "_", " "), Value: s.prog.add(x, feed)})
		}
	}
	return a, true, nil
}
