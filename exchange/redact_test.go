package exchange_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rulebot/exchange"
)

// encodings are what a careless program makes of a secret.
var encodings = map[string]func(string) string{
	"raw":            func(s string) string { return s },
	"hex":            func(s string) string { return hex.EncodeToString([]byte(s)) },
	"HEX":            func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
	"base64":         func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64 for URL": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) },
	"basic auth":     func(s string) string { return base64.StdEncoding.EncodeToString([]byte("user:" + s + "\n")) },
	"query":          url.QueryEscape,
	"path":           url.PathEscape,
	"JSON":           func(s string) string { b, _ := json.Marshal(s); return string(b[1 : len(b)-1]) },
	"%q":             func(s string) string { q := strconv.Quote(s); return q[1 : len(q)-1] },
	"bytes":          func(s string) string { return strings.Trim(fmt.Sprintf("%d", []byte(s)), "[]") },
}

// leaks reports a part of eight bytes of secret that shows in text, in any of
// the encodings.
func leaks(text, secret string) string {
	for name, encode := range encodings {
		form := strings.TrimRight(encode(secret), "=")
		for i := 0; i+8 <= len(form); i++ {
			if strings.Contains(text, form[i:i+8]) && !strings.Contains("[redacted]", form[i:i+8]) && name != "basic auth" {
				return name + ": " + form[i:i+8]
			}
		}
	}
	return ""
}

// TestRedactorHidesEveryForm puts random secrets, in every form, whole and in
// part, between other text: no eight bytes of them come through, and the other
// text does.
//
// Faults: SC-01.
func TestRedactorHidesEveryForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`[ -~äß"\\/+&=%]{8,40}`).Draw(t, "secret")
		var r exchange.Redactor
		r.Hide(exchange.NewSecret(secret), exchange.Secret{})
		for _, name := range slices.Sorted(maps.Keys(encodings)) {
			form := encodings[name](secret)
			from := rapid.IntRange(0, len(form)-8).Draw(t, "from")
			for _, piece := range []string{form, form[from:], form[:len(form)-from]} {
				got := r.Text("«" + piece + "»")
				if at := leaks(got, secret); at != "" {
					t.Fatalf("%s: %q becomes %q, which shows %s", name, piece, got, at)
				}
				if !strings.HasPrefix(got, "«") || !strings.HasSuffix(got, "»") || !strings.Contains(got, "[redacted]") && len(piece) > 20 {
					t.Fatalf("%s: %q becomes %q", name, piece, got)
				}
			}
		}
	})
}

func TestRedactorLeavesTheRest(t *testing.T) {
	var r exchange.Redactor
	if got := r.Text("nothing is secret yet"); got != "nothing is secret yet" {
		t.Errorf("got %q", got)
	}
	r.Hide(exchange.NewSecret("c4n4ry-s3cr3t"), exchange.NewSecret("pin12"))
	for in, want := range map[string]string{
		"":                           "",
		"short":                      "short",
		"order 1 is OPEN":            "order 1 is OPEN",
		"c4n4ry-":                    "c4n4ry-",
		"c4n4ry-s":                   "[redacted]",
		"a c4n4ry-s3cr3t b n4ry-s3c": "a [redacted] b [redacted]",
		"c4n4ry-s3cr3tc4n4ry-s3cr3t": "[redacted][redacted]",
		"my pin12!":                  "my [redacted]!",
	} {
		if got := r.Text(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	var out bytes.Buffer
	n, err := io.WriteString(r.Writer(&out), "x c4n4ry-s3cr3t\n")
	if n != 16 || err != nil || out.String() != "x [redacted]\n" {
		t.Errorf("wrote %d, %v, %q", n, err, out.String())
	}
	cause := io.ErrUnexpectedEOF
	hidden := r.Error(fmt.Errorf("key c4n4ry-s3cr3t: %w", cause))
	if hidden.Error() != "key [redacted]: unexpected EOF" || !errors.Is(hidden, cause) || r.Error(nil) != nil {
		t.Errorf("got %q", hidden)
	}
}

// FuzzRedactor: a secret never survives, wherever it stands.
func FuzzRedactor(f *testing.F) {
	f.Add("c4n4ry-s3cr3t", "before ", " after")
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < 8 || strings.Contains(before+after, secret[:1]) || strings.Contains(before+after+secret, "[redacted]") {
			return
		}
		var r exchange.Redactor
		r.Hide(exchange.NewSecret(secret))
		if got := r.Text(before + secret + after); strings.Contains(got, secret) {
			t.Errorf("%q shows in %q", secret, got)
		}
	})
}
