package history

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"rulebot/engine/market"
)

// A file of parsed bars is what a file of text said, so that nobody parses it
// again: a head, then the rows in blocks, each with its checksum. Whoever reads
// it believes nothing of it: a row that no text could have made is refused.

// parsedMagic names the format and its version.
const parsedMagic = "rulebot bars 01\n"

// rowBytes is a row: six numbers and two counts of digits.
const rowBytes = 6*8 + 2

// headBytes is the magic, the key, the timeframe and the number of rows, and
// the checksum of them.
const headBytes = len(parsedMagic) + keyBytes + 8 + 8 + 4

const keyBytes = 32

// Key tells of what file and instrument bars were parsed.
type Key [keyBytes]byte

// ErrParsed tells that a file holds no parsed bars of a key, or is damaged.
var ErrParsed = errors.New("history: not the parsed bars that are wanted")

func polynomial() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// WriteParsed writes bars for ReadParsed.
func (b *Bars) WriteParsed(w io.Writer, key Key) error {
	head := append(make([]byte, 0, headBytes), parsedMagic...)
	head = append(head, key[:]...)
	head = binary.LittleEndian.AppendUint64(head, uint64(b.Timeframe))
	head = binary.LittleEndian.AppendUint64(head, uint64(b.count))
	out := bufio.NewWriterSize(w, 64<<10)
	if err := sealed(out, head); err != nil {
		return err
	}
	block := make([]byte, 0, chunk*rowBytes+4)
	for _, rows := range b.chunks {
		block = block[:0]
		for i := range rows {
			block = rows[i].encode(block)
		}
		if err := sealed(out, block); err != nil {
			return err
		}
	}
	return out.Flush()
}

// sealed writes a block and its checksum.
func sealed(w io.Writer, block []byte) error {
	_, err := w.Write(binary.LittleEndian.AppendUint32(block, crc32.Checksum(block, polynomial())))
	return err
}

func (p *packed) encode(to []byte) []byte {
	for _, v := range [...]int64{int64(p.open), p.o, p.h, p.l, p.c, p.volume} {
		to = binary.LittleEndian.AppendUint64(to, uint64(v))
	}
	return append(to, byte(p.price), byte(p.size))
}

func (p *packed) decode(from []byte) {
	_ = from[rowBytes-1]
	p.open = market.Time(binary.LittleEndian.Uint64(from))
	p.o = int64(binary.LittleEndian.Uint64(from[8:]))
	p.h = int64(binary.LittleEndian.Uint64(from[16:]))
	p.l = int64(binary.LittleEndian.Uint64(from[24:]))
	p.c = int64(binary.LittleEndian.Uint64(from[32:]))
	p.volume = int64(binary.LittleEndian.Uint64(from[40:]))
	p.price, p.size = int8(from[48]), int8(from[49])
}

// ReadParsed reads what WriteParsed wrote under the same key.
func ReadParsed(r io.Reader, key Key, inst market.Instrument) (*Bars, error) {
	head, err := unsealed(r, make([]byte, headBytes))
	if err != nil {
		return nil, err
	}
	if string(head[:len(parsedMagic)]) != parsedMagic || Key(head[len(parsedMagic):]) != key {
		return nil, fmt.Errorf("%w: of another file", ErrParsed)
	}
	numbers := head[len(parsedMagic)+keyBytes:]
	b := &Bars{Instrument: inst, Timeframe: market.Timeframe(binary.LittleEndian.Uint64(numbers))}
	count := binary.LittleEndian.Uint64(numbers[8:])
	if b.Timeframe <= 0 {
		return nil, fmt.Errorf("%w: no timeframe", ErrParsed)
	}
	fit := newFit(b.Timeframe)
	for block := make([]byte, chunk*rowBytes+4); uint64(b.count) < count; {
		n := min(count-uint64(b.count), chunk)
		rows, err := unsealed(r, block[:n*rowBytes+4])
		if err != nil {
			return nil, err
		}
		if err := b.take(rows, &fit); err != nil {
			return nil, err
		}
	}
	if _, err := io.ReadFull(r, make([]byte, 1)); !errors.Is(err, io.EOF) || b.count == 0 {
		return nil, fmt.Errorf("%w: it does not end where it should", ErrParsed)
	}
	return b, nil
}

// unsealed reads a block whose checksum is right.
func unsealed(r io.Reader, block []byte) ([]byte, error) {
	if _, err := io.ReadFull(r, block); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrParsed, err)
	}
	body := block[:len(block)-4]
	if crc32.Checksum(body, polynomial()) != binary.LittleEndian.Uint32(block[len(body):]) {
		return nil, fmt.Errorf("%w: a checksum is wrong", ErrParsed)
	}
	return body, nil
}

// take decodes a block of rows.
func (b *Bars) take(rows []byte, fit *fit) error {
	block := make([]packed, len(rows)/rowBytes, chunk)
	b.chunks, b.count = append(b.chunks, block), b.count+len(block)
	for i := range block {
		p := &block[i]
		p.decode(rows[i*rowBytes : (i+1)*rowBytes])
		if !p.sane() || !p.possible() {
			return fmt.Errorf("%w: row %d of block %d", ErrParsed, i, len(b.chunks))
		}
		if fit.goesOn(p.open) {
			continue
		}
		if err := fit.add(p.open); err != nil {
			return fmt.Errorf("%w: row %d of block %d: %w", ErrParsed, i, len(b.chunks), err)
		}
	}
	return nil
}

// possible reports whether the numbers are such as are read from text.
func (p *packed) possible() bool {
	return p.h <= wholeMax && p.volume <= wholeMax && p.price >= 0 && p.price <= digitsMax && p.size >= 0 && p.size <= digitsMax
}
