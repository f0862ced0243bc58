package okcoin_test

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rulebot/exchange/okcoin"
	"rulebot/internal/realdata"
)

// TestErrorTableIsComplete reads the protocol's own table of error codes, and
// wants each of them classified as it says and no others.
func TestErrorTableIsComplete(t *testing.T) {
	text, err := os.ReadFile(realdata.Path(t, "reference/okcoin-v3.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, ok := strings.Cut(string(text), "## 11. Error codes")
	table, _, ok2 := strings.Cut(table, "\n## ")
	if !ok || !ok2 {
		t.Fatal("the reference has no table of error codes")
	}
	classes := map[string]okcoin.Class{
		"reject": okcoin.ClassReject, "auth": okcoin.ClassAuth, "clock": okcoin.ClassClock, "rate": okcoin.ClassRate,
		"retry": okcoin.ClassRetry, "gone": okcoin.ClassGone, "halt": okcoin.ClassHalt,
	}
	number := regexp.MustCompile(`\d+`)
	want := map[int64]okcoin.Class{}
	for line := range strings.SplitSeq(table, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 6 {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimSpace(cells[4]), " ")
		class, known := classes[word]
		for part := range strings.SplitSeq(cells[1], ",") {
			ends := number.FindAllString(part, -1)
			if len(ends) == 0 || strings.Contains(part, "HTTP") || !known {
				continue
			}
			first, err1 := strconv.ParseInt(ends[0], 10, 64)
			last, err2 := strconv.ParseInt(ends[len(ends)-1], 10, 64)
			if err1 != nil || err2 != nil {
				t.Fatalf("%q: %v, %v", part, err1, err2)
			}
			for n := first; n <= last; n++ {
				want[n] = class
			}
		}
	}
	want[34026] = okcoin.ClassRate // named in the text of the funding codes
	if len(want) < 120 {
		t.Fatalf("read %d codes of the reference, want all", len(want))
	}
	for n := range int64(40_000) {
		if got := okcoin.ClassOf(strconv.FormatInt(n, 10)); got != want[n] {
			t.Errorf("code %d: got class %d, want %d", n, got, want[n])
		}
	}
}
