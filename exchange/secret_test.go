package exchange_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"rulebot/exchange"
)

// TestSecretNeverShows, faults: SC-10.
func TestSecretNeverShows(t *testing.T) {
	const canary = "c4n4ry-s3cr3t"
	s := exchange.NewSecret(canary)
	holder := struct {
		Key  exchange.Secret
		Many []exchange.Secret
	}{s, []exchange.Secret{s}}
	var out bytes.Buffer
	for verb := range strings.SplitSeq("v +v #v s q x X d p T c U t b o e g w", " ") {
		fmt.Fprintf(&out, "%"+verb+" %"+verb+" %"+verb+"\n", s, &s, holder)
	}
	fmt.Fprintln(&out, s, holder, errors.Join(fmt.Errorf("key %v", s)))
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "key", s, "holder", holder)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", s, "holder", holder)
	encoded, err := json.Marshal(map[string]any{"key": s, "holder": holder})
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), fmt.Sprintf("%d", []byte(canary))} {
		if strings.Contains(out.String(), form) {
			t.Errorf("%q shows in:\n%s", form, out.String())
		}
	}
	if !strings.Contains(out.String(), "[redacted]") {
		t.Errorf("got no [redacted] in:\n%s", out.String())
	}
	if got := s.Reveal(); got != canary {
		t.Errorf("reveal: got %q", got)
	}
	if !new(exchange.Secret).Empty() || s.Empty() {
		t.Error("only the zero secret is empty")
	}
}

func TestSign(t *testing.T) {
	// RFC 4231, test case 2, in base64.
	const want = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="
	if got := exchange.NewSecret("Jefe").Sign("what do ya want for nothing?"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
