package persist

import (
	"errors"

	bolt "go.etcd.io/bbolt"

	"rulebot/engine"
)

// FailCommit makes every later commit of s end with err, after all is written
// to the transaction.
func FailCommit(s *Store, err error) {
	s.commit = func(*bolt.Tx) error { return err }
}

// PanicInCommit makes every later commit of s panic.
func PanicInCommit(s *Store) {
	s.commit = func(*bolt.Tx) error { panic("page out of range") }
}

// Leave lets go of the file as a killed process would: nothing is committed.
func Leave(s *Store) error {
	s.err = errors.Join(s.err, ErrClosed)
	return s.r.Close()
}

// EncodeRecord returns the record of a change.
func EncodeRecord(c engine.Change, seq uint64, prev [16]byte) ([]byte, error) {
	e := newEncoder()
	_, err := e.add(&c, seq, prev)
	return e.buf.Bytes(), err
}

// DecodeRecord reads the record of a change.
func DecodeRecord(record []byte) (engine.Change, uint64, [16]byte, error) {
	c, e, err := decodeChange(record)
	return c, e.seq, e.prev, err
}

// DecodeHead reads the record of a head and says whether it is one.
func DecodeHead(record []byte) error {
	_, err := decodeHead(record)
	return err
}

// FileName is the name of the file in a store's directory.
const FileName = fileName

// Seal puts a valid header before a payload.
func Seal(payload []byte, kind byte, seq uint64) []byte {
	return sealed(payload, envelope{kind: kind, seq: seq})
}
