package sim_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/sim"
)

var update = flag.Bool("update", false, "rewrite the answers in testdata")

// world is what a scenario file talks to: it carries out one line and returns
// what was told, one fact a line.
type world interface {
	do(t *testing.T, at market.Time, words []string) []string
}

// runScenarios plays every file of a folder. In a file, a line that is not
// indented is a command, with its time in milliseconds as @1000 in front; the
// indented lines after it are what it caused.
func runScenarios(t *testing.T, pattern string, begin func() world) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("scenarios %s: found %d, %v", pattern, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(text), begin())
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(text), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		})
	}
}

func play(t *testing.T, text string, w world) string {
	var out strings.Builder
	var now market.Time
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out.WriteString(line)
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if at, ok := strings.CutPrefix(words[0], "@"); ok {
			ms, err := strconv.ParseInt(at, 10, 64)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			now, words = market.Milli(ms), words[1:]
		}
		for _, told := range w.do(t, now, words) {
			out.WriteString("  " + told + "\n")
		}
	}
	return out.String()
}

// pairs reads name=value words.
func pairs(words []string) map[string]string {
	m := map[string]string{}
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		m[name] = value
	}
	return m
}

func amounts(words []string) map[string]num.Money {
	m := map[string]num.Money{}
	for name, value := range pairs(words) {
		m[name] = num.MustMoney(value)
	}
	return m
}

func rateOr(s string) num.Rate {
	if s == "" {
		return num.Rate{}
	}
	return num.MustRate(s)
}

func feesOf(m map[string]string) sim.Fees {
	return sim.Fees{Maker: rateOr(m["maker"]), Taker: rateOr(m["taker"])}
}

// level reads 100.1x0.5.
func level(t *testing.T, s string) market.Level {
	p, q, ok := strings.Cut(s, "x")
	if !ok {
		t.Fatalf("level %q: want PRICExSIZE", s)
	}
	return market.Level{Price: num.MustPrice(p), Size: num.MustQuantity(q)}
}

func quoteOf(t *testing.T, words []string) market.Quote {
	b, a := level(t, words[0]), level(t, words[1])
	return market.Quote{Bid: b.Price, BidSize: b.Size, Ask: a.Price, AskSize: a.Size}
}

// tradeOf reads: buy 100.1 0.5 [ID].
func tradeOf(words []string) market.Trade {
	tr := market.Trade{Buyer: words[0] == "buy", Price: num.MustPrice(words[1]), Size: num.MustQuantity(words[2])}
	if len(words) > 3 {
		tr.ID, _ = strconv.ParseInt(words[3], 10, 64)
	}
	return tr
}

func text[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](t *testing.T, s string) T {
	var v T
	if err := P(&v).UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return v
}

// bourse is an exchange in a scenario.
type bourse struct {
	fees  sim.Fees
	rules sim.Rules
	x     *sim.Exchange
}

var fine = market.Instrument{
	ID: "BTC-USD", Base: "BTC", Quote: "USD",
	Tick: num.MustPrice("0.1"), Lot: num.MustQuantity("0.0001"), Min: num.MustQuantity("0.001"),
}

func (b *bourse) do(t *testing.T, at market.Time, words []string) []string {
	switch words[0] {
	case "fees":
		b.fees = feesOf(pairs(words[1:]))
		return nil
	case "rules":
		w := pairs(words[1:])
		b.rules = sim.Rules{Guard: rateOr(w["guard"]), MarketMax: amounts(words[2:])}
		return nil
	}
	if b.x == nil {
		x, err := sim.New(sim.Config{Instruments: []market.Instrument{fine}, Fees: b.fees, Rules: b.rules})
		if err != nil {
			t.Fatal(err)
		}
		b.x = x
	}
	said, err := b.command(t, at, words)
	if err != nil {
		t.Fatalf("%v: %v", words, err)
	}
	news := b.x.Drain()
	for i := range news {
		said = append(said, newsText(&news[i]))
	}
	return said
}

func (b *bourse) command(t *testing.T, at market.Time, words []string) (said []string, err error) {
	switch words[0] {
	case "open":
		return nil, b.x.Open(words[1], amounts(words[2:]))
	case "levels":
		return nil, b.levels(t, at, words[1:])
	case "quote":
		return nil, b.x.Quote(fine.ID, at, quoteOf(t, words[1:]))
	case "trade":
		_, err = b.x.Trade(fine.ID, at, tradeOf(words[1:]))
		return nil, err
	case "cancel":
		_, no := b.x.Cancel(at, words[1], fine.ID, words[2])
		return refusal(no), nil
	case "retick":
		return nil, b.x.Retick(fine.ID, num.MustPrice(words[1]))
	case "delist":
		return nil, b.x.Delist(at, fine.ID)
	case "algo":
		_, no := b.x.SubmitAlgo(at, algo(t, words[1:]))
		return refusal(no), nil
	case "elapse":
		b.x.Elapse(at)
		return nil, nil
	case "due":
		return []string{fmt.Sprint("due ", b.x.Due().Milli())}, nil
	case "algocancel":
		_, no := b.x.CancelAlgo(at, words[1], fine.ID, words[2])
		return refusal(no), nil
	case "amend":
		_, no := b.x.Amend(at, amendment(words[1:]))
		return refusal(no), nil
	case "book":
		bids, asks := b.x.Book(fine.ID, 3)
		said = []string{"bids", "asks"}
		for i, side := range [][]market.Level{bids, asks} {
			for _, l := range side {
				said[i] += levelText(l.Price, l.Size)
			}
		}
		return said, nil
	case "audit":
		list, err := b.x.Audit()
		for _, h := range list {
			said = append(said, fmt.Sprintf("%s deposited %s users %s market %s fees %s", h.Currency, h.Deposited, h.Users, h.Market, h.Fees))
		}
		return said, err
	case "submit":
		_, no := b.x.Submit(at, request(t, words[1:]))
		return refusal(no), nil
	}
	return nil, fmt.Errorf("command is not known")
}

func (b *bourse) levels(t *testing.T, at market.Time, words []string) error {
	var sides [2][]market.Level
	reset, k := false, 0
	for _, w := range words {
		switch w {
		case "reset":
			reset = true
		case "bids":
			k = 0
		case "asks":
			k = 1
		default:
			sides[k] = append(sides[k], level(t, w))
		}
	}
	return b.x.Liquidity(fine.ID, at, reset, sides[0], sides[1])
}

// request reads: ann c1 buy gtc 100.1 0.5, or ann c1 buy market 500 USD, or
// ann c1 sell market 0.5.
func request(t *testing.T, words []string) sim.Request {
	r := sim.Request{Account: words[0], ClientID: words[1], Instrument: fine.ID, Side: text[order.Side](t, words[2])}
	if words[3] != "market" {
		r.TIF, r.Price, r.Quantity = text[order.TimeInForce](t, words[3]), num.MustPrice(words[4]), num.MustQuantity(words[5])
		return r
	}
	r.Type = sim.Market
	if len(words) > 5 {
		r.Notional = num.MustMoney(words[4])
	} else {
		r.Quantity = num.MustQuantity(words[4])
	}
	return r
}

// algoKinds are named by the first of the words that only they have.
var algoKinds = []struct {
	word string
	kind sim.AlgoKind
}{{"take", sim.AlgoPair}, {"callback", sim.AlgoTrail}, {"every", sim.AlgoSweep}, {"part", sim.AlgoIceberg}, {"stop", sim.AlgoTrigger}}

// algo reads: ann sell 0.5 stop=99 at=98.5 take=102 takeat=102.5, where a leg
// without a price is a market order; ann sell 0.5 stop=105 callback=0.01;
// ann sell 5 part=1 limit=90 distance=0.01, and also ratio=0.5 every=10s.
func algo(t *testing.T, words []string) sim.AlgoRequest {
	w := pairs(words[3:])
	price := func(name string) num.Price {
		if w[name] == "" {
			return num.Price{}
		}
		return num.MustPrice(w[name])
	}
	r := sim.AlgoRequest{
		Account: words[0], Instrument: fine.ID, Side: text[order.Side](t, words[1]), Size: num.MustMoney(words[2]),
		Stop: sim.Leg{Trigger: price("stop"), Price: price("at")}, Take: sim.Leg{Trigger: price("take"), Price: price("takeat")},
		Callback: rateOr(w["callback"]), Limit: price("limit"), Distance: rateOr(w["distance"]), Ratio: rateOr(w["ratio"]),
	}
	if w["part"] != "" {
		r.Part = num.MustQuantity(w["part"])
	}
	if w["every"] != "" {
		var err error
		if r.Interval, err = time.ParseDuration(w["every"]); err != nil {
			t.Fatal(err)
		}
	}
	for _, k := range algoKinds {
		if w[k.word] != "" {
			r.Kind = k.kind
			break
		}
	}
	return r
}

// amendment reads: ann c1 price=100.1 size=0.5 tag=r1 cancel=1.
func amendment(words []string) sim.Amendment {
	w := pairs(words[2:])
	m := sim.Amendment{Account: words[0], ID: words[1], Instrument: fine.ID, Request: w["tag"], CancelOnFail: w["cancel"] == "1"}
	if w["price"] != "" {
		m.Price = num.MustPrice(w["price"])
	}
	if w["size"] != "" {
		m.Quantity = num.MustQuantity(w["size"])
	}
	return m
}

func refusal(no *sim.Refusal) []string {
	if no == nil {
		return nil
	}
	return []string{"refused " + no.Reason.String() + ": " + no.Text}
}

func newsText(n *sim.News) string {
	switch n.Kind {
	case sim.NewsOrder:
		o := &n.Order
		s := fmt.Sprintf("%d order %s %s %s %s filled %s spent %s fee %s %s", n.At.Milli(), n.Account, o.ID, o.ClientID,
			o.State, o.Filled, o.Spent, o.Fee, o.FeeCurrency)
		if o.Amended != 0 {
			s += strings.TrimRight(fmt.Sprintf(" amended %s to %s at %s %s", o.Amended, o.Quantity, o.Price, o.LastRequest), " ")
		}
		return strings.TrimSpace(s + " " + o.Reason)
	case sim.NewsAlgo:
		s := fmt.Sprintf("%d algo %s %s %s %s", n.At.Milli(), n.Account, n.Algo.ID, n.Algo.State,
			strings.TrimSpace(n.Algo.OrderID+" "+n.Algo.Reason))
		if n.Algo.Dealt.Sign() > 0 {
			s += " dealt " + n.Algo.Dealt.String()
		}
		return strings.TrimSpace(s)
	case sim.NewsFill:
		f := &n.Fill
		return fmt.Sprintf("%d fill %s %s trade %s: %s %s at %s fee %s %s%s ledger %d", n.At.Milli(), n.Account, f.ExchangeID,
			f.ID, f.Side, f.Quantity, f.Price, f.Fee, f.FeeCurrency, makerText(f.Maker), f.Ledger)
	case sim.NewsBalance:
		return fmt.Sprintf("%d balance %s %s %s available %s", n.At.Milli(), n.Account, n.Balance.Currency, n.Balance.Total, n.Balance.Available)
	case sim.NewsTrade:
		side := "sell"
		if n.Trade.Buyer {
			side = "buy"
		}
		return fmt.Sprintf("%d print %d: %s %s at %s", n.At.Milli(), n.Trade.ID, side, n.Trade.Size, n.Trade.Price)
	}
	return fmt.Sprintf("news %d?", n.Kind)
}

func makerText(maker bool) string {
	if maker {
		return " maker"
	}
	return " taker"
}

func TestExchangeScenarios(t *testing.T) {
	runScenarios(t, "testdata/exchange/*.txt", func() world { return &bourse{} })
}
