package persist

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Identity says whom a store belongs to. Each part is 1 to 32 letters, digits
// and hyphens.
type Identity struct {
	Mode     string // "dry", "live"
	Exchange string // "okcoin"
	Account  string // the alias of the account in the configuration
}

// String returns the parts, separated by spaces.
func (id Identity) String() string { return id.Mode + " " + id.Exchange + " " + id.Account }

func (id Identity) check() error {
	for _, part := range []string{id.Mode, id.Exchange, id.Account} {
		if !identityPart(part) {
			return fmt.Errorf("identity %q: each of mode, exchange and account is 1 to 32 letters, digits and hyphens", id)
		}
	}
	return nil
}

func identityPart(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 32
}

// Dir returns where below the state directory the store of id lives.
func Dir(state string, id Identity) string {
	return filepath.Join(state, id.Mode+"_"+id.Exchange+"_"+id.Account)
}

// Rotate renames the store in dir to dir.1, where it replaces the one before.
// It reports whether there was a store. One that is in use is refused.
func Rotate(dir string) (bool, error) {
	r, err := Read(dir)
	switch {
	case errors.Is(err, ErrMissing):
		return false, nil
	case errors.Is(err, ErrInUse):
		return false, err
	case err == nil:
		// Closed before the rename, as some systems demand. A run that begins
		// in between notices at its first commit that its file is gone.
		if err := r.Close(); err != nil {
			return false, err
		}
	}
	// A damaged store is set aside like any other.
	former := dir + ".1"
	if err := os.RemoveAll(former); err != nil {
		return false, fmt.Errorf("persist: %s: %w", former, err)
	}
	if err := os.Rename(dir, former); err != nil {
		return false, fmt.Errorf("persist: %s: %w", dir, err)
	}
	if err := syncDir(filepath.Dir(filepath.Clean(dir))); err != nil {
		return false, fmt.Errorf("persist: %s: %w", dir, err)
	}
	return true, nil
}

// Newest returns the directory of the store below state that was written
// last, and [ErrMissing] when there is none. Stores that were rotated away do
// not count. A state that is itself the directory of a store is the answer.
func Newest(state string) (string, error) {
	dirs, err := Stores(state)
	if err != nil {
		return "", err
	}
	newest := ""
	var written time.Time
	for _, dir := range dirs {
		info, err := os.Stat(filepath.Join(dir, fileName))
		if err == nil && (newest == "" || info.ModTime().After(written)) {
			newest, written = dir, info.ModTime()
		}
	}
	if newest == "" {
		return "", fmt.Errorf("persist: %s: %w", state, ErrMissing)
	}
	return newest, nil
}

// Stores returns the directories of the stores below state, sorted, without
// those that were rotated away. Of a state that is itself the directory of a
// store it is that.
func Stores(state string) ([]string, error) {
	if IsStore(state) {
		return []string{state}, nil
	}
	entries, err := os.ReadDir(state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("persist: %w", err)
	}
	var dirs []string
	for _, e := range entries {
		dir := filepath.Join(state, e.Name())
		if !strings.Contains(e.Name(), ".") && IsStore(dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs, nil
}

// IsStore reports whether dir is the directory of a store.
func IsStore(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, fileName))
	return err == nil
}

// InUse reports whether a process has the store in dir open for writing. It
// does not look whether the store is whole.
func InUse(dir string) (bool, error) {
	r := &Reader{dir: dir}
	err := guarded(func() error { return r.openWithin(true, lockPeek) })
	err = errors.Join(err, r.release())
	if errors.Is(err, ErrInUse) {
		return true, nil
	}
	if err != nil && !errors.Is(err, ErrDamaged) {
		return false, fmt.Errorf("persist: %s: %w", dir, err)
	}
	return false, nil
}
