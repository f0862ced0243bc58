package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/history"
)

// framesOf reads a recording as it lies there.
func framesOf(t *testing.T, name string) (texts []string, times []market.Time) {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := history.OpenRecording(name, file)
	if err != nil {
		t.Fatal(err)
	}
	var f history.Frame
	for {
		more, err := r.Next(&f)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return texts, times
		}
		texts, times = append(texts, fmt.Sprintf("%d %v %s", f.Dir, f.Deflated, f.Payload)), append(times, f.At)
	}
}

// TestFrameFile states what a recording holds, while it is written too: a
// program that is killed closes nothing.
func TestFrameFile(t *testing.T) {
	t.Parallel()
	at := market.Milli(1700000000000)
	ended := 0
	w := &frameFile{dir: t.TempDir(), each: 1 << 20, most: 1 << 20, now: func() market.Time { return at }, over: func() { ended++ }}
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	w.tap(exchange.Opened, []byte("wss://host/ws"))
	w.tap(exchange.SentText, []byte(`{"op":"subscribe"}`))
	w.flush()
	at -= 1000 // the clock is set back
	w.tap(exchange.ReceivedText, []byte("pong"))
	w.tap(exchange.ReceivedText, []byte{0xff})
	at += 2000
	w.tap(exchange.ReceivedBytes, []byte{0xff, 0})
	w.flush()
	w.tap(exchange.ReceivedText, []byte("not yet on disk"))
	texts, times := framesOf(t, w.file.Name())
	want := "1 false wss://host/ws|2 false {\"op\":\"subscribe\"}|3 false pong|3 true \xff\x00"
	if got := strings.Join(texts, "|"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if times[2] != times[1] || times[3] != times[2].Add(1000) {
		t.Errorf("times are %v", times)
	}
	name, err := w.close()
	if texts, _ = framesOf(t, name); err != nil || len(texts) != 5 {
		t.Errorf("closed: %d frames, %v", len(texts), err)
	}
	if sums := w.sums(); sums.frames != 5 || sums.dropped != 1 || ended != 0 {
		t.Errorf("got %+v, ended %d times", sums, ended)
	}
}

// TestFrameFileBounds fills files and then the directory: the first ends the
// connection, the second everything, and no byte is above the bound.
func TestFrameFileBounds(t *testing.T) {
	t.Parallel()
	const each, most = 1000, 3500
	w := &frameFile{dir: t.TempDir(), each: each, most: most, now: func() market.Time { return 1e18 }}
	var names []string
	told := 0
	for !w.full {
		over := false
		w.over = func() { over = true }
		if err := w.open(); err != nil {
			t.Fatal(err)
		}
		for !over {
			w.tap(exchange.ReceivedText, fmt.Appendf(nil, "frame %d", told))
			told++
			w.flush()
		}
		w.tap(exchange.ReceivedText, []byte("after the end"))
		name, err := w.close()
		if err != nil {
			t.Fatal(err)
		}
		if name != "" {
			names = append(names, name)
		}
	}
	sum, frames := int64(0), int64(0)
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
		texts, _ := framesOf(t, name)
		frames += int64(len(texts))
	}
	if len(names) != 4 || sum > most || sum != w.sums().wrote || frames != w.sums().frames || frames != int64(told-1) {
		t.Errorf("%d files of %d bytes and %d frames of %d, want 4 of at most %d; told %+v", len(names), sum, frames, told, most, w.sums())
	}
	there, err := recordedBytes(w.dir)
	if err != nil || there != sum {
		t.Errorf("the directory holds %d, %v, want %d", there, err, sum)
	}
	_, err = newRecorder(&recordFlags{out: w.dir, most: sum}, &wireEnd{}, os.Stderr)
	if err == nil || !strings.Contains(err.Error(), "move some away, or allow more") {
		t.Errorf("a full directory: got %v", err)
	}
}

// TestFrameFileCannotBeWritten ends the recording with the reason.
func TestFrameFileCannotBeWritten(t *testing.T) {
	t.Parallel()
	over := false
	w := &frameFile{dir: t.TempDir(), each: 1 << 20, most: 1 << 20, now: func() market.Time { return 1e18 }, over: func() { over = true }}
	if err := w.open(); err != nil {
		t.Fatal(err)
	}
	if err := w.file.Close(); err != nil {
		t.Fatal(err)
	}
	w.tap(exchange.Opened, []byte("wss://host/ws"))
	w.flush()
	if _, err := w.close(); !over || !errors.Is(err, os.ErrClosed) || !strings.Contains(err.Error(), "the recording ends here") {
		t.Errorf("over %v, %v", over, err)
	}
}
