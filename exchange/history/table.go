package history

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// lineMax bounds a line of text; a frame of a recording is the longest.
const lineMax = 16 << 20

const (
	gzipMagic = "\x1f\x8b"
	byteOrder = "\xef\xbb\xbf"
)

// lines reads a text file, compressed or not, and knows where it is.
type lines struct {
	name string
	line int
	scan *bufio.Scanner
}

func newLines(name string, r io.Reader) (*lines, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, err := buffered.Peek(len(gzipMagic))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	var text io.Reader = buffered
	if string(head) == gzipMagic {
		if text, err = gzip.NewReader(buffered); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	l := &lines{name: name, scan: bufio.NewScanner(text)}
	l.scan.Buffer(make([]byte, 0, 64<<10), lineMax)
	return l, nil
}

// next returns the next line that is not blank, without its end; nil at the
// end of the file. It is valid until the next call.
func (l *lines) next() ([]byte, error) {
	for l.scan.Scan() {
		l.line++
		text := l.scan.Bytes()
		if l.line == 1 {
			text = bytes.TrimPrefix(text, []byte(byteOrder))
		}
		if len(text) > 0 {
			return text, nil
		}
	}
	if err := l.scan.Err(); err != nil {
		l.line++
		return nil, l.wrap(err)
	}
	return nil, nil
}

// wrap puts the place before an error.
func (l *lines) wrap(err error) error { return fmt.Errorf("%s:%d: %w", l.name, l.line, err) }

// columnsMax bounds the columns of a table.
const columnsMax = 8

// row is the fields of a line in the order in which the table was asked for
// them; a column that the file lacks is empty.
type row [columnsMax]string

// table is CSV with a header and no quoting.
type table struct {
	*lines
	order []int // place in a row of each column of the file
}

// newTable reads the header: all of the first need of names must be there, the
// others may be, and nothing else.
func newTable(name string, r io.Reader, need int, names ...string) (*table, error) {
	l, err := newLines(name, r)
	if err != nil {
		return nil, err
	}
	head, err := l.next()
	if err != nil {
		return nil, err
	}
	if head == nil {
		return nil, fmt.Errorf("%s: the file is empty", name)
	}
	t := &table{lines: l}
	for column := range strings.SplitSeq(string(head), ",") {
		at := slices.Index(names, strings.TrimSpace(column))
		if at < 0 {
			return nil, l.wrap(fmt.Errorf("column %q is not one of %s", clip(column), strings.Join(names, ",")))
		}
		if slices.Contains(t.order, at) {
			return nil, l.wrap(fmt.Errorf("column %q is there twice", column))
		}
		t.order = append(t.order, at)
	}
	for at, name := range names[:need] {
		if !slices.Contains(t.order, at) {
			return nil, l.wrap(fmt.Errorf("column %q is missing", name))
		}
	}
	return t, nil
}

// next reads a row and reports false at the end.
func (t *table) next(out *row) (bool, error) {
	line, err := t.lines.next()
	if line == nil {
		return false, err
	}
	if err := t.split(line, out); err != nil {
		return false, t.wrap(err)
	}
	return true, nil
}

// split puts the fields of a line where they belong.
func (t *table) split(line []byte, out *row) error {
	rest, more := string(line), true
	for i, at := range t.order {
		if !more {
			return fmt.Errorf("%d fields, want %d", i, len(t.order))
		}
		var field string
		field, rest, more = strings.Cut(rest, ",")
		out[at] = strings.TrimSpace(field)
	}
	if more {
		return fmt.Errorf("more than %d fields", len(t.order))
	}
	return nil
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
