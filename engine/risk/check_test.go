package risk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/engine/risk"
)

// situation is everything that decides about one order.
type situation struct {
	limits risk.Limits
	order  order.Order
	view   risk.View
}

// fine returns a buy that every check passes, each of them at its very edge
// where it has one: 1 at 102 with the collar ending there, 102.204 with fee
// of 102.204 usable, and so on.
func fine() *situation {
	s := &situation{}
	s.limits = risk.Limits{
		Allow:            map[string]risk.Sides{"BTC-USD": {Buy: true, Sell: true}},
		MaxOrderQuantity: map[string]num.Quantity{"BTC-USD": num.MustQuantity("1")},
		MaxOrderValue:    num.MustMoney("102"),
		Collar:           num.MustRate("0.02"),
		MaxSpread:        num.MustRate("0.002"),
		MaxDepth:         num.MustRate("0.1"),
		FundsBuffer:      num.MustRate("0.5"),
		MaxPositionValue: num.MustMoney("202"),
		MaxExposure:      num.MustMoney("302"),
		MaxOpenOrders:    risk.PerInstrument{Instrument: 2, Total: 3},
		MaxFires:         risk.Fires{Minute: 2, Hour: 3, Day: 4},
		MaxOrders:        risk.Rates{Second: 5, Minute: 6, Day: 7},
		MaxDailyTraded:   num.MustMoney("402"),
	}
	s.order.Intent = order.Intent{Instrument: "BTC-USD", Side: order.Buy, TIF: order.IOC, Price: num.MustPrice("102"), Quantity: num.MustQuantity("1")}
	s.view = risk.View{
		Session: true,
		Waited:  750 * time.Millisecond,
		Market: risk.Market{
			Instrument: market.Instrument{ID: "BTC-USD", Base: "BTC", Quote: "USD", Tick: num.MustPrice("0.1"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("1")},
			Quote:      market.Quote{Bid: num.MustPrice("99.9"), Ask: num.MustPrice("100.1")},
			ListedAge:  15 * time.Minute,
			BookValid:  true, QuoteAge: 2 * time.Second, BarAge: 65 * time.Second, BarLimit: time.Minute,
			Visible: num.MustQuantity("10"), Deep: true,
		},
		Orders: risk.Orders{
			UnprovenTotal: 2, LiveHere: 1, LiveTotal: 2, BurstHere: 2, Second: 4, Minute: 5, Day: 6, Rejects: 4, Hour: 101, Fills: 2,
			OwnBid: num.MustPrice("97.9"), OwnAsk: num.MustPrice("102.1"),
		},
		Funds: risk.Funds{
			Sellable: num.MustQuantity("1"), Available: num.MustMoney("204.408"), Fee: num.MustRate("0.002"),
			Position: num.MustMoney("100"), Exposure: num.MustMoney("200"), Traded: num.MustMoney("300"),
			Age: time.Minute, AgeLimit: time.Minute,
		},
		Fires: risk.FireCount{Minute: 1, Hour: 2, Day: 3},
	}
	return s
}

func (s *situation) sell() {
	s.order.Side, s.order.Reduces, s.order.Price = order.Sell, true, num.MustPrice("98")
}

// permit allows kinds of orders.
func (s *situation) permit(k risk.Kinds) {
	s.limits.Allow["BTC-USD"] = risk.Sides{Buy: true, Sell: true, Kinds: k}
}

// resting makes it a limit order, and permits others.
func (s *situation) resting(tif order.TimeInForce, k risk.Kinds) {
	s.permit(k)
	s.order.Limited, s.order.TIF = true, tif
}

func (s *situation) check() (risk.Approved, *risk.Denial) { return s.limits.Check(s.order, &s.view) }

func TestEverythingAtItsEdgePasses(t *testing.T) {
	for _, side := range [...]order.Side{order.Buy, order.Sell} {
		s := fine()
		if side == order.Sell {
			s.sell()
		}
		got, denial := s.check()
		if denial != nil {
			t.Errorf("%s: denied %s %s, want approved", side, denial.Code, denial.Reason)
		}
		if got.Order() != s.order {
			t.Errorf("%s: approved %+v, want the order that was asked about %+v", side, got.Order(), s.order)
		}
	}
}

func TestLargestAndLeastAtTheirEdgePass(t *testing.T) {
	s := fine()
	s.view.Market.Instrument.Max, s.view.Market.Instrument.MinValue = num.MustQuantity("1"), num.MustMoney("102")
	if _, denial := s.check(); denial != nil {
		t.Errorf("denied: %+v", denial)
	}
}

// TestKindsOfOrders lets each kind pass that is written, and what ends a
// position by any.
func TestKindsOfOrders(t *testing.T) {
	for _, c := range []struct {
		limited bool
		tif     order.TimeInForce
		kinds   risk.Kinds
	}{
		{false, order.IOC, risk.Kinds{}},
		{false, order.IOC, risk.Kinds{Market: true}},
		{true, order.IOC, risk.Kinds{}},
		{true, order.GTC, risk.Kinds{Limit: true}},
		{true, order.GTC, risk.Kinds{GTC: true}},
		{true, order.IOC, risk.Kinds{IOC: true}},
		{true, order.FOK, risk.Kinds{FOK: true}},
		{true, order.PostOnly, risk.Kinds{PostOnly: true}},
	} {
		s := fine()
		s.permit(c.kinds)
		s.order.Limited, s.order.TIF = c.limited, c.tif
		if _, denial := s.check(); denial != nil {
			t.Errorf("%+v: %+v", c, denial)
		}
	}
}

// breaches are the smallest steps over the edge of each check.
var breaches = []struct {
	name   string
	code   risk.Code
	breach func(*situation)
	reason string // part of it
}{
	{"halted", risk.CodeHalt, func(s *situation) { s.view.Halted = "OPERATOR: by hand" }, "by hand"},
	{"reduce only", risk.CodeDailyLoss, func(s *situation) { s.view.ReduceOnly = "the day's loss 20" }, "loss 20"},
	{"instrument not listed", risk.CodeAllow, func(s *situation) { s.view.Market.Instrument.ID = "ETH-USD" }, "not listed"},
	{"instrument not allowed", risk.CodeAllow, func(s *situation) { delete(s.limits.Allow, "BTC-USD") }, "risk.allow"},
	{"side not allowed", risk.CodeAllow, func(s *situation) { s.limits.Allow["BTC-USD"] = risk.Sides{Sell: true} }, "buy BTC-USD"},
	{"selling not allowed", risk.CodeAllow, func(s *situation) { s.sell(); s.limits.Allow["BTC-USD"] = risk.Sides{Buy: true} }, "sell BTC-USD"},
	{"kind not allowed", risk.CodeAllow, func(s *situation) { s.permit(risk.Kinds{Limit: true, IOC: true}) }, "a market order in BTC-USD"},
	{"limit not allowed", risk.CodeAllow, func(s *situation) { s.permit(risk.Kinds{Market: true}); s.order.Limited = true }, "a limit ioc order"},
	{"no post only", risk.CodeAllow, func(s *situation) { s.resting(order.PostOnly, risk.Kinds{GTC: true, IOC: true, FOK: true}) }, "a limit post_only order"},
	{"no gtc", risk.CodeAllow, func(s *situation) { s.resting(order.GTC, risk.Kinds{PostOnly: true, IOC: true, FOK: true}) }, "a limit gtc order"},
	{"no fok", risk.CodeAllow, func(s *situation) { s.resting(order.FOK, risk.Kinds{GTC: true, IOC: true, PostOnly: true}) }, "a limit fok order"},
	{"no ioc", risk.CodeAllow, func(s *situation) { s.resting(order.IOC, risk.Kinds{GTC: true, FOK: true, PostOnly: true}) }, "a limit ioc order"},
	{"no time in force", risk.CodeAllow, func(s *situation) { s.resting(0, risk.Kinds{GTC: true, IOC: true, FOK: true, PostOnly: true}) }, "risk.allow"},
	{"suspended", risk.CodeListing, func(s *situation) { s.view.Market.Instrument.State = "suspend" }, "does not trade BTC-USD: suspend"},
	{"an exit of what is suspended", risk.CodeListing, func(s *situation) { s.sell(); s.order.Exit = true; s.view.Market.Instrument.State = "preopen" }, "preopen"},
	{"above the largest", risk.CodeSteps, func(s *situation) { s.view.Market.Instrument.Max = num.MustQuantity("0.9999") }, "above the 0.9999"},
	{"below the least value", risk.CodeSteps, func(s *situation) { s.view.Market.Instrument.MinValue = num.MustMoney("102.0001") }, "worth 102, below the minimum value 102.0001"},
	{"waited", risk.CodeSignal, func(s *situation) { s.view.Waited++ }, "at most 750ms"},
	{"listed too long ago", risk.CodeListing, func(s *situation) { s.view.Market.ListedAge += time.Second }, "15m1s ago"},
	{"balances told too long ago", risk.CodeBalance, func(s *situation) { s.view.Funds.Age += time.Second }, "1m1s ago"},
	{"not reconciled", risk.CodeSession, func(s *situation) { s.view.Session = false }, "not reconciled"},
	{"unproven here", risk.CodeUnproven, func(s *situation) { s.view.Orders.UnprovenHere = 1 }, "1 order(s) in BTC-USD"},
	{"unproven elsewhere", risk.CodeUnproven, func(s *situation) { s.view.Orders.UnprovenTotal = 3 }, "3 orders"},
	{"book invalid", risk.CodeBook, func(s *situation) { s.view.Market.BookValid = false }, "not valid"},
	{"book crossed", risk.CodeBook, func(s *situation) { s.view.Market.Quote.Bid = s.view.Market.Quote.Ask }, "crossed"},
	{"book without asks", risk.CodeBook, func(s *situation) { s.view.Market.Quote.Ask = num.Price{} }, "one-sided"},
	{"quote too old", risk.CodeBook, func(s *situation) { s.view.Market.QuoteAge++ }, "at most 2s"},
	{"bar too old", risk.CodeInputs, func(s *situation) { s.view.Market.BarAge++ }, "at most 1m5s"},
	{"price zero", risk.CodeSteps, func(s *situation) { s.order.Price = num.Price{} }, "not positive"},
	{"quantity zero", risk.CodeSteps, func(s *situation) { s.order.Quantity = num.Quantity{} }, "not positive"},
	{"quantity negative", risk.CodeSteps, func(s *situation) { s.order.Quantity = num.MustQuantity("-1") }, "not positive"},
	{"off the tick", risk.CodeSteps, func(s *situation) { s.order.Price = num.MustPrice("101.95") }, "tick"},
	{"off the lot", risk.CodeSteps, func(s *situation) { s.order.Quantity = num.MustQuantity("1.00001") }, "lot"},
	{"below the minimum", risk.CodeSteps, func(s *situation) { s.order.Quantity = num.MustQuantity("0.9999") }, "minimum 1"},
	{"beyond 19 digits", risk.CodeSteps, func(s *situation) {
		s.order.Price, s.order.Quantity = num.MustPrice("99999999999999.1"), num.MustQuantity("99999999999999.1")
	}, "19 digits"},
	{"quantity", risk.CodeQuantity, func(s *situation) { s.order.Quantity = num.MustQuantity("1.0001") }, "max_order_quantity 1"},
	{"value", risk.CodeValue, func(s *situation) { s.limits.MaxOrderValue = num.MustMoney("101.99999999") }, "102 is above max_order_value"},
	{"buying above the collar", risk.CodeCollar, func(s *situation) {
		s.limits.MaxOrderValue = num.MustMoney("200")
		s.order.Price = num.MustPrice("102.1")
	}, "collar 102"},
	{"selling below the collar", risk.CodeCollar, func(s *situation) { s.sell(); s.order.Price = num.MustPrice("97.9") }, "collar 98"},
	{"spread", risk.CodeSpread, func(s *situation) { s.view.Market.Quote.Ask = num.MustPrice("100.10001") }, "max_spread_pct 0.2"},
	{"selling at a spread", risk.CodeSpread, func(s *situation) { s.sell(); s.limits.MaxSpread = num.MustRate("0.0019") }, "0.2 apart"},
	{"depth", risk.CodeDepth, func(s *situation) { s.view.Market.Visible = num.MustQuantity("9.9999") }, "of the 9.9999 within"},
	{"selling more than held", risk.CodeShort, func(s *situation) { s.sell(); s.view.Funds.Sellable = num.MustQuantity("0.9999") }, "0.9999 sellable"},
	{"funds", risk.CodeFunds, func(s *situation) { s.view.Funds.Available = num.MustMoney("204.40799999") }, "needs 102.204"},
	{"position", risk.CodePosition, func(s *situation) { s.view.Funds.Position = num.MustMoney("100.00000001") }, "max_position_value 202"},
	{"exposure", risk.CodeExposure, func(s *situation) { s.view.Funds.Exposure = num.MustMoney("200.00000001") }, "max_exposure 302"},
	{"live orders here", risk.CodeLiveOrders, func(s *situation) { s.view.Orders.LiveHere = 2 }, "2 live orders in BTC-USD"},
	{"live orders", risk.CodeLiveOrders, func(s *situation) { s.view.Orders.LiveTotal = 3 }, "3 live orders"},
	{"the same order", risk.CodeDuplicate, func(s *situation) { s.view.Orders.Twin = true }, "within 5s already"},
	{"buying from ourselves", risk.CodeOwnCross, func(s *situation) { s.view.Orders.OwnAsk = num.MustPrice("102") }, "our own resting sell at 102"},
	{"selling to ourselves", risk.CodeOwnCross, func(s *situation) { s.sell(); s.view.Orders.OwnBid = num.MustPrice("98") }, "our own resting buy at 98"},
	{"switched off", risk.CodeThrottle, func(s *situation) { s.view.Fires.Disabled = true }, "switched off"},
	{"fires a minute", risk.CodeThrottle, func(s *situation) { s.view.Fires.Minute = 2 }, "3 times in a minute"},
	{"fires an hour", risk.CodeThrottle, func(s *situation) { s.view.Fires.Hour = 3 }, "4 times in an hour"},
	{"fires a day", risk.CodeThrottle, func(s *situation) { s.view.Fires.Day = 4 }, "5 times in a day"},
	{"fired at this bar", risk.CodeRepeat, func(s *situation) { s.view.Fires.Repeat = true }, "already"},
	{"burst", risk.CodeRate, func(s *situation) { s.view.Orders.BurstHere = 3 }, "within 3s"},
	{"orders a second", risk.CodeRate, func(s *situation) { s.view.Orders.Second = 5 }, "within a second"},
	{"orders a minute", risk.CodeRate, func(s *situation) { s.view.Orders.Minute = 6 }, "within a minute"},
	{"orders a day", risk.CodeRate, func(s *situation) { s.view.Orders.Day = 7 }, "within a day"},
	{"refused one after the other", risk.CodeRejects, func(s *situation) { s.view.Orders.Rejects = 5 }, "refused 5 orders in BTC-USD"},
	{"traded in the day", risk.CodeTraded, func(s *situation) { s.view.Funds.Traded = num.MustMoney("300.00000001") }, "max_daily_traded 402"},
	{"orders a fill", risk.CodeRatio, func(s *situation) { s.view.Orders.Hour = 102 }, "100 orders that are over and 2 fills"},
}

// TestOneStepOverTheEdgeDenies, faults: MD-07 RK-09 RK-10.
func TestOneStepOverTheEdgeDenies(t *testing.T) {
	seen := map[risk.Code]bool{}
	for _, b := range breaches {
		s := fine()
		b.breach(s)
		approved, denial := s.check()
		if denial == nil || denial.Code != b.code || !strings.Contains(denial.Reason, b.reason) {
			t.Errorf("%s: got %+v, want %s with %q", b.name, denial, b.code, b.reason)
		}
		if approved != (risk.Approved{}) {
			t.Errorf("%s: denied, and yet approved %+v", b.name, approved)
		}
		seen[b.code] = true
	}
	made := []risk.Code{risk.CodeOpposed, risk.CodeSize, risk.CodePrice, risk.CodeAge, risk.CodeNotSent, risk.CodeDrawdown} // by the engine, not by a check
	made = append(made, risk.CodeFillPrice, risk.CodeFee, risk.CodeSender, risk.CodeBalances, risk.CodeConflict, risk.CodeLate, risk.CodeDoubt,
		risk.CodeAuth, risk.CodeInstrument, risk.CodeExact, risk.CodeRestored, risk.CodeCrashes, risk.CodeRule, risk.CodeOperator)
	for _, c := range risk.Codes() {
		if !seen[c] && !slices.Contains(made, c) {
			t.Errorf("no case for %s", c)
		}
	}
}

// TestTheFirstFailureNamesTheDenial breaks everything at once, and mends it in
// the order of the checks.
func TestTheFirstFailureNamesTheDenial(t *testing.T) {
	chain := []struct {
		code  risk.Code
		spoil func(*situation)
	}{
		{risk.CodeHalt, func(s *situation) { s.view.Halted = "halted" }},
		{risk.CodeDailyLoss, func(s *situation) { s.view.ReduceOnly = "loss" }},
		{risk.CodeAllow, func(s *situation) { s.limits.Allow = map[string]risk.Sides{} }},
		{risk.CodeSession, func(s *situation) { s.view.Session = false }},
		{risk.CodeUnproven, func(s *situation) { s.view.Orders.UnprovenHere = 1 }},
		{risk.CodeBook, func(s *situation) { s.view.Market.BookValid = false }},
		{risk.CodeInputs, func(s *situation) { s.view.Market.BarAge = time.Hour }},
		{risk.CodeSteps, func(s *situation) { s.view.Market.Instrument.Min = num.MustQuantity("2") }},
		{risk.CodeQuantity, func(s *situation) { s.limits.MaxOrderQuantity["BTC-USD"] = num.MustQuantity("0.5") }},
		{risk.CodeValue, func(s *situation) { s.limits.MaxOrderValue = num.MustMoney("50") }},
		{risk.CodeCollar, func(s *situation) { s.limits.Collar = num.MustRate("0.01") }},
		{risk.CodeSpread, func(s *situation) { s.limits.MaxSpread = num.MustRate("0.001") }},
		{risk.CodeDepth, func(s *situation) { s.limits.MaxDepth = num.MustRate("0.01") }},
		{risk.CodeFunds, func(s *situation) { s.view.Funds.Available = num.MustMoney("1") }},
		{risk.CodePosition, func(s *situation) { s.limits.MaxPositionValue = num.MustMoney("1") }},
		{risk.CodeExposure, func(s *situation) { s.limits.MaxExposure = num.MustMoney("1") }},
		{risk.CodeLiveOrders, func(s *situation) { s.view.Orders.LiveHere = 99 }},
		{risk.CodeDuplicate, func(s *situation) { s.view.Orders.Twin = true }},
		{risk.CodeOwnCross, func(s *situation) { s.view.Orders.OwnAsk = num.MustPrice("1") }},
		{risk.CodeThrottle, func(s *situation) { s.view.Fires.Disabled = true }},
		{risk.CodeRepeat, func(s *situation) { s.view.Fires.Repeat = true }},
		{risk.CodeRate, func(s *situation) { s.view.Orders.Day = 99 }},
		{risk.CodeRejects, func(s *situation) { s.view.Orders.Rejects = 99 }},
		{risk.CodeTraded, func(s *situation) { s.limits.MaxDailyTraded = num.MustMoney("1") }},
		{risk.CodeSignal, func(s *situation) { s.view.Waited = time.Hour }},
		{risk.CodeRatio, func(s *situation) { s.view.Orders.Hour = 999 }},
	}
	for first := range chain {
		s := fine()
		for _, c := range chain[first:] {
			c.spoil(s)
		}
		if _, denial := s.check(); denial == nil || denial.Code != chain[first].code {
			t.Errorf("with %s and everything after it broken: got %+v", chain[first].code, denial)
		}
	}
}

func TestExitsAreNotHeldBackByCountsOfFirings(t *testing.T) {
	s := fine()
	s.sell()
	s.order.Exit = true
	s.permit(risk.Kinds{PostOnly: true})
	s.view.Waited = time.Hour
	s.view.Fires = risk.FireCount{Disabled: true, Repeat: true, Minute: 99, Hour: 99, Day: 99}
	s.view.Orders.Twin, s.view.Orders.Rejects, s.view.Orders.Hour = true, 99, 999
	s.view.Funds.Traded, s.view.Market.Visible = num.MustMoney("1000000"), num.Quantity{}
	s.limits.MaxSpread = num.MustRate("0.0001")
	s.view.ReduceOnly = "the day's loss"
	s.view.Funds.Available = num.Money{}
	s.view.Funds.Position, s.view.Funds.Exposure = num.MustMoney("1000000"), num.MustMoney("1000000")
	if _, denial := s.check(); denial != nil {
		t.Errorf("an exit was denied: %+v", denial)
	}
}

// What ends a position has a fifth more of the counts of orders, at least one.
func TestWhatEndsAPositionHasAReserve(t *testing.T) {
	for _, c := range []struct {
		name string
		mark func(*order.Order)
		want risk.Code
	}{
		{"exit", func(o *order.Order) { o.Exit = true }, ""},
		{"close", func(o *order.Order) { o.Close = true }, ""},
		{"sale", func(*order.Order) {}, risk.CodeRate},
	} {
		for _, spend := range []func(*risk.Orders, int){
			func(n *risk.Orders, more int) { n.BurstHere = 3 + more },
			func(n *risk.Orders, more int) { n.Second = 5 + more },
			func(n *risk.Orders, more int) { n.Minute = 6 + more },
			func(n *risk.Orders, more int) { n.Day = 100 + 19*more + more },
		} {
			s := fine()
			s.sell()
			c.mark(&s.order)
			s.limits.MaxOrders.Day = 100
			spend(&s.view.Orders, 0)
			if _, denial := s.check(); codeOf(denial) != c.want {
				t.Errorf("%s with the count used up: %+v, want %q", c.name, denial, c.want)
			}
			spend(&s.view.Orders, 1)
			if _, denial := s.check(); codeOf(denial) != risk.CodeRate {
				t.Errorf("%s with the reserve used up: %+v, want R27", c.name, denial)
			}
		}
	}
}

func codeOf(d *risk.Denial) risk.Code {
	if d == nil {
		return ""
	}
	return d.Code
}

func TestOrdersThatRestDoNotHoldBackASale(t *testing.T) {
	s := fine()
	s.sell()
	s.view.Orders.LiveHere, s.view.Orders.LiveTotal = 2, 3
	if _, denial := s.check(); denial != nil {
		t.Errorf("a sale that does not rest was denied: %+v", denial)
	}
	s.order.TIF = order.GTC
	if _, denial := s.check(); codeOf(denial) != risk.CodeLiveOrders {
		t.Errorf("a sale that rests: %+v, want R22", denial)
	}
}

func TestLargestIsTheSmallerCap(t *testing.T) {
	in := order.Intent{Instrument: "BTC-USD", Price: num.MustPrice("3")}
	lot := num.MustQuantity("0.01")
	for _, c := range []struct {
		quantity, value, want string
		capped                bool
	}{
		{"", "0", "0", false},
		{"2", "0", "2", true},
		{"", "10", "3.33", true},
		{"2", "10", "2", true},
		{"4", "10", "3.33", true},
	} {
		l := risk.Limits{MaxOrderValue: num.MustMoney(c.value)}
		if c.quantity != "" {
			l.MaxOrderQuantity = map[string]num.Quantity{"BTC-USD": num.MustQuantity(c.quantity)}
		}
		var k num.Calc
		got, capped := l.Largest(&k, &in, lot)
		if got != num.MustQuantity(c.want) || capped != c.capped || k.Err() != nil {
			t.Errorf("caps %q and %s: %s %v, want %s %v", c.quantity, c.value, got, capped, c.want, c.capped)
		}
	}
}

func TestAbsentLimitsDoNotLimitAndHaveNoEdge(t *testing.T) {
	s := fine()
	s.limits.Allow, s.limits.MaxOrderQuantity = nil, nil
	s.limits.MaxOrderValue, s.limits.MaxPositionValue, s.limits.MaxExposure = num.Money{}, num.Money{}, num.Money{}
	s.limits.MaxSpread, s.limits.MaxDepth, s.limits.MaxDailyTraded = num.Rate{}, num.Rate{}, num.Money{}
	s.order.Quantity = num.MustQuantity("1000")
	s.view.Funds.Available = num.MustMoney("1000000")
	if _, denial := s.check(); denial != nil {
		t.Errorf("denied without a limit: %+v", denial)
	}
}

func TestEveryCodeHasASentence(t *testing.T) {
	codes := risk.Codes()
	if len(codes) < 30 {
		t.Errorf("%d codes", len(codes))
	}
	for i, c := range codes {
		if s := c.Sentence(); !strings.HasSuffix(s, ".") || strings.Contains(s, "unknown") {
			t.Errorf("%s: sentence %q", c, s)
		}
		if slices.Contains(codes[:i], c) {
			t.Errorf("%s is listed twice", c)
		}
	}
	if got := risk.Code("R99").Sentence(); !strings.Contains(got, "unknown denial code R99") {
		t.Errorf("R99: %q", got)
	}
}

// BenchmarkCheckPasses is the whole gate for an order that passes: its mean,
// what that is for one check, and the slowest of a hundred.
func BenchmarkCheckPasses(b *testing.B) {
	s := fine()
	var slow [1 << 12]time.Duration // the newest of them
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		if _, denial := s.check(); denial != nil {
			b.Fatal(denial)
		}
		slow[n%len(slow)] = time.Since(start)
		n++
	}
	taken := slow[:min(n, len(slow))]
	slices.Sort(taken)
	b.ReportMetric(float64(taken[len(taken)*99/100].Nanoseconds()), "p99-ns")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n*26), "ns/check")
}

func TestAnOrderThatPassesCostsNoMemory(t *testing.T) {
	s := fine()
	if n := testing.AllocsPerRun(100, func() { _, _ = s.check() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
