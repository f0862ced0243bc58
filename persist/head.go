package persist

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const format = 1

// head is the record that every transaction rewrites: whom the store belongs
// to, how far the journal reaches, and which blobs there are.
type head struct {
	Format   int         `json:"format"`
	Mode     string      `json:"mode"`
	Exchange string      `json:"exchange"`
	Account  string      `json:"account"`
	ID       string      `json:"id"`
	Boots    uint64      `json:"boots"`
	Boot     uint64      `json:"boot"`
	Seq      uint64      `json:"seq"`
	Hash     link        `json:"hash"`
	Blobs    []blobEntry `json:"blobs,omitempty"`
}

type blobEntry struct {
	Name string `json:"name"`
	Size int    `json:"size"`
	Hash link   `json:"hash"`
}

func newHead(id Identity, storeID string) head {
	return head{
		Format: format, Mode: id.Mode, Exchange: id.Exchange, Account: id.Account,
		ID: storeID, Hash: genesis(storeID),
	}
}

// genesis is the link of the first change of a store.
func genesis(storeID string) link { return linkOf("rulebot journal ", storeID) }

func blobLink(name string) link { return linkOf("rulebot blob ", name) }

func (h *head) identity() Identity {
	return Identity{Mode: h.Mode, Exchange: h.Exchange, Account: h.Account}
}

// setBlob notes a blob's new record and keeps the list sorted.
func (h *head) setBlob(name string, record []byte) {
	e := blobEntry{Name: name, Size: len(record) - headerSize, Hash: hashOf(record)}
	i, found := slices.BinarySearchFunc(h.Blobs, name, compareBlob)
	if found {
		h.Blobs[i] = e
		return
	}
	h.Blobs = slices.Insert(h.Blobs, i, e)
}

func (h *head) blob(name string) (blobEntry, bool) {
	i, found := slices.BinarySearchFunc(h.Blobs, name, compareBlob)
	if !found {
		return blobEntry{}, false
	}
	return h.Blobs[i], true
}

func compareBlob(e blobEntry, name string) int { return strings.Compare(e.Name, name) }

func (h *head) record() ([]byte, error) {
	payload, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("head: %w", err)
	}
	return sealed(payload, envelope{kind: typeHead, seq: h.Seq}), nil
}

func decodeHead(record []byte) (head, error) {
	var h head
	e, payload, err := unseal(record)
	if err != nil {
		return h, err
	}
	if e.kind != typeHead {
		return h, fmt.Errorf("%w: record type %#02x is not a head", ErrDamaged, e.kind)
	}
	var version struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(payload, &version); err != nil {
		return h, fmt.Errorf("%w: head: %w", ErrDamaged, err)
	}
	if version.Format != format {
		return h, fmt.Errorf("%w: store format %d, this program knows %d", ErrFormat, version.Format, format)
	}
	if err := decodeStrictly(payload, &h); err != nil {
		return h, err
	}
	if h.Seq != e.seq {
		return h, fmt.Errorf("%w: head says seq %d in a record of seq %d", ErrDamaged, h.Seq, e.seq)
	}
	if !slices.IsSortedFunc(h.Blobs, func(a, b blobEntry) int { return strings.Compare(a.Name, b.Name) }) {
		return h, fmt.Errorf("%w: blobs of the head are not in order", ErrDamaged)
	}
	return h, nil
}
