package persist

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
)

// This file reads bbolt's pages with our own eyes, without mapping the file.
// bbolt's check runs in a goroutine of its own, where a fault of a damaged
// file ends the process, and it accepts a store whose newest meta page is
// unreadable by going back to the one before: a commit would be lost unseen.
//
// A page begins with id (8), flags (2), count (2), overflow (4). Numbers are in
// the byte order of the machine, as bbolt writes them.

const (
	pageHeader   = 16
	pageElement  = 16
	pageBranch   = 0x01
	pageLeaf     = 0x02
	pageFreelist = 0x10
	bucketLeaf   = 0x01
	bucketHeader = 16

	metaMagic   = 0xED0CDAED
	metaVersion = 2
	metaSize    = 64
)

// pageMeta is what a meta page says.
type pageMeta struct {
	pageSize                   uint32
	root, freelist, high, txid uint64
}

// walk visits every page of a file once.
type walk struct {
	file io.ReaderAt
	meta pageMeta
	used []bool // by page id
}

// checkPages reports the first thing that is wrong with the structure of a
// bbolt file, or nil.
func checkPages(file io.ReaderAt, size int64) error {
	meta, err := newestMeta(file)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if meta.high < 2 || meta.high > uint64(size)/uint64(meta.pageSize) {
		return fmt.Errorf("%w: %d pages in use do not fit into %d bytes", ErrDamaged, meta.high, size)
	}
	w := &walk{file: file, meta: meta, used: make([]bool, meta.high)}
	w.used[0], w.used[1] = true, true
	if err := w.all(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil
}

func (w *walk) all() error {
	if err := w.tree(w.meta.root, nil, nil); err != nil {
		return err
	}
	if err := w.free(); err != nil {
		return err
	}
	for id, used := range w.used {
		if !used {
			return fmt.Errorf("page %d is neither used nor free", id)
		}
	}
	return nil
}

// newestMeta wants both meta pages valid and of consecutive transactions.
func newestMeta(file io.ReaderAt) (pageMeta, error) {
	a, err := readMeta(file, 0)
	if err != nil {
		return a, err
	}
	b, err := readMeta(file, int64(a.pageSize))
	if err != nil {
		return b, err
	}
	older, newer := a, b
	if a.txid > b.txid {
		older, newer = b, a
	}
	if newer.txid != older.txid+1 || a.pageSize != b.pageSize {
		return newer, fmt.Errorf("meta pages are of transactions %d and %d", older.txid, newer.txid)
	}
	return newer, nil
}

func readMeta(file io.ReaderAt, at int64) (pageMeta, error) {
	var page [pageHeader + metaSize]byte
	if _, err := file.ReadAt(page[:], at); err != nil {
		return pageMeta{}, fmt.Errorf("meta page at %d: %w", at, err)
	}
	b := page[pageHeader:]
	order := binary.NativeEndian
	sum := fnv.New64a()
	sum.Write(b[:56]) // a hash never fails
	switch {
	case order.Uint32(b) != metaMagic || order.Uint32(b[4:]) != metaVersion:
		return pageMeta{}, fmt.Errorf("meta page at %d is not one of bbolt version %d", at, metaVersion)
	case order.Uint64(b[56:]) != sum.Sum64():
		return pageMeta{}, fmt.Errorf("meta page at %d: checksum", at)
	}
	m := pageMeta{
		pageSize: order.Uint32(b[8:]), root: order.Uint64(b[16:]), freelist: order.Uint64(b[32:]),
		high: order.Uint64(b[40:]), txid: order.Uint64(b[48:]),
	}
	if m.pageSize < 512 || m.pageSize > 1<<20 {
		return m, fmt.Errorf("meta page at %d: page size %d", at, m.pageSize)
	}
	return m, nil
}

// load reads a page with its overflow and notes that it is used.
func (w *walk) load(id uint64) ([]byte, error) {
	if err := w.take(id); err != nil {
		return nil, err
	}
	size := uint64(w.meta.pageSize)
	var header [pageHeader]byte
	if _, err := w.file.ReadAt(header[:], int64(id*size)); err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	if own := binary.NativeEndian.Uint64(header[:]); own != id {
		return nil, fmt.Errorf("page %d calls itself %d", id, own)
	}
	more := uint64(binary.NativeEndian.Uint32(header[12:]))
	for i := range more {
		if err := w.take(id + 1 + i); err != nil {
			return nil, fmt.Errorf("page %d goes on: %w", id, err)
		}
	}
	page := make([]byte, (more+1)*size)
	if _, err := w.file.ReadAt(page, int64(id*size)); err != nil {
		return nil, fmt.Errorf("page %d: %w", id, err)
	}
	return page, nil
}

func (w *walk) take(id uint64) error {
	if id < 2 || id >= w.meta.high {
		return fmt.Errorf("page %d is not one of %d", id, w.meta.high)
	}
	if w.used[id] {
		return fmt.Errorf("page %d is used twice", id)
	}
	w.used[id] = true
	return nil
}

// tree visits the page of a tree and everything below it. All keys must lie
// in [low, high); nil is no bound.
func (w *walk) tree(id uint64, low, high []byte) error {
	page, err := w.load(id)
	if err != nil {
		return err
	}
	switch flags := binary.NativeEndian.Uint16(page[8:]); flags {
	case pageBranch:
		return w.branch(id, page, low, high)
	case pageLeaf:
		return w.leaf(id, page, low, high)
	default:
		return fmt.Errorf("page %d has flags %#x", id, flags)
	}
}

func (w *walk) branch(id uint64, page, low, high []byte) error {
	count := int(binary.NativeEndian.Uint16(page[10:]))
	keys, children := make([][]byte, count), make([]uint64, count)
	for i := range count {
		e, at, err := element(page, i)
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		children[i] = binary.NativeEndian.Uint64(e[8:])
		order := binary.NativeEndian
		if keys[i], err = span(page, at+uint64(order.Uint32(e)), order.Uint32(e[4:])); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
	}
	if count == 0 || !ordered(keys, low, high) {
		return fmt.Errorf("page %d: keys are out of order", id)
	}
	for i := range count {
		end := high
		if i+1 < count {
			end = keys[i+1]
		}
		if err := w.tree(children[i], keys[i], end); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) leaf(id uint64, page, low, high []byte) error {
	keys := make([][]byte, binary.NativeEndian.Uint16(page[10:]))
	for i := range keys {
		e, at, err := element(page, i)
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		order := binary.NativeEndian
		at += uint64(order.Uint32(e[4:]))
		if keys[i], err = span(page, at, order.Uint32(e[8:])); err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		value, err := span(page, at+uint64(len(keys[i])), order.Uint32(e[12:]))
		if err != nil {
			return fmt.Errorf("page %d: %w", id, err)
		}
		if err := w.value(id, order.Uint32(e), value); err != nil {
			return err
		}
	}
	if !ordered(keys, low, high) {
		return fmt.Errorf("page %d: keys are out of order", id)
	}
	return nil
}

// value follows a bucket into its tree, or into its page within the value.
func (w *walk) value(id uint64, flags uint32, value []byte) error {
	switch {
	case flags == 0:
		return nil
	case flags != bucketLeaf || len(value) < bucketHeader:
		return fmt.Errorf("page %d: element has flags %#x and %d bytes", id, flags, len(value))
	}
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		return w.tree(root, nil, nil)
	}
	inline := value[bucketHeader:]
	if len(inline) < pageHeader || binary.NativeEndian.Uint16(inline[8:]) != pageLeaf {
		return fmt.Errorf("page %d: bucket within it is not a leaf", id)
	}
	return w.leaf(id, inline, nil, nil)
}

func (w *walk) free() error {
	page, err := w.load(w.meta.freelist)
	if err != nil {
		return fmt.Errorf("free list: %w", err)
	}
	order := binary.NativeEndian
	if flags := order.Uint16(page[8:]); flags != pageFreelist {
		return fmt.Errorf("free list has flags %#x", flags)
	}
	count, ids := uint64(order.Uint16(page[10:])), page[pageHeader:]
	if count == 0xFFFF { // too many for the header: the first entry counts
		count, ids = order.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return fmt.Errorf("free list of %d pages does not fit its page", count)
	}
	for i := range count {
		if err := w.take(order.Uint64(ids[8*i:])); err != nil {
			return fmt.Errorf("free list: %w", err)
		}
	}
	return nil
}

// element returns the i-th element of a page and its offset.
func element(page []byte, i int) ([]byte, uint64, error) {
	at := uint64(pageHeader + i*pageElement)
	e, err := span(page, at, pageElement)
	return e, at, err
}

func span(page []byte, at uint64, size uint32) ([]byte, error) {
	end := at + uint64(size)
	if end > uint64(len(page)) {
		return nil, fmt.Errorf("bytes %d to %d of a page of %d", at, end, len(page))
	}
	return page[at:end], nil
}

// ordered reports whether the keys rise and lie in [low, high).
func ordered(keys [][]byte, low, high []byte) bool {
	for i, k := range keys {
		switch {
		case i == 0 && low != nil && bytes.Compare(k, low) < 0:
			return false
		case i > 0 && bytes.Compare(k, keys[i-1]) <= 0:
			return false
		case high != nil && bytes.Compare(k, high) >= 0:
			return false
		}
	}
	return true
}
