package tape

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// lineMost bounds a line: the text of the rules makes the first one long.
const lineMost = 16 << 20

// Reader reads a tape.
type Reader struct {
	Head Head

	name string
	in   *bufio.Reader
	line int
	cut  bool
}

// Open reads the head of a tape; name is for messages, which begin with
// file:line.
func Open(name string, r io.Reader) (*Reader, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("%s: not a tape: %w", name, err)
	}
	t := &Reader{name: name, in: bufio.NewReaderSize(z, 256<<10)}
	text, err := t.next()
	if err != nil {
		return nil, err
	}
	if text == nil {
		return nil, fmt.Errorf("%s: the tape has no first line", name)
	}
	if err := decode(text, &t.Head); err != nil {
		return nil, t.wrap(fmt.Errorf("not the head of a tape: %w", err))
	}
	if t.Head.Format != Format {
		return nil, t.wrap(fmt.Errorf("a tape of format %d; this program reads format %d", t.Head.Format, Format))
	}
	if len(t.Head.Rules) == 0 {
		return nil, t.wrap(errors.New("the tape does not carry its rules"))
	}
	return t, nil
}

// Next fills e with the next entry and reports false at the end.
func (t *Reader) Next(e *Entry) (bool, error) {
	text, err := t.next()
	if text == nil || err != nil {
		return false, err
	}
	*e = Entry{}
	if err := decode(text, e); err != nil {
		return false, t.wrap(err)
	}
	return true, nil
}

// Cut reports, at the end, that the tape was cut off: the program was killed,
// or is still running.
func (t *Reader) Cut() bool { return t.cut }

// Line is the number of the newest line.
func (t *Reader) Line() int { return t.line }

// next returns the next whole line without its newline, nil at the end.
func (t *Reader) next() ([]byte, error) {
	var line []byte
	for {
		part, err := t.in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			t.line++
			return line[:len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull) && len(line) < lineMost:
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, t.wrap(fmt.Errorf("a line longer than %d bytes", lineMost))
		case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF) && len(line) > 0:
			t.cut = true
			return nil, nil
		case errors.Is(err, io.EOF):
			return nil, nil
		}
		return nil, t.wrap(err)
	}
}

// wrap says where.
func (t *Reader) wrap(err error) error { return fmt.Errorf("%s:%d: %w", t.name, t.line, err) }

// decode reads one object and nothing after it; members that are not known are
// refused, for what they say would be lost.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one object in a line")
	}
	return nil
}
