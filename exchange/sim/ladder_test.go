package sim_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/exchange/sim"
)

func ladderText(levels []market.Level) (s string) {
	for _, l := range levels {
		s += levelText(l.Price, l.Size)
	}
	return s
}

func TestLadder(t *testing.T) {
	tick, lot := num.MustPrice("0.1"), num.MustQuantity("0.001")
	inst := market.Instrument{ID: "BTC-USD", Base: "BTC", Quote: "USD", Tick: tick, Lot: lot}
	for _, c := range []struct {
		name       string
		words      []string
		bids, asks string // the first three
		n, k       int
	}{
		{"steps of a basis point", []string{"42000x0.5", "42000.1x0.2"}, " 42000x0.5 41995.8x0.65 41991.6x0.8", " 42000.1x0.2 42004.3x0.26 42008.5x0.32", 20, 20},
		{"at least a tick", []string{"100x1", "100.1x1"}, " 100x1 99.9x1.3 99.8x1.6", " 100.1x1 100.2x1.3 100.3x1.6", 20, 20},
		{"bids end before zero", []string{"0.3x1", "0.4x1"}, " 0.3x1 0.2x1.3 0.1x1.6", " 0.4x1 0.5x1.3 0.6x1.6", 3, 20},
		{"rounded away from the middle", []string{"100.05x1.0009", "100.12x0.0019"}, " 100x1 99.9x1.3 99.8x1.6", " 100.2x0.001 100.3x0.001 100.4x0.001", 20, 20},
		{"a side without size", []string{"100x0", "100.1x1"}, "", " 100.1x1 100.2x1.3 100.3x1.6", 0, 20},
		{"a side without price", []string{"100x1", "0x1"}, " 100x1 99.9x1.3 99.8x1.6", "", 20, 0},
		{"crossed", []string{"100.1x1", "100.1x1"}, "", "", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			bids, asks := sim.Ladder(inst, quoteOf(t, c.words), nil, nil)
			if len(bids) != c.n || len(asks) != c.k {
				t.Errorf("got %d bids and %d asks, want %d and %d", len(bids), len(asks), c.n, c.k)
			}
			got := []string{ladderText(bids[:min(3, len(bids))]), ladderText(asks[:min(3, len(asks))])}
			if diff := cmp.Diff([]string{c.bids, c.asks}, got); diff != "" {
				t.Errorf("ladder (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLadderIsABook holds for any quote: both sides best first, on tick and
// lot, never crossed, and what was in the slices stays.
func TestLadderIsABook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scale := rapid.IntRange(0, 6).Draw(t, "scale")
		inst := market.Instrument{Tick: num.PriceOf(rapid.SampledFrom([]int64{1, 5, 25}).Draw(t, "tick"), scale), Lot: num.QuantityOf(1, 6)}
		q := market.Quote{
			Bid: num.PriceOf(rapid.Int64Range(-5, 1e12).Draw(t, "bid"), 7), BidSize: num.QuantityOf(rapid.Int64Range(0, 1e15).Draw(t, "bid size"), 8),
			Ask: num.PriceOf(rapid.Int64Range(-5, 1e12).Draw(t, "ask"), 7), AskSize: num.QuantityOf(rapid.Int64Range(0, 1e15).Draw(t, "ask size"), 8),
		}
		kept := market.Level{Price: num.MustPrice("7")}
		bids, asks := sim.Ladder(inst, q, []market.Level{kept}, nil)
		if bids[0] != kept {
			t.Fatalf("first level is %v, want what was there", bids[0])
		}
		bids = bids[1:]
		for i, l := range append(bids, asks...) {
			if !num.IsMultiple(l.Price, inst.Tick) || !num.IsMultiple(l.Size, inst.Lot) || l.Price.Sign() <= 0 || l.Size.Sign() <= 0 {
				t.Fatalf("level %d: %sx%s is off the grid", i, l.Price, l.Size)
			}
		}
		for i := 1; i < len(bids); i++ {
			if !bids[i].Price.Less(bids[i-1].Price) {
				t.Fatalf("bids %s and %s are not falling", bids[i-1].Price, bids[i].Price)
			}
		}
		for i := 1; i < len(asks); i++ {
			if !asks[i-1].Price.Less(asks[i].Price) {
				t.Fatalf("asks %s and %s are not rising", asks[i-1].Price, asks[i].Price)
			}
		}
		if len(bids) == 0 || len(asks) == 0 {
			return
		}
		if !bids[0].Price.Less(asks[0].Price) {
			t.Fatalf("bid %s is not below ask %s", bids[0].Price, asks[0].Price)
		}
		// who knows only the touch builds the same ladder from it
		touch := market.Quote{Bid: bids[0].Price, BidSize: bids[0].Size, Ask: asks[0].Price, AskSize: asks[0].Size}
		b, a := sim.Ladder(inst, touch, nil, nil)
		if !slices.Equal(b, bids) || !slices.Equal(a, asks) {
			t.Fatalf("ladder of the touch differs:\n got%s /%s\nwant%s /%s", ladderText(b), ladderText(a), ladderText(bids), ladderText(asks))
		}
	})
}
