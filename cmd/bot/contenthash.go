package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"

	"rulebot/engine/market"
	"rulebot/exchange/history"
)

// contentHash tells files by their content, four times as fast as SHA-256
// alone would: each block is authenticated with a secret (AES-GCM over data that
// is not encrypted), and SHA-256 takes what comes of it. Who does not know the
// secret, which never leaves the cache of its user, can make no two files that
// are taken for each other.
type contentHash struct {
	seal  cipher.AEAD
	block []byte // what was not sealed yet
	size  uint64
	tags  hash.Hash
	tag   []byte
}

const (
	secretBytes = 32
	hashedBlock = 64 << 10
)

func newContentHash(secret []byte) (*contentHash, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCM(block)
	return &contentHash{seal: seal, block: make([]byte, 0, hashedBlock), tags: sha256.New()}, err
}

// Write takes more of the file. It cannot fail.
func (h *contentHash) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		n := min(len(rest), cap(h.block)-len(h.block))
		h.block = append(h.block, rest[:n]...)
		if rest = rest[n:]; len(h.block) == cap(h.block) {
			h.flush()
		}
	}
	return len(p), nil
}

// ReadFrom takes all that a reader yields.
func (h *contentHash) ReadFrom(r io.Reader) (int64, error) {
	for before := h.size + uint64(len(h.block)); ; {
		n, err := r.Read(h.block[len(h.block):cap(h.block)])
		if h.block = h.block[:len(h.block)+n]; len(h.block) == cap(h.block) {
			h.flush()
		}
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return int64(h.size + uint64(len(h.block)) - before), err
		}
	}
}

func (h *contentHash) flush() {
	nonce := binary.LittleEndian.AppendUint64(make([]byte, 0, 12), h.size)
	h.size += uint64(len(h.block))
	h.tag = h.seal.Seal(h.tag[:0], nonce[:12], nil, h.block)
	h.tags.Write(h.tag)
	h.block = h.block[:0]
}

// key ends the hash. The tick of the instrument that the file is parsed for is
// part of it: prices are rounded to it.
func (h *contentHash) key(in market.Instrument) history.Key {
	h.flush()
	h.tags.Write(binary.LittleEndian.AppendUint64([]byte("tick "+in.Tick.String()+"\n"), h.size))
	return history.Key(h.tags.Sum(nil))
}

// secret is what the files of a cache are told by: made once, at random. nil is
// that there can be none.
func (c *barCache) secret() []byte {
	if c.dir == "" {
		return nil
	}
	name := filepath.Join(c.dir, secretFile)
	if secret, err := os.ReadFile(name); err == nil && len(secret) == secretBytes {
		return secret
	}
	secret := make([]byte, secretBytes)
	rand.Read(secret) // never fails: crypto/rand ends the process instead
	err := c.replace(name, func(w io.Writer) error {
		_, err := w.Write(secret)
		return err
	})
	if err != nil {
		return nil
	}
	return secret
}
