package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/history"
)

// barCache keeps parsed bars in a folder, so that the next run does not parse
// their text again. A file there is named after the content of the one it was
// parsed from. It is read with suspicion: what is damaged, or of something
// else, is parsed anew. That a cache cannot be read or written costs time and
// nothing else, so nobody is told.
type barCache struct {
	dir   string // "" keeps nothing
	least int64  // files below that are parsed as fast as they are looked up
	most  int64  // of all that is kept; the oldest go first
}

const (
	cacheLeast = 1 << 20
	cacheMost  = 2 << 30
	secretFile = "secret"
)

// userCache is the cache of the user who runs the program.
func userCache(none bool) barCache {
	dir, err := os.UserCacheDir()
	if none || err != nil {
		return barCache{}
	}
	return barCache{filepath.Join(dir, "rulebot", "bars"), cacheLeast, cacheMost}
}

// open reads the bars of a file.
func (c *barCache) open(name string, file *os.File, in market.Instrument) (*history.Bars, error) {
	info, err := file.Stat()
	if c.dir == "" || err != nil || !info.Mode().IsRegular() || info.Size() < c.least {
		return history.OpenBars(name, file, in, 0)
	}
	secret := c.secret()
	if secret == nil {
		return history.OpenBars(name, file, in, 0)
	}
	key, err := barKey(secret, file, in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if bars := c.read(key, in); bars != nil {
		return bars, nil
	}
	content, err := newContentHash(secret)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	text := io.TeeReader(file, content)
	bars, err := history.OpenBars(name, text, in, 0)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, text); err == nil && content.key(in) == key { // else it was written to meanwhile
		c.write(key, bars)
	}
	return bars, nil
}

// barKey hashes a file, and goes back to its beginning.
func barKey(secret []byte, file *os.File, in market.Instrument) (history.Key, error) {
	h, err := newContentHash(secret)
	if err != nil {
		return history.Key{}, err
	}
	_, err = h.ReadFrom(file)
	_, back := file.Seek(0, io.SeekStart)
	return h.key(in), errors.Join(err, back)
}

func (c *barCache) file(key history.Key) string {
	return filepath.Join(c.dir, fmt.Sprintf("%x.bars", key))
}

// read returns nil for what is not there or cannot be believed.
func (c *barCache) read(key history.Key, in market.Instrument) *history.Bars {
	name := c.file(key)
	file, err := os.Open(name)
	if err != nil {
		return nil
	}
	bars, err := history.ReadParsed(file, key, in)
	if errors.Join(err, file.Close()) != nil {
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(name, now, now) // what is used stays longest
	return bars
}

func (c *barCache) write(key history.Key, bars *history.Bars) {
	if c.replace(c.file(key), func(w io.Writer) error { return bars.WriteParsed(w, key) }) == nil {
		c.prune()
	}
}

// replace writes a file that is seen whole or not at all. It is not synced:
// what a crash leaves damaged is noticed.
func (c *barCache) replace(name string, write func(io.Writer) error) error {
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(c.dir, "*.new")
	if err != nil {
		return err
	}
	err = write(file)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// prune removes the files that were used longest ago, until the rest is small
// enough.
func (c *barCache) prune() {
	entries, _ := os.ReadDir(c.dir)
	var files []os.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && e.Name() != secretFile {
			files = append(files, info)
		}
	}
	slices.SortFunc(files, func(a, b os.FileInfo) int {
		return cmp.Or(b.ModTime().Compare(a.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	sum := int64(0)
	for _, f := range files {
		if sum += f.Size(); sum > c.most {
			_ = os.Remove(filepath.Join(c.dir, f.Name()))
		}
	}
}
