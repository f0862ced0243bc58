// Package control carries what a person tells a bot that runs, and the bot's
// answers, as files beside its store: who may write there may command.
//
//	STATE/HALT                    the kill switch: everything below STATE is halted
//	STATE/STORE/control/ID.ask    a request
//	STATE/STORE/control/ID.answer what became of it; it changes until it is final
//
// Every file appears whole, and is on the disk before anyone is told of it. A
// request that is too old is not obeyed, and one with an id that was answered
// is not obeyed again.
package control

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	killName  = "HALT"
	folder    = "control"
	askEnd    = ".ask"
	answerEnd = ".answer"
	sizeMax   = 64 << 10
	idSize    = 8 // bytes
)

// Fresh is how old a request may be when it is obeyed; answers are kept
// longer than that, so that a request is never obeyed twice.
const (
	Fresh  = 30 * time.Second
	keepIt = 2 * Fresh
)

// The commands of requests.
const (
	Halt    = "halt"
	Flatten = "flatten" // halt, and sell what is held
	Resume  = "resume"
)

// Request is what a person asks of a running bot.
type Request struct {
	ID      string    `json:"id"`
	Command string    `json:"command"`
	Reason  string    `json:"reason,omitempty"`
	At      time.Time `json:"at"`
	Decided []Ended   `json:"decided,omitempty"` // Resume
}

// Ended is an order and how it ended, as a person says.
type Ended struct {
	Order string `json:"order"` // client order id
	State string `json:"state"`
}

// Answer is what became of a request.
type Answer struct {
	ID      string   `json:"id"`
	Final   bool     `json:"final"`
	Refused string   `json:"refused,omitempty"` // why it was not obeyed
	Live    int      `json:"live,omitempty"`    // orders of ours that may still be live
	Held    int      `json:"held,omitempty"`    // strategies that hold something which is being sold
	Kept    string   `json:"kept,omitempty"`    // why what is held is not sold, although that was asked for
	Lifted  []string `json:"lifted,omitempty"`
}

// Kill is a kill switch that was thrown.
type Kill struct {
	Reason string
	At     time.Time
}

// Throw throws the kill switch of a state directory. It is on the disk when
// Throw returns.
func Throw(state, reason string) error {
	return write(filepath.Join(state, killName), []byte(oneLine(reason)+"\n"))
}

// Thrown reads the kill switch; nil is not thrown. Also one whose text cannot
// be read counts.
func Thrown(state string) (*Kill, error) {
	name := filepath.Join(state, killName)
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k := &Kill{At: info.ModTime()}
	if b, err := read(name); err == nil {
		first, _, _ := strings.Cut(string(b), "\n")
		k.Reason = oneLine(first)
	}
	return k, nil
}

// Release takes the kill switch back, unless it was thrown again since.
func Release(state string, seen *Kill) error {
	now, err := Thrown(state)
	if err != nil || now == nil {
		return err
	}
	if !now.At.Equal(seen.At) {
		return fmt.Errorf("%s was written again meanwhile: %s", filepath.Join(state, killName), now.Reason)
	}
	if err := os.Remove(filepath.Join(state, killName)); err != nil {
		return err
	}
	return syncDir(state)
}

// Ask leaves a request for the bot that runs on a store, and returns its id.
func Ask(store, command, reason string, now time.Time, decided ...Ended) (id string, err error) {
	var b [idSize]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	id = hex.EncodeToString(b[:])
	dir := filepath.Join(store, folder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	text, err := json.Marshal(Request{ID: id, Command: command, Reason: oneLine(reason), At: now.UTC(), Decided: decided})
	if err != nil {
		return "", err
	}
	return id, write(filepath.Join(dir, id+askEnd), append(text, '\n'))
}

// Withdraw takes a request back that nobody answered.
func Withdraw(store, id string) error {
	err := os.Remove(filepath.Join(store, folder, id+askEnd))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Answered returns the answer to a request as it is now, or nil.
func Answered(store, id string) (*Answer, error) {
	b, err := read(filepath.Join(store, folder, id+answerEnd))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var a Answer
	if err := json.Unmarshal(b, &a); err != nil {
		return nil, fmt.Errorf("answer %s: %w", id, err)
	}
	return &a, nil
}

// Reply answers a request, in place of what was answered before.
func Reply(store string, a Answer) error {
	text, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return write(filepath.Join(store, folder, a.ID+answerEnd), append(text, '\n'))
}

// Requests takes the requests that wait, in the order of their times. What is
// not to be obeyed is refused here. Old answers are cleared away.
func Requests(store string, now time.Time) ([]Request, error) {
	dir := filepath.Join(store, folder)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var waiting []Request
	var errs []error
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if id, ok := strings.CutSuffix(e.Name(), askEnd); ok && validID(id) {
			r, err := take(store, name, id, now)
			if r != nil {
				waiting = append(waiting, *r)
			}
			errs = append(errs, err)
			continue
		}
		if info, err := e.Info(); err == nil && now.Sub(info.ModTime()) > keepIt {
			errs = append(errs, os.Remove(name))
		}
	}
	slices.SortStableFunc(waiting, func(a, b Request) int { return a.At.Compare(b.At) })
	return waiting, errors.Join(errs...)
}

// take reads a request and removes it.
func take(store, name, id string, now time.Time) (*Request, error) {
	b, err := read(name)
	if gone := os.Remove(name); gone != nil {
		return nil, gone // obeyed, it would be found again
	}
	if answered, _ := Answered(store, id); answered != nil {
		return nil, nil // sent twice
	}
	var r *Request
	why := ""
	if err != nil {
		why = "it cannot be read: " + err.Error()
	} else {
		r, why = Parse(b, id, now)
	}
	if why != "" {
		return nil, Reply(store, Answer{ID: id, Final: true, Refused: why})
	}
	return r, nil
}

// Parse reads the request with an id, at a time. Without one it says why it is
// not to be obeyed.
func Parse(text []byte, id string, now time.Time) (*Request, string) {
	var r Request
	err := json.Unmarshal(text, &r)
	age := now.Sub(r.At)
	switch {
	case err != nil:
		return nil, "it cannot be read: " + err.Error()
	case r.ID != id:
		return nil, "it carries another id"
	case r.Command != Halt && r.Command != Flatten && r.Command != Resume:
		return nil, fmt.Sprintf("there is no command %q", oneLine(r.Command))
	case age > Fresh || age < -Fresh:
		return nil, fmt.Sprintf("it is %v old: it was meant for another moment", age.Round(time.Second))
	case r.Command == Resume && r.Reason == "":
		return nil, "it gives no reason"
	}
	r.Reason = oneLine(r.Reason)
	return &r, ""
}

func validID(id string) bool {
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == idSize
}

// oneLine keeps a person's text from looking like anything else in a log.
func oneLine(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(strings.TrimSpace(s), "?"))
	const longest = 200
	if r := []rune(s); len(r) > longest {
		s = string(r[:longest]) + "…"
	}
	return s
}

func read(name string) (b []byte, err error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > sizeMax {
		return nil, fmt.Errorf("%s is not a small file", filepath.Base(name))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(io.LimitReader(f, sizeMax))
}

// write makes a file appear whole and durable.
func write(name string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-")
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(name))
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
