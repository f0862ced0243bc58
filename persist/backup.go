package persist

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"rulebot/engine"
	"rulebot/internal/killpoint"
)

// Where the copies of a store are, and how long they are kept: the newest of
// each of so many hours, and of each of so many days, that have one.
const (
	backupDir   = "backups"
	backupEnd   = ".db"
	backupForm  = "20060102T150405Z"
	backupHours = 24
	backupDays  = 14
)

// BackupEvery is how often a store that is in use wants a copy.
const BackupEvery = time.Hour

// Backup begins a copy of what is durable now, and returns what finishes it:
// that may be called on any goroutine while the store goes on, once, and
// before the store is closed. The copy counts when it was read back and
// verified whole; then copies that are too old are removed.
func (s *Store) Backup(now time.Time) (finish func() error, err error) {
	if s.err != nil {
		return nil, s.err
	}
	dir := filepath.Join(s.r.dir, backupDir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("persist: backup: %w", err)
	}
	tx, err := s.r.db.Begin(false)
	if err != nil {
		return nil, fmt.Errorf("persist: backup: %w", err)
	}
	want := s.r.head
	return func() error {
		err := guarded(func() error { return copyOut(dir, now, tx, &want) })
		err = errors.Join(err, guarded(tx.Rollback))
		if err == nil {
			err = prune(dir)
		}
		if err != nil {
			return fmt.Errorf("persist: backup of %s: %w", s.r.dir, err)
		}
		return nil
	}, nil
}

// copyOut writes what a transaction sees into a file of dir, reads it back,
// and gives it its name only when it is whole and on the disk.
func copyOut(dir string, now time.Time, tx *bolt.Tx, want *head) (err error) {
	f, err := os.CreateTemp(dir, ".new-")
	if err != nil {
		return err
	}
	temp := filepath.Base(f.Name())
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(filepath.Join(dir, temp)))
		}
	}()
	killpoint.Reach(killpoint.InBackup)
	_, err = tx.WriteTo(f)
	killpoint.Reach(killpoint.InBackup)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	r := &Reader{dir: dir, name: temp}
	if err := r.check(); err != nil {
		return err
	}
	if r.head.Seq != want.Seq || r.head.Hash != want.Hash {
		return fmt.Errorf("%w: the copy ends at change %d, and the store had %d", ErrDamaged, r.head.Seq, want.Seq)
	}
	killpoint.Reach(killpoint.InBackup)
	if err := os.Rename(filepath.Join(dir, temp), filepath.Join(dir, now.UTC().Format(backupForm)+backupEnd)); err != nil {
		return err
	}
	killpoint.Reach(killpoint.InBackup)
	return syncDir(dir)
}

// check opens a store's file for reading, verifies all of it, and closes it.
func (r *Reader) check() error {
	return errors.Join(guarded(func() error {
		if err := r.open(true); err != nil {
			return err
		}
		return r.verify()
	}), r.release())
}

// backup is a copy by its name.
type backup struct {
	name string
	at   time.Time
}

// backups returns the copies in a directory, newest first.
func backups(dir string) ([]backup, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var all []backup
	for _, e := range entries {
		if text, ok := strings.CutSuffix(e.Name(), backupEnd); ok {
			if at, err := time.Parse(backupForm, text); err == nil {
				all = append(all, backup{e.Name(), at})
			}
		}
	}
	slices.Reverse(all) // the names sort as their times do
	return all, err
}

// LastBackup returns when the newest copy of a store was made; zero is never.
func LastBackup(store string) (time.Time, error) {
	all, err := backups(filepath.Join(store, backupDir))
	if err != nil || len(all) == 0 {
		return time.Time{}, err
	}
	return all[0].at, nil
}

// prune removes the copies that are not kept, and what a copy that was cut off
// left.
func prune(dir string) error {
	all, err := backups(dir)
	if err != nil {
		return err
	}
	var errs []error
	var hours, days []time.Time
	for _, b := range all {
		hour, day := b.at.Truncate(time.Hour), b.at.Truncate(24*time.Hour)
		keep := false
		if !slices.Contains(hours, hour) && len(hours) < backupHours {
			hours, keep = append(hours, hour), true
		}
		if !slices.Contains(days, day) && len(days) < backupDays {
			days, keep = append(days, day), true
		}
		if !keep {
			errs = append(errs, os.Remove(filepath.Join(dir, b.name)))
		}
	}
	left, err := filepath.Glob(filepath.Join(dir, ".new-*"))
	for _, name := range left {
		errs = append(errs, os.Remove(name))
	}
	return errors.Join(append(errs, err)...)
}

// Restored says how a damaged store was replaced.
type Restored struct {
	Backup     string    // the copy that took its place
	At         time.Time // when that was made
	Quarantine string    // where the damaged file is now
	Changes    uint64    // how many changes the copy had
}

// Restore puts the newest good copy in the place of a store that is damaged,
// and keeps the damaged file beside it. What was written after the copy is
// lost, so mark makes a change of the newest one, which is in the store before
// anybody opens it: that it must not trade. With no good copy it changes
// nothing and returns [ErrMissing].
func Restore(dir string, id Identity, now time.Time, mark func(r Restored, newest engine.Change) engine.Change) (Restored, error) {
	all, err := backups(filepath.Join(dir, backupDir))
	if err != nil {
		return Restored{}, fmt.Errorf("persist: %s: %w", dir, err)
	}
	var bad []error
	for _, b := range all {
		r, err := restore(dir, id, b, now, mark)
		if err == nil {
			return r, nil
		}
		bad = append(bad, fmt.Errorf("backup %s: %w", b.name, err))
	}
	return Restored{}, errors.Join(append([]error{fmt.Errorf("persist: %s: no good backup: %w", dir, ErrMissing)}, bad...)...)
}

func restore(dir string, id Identity, b backup, now time.Time, mark func(Restored, engine.Change) engine.Change) (r Restored, err error) {
	temp, err := os.MkdirTemp(dir, ".restore-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	r = Restored{
		Backup: filepath.Join(dir, backupDir, b.name), At: b.at,
		Quarantine: filepath.Join(dir, "damaged-"+now.UTC().Format(backupForm)+backupEnd),
	}
	if err := copyFile(filepath.Join(temp, fileName), r.Backup); err != nil {
		return r, err
	}
	s, err := Open(temp, id, Options{})
	if err != nil {
		return r, err
	}
	r.Changes = s.Len()
	var newest engine.Change
	err = s.Replay(func(c engine.Change) error { newest = c; return nil })
	if err == nil {
		s.Append([]engine.Change{mark(r, newest)})
	}
	if err = errors.Join(err, s.Close()); err != nil {
		return r, err
	}
	if err := copyFile(r.Quarantine, filepath.Join(dir, fileName)); err != nil {
		return r, err
	}
	if err := os.Rename(filepath.Join(temp, fileName), filepath.Join(dir, fileName)); err != nil {
		return r, err
	}
	return r, syncDir(dir)
}

// copyFile copies a file whole and waits until it is on the disk.
func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}
