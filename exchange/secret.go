package exchange

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is text that must not be shown: an API key, its secret, a
// passphrase. However it is printed, logged or encoded, it reads [redacted].
// The zero value is an empty secret.
type Secret struct{ text *string }

// NewSecret hides s.
func NewSecret(s string) Secret { return Secret{text: &s} }

// Reveal returns the text, for the one place that puts it on the wire.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// Empty reports whether there is nothing to hide.
func (s Secret) Empty() bool { return s.Reveal() == "" }

// Sign returns the base64 text of HMAC-SHA256 over the message, keyed with
// the secret's own bytes.
func (s Secret) Sign(message string) string {
	mac := hmac.New(sha256.New, []byte(s.Reveal()))
	mac.Write([]byte(message)) // a hash never returns an error
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// String returns [redacted].
func (s Secret) String() string { return redacted }

// GoString returns [redacted].
func (s Secret) GoString() string { return redacted }

// Format writes [redacted] for every verb.
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = f.Write([]byte(redacted)) // Format has no way to report an error
}

// MarshalText returns [redacted].
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON returns [redacted] as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue returns [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
