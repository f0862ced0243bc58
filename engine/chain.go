package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// link returns the hash of a decision and the one before it: two runs that
// decided the same have the same head. It covers what was decided and what
// was read, never when the program saw it.
func link(previous string, d *Decision) string {
	b := make([]byte, 0, 512)
	b = append(b, previous...)
	for _, s := range [...]string{d.ID, d.Strategy, d.Rule, strconv.FormatInt(int64(d.At), 10), d.Price.String()} {
		b = append(b, '\n')
		b = append(b, s...)
	}
	b = linkReadings(b, d.Readings)
	b = linkReadings(b, d.Unless)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

func linkReadings(b []byte, readings []Reading) []byte {
	for _, r := range readings {
		b = append(b, '\n')
		b = append(b, r.Text...)
		b = append(b, '=')
		if r.Clause {
			b = append(b, r.Truth.String()...)
		} else {
			b = strconv.AppendFloat(b, r.Number, 'g', -1, 64)
		}
		b = append(b, r.Cause.String()...)
	}
	return b
}
