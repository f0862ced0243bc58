package persist

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"rulebot/engine"
	"rulebot/internal/killpoint"
)

// bootBits is how many random bits a boot value has: eight characters of a
// client order id.
const bootBits = 40

// Store is an open store: what is committed, and a group of changes and blobs
// that wait for the next commit. One goroutine owns it.
type Store struct {
	r      *Reader
	group  group
	info   os.FileInfo // of the open file, to notice when it is replaced
	commit func(*bolt.Tx) error
	err    error // poison: what every later call returns
}

// group is what the next commit will write.
type group struct {
	enc   *encoder
	ends  []int // where each record in enc ends
	seq   uint64
	hash  link
	blobs []namedBlob // in the order of the first put
}

type namedBlob struct {
	name string
	data []byte
}

func newStore(r *Reader) *Store {
	s := &Store{r: r, commit: (*bolt.Tx).Commit}
	s.group = group{enc: newEncoder(), seq: r.head.Seq, hash: r.head.Hash}
	s.info, s.err = r.file.Stat()
	return s
}

// ID returns the id the store got when it was created.
func (s *Store) ID() string { return s.r.ID() }

// Identity returns whom the store belongs to.
func (s *Store) Identity() Identity { return s.r.Identity() }

// Dir returns the directory of the store.
func (s *Store) Dir() string { return s.r.dir }

// Len returns how many changes are durable.
func (s *Store) Len() uint64 { return s.r.Len() }

// Boot stores the boot value of this process start and returns it: 40 of the
// bits given, or with nil a number that rises by one with each start. It is
// durable, with everything pending, when Boot returns.
func (s *Store) Boot(bits func() uint64) (uint64, error) {
	if s.err != nil {
		return 0, s.err
	}
	h := s.next()
	h.Boots++
	h.Boot = h.Boots
	if bits != nil {
		h.Boot = bits() & (1<<bootBits - 1)
	}
	if err := s.write(h); err != nil {
		return 0, err
	}
	return h.Boot, nil
}

// Replay calls fn with every durable change in order. What is pending is not
// among them. It stops at the first error of fn and returns it as it is.
func (s *Store) Replay(fn func(engine.Change) error) error {
	if s.err != nil {
		return s.err
	}
	return s.r.Replay(fn)
}

// Append adds changes to the pending group. They are encoded here, so nothing
// of them is kept. A change that cannot be encoded poisons the store.
func (s *Store) Append(changes []engine.Change) {
	g := &s.group
	for i := range changes {
		if s.err != nil {
			return
		}
		c := changes[i]
		hash, err := g.enc.add(&c, g.seq+1, g.hash)
		if err != nil {
			s.poison(err)
			return
		}
		g.seq, g.hash = g.seq+1, hash
		g.ends = append(g.ends, g.enc.buf.Len())
	}
}

// PutBlob adds a named blob to the pending group, in place of the former of
// that name. The data is copied. A name that is not 1 to 64 of a-z, 0-9 and -
// poisons the store.
func (s *Store) PutBlob(name string, data []byte) {
	if s.err != nil {
		return
	}
	if !blobName(name) {
		s.poison(fmt.Errorf("blob name %q is not 1 to 64 of a-z 0-9 -", name))
		return
	}
	s.group.put(name, data)
}

func (g *group) put(name string, data []byte) {
	for i := range g.blobs {
		if b := &g.blobs[i]; b.name == name {
			b.data = append(b.data[:0], data...)
			return
		}
	}
	g.blobs = append(g.blobs, namedBlob{name, append([]byte{}, data...)})
}

func blobName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(name) >= 1 && len(name) <= 64
}

// Blob returns a copy of the named blob, the pending one if there is one, or
// nil when it was never put.
func (s *Store) Blob(name string) ([]byte, error) {
	if s.err != nil {
		return nil, s.err
	}
	for _, b := range s.group.blobs {
		if b.name == name {
			return append([]byte{}, b.data...), nil
		}
	}
	return s.r.Blob(name)
}

// Pending returns how many changes and blobs wait for a commit.
func (s *Store) Pending() int { return len(s.group.ends) + len(s.group.blobs) }

// Commit makes everything pending durable in one transaction, synced to the
// disk. With nothing pending it does nothing.
func (s *Store) Commit() error {
	if s.err != nil || s.Pending() == 0 {
		return s.err
	}
	return s.write(s.next())
}

// Close commits what is pending and unlocks the store.
func (s *Store) Close() error {
	if errors.Is(s.err, ErrClosed) {
		return nil
	}
	err := s.Commit()
	killpoint.Reach(killpoint.Stopping)
	if s.r.db != nil || s.r.file != nil {
		err = errors.Join(err, s.r.Close())
	}
	if s.err == nil {
		s.err = fmt.Errorf("persist: %s: %w", s.r.dir, ErrClosed)
	}
	return err
}

func (s *Store) poison(err error) {
	if s.err == nil {
		s.err = fmt.Errorf("persist: %s: %w", s.r.dir, err)
	}
}

// next is the head after the pending group.
func (s *Store) next() head {
	h := s.r.head
	h.Blobs = append([]blobEntry(nil), h.Blobs...)
	h.Seq, h.Hash = s.group.seq, s.group.hash
	return h
}

// write commits the pending group under the given head. Whatever goes wrong
// poisons the store: after a failed sync nobody knows what is on the disk.
func (s *Store) write(h head) error {
	err := s.inPlace()
	if err == nil {
		err = guarded(func() error { return s.transact(&h) })
	}
	if err != nil {
		s.poison(fmt.Errorf("commit: %w", err))
		return s.err
	}
	s.r.head = h
	s.group.enc.buf.Reset()
	s.group.ends, s.group.blobs = s.group.ends[:0], s.group.blobs[:0]
	return nil
}

// inPlace reports an error when the name no longer leads to the open file:
// what is written to a file that was removed or replaced is lost.
func (s *Store) inPlace() error {
	now, err := os.Stat(filepath.Join(s.r.dir, fileName))
	if err != nil {
		return err
	}
	if !os.SameFile(s.info, now) {
		return fmt.Errorf("%w: another file took the place of %s", ErrMissing, fileName)
	}
	return nil
}

func (s *Store) transact(h *head) error {
	tx, err := s.r.db.Begin(true)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			s.abandon(tx)
		}
	}()
	if err := s.put(tx, h); err != nil {
		return err
	}
	if err := s.commit(tx); err != nil {
		return err
	}
	done = true
	return nil
}

// abandon undoes a transaction that failed. Where bbolt panics even then, it
// keeps its write lock for ever and must not be asked to close; the lock on
// the file ends with the process.
func (s *Store) abandon(tx *bolt.Tx) {
	if err := guarded(tx.Rollback); errors.Is(err, ErrDamaged) {
		s.r.db, s.r.file = nil, nil
	}
}

// put writes the group and the head.
func (s *Store) put(tx *bolt.Tx, h *head) error {
	journal, err := bucket(tx, bucketJournal)
	if err != nil {
		return err
	}
	journal.FillPercent = 0.9 // keys only rise: leave little room
	start, seq := 0, s.r.head.Seq
	for _, end := range s.group.ends {
		seq++
		if err := journal.Put(journalKey(seq), s.group.enc.buf.Bytes()[start:end]); err != nil {
			return err
		}
		start = end
	}
	blobs, err := bucket(tx, bucketBlobs)
	if err != nil {
		return err
	}
	for _, b := range s.group.blobs {
		record := sealed(b.data, envelope{kind: typeBlob, seq: seq, prev: blobLink(b.name)})
		h.setBlob(b.name, record)
		if err := blobs.Put([]byte(b.name), record); err != nil {
			return err
		}
	}
	record, err := h.record()
	if err != nil {
		return err
	}
	meta, err := bucket(tx, bucketMeta)
	if err != nil {
		return err
	}
	return meta.Put([]byte(keyHead), record)
}
