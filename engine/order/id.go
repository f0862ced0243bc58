package order

import (
	"fmt"
	"hash/crc32"
	"hash/fnv"
	"strings"
)

// idDigits are the 32 digits of a client order id: lower case, so that no
// exchange's case folding can make two ids one.
const idDigits = "0123456789abcdefghijklmnopqrstuv"

// The parts of a client order id, in characters.
const (
	tagLen   = 4
	bootLen  = 8
	seqLen   = 8
	checkLen = 2
	idLen    = tagLen + bootLen + seqLen + checkLen
)

// IDs makes client order ids: tag, boot, sequence number and a check, 22
// characters of 0-9a-v. The tag marks this bot's account and state directory;
// boot differs at every start, so that a store restored from an old copy
// cannot use an id again; the sequence number never repeats.
type IDs struct {
	Tag  string // see Tag
	Boot uint64 // 40 bits
}

// Tag returns the four characters that mark the orders of an account alias
// and state directory. The first is always r: an id must not look like a
// number.
func Tag(alias, storeID string) string {
	h := fnv.New32a()
	h.Write([]byte(alias)) // a hash never fails
	h.Write([]byte{0})
	h.Write([]byte(storeID))
	return "r" + digits(uint64(h.Sum32()), tagLen-1)
}

// New returns the id of a sequence number.
func (i IDs) New(seq uint64) string {
	body := i.Tag + digits(i.Boot, bootLen) + digits(seq, seqLen)
	return body + check(body)
}

// digits writes the low bits of v in n base-32 digits.
func digits(v uint64, n int) string {
	b := make([]byte, n)
	for k := n - 1; k >= 0; k-- {
		b[k] = idDigits[v&31]
		v >>= 5
	}
	return string(b)
}

func check(body string) string {
	sum := crc32.Checksum([]byte(body), crc32.MakeTable(crc32.Castagnoli))
	return digits(uint64(sum), checkLen)
}

// ParseID reads an id of ours; anything else is an error.
func ParseID(s string) (tag string, boot, seq uint64, err error) {
	if len(s) != idLen || s[0] != 'r' {
		return "", 0, 0, fmt.Errorf("order: %.40q is not a client order id of ours", s)
	}
	body := s[:idLen-checkLen]
	for k := range len(body) {
		if strings.IndexByte(idDigits, body[k]) < 0 {
			return "", 0, 0, fmt.Errorf("order: %q is not a client order id of ours", s)
		}
	}
	if check(body) != s[idLen-checkLen:] {
		return "", 0, 0, fmt.Errorf("order: client order id %q fails its check", s)
	}
	return s[:tagLen], number(s[tagLen : tagLen+bootLen]), number(s[tagLen+bootLen : tagLen+bootLen+seqLen]), nil
}

func number(s string) uint64 {
	var v uint64
	for k := range len(s) {
		v = v<<5 | uint64(strings.IndexByte(idDigits, s[k]))
	}
	return v
}

// Ours reports whether an id carries our tag.
func Ours(id, tag string) bool {
	got, _, _, err := ParseID(id)
	return err == nil && got == tag
}
