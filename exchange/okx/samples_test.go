package okx_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/num"
	"rulebot/engine/order"
	"rulebot/exchange/okx"
	"rulebot/internal/realdata"
)

func sample(tb testing.TB, name string) []byte {
	tb.Helper()
	b, err := os.ReadFile(realdata.Path(tb, "reference/okx-v5-samples/"+name))
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// lines returns the objects of a file of one a line.
func lines[T any](tb testing.TB, name string) []T {
	tb.Helper()
	var list []T
	scan := bufio.NewScanner(bytes.NewReader(sample(tb, name)))
	scan.Buffer(nil, 1<<22)
	for scan.Scan() {
		var line T
		if err := json.Unmarshal(scan.Bytes(), &line); err != nil {
			tb.Fatal(err)
		}
		list = append(list, line)
	}
	return list
}

type frame struct {
	Dir, Expect string
	Frame       json.RawMessage
}

// classes are the words of the reference.
var classes = map[string]okx.Class{
	"RETRY": okx.ClassRetry, "UNKNOWN": okx.ClassUnknown, "SLOW": okx.ClassSlow, "CLOCK": okx.ClassClock, "FUNDS": okx.ClassFunds,
	"RULE": okx.ClassRule, "STATE": okx.ClassState, "MARKET": okx.ClassMarket, "STOP": okx.ClassStop, "BUG": okx.ClassBug,
	"–": okx.ClassNone, "log": okx.ClassState, "reconnect": okx.ClassRetry,
}

// TestCodes holds the table of errors against the reference's.
func TestCodes(t *testing.T) {
	text, err := os.ReadFile(realdata.Path(t, "reference/okx-v5.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## 15. Errors")
	table, _, _ = strings.Cut(table, "## 16.")
	number, aside, count := regexp.MustCompile(`^5\d{4}|^6\d{4}`), regexp.MustCompile(`\([^)]*\)`), 0
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) < 3 || !number.MatchString(strings.TrimSpace(cells[0])) {
			continue
		}
		for n, list := range strings.Fields(aside.ReplaceAllString(cells[0], "")) {
			word := strings.TrimRight(strings.Fields(cells[len(cells)-1])[0], ",")
			if list == "54085" {
				word = "BUG"
			}
			first, last, ranged := strings.Cut(strings.Trim(list, "*"), "–")
			if !ranged {
				last = first
			}
			a, _ := strconv.ParseInt(first, 10, 64)
			b, _ := strconv.ParseInt(last, 10, 64)
			want := classes[word]
			if strings.Contains(cells[len(cells)-1], "UNKNOWN write") {
				want = okx.ClassUnknown
			}
			for code := a; code <= b && a != 0; code++ {
				count++
				if code == 51087 && ranged {
					continue // a row of its own says more
				}
				if got := okx.ClassOf(code); got != want {
					t.Errorf("code %d (%d of its row): class %d, want %d (%s)", code, n, got, want, word)
				}
			}
		}
	}
	if count < 200 {
		t.Errorf("%d codes, want the whole table", count)
	}
}

// TestRefusals: what each class of answer proves of a submit.
func TestRefusals(t *testing.T) {
	want := map[string]order.Class{
		"ok": order.Accepted, "partial-batch": order.Accepted, "reject-funds": order.Rejected, "expired-by-expTime": order.Rejected,
		"auth-fatal": order.Rejected, "duplicate-client-id": order.Unknown, "cancel-too-late": order.Unknown, "not-found": order.Unknown,
		"unknown-outcome": order.Unknown, "rate-limit": order.Unknown, "clock": order.Unknown, "unavailable": order.Unknown,
	}
	for _, line := range lines[struct {
		Class string
		HTTP  int
		Body  json.RawMessage
		Text  string `json:"body_text"`
	}](t, "constructed/rest-results.jsonl") {
		body := []byte(line.Text)
		if line.Body != nil {
			body = line.Body
		}
		got := okx.Judge(line.HTTP, body, []order.Order{{Intent: order.Intent{Instrument: "BTC-USDT"}, ClientID: "r1"}}, false)[0]
		expected, known := want[line.Class]
		if !known || got.Class != expected {
			t.Errorf("%s: class %d, want %d: %+v", line.Class, got.Class, expected, got)
		}
		if line.Class == "auth-fatal" && got.Halt != order.HaltAuth || line.Class == "clock" && got.Halt != order.HaltClock {
			t.Errorf("%s: halts %d", line.Class, got.Halt)
		}
		if line.Class == "cancel-too-late" && okx.Judge(line.HTTP, body, []order.Order{{ClientID: "r1"}}, true)[0].Class != order.Gone {
			t.Error("a cancel that came too late is not gone")
		}
	}
}

// TestBookChain plays the sequence that was made for it.
func TestBookChain(t *testing.T) {
	var b okx.Book
	var got []string
	for _, line := range lines[frame](t, "constructed/book-sequence.jsonl") {
		_, _, err := b.Apply(line.Frame, true)
		switch {
		case errors.Is(err, okx.ErrChain):
			got = append(got, "gap")
		case errors.Is(err, okx.ErrNoSnapshot):
			got = append(got, "waits")
		case err != nil:
			t.Fatalf("%s: %v", line.Expect, err)
		default:
			state, _, _ := strings.Cut(b.State(), ":")
			got = append(got, state)
		}
	}
	if want := strings.Fields("10 15 15 3 5 5 gap waits 14"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestRecordedBooks rebuilds books as they were recorded, and verifies each by
// the checksum that the exchange sent then.
func TestRecordedBooks(t *testing.T) {
	for name, want := range map[string]int{"okx-public-ws-2022-05.jsonl": 290, "okcoin-v5-public-ws-2023-05.jsonl": 6} {
		books, texts, verified := map[string]*okx.Book{}, map[string]map[string]string{}, 0
		for _, line := range lines[frame](t, "recorded/"+name) {
			var m struct {
				Arg    struct{ Channel, InstID string }
				Action string
				Data   []struct{ Asks, Bids [][]string }
			}
			if line.Dir != "in" || json.Unmarshal(line.Frame, &m) != nil || m.Arg.Channel != "books" || m.Action == "" {
				continue
			}
			id := m.Arg.InstID
			if books[id] == nil || m.Action == "snapshot" {
				books[id], texts[id] = new(okx.Book), map[string]string{}
			}
			_, sum, err := books[id].Apply(line.Frame, false)
			if err != nil {
				t.Fatalf("%s %s: %v", name, id, err)
			}
			for i, side := range [][][]string{m.Data[0].Bids, m.Data[0].Asks} {
				for _, l := range side {
					texts[id][fmt.Sprint(i)+num.MustPrice(l[0]).String()] = l[0] + ":" + l[1]
				}
			}
			if got := checksum(books[id], texts[id]); int64(got) == sum {
				verified++
			} else {
				t.Errorf("%s %s: checksum %d, want %d", name, id, got, sum)
			}
		}
		if verified != want {
			t.Errorf("%s: %d books verify, want %d", name, verified, want)
		}
	}
}

func checksum(b *okx.Book, texts map[string]string) int32 {
	bids, asks := b.Sides()
	var parts []string
	for i := range 25 {
		for n, side := range [][]market.Level{bids, asks} {
			if i < len(side) {
				parts = append(parts, texts[fmt.Sprint(n)+side[i].Price.String()])
			}
		}
	}
	return int32(crc32.ChecksumIEEE([]byte(strings.Join(parts, ":"))))
}

func private() *okx.Private {
	return okx.NewPrivate(okx.PrivateConfig{
		StreamConfig: okx.StreamConfig{Now: func() market.Time { return 0 }}, Instruments: []string{"BTC-USDT"}, Currencies: []string{"BTC", "USDT"},
	})
}

// TestOrderPushes: what the pushes of an order come to.
func TestOrderPushes(t *testing.T) {
	for name, want := range map[string]string{
		"order-lifecycle":  "OPEN, fill 9001, PARTIAL, PARTIAL, PARTIAL, fill 9002, FILLED, FILLED",
		"market-buy-quote": "OPEN, fill 9010, PARTIAL, FILLED",
		"cancel-cases":     "CANCELED, CANCELED, CANCELED, CANCELED, CANCELED",
	} {
		p := private()
		var got []string
		for _, line := range lines[frame](t, "constructed/"+name+".jsonl") {
			events, err := p.Decode(line.Frame)
			if err != nil {
				t.Fatalf("%s: %s: %v", name, line.Expect, err)
			}
			for i := range events {
				got = append(got, told(&events[i]))
			}
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%s: got %s, want %s", name, s, want)
		}
	}
}

func told(ev *engine.Event) string {
	switch ev.Kind {
	case engine.KindFill:
		return "fill " + ev.Account.Fill.ID
	case engine.KindEvidence:
		return ev.Account.Evidence.State.String()
	default:
		return fmt.Sprint(ev.Kind)
	}
}
