package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/exchange"
	"rulebot/strategies"
)

const wanted = `version: 1
exchange: {name: okx, endpoint: {rest: REST, ws: WS}}
account: {balances: {USD: 1000}}
instruments: {BTC-USD: {tick: 0.5, lot: 0.0001, min: 0.00001}}
strategies:
  - name: a
    instrument: BTC-USD
    timeframe: 15m
    rules:
      - {name: r, when: close > open, do: {buy: {size: {quote: 100}, type: limit, price: close, tif: fok}}}
    exits: {stop_loss: {pct: 2, where: exchange}}
  - name: b
    instrument: BTC-EUR
    timeframe: 15m
    rules:
      - {name: r, when: close > open, do: close}
`

// TestFitting holds a file against exchanges that lack one thing each.
func TestFitting(t *testing.T) {
	f, found := strategies.Load("w.yaml", []byte(strings.NewReplacer("REST", "http://localhost:1", "WS", "ws://localhost:1").Replace(wanted)))
	if len(found) > 0 {
		t.Fatal(found)
	}
	all := exchange.Abilities{Candles: []market.Timeframe{15 * market.Minute}, InForce: []order.TimeInForce{order.FOK}, Stops: true}
	for name, c := range map[string]struct {
		spoil func(*exchange.Abilities)
		want  []string
	}{
		"nothing":  {func(*exchange.Abilities) {}, nil},
		"candles":  {func(a *exchange.Abilities) { a.Candles = nil }, []string{"w.yaml:6:5: x: it keeps no candles of 15m", "w.yaml:12:5: x: it keeps no candles of 15m"}},
		"fill all": {func(a *exchange.Abilities) { a.InForce = nil }, []string{"w.yaml:10:9: x: it takes no fok order"}},
		"stops":    {func(a *exchange.Abilities) { a.Stops = false }, []string{"w.yaml:6:5: x: it holds no stops; leave 'where: exchange' out"}},
	} {
		can := all
		c.spoil(&can)
		m := fitting{file: f, name: "x", can: can}
		for i := range f.Strategies {
			m.bars(i)
			m.orders(i)
		}
		m.rates()
		if !slices.EqualFunc(m.found, c.want, func(d strategies.Diagnostic, want string) bool { return strings.HasPrefix(d.String(), want) }) {
			t.Errorf("without %s: got\n%v\nwant %q", name, m.found.Error(), c.want)
		}
	}
}

// TestCheckOnline compares with what an exchange lists, and says so where it
// cannot be reached.
func TestCheckOnline(t *testing.T) {
	t.Parallel()
	x, name := served(t, "--protocol", "okx-v5"), filepath.Join(t.TempDir(), "w.yaml")
	if err := os.WriteFile(name, []byte(strings.NewReplacer("REST", x.REST, "WS", x.WS).Replace(wanted)), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := checkFile(name, nil)
	if err != nil {
		t.Fatal(err)
	}
	at, err := exchangesNamed("okx")
	if err != nil {
		t.Fatal(err)
	}
	c.compareExchanges(t.Context(), c.file, at, true)
	got := c.Exchanges[0]
	said := got.Findings.Error()
	for _, want := range []string{
		"w.yaml:6:5: okx: BTC-USD has tick 0.01 and not 0.5, minimum 0.0001 and not 0.00001",
		"w.yaml:12:5: okx: it does not list BTC-EUR; of BTC it lists BTC-USD",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("findings have no %q:\n%s", want, said)
		}
	}
	if got.OK || c.OK || !got.Listed {
		t.Errorf("got %+v", got)
	}
}
