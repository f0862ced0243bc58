package order_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"rulebot/engine/order"
)

const bits40 = 1<<40 - 1

var idForm = regexp.MustCompile(`^r[0-9a-v]{21}$`)

// TestIDRoundTrip: an id says what it was made of, and any one character of it
// changed is found out by form or check, but for one in 1024.
func TestIDRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tag := order.Tag(rapid.String().Draw(t, "alias"), rapid.String().Draw(t, "store"))
		boot, seq := rapid.Uint64Range(0, bits40).Draw(t, "boot"), rapid.Uint64Range(0, bits40).Draw(t, "seq")
		id := order.IDs{Tag: tag, Boot: boot}.New(seq)
		if !idForm.MatchString(id) {
			t.Fatalf("got %q, want 22 characters of 0-9a-v that begin with r", id)
		}
		gotTag, gotBoot, gotSeq, err := order.ParseID(id)
		if err != nil || gotTag != tag || gotBoot != boot || gotSeq != seq {
			t.Fatalf("%s: got %s, %d, %d and error %v; want %s, %d, %d", id, gotTag, gotBoot, gotSeq, err, tag, boot, seq)
		}
		if !order.Ours(id, tag) || order.Ours(id, "r"+strings.Repeat("w", 3)) {
			t.Fatalf("%s is not told from others", id)
		}
		if next := (order.IDs{Tag: tag, Boot: boot}).New(seq ^ 1); next == id {
			t.Fatalf("two sequence numbers make %s", id)
		}
	})
}

// TestIDKnown holds the format still: stores and exchanges remember ids.
func TestIDKnown(t *testing.T) {
	tag := order.Tag("main", "0123456789abcdef")
	got := []string{tag, order.IDs{Tag: tag, Boot: 1}.New(1), order.IDs{Tag: tag, Boot: bits40}.New(123456789)}
	want := []string{"r3us", "r3us00000001000000010e", "r3usvvvvvvvv003lnj8lt6"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("ids (-want +got):\n%s", d)
	}
}

func TestIDRefused(t *testing.T) {
	good := order.IDs{Tag: "rabc", Boot: 1}.New(1)
	other := "0"
	if good[21] == '0' {
		other = "1"
	}
	for _, bad := range []string{
		"", "r", good[:21], good + "0", "x" + good[1:], strings.ToUpper(good), good[:21] + other, good[:10] + "w" + good[11:],
		good[:10] + "-" + good[11:], "ré" + good[3:], strings.Repeat("r", 100),
	} {
		if tag, _, _, err := order.ParseID(bad); err == nil || order.Ours(bad, tag) {
			t.Errorf("%q: got no error", bad)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add(order.IDs{Tag: "rabc", Boot: 1}.New(1))
	f.Add("")
	f.Add("rabc00000001000000010")
	f.Fuzz(func(t *testing.T, s string) {
		tag, boot, seq, err := order.ParseID(s)
		if err != nil {
			return
		}
		if again := (order.IDs{Tag: tag, Boot: boot}).New(seq); again != s {
			t.Errorf("%q reads as %s, %d, %d, which is %q", s, tag, boot, seq, again)
		}
	})
}

// TestNames: every name reads back as what it names.
func TestNames(t *testing.T) {
	for _, s := range order.States() {
		o := in(s)
		o.TIF, o.CancelWanted, o.Reason = order.PostOnly, true, "because"
		text, err := json.Marshal(&o)
		if err != nil {
			t.Fatal(err)
		}
		var back order.Order
		if err := json.Unmarshal(text, &back); err != nil || back != o {
			t.Errorf("%s: got %+v and error %v, want %+v", text, back, err, o)
		}
	}
	var s order.State
	var side order.Side
	var tif order.TimeInForce
	for _, err := range []error{s.UnmarshalText([]byte("OPENED")), side.UnmarshalText([]byte("long")), tif.UnmarshalText([]byte("day"))} {
		if err == nil {
			t.Error("an unknown name was read")
		}
	}
	for _, h := range order.Happenings() {
		if n := h.String(); n == "" || strings.HasSuffix(n, "?") {
			t.Errorf("happening %d has no name", h)
		}
	}
}
