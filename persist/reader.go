package persist

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"rulebot/engine"
)

// replayBatch bounds how long Replay keeps one read transaction open.
const replayBatch = 512

// Reader is a store that is read alone. Not safe for concurrent use.
type Reader struct {
	dir  string
	name string // of the file in dir; "" is the store's own
	db   *bolt.DB
	file *os.File // what bbolt opened; to read pages past it, and to unlock after a panic
	head head     // as of the last commit
}

func (r *Reader) path() string {
	if r.name == "" {
		return filepath.Join(r.dir, fileName)
	}
	return filepath.Join(r.dir, r.name)
}

// Identity returns whom the store belongs to.
func (r *Reader) Identity() Identity { return r.head.identity() }

// ID returns the id the store got when it was created.
func (r *Reader) ID() string { return r.head.ID }

// Dir returns the directory of the store.
func (r *Reader) Dir() string { return r.dir }

// Len returns how many changes the journal holds.
func (r *Reader) Len() uint64 { return r.head.Seq }

// Replay calls fn with every journaled change in order, each verified again.
// It stops at the first error of fn and returns it as it is.
func (r *Reader) Replay(fn func(engine.Change) error) error {
	at, prev := uint64(0), genesis(r.head.ID)
	batch := make([]engine.Change, 0, replayBatch)
	for at < r.head.Seq {
		batch = batch[:0]
		err := guarded(func() (err error) {
			batch, prev, err = r.changes(batch, at, prev)
			return err
		})
		if err != nil {
			return fmt.Errorf("persist: %s: %w", r.dir, err)
		}
		at += uint64(len(batch))
		for _, c := range batch {
			if err := fn(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// changes reads up to cap(dst) changes after seq at.
func (r *Reader) changes(dst []engine.Change, at uint64, prev link) ([]engine.Change, link, error) {
	err := r.view(func(tx *bolt.Tx) error {
		b, err := bucket(tx, bucketJournal)
		if err != nil {
			return err
		}
		cursor := b.Cursor()
		for k, v := cursor.Seek(journalKey(at + 1)); k != nil && len(dst) < cap(dst); k, v = cursor.Next() {
			c, err := checkChange(k, v, at+1, prev)
			if err != nil {
				return err
			}
			dst, prev, at = append(dst, c), hashOf(v), at+1
		}
		if len(dst) == 0 {
			return fmt.Errorf("%w: change %d is missing", ErrDamaged, at+1)
		}
		return nil
	})
	return dst, prev, err
}

// Blob returns a copy of the named blob, or nil when there is none.
func (r *Reader) Blob(name string) ([]byte, error) {
	entry, ok := r.head.blob(name)
	if !ok {
		return nil, nil
	}
	var data []byte
	err := guarded(func() error {
		return r.view(func(tx *bolt.Tx) error {
			b, err := bucket(tx, bucketBlobs)
			if err != nil {
				return err
			}
			payload, err := checkBlob(b.Get([]byte(name)), entry)
			data = append(make([]byte, 0, len(payload)), payload...)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("persist: %s: %w", r.dir, err)
	}
	return data, nil
}

// Close unlocks the store.
func (r *Reader) Close() error {
	if err := r.release(); err != nil {
		return fmt.Errorf("persist: %s: %w", r.dir, err)
	}
	return nil
}

// release lets go of the file, in whatever state it is.
func (r *Reader) release() error {
	db, file := r.db, r.file
	r.db, r.file = nil, nil
	if db != nil {
		return guarded(db.Close)
	}
	if file != nil { // bbolt panicked while opening and never let go
		return file.Close()
	}
	return nil
}

// view runs fn in a read transaction. What fn is given dies with it.
func (r *Reader) view(fn func(*bolt.Tx) error) error {
	if r.db == nil {
		return ErrClosed
	}
	return r.db.View(fn)
}

// verify reads the whole store.
func (r *Reader) verify() error {
	if err := r.verifyPages(); err != nil {
		return err
	}
	return r.view(func(tx *bolt.Tx) error {
		if err := r.verifyBuckets(tx); err != nil {
			return err
		}
		if err := r.verifyHead(tx); err != nil {
			return err
		}
		if err := r.verifyJournal(tx); err != nil {
			return err
		}
		return r.verifyBlobs(tx)
	})
}

func (r *Reader) verifyPages() error {
	info, err := r.file.Stat()
	if err != nil {
		return err
	}
	return checkPages(r.file, info.Size())
}

func (r *Reader) verifyBuckets(tx *bolt.Tx) error {
	names := []string{bucketBlobs, bucketJournal, bucketMeta} // in the order of keys
	cursor, i := tx.Cursor(), 0
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		if i == len(names) || v != nil || string(k) != names[i] {
			return fmt.Errorf("%w: unknown bucket %q", ErrDamaged, k)
		}
		i++
	}
	if i < len(names) {
		return fmt.Errorf("%w: bucket %q is missing", ErrDamaged, names[i])
	}
	return nil
}

func (r *Reader) verifyHead(tx *bolt.Tx) error {
	b, err := bucket(tx, bucketMeta)
	if err != nil {
		return err
	}
	cursor := b.Cursor()
	k, v := cursor.First()
	if string(k) != keyHead {
		return fmt.Errorf("%w: the head is missing", ErrDamaged)
	}
	if r.head, err = decodeHead(v); err != nil {
		return err
	}
	if k, _ := cursor.Next(); k != nil {
		return fmt.Errorf("%w: unknown key %q beside the head", ErrDamaged, k)
	}
	return nil
}

func (r *Reader) verifyJournal(tx *bolt.Tx) error {
	b, err := bucket(tx, bucketJournal)
	if err != nil {
		return err
	}
	seq, prev := uint64(0), genesis(r.head.ID)
	cursor := b.Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		if _, err := checkChange(k, v, seq+1, prev); err != nil {
			return err
		}
		seq, prev = seq+1, hashOf(v)
	}
	if seq != r.head.Seq || prev != r.head.Hash {
		return fmt.Errorf("%w: the journal ends at change %d, and the head says %d with another hash or number",
			ErrDamaged, seq, r.head.Seq)
	}
	return nil
}

func (r *Reader) verifyBlobs(tx *bolt.Tx) error {
	b, err := bucket(tx, bucketBlobs)
	if err != nil {
		return err
	}
	n := 0
	cursor := b.Cursor()
	for k, v := cursor.First(); k != nil; k, v = cursor.Next() {
		entry, ok := r.head.blob(string(k))
		if !ok {
			return fmt.Errorf("%w: unknown blob %q", ErrDamaged, k)
		}
		if _, err := checkBlob(v, entry); err != nil {
			return err
		}
		n++
	}
	if n != len(r.head.Blobs) {
		return fmt.Errorf("%w: %d blobs, and the head says %d", ErrDamaged, n, len(r.head.Blobs))
	}
	return nil
}

func bucket(tx *bolt.Tx, name string) (*bolt.Bucket, error) {
	if b := tx.Bucket([]byte(name)); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("%w: bucket %q is missing", ErrDamaged, name)
}

func journalKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// checkChange verifies the journal's record that should be the seq-th.
func checkChange(key, record []byte, seq uint64, prev link) (engine.Change, error) {
	if !bytes.Equal(key, journalKey(seq)) {
		return engine.Change{}, fmt.Errorf("%w: change %d is missing, %x follows", ErrDamaged, seq, key)
	}
	c, e, err := decodeChange(record)
	switch {
	case err != nil:
		return c, fmt.Errorf("change %d: %w", seq, err)
	case e.seq != seq:
		return c, fmt.Errorf("%w: change %d carries the number %d", ErrDamaged, seq, e.seq)
	case e.prev != prev:
		return c, fmt.Errorf("%w: change %d does not follow the one before it", ErrDamaged, seq)
	}
	return c, nil
}

// checkBlob verifies a blob against the head and returns its payload, a part
// of record.
func checkBlob(record []byte, want blobEntry) ([]byte, error) {
	e, payload, err := unseal(record)
	switch {
	case err != nil:
		return nil, fmt.Errorf("blob %q: %w", want.Name, err)
	case e.kind != typeBlob || e.prev != blobLink(want.Name):
		return nil, fmt.Errorf("%w: blob %q is another record", ErrDamaged, want.Name)
	case hashOf(record) != want.Hash || len(payload) != want.Size:
		return nil, fmt.Errorf("%w: blob %q is not the one the head knows", ErrDamaged, want.Name)
	}
	return payload, nil
}
