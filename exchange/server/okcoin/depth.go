package okcoin

import (
	"hash/crc32"

	"rulebot/engine/market"
	"rulebot/engine/num"
)

// checksumLevels is how many levels of each side the checksum covers.
const checksumLevels = 25

// checksum computes the CRC-32 of the best levels, bid and ask in turn, over
// the texts that clients received. buf is scratch space; the grown one is
// returned for the next call.
func checksum(bids, asks []market.Level, buf []byte) (sum int32, scratch []byte) {
	b := buf[:0]
	for i := range checksumLevels {
		if i < len(bids) {
			b = appendPair(b, &bids[i])
		}
		if i < len(asks) {
			b = appendPair(b, &asks[i])
		}
	}
	if len(b) > 0 {
		b = b[:len(b)-1] // the last separator
	}
	return int32(crc32.ChecksumIEEE(b)), b
}

func appendPair(b []byte, l *market.Level) []byte {
	b = appendNum(b, l.Price)
	b = append(b, ':')
	b = appendNum(b, l.Size)
	return append(b, ':')
}

// appendNum appends the one text this exchange gives a number: the shortest.
func appendNum[U num.Unit](b []byte, a num.Amount[U]) []byte {
	out, err := a.AppendText(b)
	if err != nil {
		panic("okcoin: a decimal without a text: " + err.Error())
	}
	return out
}

// rowForm is how a topic writes a level.
type rowForm uint8

const (
	rowTick  rowForm = iota // ["price","size","0","orders"]
	rowDepth                // ["price","size",orders]
)

func appendRows(b []byte, levels []market.Level, form rowForm) []byte {
	b = append(b, '[')
	for i := range levels {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendRow(b, &levels[i], form)
	}
	return append(b, ']')
}

func appendRow(b []byte, l *market.Level, form rowForm) []byte {
	b = append(b, '[', '"')
	b = appendNum(b, l.Price)
	b = append(b, '"', ',', '"')
	b = appendNum(b, l.Size)
	count := byte('1')
	if l.Size.IsZero() {
		count = '0'
	}
	if form == rowTick {
		return append(b, '"', ',', '"', '0', '"', ',', '"', count, '"', ']')
	}
	return append(b, '"', ',', count, ']')
}
