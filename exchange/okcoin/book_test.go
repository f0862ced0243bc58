package okcoin_test

import (
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rulebot/exchange"
	"rulebot/exchange/okcoin"
)

// TestChecksumExamples are the exchange manual's worked examples.
func TestChecksumExamples(t *testing.T) {
	for _, c := range []struct {
		book string
		want int32
	}{
		{`{"bids":[["3366.1","7"],["3366","6"]],"asks":[["3366.8","9"],["3368","8"]]}`, -1881014294},
		{`{"bids":[["3366.1","7"]],"asks":[["3366.8","9"],["3368","8"],["3372","8"]]}`, 831078360},
		{`{"bids":[["5","7"],["3","5"],["2.5","100"],["1.5","100"],["1.1","100"],["1","1004.9998"]],` +
			`"asks":[["8.8","96.99999966"],["9","39"],["9.5","100"],["12","12"],["95","0.42973686"],["11111","1003.99999795"]]}`, 468410539},
	} {
		if got, err := okcoin.ApplyBook([]byte(c.book)); got != c.want || err != nil {
			t.Errorf("%s: got %d, %v, want %d", c.book, got, err, c.want)
		}
	}
}

// TestBookAgainstModel holds the book against a map and a sort.
func TestBookAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		books := okcoin.NewBooks()
		model := [2]map[int]string{{}, {}} // bids, asks: price in cents → size text
		row := rapid.Custom(func(t *rapid.T) [3]int {
			return [3]int{rapid.IntRange(0, 1).Draw(t, "side"), rapid.IntRange(1, 60).Draw(t, "cents"), rapid.IntRange(0, 3).Draw(t, "size")}
		})
		for i := range rapid.IntRange(1, 12).Draw(t, "messages") {
			rows := rapid.SliceOfN(row, 0, 40).Draw(t, "rows")
			action := "update"
			if i == 0 {
				action, model = "partial", [2]map[int]string{{}, {}}
			}
			text := applyToModel(&model, action, i, rows)
			if book, err := books.Apply([]byte(text)); err != nil {
				t.Fatalf("%s: %v\n%s", book, err, text)
			}
			bids, asks := books.Levels("spot/depth:A-B")
			if bids != len(model[0]) || asks != len(model[1]) {
				t.Fatalf("got %d bids and %d asks, want %d and %d", bids, asks, len(model[0]), len(model[1]))
			}
		}
	})
}

// applyToModel changes the model and returns the message that should do the
// same to a book, with the checksum of the result.
func applyToModel(model *[2]map[int]string, action string, i int, rows [][3]int) string {
	var texts [2][]string
	for _, r := range rows {
		side, cents, size := r[0], r[1], fmt.Sprint(r[2])
		texts[side] = append(texts[side], fmt.Sprintf(`["%d.%02d",%q,1]`, cents/100, cents%100, size))
		if size == "0" {
			delete(model[side], cents)
		} else {
			model[side][cents] = size
		}
	}
	var parts []string
	bids, asks := slices.Sorted(maps.Keys(model[0])), slices.Sorted(maps.Keys(model[1]))
	slices.Reverse(bids)
	for n := range 25 {
		for side, prices := range [][]int{bids, asks} {
			if n < len(prices) {
				parts = append(parts, fmt.Sprintf("%d.%02d:%s", prices[n]/100, prices[n]%100, model[side][prices[n]]))
			}
		}
	}
	sum := int32(crc32.ChecksumIEEE([]byte(strings.Join(parts, ":"))))
	return fmt.Sprintf(`{"table":"spot/depth","action":%q,"data":[{"instrument_id":"A-B","bids":[%s],"asks":[%s],`+
		`"timestamp":"2024-03-01T12:00:%02d.000Z","checksum":%d}]}`,
		action, strings.Join(texts[0], ","), strings.Join(texts[1], ","), i, sum)
}

// TestSignatures are vectors of our own, made with another implementation of
// HMAC-SHA256 (OpenSSL's).
func TestSignatures(t *testing.T) {
	for _, c := range []struct{ timestamp, method, target, body, want string }{
		{"2024-03-01T12:00:00.000Z", "GET", "/api/spot/v3/accounts", "", "rcq9pmrUyf5BDMdx8eztz2KDqQayLJHHMZynQZWbx64="},
		{"2024-03-01T12:00:00.000Z", "GET", "/api/spot/v3/fills?after=17&instrument_id=BTC-USD&limit=100", "", "KmvSe0n1dFUFdlqfhYBsOTFhFTqWaEG+tVy4IhCiWeM="},
		{"2024-03-01T12:00:00.000Z", "POST", "/api/spot/v3/orders", `{"instrument_id":"BTC-USD","side":"buy"}`, "IcWYMkumviueHTuObUKYSSOZYOQgyGFMLuKxYC5W+Zw="},
		{"1709294400.000", "GET", "/users/self/verify", "", "NQfeqseR+oUke+h01xLRCyOr1EBeW6HJ9jZX3J/HYLM="},
	} {
		text := okcoin.Prehash(c.timestamp, c.method, c.target, []byte(c.body))
		if got := exchange.NewSecret("rulebot-test-secret").Sign(text); got != c.want {
			t.Errorf("%q: got %s, want %s", text, got, c.want)
		}
	}
}
