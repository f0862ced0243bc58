package okcoin_test

import (
	"net/http"
	"testing"

	"rulebot/exchange/okcoin"
)

// TestTimesInOtherUnits: milliseconds where seconds are meant, a leap second
// and a time of day that is none are errors, and no time far from now.
//
// Faults: CK-07.
func TestTimesInOtherUnits(t *testing.T) {
	for body, want := range map[string]string{
		`{"epoch":"1709294400.123"}`:                              "2024-03-01T12:00:00.123Z",
		`{"epoch":"1709294400"}`:                                  "2024-03-01T12:00:00.000Z",
		`{"epoch":"1709294400123"}`:                               "", // milliseconds
		`{"epoch":"1709294400123000"}`:                            "", // microseconds
		`{"epoch":"-1"}`:                                          "",
		`{"iso":"2016-12-31T23:59:60Z"}`:                          "", // a leap second
		`{"iso":"2024-02-30T12:00:00Z"}`:                          "",
		`{"iso":"1709294400"}`:                                    "",
		`{"iso":"2024-03-01T12:00:00.000Z","epoch":"1709294402"}`: "", // two times
	} {
		base, _ := fakeREST(t, func(w http.ResponseWriter, _ *http.Request) { reply(t, w, 200, body) })
		got := ""
		if at, err := newClient(t, base).Time(t.Context()); err == nil {
			got = okcoin.FormatTime(at)
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", body, got, want)
		}
	}
}
