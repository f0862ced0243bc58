package persist

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"

	"rulebot/engine"
)

const (
	recordVersion = 1
	headerSize    = 34

	typeChangeMax = 0x7F
	typeHead      = 0xF0
	typeBlob      = 0xF1
)

// link is the first half of a SHA-256. It ties a record to what came before.
type link [16]byte

func linkOf(parts ...string) link {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p)) // a hash never fails
	}
	return link(h.Sum(nil)[:16])
}

// MarshalText writes hex.
func (l link) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, l[:]), nil }

// UnmarshalText reads hex of exactly 16 bytes.
func (l *link) UnmarshalText(b []byte) error {
	raw, err := hex.AppendDecode(nil, b)
	if err != nil || len(raw) != len(l) {
		return fmt.Errorf("hash %q is not 32 hex digits", b)
	}
	*l = link(raw)
	return nil
}

// envelope is what surrounds a payload.
type envelope struct {
	kind byte
	seq  uint64
	prev link
}

// seal fills in the header of a record whose payload is in place.
func seal(record []byte, e envelope) {
	record[0] = recordVersion
	record[1] = e.kind
	binary.BigEndian.PutUint64(record[2:], e.seq)
	binary.BigEndian.PutUint32(record[10:], uint32(len(record)-headerSize))
	copy(record[18:], e.prev[:])
	binary.BigEndian.PutUint32(record[14:], checksum(record))
}

func checksum(record []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(record[:14], table), table, record[18:])
}

// hashOf returns the link that the record after this one carries.
func hashOf(record []byte) link {
	h := sha256.Sum256(record)
	return link(h[:16])
}

// unseal checks a record and returns its parts. The payload is a part of
// record, not a copy.
func unseal(record []byte) (envelope, []byte, error) {
	if len(record) < headerSize {
		return envelope{}, nil, fmt.Errorf("%w: %d bytes are too few for a record", ErrDamaged, len(record))
	}
	if record[0] != recordVersion {
		return envelope{}, nil, fmt.Errorf("%w: record version %d, this program knows %d", ErrFormat, record[0], recordVersion)
	}
	if n := binary.BigEndian.Uint32(record[10:]); uint64(n) != uint64(len(record)-headerSize) {
		return envelope{}, nil, fmt.Errorf("%w: record says %d payload bytes and has %d", ErrDamaged, n, len(record)-headerSize)
	}
	if want, got := binary.BigEndian.Uint32(record[14:]), checksum(record); got != want {
		return envelope{}, nil, fmt.Errorf("%w: checksum of record is %08x, not %08x", ErrDamaged, got, want)
	}
	e := envelope{kind: record[1], seq: binary.BigEndian.Uint64(record[2:]), prev: link(record[18:headerSize])}
	return e, record[headerSize:], nil
}

// appendBlank makes room for a header at the end of b.
func appendBlank(b []byte) []byte {
	var blank [headerSize]byte
	return append(b, blank[:]...)
}

// sealed returns a record around a copy of the payload.
func sealed(payload []byte, e envelope) []byte {
	record := append(appendBlank(make([]byte, 0, headerSize+len(payload))), payload...)
	seal(record, e)
	return record
}

// encoder turns changes into records, one after the other in one buffer.
type encoder struct {
	buf  bytes.Buffer
	json *json.Encoder
}

func newEncoder() *encoder {
	e := new(encoder)
	e.json = json.NewEncoder(&e.buf)
	e.json.SetEscapeHTML(false)
	return e
}

// add appends the record of a change and returns its hash. Nothing of the
// change is kept.
func (e *encoder) add(c *engine.Change, seq uint64, prev link) (link, error) {
	if c.Kind == 0 || c.Kind > typeChangeMax {
		return link{}, fmt.Errorf("change %d has kind %d", seq, c.Kind)
	}
	if err := finite(c); err != nil {
		return link{}, fmt.Errorf("change %d: %w", seq, err)
	}
	start := e.buf.Len()
	e.buf.Write(make([]byte, headerSize))
	if err := e.json.Encode(c); err != nil {
		e.buf.Truncate(start)
		return link{}, fmt.Errorf("change %d: %w", seq, err)
	}
	e.buf.Truncate(e.buf.Len() - 1) // the encoder's newline
	record := e.buf.Bytes()[start:]
	// A record that cannot be read would make the store useless at the next
	// start; an amount of more digits than its own parser takes is one.
	if err := decodeStrictly(record[headerSize:], new(engine.Change)); err != nil {
		return link{}, fmt.Errorf("change %d could not be read back: %w", seq, err)
	}
	seal(record, envelope{kind: byte(c.Kind), seq: seq, prev: prev})
	return hashOf(record), nil
}

// finite makes c fit for JSON, which has no NaN and no infinity: numbers that
// are not ready mean nothing and become 0; a ready one that is not finite is
// an error.
func finite(c *engine.Change) error {
	for _, list := range c.Explained() {
		if err := finiteReadings(list); err != nil {
			return err
		}
	}
	return nil
}

func finiteReadings(list *[]engine.Reading) error {
	bad := func(r engine.Reading) bool { return math.IsNaN(r.Number) || math.IsInf(r.Number, 0) }
	if !slices.ContainsFunc(*list, bad) {
		return nil
	}
	*list = slices.Clone(*list)
	for i := range *list {
		r := &(*list)[i]
		if bad(*r) && r.Cause == engine.Ready && !r.Clause {
			return fmt.Errorf("reading %q is %v and said to be ready", r.Text, r.Number)
		}
		if bad(*r) {
			r.Number = 0
		}
	}
	return nil
}

// decodeChange reads the record of a change strictly.
func decodeChange(record []byte) (engine.Change, envelope, error) {
	var c engine.Change
	e, payload, err := unseal(record)
	if err != nil {
		return c, e, err
	}
	if e.kind == 0 || e.kind > typeChangeMax {
		return c, e, fmt.Errorf("%w: record type %#02x is not a change", ErrDamaged, e.kind)
	}
	if err := decodeStrictly(payload, &c); err != nil {
		return c, e, err
	}
	if byte(c.Kind) != e.kind {
		return c, e, fmt.Errorf("%w: record type %d holds a change of kind %d", ErrDamaged, e.kind, c.Kind)
	}
	return c, e, nil
}

func decodeStrictly(payload []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(payload))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("%w: payload: %w", ErrDamaged, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: payload: something follows the value", ErrDamaged)
	}
	return nil
}
