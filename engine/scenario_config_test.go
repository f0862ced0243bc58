package engine_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

func newScene() *scene {
	prog := newProgram()
	limits, _ := risk.Limits{}.Effective(num.MustMoney("1000000"))
	limits.MaxFires = risk.Fires{Minute: 100, Hour: 1000, Day: 10000}
	return &scene{
		prog:   prog,
		orders: make(map[string]order.Order),
		cfg: engine.Config{
			Program: prog,
			Base:    market.Minute,
			Quote:   "USD",
			Limits:  limits,
			Fee:     num.MustRate("0.002"),
			IDs:     order.IDs{Tag: order.Tag("test", "scenario"), Boot: 1},
		},
	}
}

// configurations are the words that say what is traded and how.
var configurations = map[string]func(*scene, []string) error{
	"instrument": (*scene).instrument,
	"feed":       (*scene).feedOf,
	"strategy":   (*scene).strategy,
	"rule":       (*scene).rule,
	"variable":   (*scene).variable,
	"await":      (*scene).await,
	"exit":       (*scene).exit,
	"limits":     (*scene).limits,
	"hide":       func(s *scene, w []string) error { s.hidden = w; return nil },
	"audit": func(s *scene, w []string) (err error) {
		s.cfg.Audit, err = time.ParseDuration(w[0])
		return err
	},
	"fee": func(s *scene, w []string) (err error) {
		s.cfg.Fee, err = num.ParseRate(w[0])
		return err
	},
	"flatten": func(s *scene, _ []string) error { s.cfg.Flatten = true; return nil },
	"trace":   func(s *scene, _ []string) error { s.cfg.Trace = true; return nil },
	"on_exit": func(s *scene, w []string) error { s.cfg.CancelOnStop = w[0] == "cancel"; return nil },
}

func (s *scene) instrument(w []string) error {
	in, err := listingOf(w)
	s.cfg.Instruments = append(s.cfg.Instruments, in)
	return err
}

// listingOf reads an instrument and tick=, lot=, min=.
func listingOf(w []string) (market.Instrument, error) {
	base, quote, _ := strings.Cut(w[0], "-")
	in := market.Instrument{ID: w[0], Base: base, Quote: quote, Tick: num.MustPrice("0.1"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.001")}
	for k, v := range options(w[1:]) {
		switch k {
		case "tick":
			in.Tick = num.MustPrice(v)
		case "lot":
			in.Lot = num.MustQuantity(v)
		case "min":
			in.Min = num.MustQuantity(v)
		case "max":
			in.Max = num.MustQuantity(v)
		case "value":
			in.MinValue = num.MustMoney(v)
		case "state":
			in.State = v
		default:
			return in, fmt.Errorf("instrument has no %s", k)
		}
	}
	return in, nil
}

// feed returns the plain feed of a series.
func (s *scene) feed(instrument, timeframe string) (int, error) {
	tf, err := market.ParseTimeframe(timeframe)
	return s.feedIndex(engine.Feed{Series: market.Series{Instrument: instrument, Timeframe: tf}}), err
}

// feedOf reads an instrument, a timeframe, and gap=skip|hold, shift=17h.
func (s *scene) feedOf(w []string) error {
	tf, err := market.ParseTimeframe(w[1])
	if err != nil {
		return err
	}
	f := engine.Feed{Series: market.Series{Instrument: w[0], Timeframe: tf}}
	for k, v := range options(w[2:]) {
		switch k {
		case "gap":
			f.Gap = map[string]engine.GapPolicy{"fill": engine.GapFill, "skip": engine.GapSkip, "hold": engine.GapHold}[v]
		case "shift":
			if f.Series.Shift, err = time.ParseDuration(v); err != nil {
				return err
			}
		default:
			return fmt.Errorf("a feed has no %s", k)
		}
	}
	s.feedIndex(f)
	return nil
}

func (s *scene) feedIndex(f engine.Feed) int {
	if i := slices.Index(s.cfg.Feeds, f); i >= 0 {
		return i
	}
	s.cfg.Feeds = append(s.cfg.Feeds, f)
	return len(s.cfg.Feeds) - 1
}

func (s *scene) strategy(w []string) error {
	feed, err := s.feed(w[1], w[2])
	if err != nil {
		return err
	}
	st := engine.Strategy{Name: w[0], Series: s.cfg.Feeds[feed].Series}
	for k, v := range options(w[3:]) {
		switch k {
		case "zone":
			st.Zone, err = time.LoadLocation(v)
		case "day":
			st.Day, err = time.ParseDuration(v)
		case "quantity":
			st.Budget.MaxOrderQuantity = map[string]num.Quantity{w[1]: num.MustQuantity(v)}
		case "value":
			st.Budget.MaxOrderValue = num.MustMoney(v)
		case "position":
			st.Budget.MaxPositionValue = num.MustMoney(v)
		case "open":
			st.Budget.MaxOpenOrders.Instrument, err = strconv.Atoi(v)
			st.Budget.MaxOpenOrders.Total = st.Budget.MaxOpenOrders.Instrument
		case "rate":
			st.Budget.MaxOrders = risk.Rates{Second: 5, Day: 1000}
			st.Budget.MaxOrders.Minute, err = strconv.Atoi(v)
		case "loss":
			st.Budget.MaxDailyLoss = risk.Loss{Value: num.MustMoney(v)}
		case "fires":
			st.Budget.MaxFires = risk.Fires{Minute: 3, Day: 100}
			st.Budget.MaxFires.Hour, err = strconv.Atoi(v)
		default:
			err = fmt.Errorf("a strategy has no %s", k)
		}
		if err != nil {
			return err
		}
	}
	s.cfg.Strategies = append(s.cfg.Strategies, st)
	return nil
}

// current returns the strategy that was named last, and its feed.
func (s *scene) current() (*engine.Strategy, int, error) {
	if len(s.cfg.Strategies) == 0 {
		return nil, 0, fmt.Errorf("of which strategy?")
	}
	st := &s.cfg.Strategies[len(s.cfg.Strategies)-1]
	feed, err := s.feed(st.Series.Instrument, st.Series.Timeframe.String())
	return st, feed, err
}

func (s *scene) exit(w []string) error {
	st, feed, err := s.current()
	if err != nil {
		return err
	}
	o := options(w[1:])
	x := &st.Exits
	switch w[0] {
	case "stop_loss":
		x.StopLoss = s.target(o, feed)
	case "take_profit":
		x.TakeProfit = append(x.TakeProfit, s.target(o, feed))
	case "trailing_stop":
		x.Trailing = engine.Trailing{
			ActivatePct: s.prog.add(o["activate_pct"], feed), DistancePct: s.prog.add(o["distance_pct"], feed), Distance: s.prog.add(o["distance"], feed),
		}
	case "time_stop":
		var c engine.Cooldown
		err = cooldown(&c, o["after"])
		x.Time = engine.TimeStop(c)
	default:
		return fmt.Errorf("%q is no exit", w[0])
	}
	return err
}

func (s *scene) target(o map[string]string, feed int) engine.Target {
	return engine.Target{
		Pct: s.prog.add(o["pct"], feed), Price: s.prog.add(o["price"], feed), SizePct: s.prog.add(o["size_pct"], feed),
		EveryBar: o["update"] == "every_bar", Ratchet: o["ratchet"] == "true", AtExchange: o["where"] == "exchange",
	}
}

// wholeOf is a count; what is none refuses everything, and is noticed.
func wholeOf(v string) int {
	n, _ := strconv.Atoi(v)
	return n
}

func (s *scene) limits(w []string) error {
	l := &s.cfg.Limits
	for k, v := range options(w) {
		switch k {
		case "max_order_value":
			l.MaxOrderValue = num.MustMoney(v)
		case "max_order_quantity":
			l.MaxOrderQuantity = map[string]num.Quantity{"BTC-USD": num.MustQuantity(v)}
		case "max_open_orders":
			l.MaxOpenOrders.Instrument = wholeOf(v)
		case "max_orders_per_day":
			l.MaxOrders.Day = wholeOf(v)
		case "max_daily_traded":
			l.MaxDailyTraded = num.MustMoney(v)
		case "max_exposure":
			l.MaxExposure = num.MustMoney(v)
		case "max_position_value":
			l.MaxPositionValue = num.MustMoney(v)
		case "collar":
			l.Collar = num.MustRate(v)
		case "daily_loss":
			l.MaxDailyLoss = risk.Loss{Value: num.MustMoney(v)}
		case "drawdown":
			l.MaxDrawdown = num.MustRate(v)
		case "fires_per_day":
			l.MaxFires.Day = wholeOf(v)
		case "fee":
			s.cfg.Fee = num.MustRate(v)
		default:
			return fmt.Errorf("no limit %s here", k)
		}
	}
	return nil
}

// options reads words of the form key=value.
func options(words []string) map[string]string {
	o := make(map[string]string, len(words))
	for _, w := range words {
		k, v, _ := strings.Cut(w, "=")
		o[k] = v
	}
	return o
}
