package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
)

// ErrTooLarge is returned for a message, body or header over its limit.
var ErrTooLarge = errors.New("exchange: over the size limit")

// Inflater undoes raw DEFLATE (RFC 1951, no header), one complete stream at a
// time, into a buffer that it reuses. It is for one goroutine.
type Inflater struct {
	limit int
	in    bytes.Reader
	z     io.ReadCloser
	out   []byte
}

// NewInflater returns an inflater that refuses more than limit bytes of
// output.
func NewInflater(limit int) *Inflater {
	return &Inflater{limit: limit, out: make([]byte, 0, 16<<10)}
}

// Inflate returns the text of one compressed message. It is valid until the
// next call.
func (f *Inflater) Inflate(compressed []byte) ([]byte, error) {
	f.in.Reset(compressed)
	if f.z == nil {
		f.z = flate.NewReader(&f.in)
	} else if err := f.z.(flate.Resetter).Reset(&f.in, nil); err != nil {
		return nil, fmt.Errorf("exchange: inflate: %w", err)
	}
	out, err := readAll(f.z, f.out[:0], f.limit)
	f.out = out
	if err != nil {
		return nil, fmt.Errorf("exchange: inflate: %w", err)
	}
	return out, nil
}

// readAll appends what r holds to buf, which must be empty, and returns the
// buffer, grown as needed. More than limit bytes are an error.
func readAll(r io.Reader, buf []byte, limit int) ([]byte, error) {
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		n, err := r.Read(buf[len(buf):min(cap(buf), limit+1)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > limit:
			return buf, ErrTooLarge
		case errors.Is(err, io.EOF):
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}
