package okcoin

import (
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/server/front"
)

// Signature is front.Signature, for its vectors.
func Signature(secret, prehash string) string { return front.Signature(secret, prehash) }

// Limits returns allow of fresh limits on a clock.
func Limits(now func() market.Time) func(call, who string, calls int, window time.Duration) bool {
	l := front.NewLimits(now, 0)
	return func(call, who string, calls int, window time.Duration) bool {
		return l.Allow(call, who, front.Limit{Calls: calls, Window: window})
	}
}

// ParseFields reads a request body, and one field of it as text.
func ParseFields(body []byte, field string) (text string, code int) {
	f, no := parseFields(body)
	if no != nil {
		return "", no.code
	}
	if text, no = f.text(field); no != nil {
		return "", no.code
	}
	return text, 0
}

// ParseCommand reads a command and returns its op, topics and error code.
func ParseCommand(message []byte) (op string, args []string, code int) {
	c, no := parseCommand(message)
	if no != nil {
		return "", nil, no.code
	}
	return c.op, c.args, 0
}

// ParseTopic reads a topic and writes it back; known is false when it is none.
func ParseTopic(text string) (name string, known bool) {
	t, ok := parseTopic(text)
	return t.String(), ok
}

// ParseTimestamp is parseTimestamp.
func ParseTimestamp(s string) (market.Time, error) { return parseTimestamp(s) }

// Checksum is the checksum of a book.
func Checksum(bids, asks []market.Level) int32 {
	sum, _ := checksum(bids, asks, nil)
	return sum
}
