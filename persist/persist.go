package persist

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"rulebot/internal/killpoint"
)

// What a caller must tell apart.
var (
	// ErrInUse says that another process holds the store.
	ErrInUse = errors.New("the store is in use")
	// ErrDamaged says that the file does not hold what was written to it.
	ErrDamaged = errors.New("the store is damaged")
	// ErrIdentity says that the store belongs to another account.
	ErrIdentity = errors.New("the store belongs to another account")
	// ErrFormat says that a newer program wrote the store.
	ErrFormat = errors.New("the store has a format this program does not know")
	// ErrMissing says that there is no store.
	ErrMissing = errors.New("there is no store")
	// ErrClosed says that the store was closed.
	ErrClosed = errors.New("the store is closed")
)

const (
	fileName    = "store.db"
	lockTimeout = time.Second
	lockPeek    = 50 * time.Millisecond // to see whether there is a lock
	mapSize     = 64 << 20
	sizeMax     = 1 << 30
	growBy      = 1 << 20
)

// The buckets and the one key of meta.
const (
	bucketMeta    = "meta"
	bucketJournal = "journal"
	bucketBlobs   = "blobs"
	keyHead       = "head"
)

// Options are choices at the creation of a store. The zero value is right.
type Options struct {
	// ID is the id that a new store gets. "" is 80 random bits, which live
	// stores need; runs that must repeat to the byte give one.
	ID string
}

// Open opens the store in dir, or creates it there. The store is bound to id
// when it is created and refuses any other with [ErrIdentity]. Everything in
// it has been verified when Open returns.
func Open(dir string, id Identity, opts Options) (*Store, error) {
	if err := id.check(); err != nil {
		return nil, fmt.Errorf("persist: %s: %w", dir, err)
	}
	_, err := os.Stat(filepath.Join(dir, fileName))
	if errors.Is(err, fs.ErrNotExist) {
		err = create(dir, id, opts)
	}
	if err != nil {
		return nil, fmt.Errorf("persist: %s: %w", dir, err)
	}
	if err := probe(dir); err != nil {
		return nil, err
	}
	r, err := open(dir, false)
	if err != nil {
		return nil, err
	}
	if own := r.Identity(); own != id {
		err := fmt.Errorf("%w: it was made for %s, not for %s", ErrIdentity, own, id)
		return nil, fmt.Errorf("persist: %s: %w", dir, errors.Join(err, r.release()))
	}
	return newStore(r), nil
}

// Read opens the store in dir for reading alone, verified. It fails with
// [ErrInUse] while a run holds the store.
func Read(dir string) (*Reader, error) {
	if _, err := os.Stat(filepath.Join(dir, fileName)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("persist: %s: %w", dir, ErrMissing)
	}
	return open(dir, true)
}

// probe checks the pages of a store that is open for reading, where bbolt
// looks at the meta pages alone. Opened for writing it also loads the list of
// free pages, and when that fails it leaves the file mapped and so locked.
func probe(dir string) error {
	r := &Reader{dir: dir}
	err := guarded(func() error {
		if err := r.open(true); err != nil {
			return err
		}
		return r.verifyPages()
	})
	if err = errors.Join(err, r.release()); err != nil {
		return fmt.Errorf("persist: %s: %w", dir, err)
	}
	return nil
}

// open opens and verifies an existing store.
func open(dir string, readOnly bool) (*Reader, error) {
	r := &Reader{dir: dir}
	err := guarded(func() error {
		if err := r.open(readOnly); err != nil {
			return err
		}
		return r.verify()
	})
	if err != nil {
		return nil, fmt.Errorf("persist: %s: %w", dir, errors.Join(err, r.release()))
	}
	return r, nil
}

func (r *Reader) open(readOnly bool) error { return r.openWithin(readOnly, lockTimeout) }

func (r *Reader) openWithin(readOnly bool, wait time.Duration) error {
	options := r.options(readOnly)
	options.Timeout = wait
	db, err := bolt.Open(r.path(), 0o600, options)
	if err != nil {
		r.file = nil // bbolt has closed it
		return openError(err)
	}
	db.AllocSize = growBy
	killpoint.Watch(db)
	r.db = db
	return nil
}

// options are the settings of faults.md 6.2. NoFreelistSync must stay false:
// without a list on disk bbolt scans the file in a goroutine that a damaged
// page kills, and the process with it.
func (r *Reader) options(readOnly bool) *bolt.Options {
	return &bolt.Options{
		NoFreelistSync:  false,
		FreelistType:    bolt.FreelistMapType,
		InitialMmapSize: mapSize,
		MaxSize:         sizeMax,
		ReadOnly:        readOnly,
		OpenFile: func(name string, flag int, perm os.FileMode) (*os.File, error) {
			// Without os.O_CREATE: a store that vanished is not made anew.
			f, err := os.OpenFile(name, flag&^os.O_CREATE, perm)
			if r.file == nil { // a copy opens it again
				r.file = f
			}
			return f, err
		},
	}
}

func openError(err error) error {
	var path *fs.PathError
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return ErrInUse
	case errors.Is(err, fs.ErrNotExist):
		return ErrMissing
	case errors.As(err, &path):
		return err
	default:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
}

// guarded runs fn with faults of the memory map turned into panics and panics
// into ErrDamaged: bbolt trusts its pages, and damaged ones make it panic or
// touch memory behind the end of the file. fn must not start goroutines.
func guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, p)
		}
	}()
	return fn()
}

// create builds a store in a directory of another name and renames that to
// dir, so that a store exists with its first record durable or not at all,
// and of two creators at once one fails.
func create(dir string, id Identity, opts Options) (err error) {
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	if err := emptied(dir); err != nil {
		return err
	}
	temp, err := os.MkdirTemp(parent, filepath.Base(dir)+".new-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }() // gone already after the rename
	killpoint.Reach(killpoint.Creating)
	if err = fill(temp, id, opts); err != nil {
		return err
	}
	killpoint.Reach(killpoint.Creating)
	if err = os.Rename(temp, dir); err != nil {
		return err
	}
	killpoint.Reach(killpoint.Creating)
	return syncDir(parent)
}

// emptied removes an empty dir and refuses one that holds something.
func emptied(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%w: %s is not there, but %s is: restore the store, or move the directory away",
			ErrMissing, fileName, entries[0].Name())
	}
	return os.Remove(dir)
}

// fill writes an empty store into dir and waits until it is on the disk.
func fill(dir string, id Identity, opts Options) error {
	storeID := opts.ID
	if storeID == "" {
		var b [10]byte
		rand.Read(b[:]) // never fails: crypto/rand ends the process instead
		storeID = hex.EncodeToString(b[:])
	}
	h := newHead(id, storeID)
	record, err := h.record()
	if err != nil {
		return err
	}
	db, err := bolt.Open(filepath.Join(dir, fileName), 0o600, &bolt.Options{
		Timeout: lockTimeout, FreelistType: bolt.FreelistMapType, MaxSize: sizeMax,
	})
	if err != nil {
		return err
	}
	killpoint.Watch(db)
	killpoint.Enter(killpoint.Creating)
	err = db.Update(func(tx *bolt.Tx) error {
		for _, name := range []string{bucketMeta, bucketJournal, bucketBlobs} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return tx.Bucket([]byte(bucketMeta)).Put([]byte(keyHead), record)
	})
	if err := errors.Join(err, db.Sync(), db.Close()); err != nil {
		return err
	}
	return syncDir(dir)
}

// syncDir makes the names in a directory durable. Windows has no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
