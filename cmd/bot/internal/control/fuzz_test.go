package control_test

import (
	"strings"
	"testing"
	"time"

	"rulebot/cmd/bot/internal/control"
)

// FuzzRequest gives a bot something as a request: it is a command of now that
// the bot knows, in one line, or it is refused.
func FuzzRequest(f *testing.F) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	const id = "0011223344556677"
	for _, text := range []string{
		`{"id":"` + id + `","at":"2026-11-22T12:00:00Z","command":"halt","reason":"x\ny"}`,
		`{"id":"` + id + `","at":"2026-11-22T12:00:00Z","command":"resume","reason":"","decided":{"a":"FILLED"}}`,
		`{"id":"` + id + `","at":"2020-11-22T12:00:00Z","command":"flatten"}`,
		`{"id":"other","command":"sell"}`, `null`, `[`, "",
	} {
		f.Add([]byte(text), id[:4])
		f.Add([]byte(text), id)
	}
	f.Fuzz(func(t *testing.T, text []byte, name string) {
		r, why := control.Parse(text, name, now)
		switch {
		case (r == nil) == (why == ""):
			t.Errorf("%+v, and why not: %q", r, why)
		case r != nil && (r.ID != name || r.Command != control.Halt && r.Command != control.Flatten && r.Command != control.Resume ||
			strings.ContainsAny(r.Reason, "\n\r\x1b") || now.Sub(r.At).Abs() > control.Fresh):
			t.Errorf("obeyed %+v", r)
		}
	})
}
