package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
)

// TestWatchdog: a loop that is at the same work for five looks hangs; one that
// gets on, however busy, or that has nothing to do, does not. The process then
// ends at once and leaves where it stood.
//
// Faults: PR-05.
func TestWatchdog(t *testing.T) {
	for _, c := range []struct {
		name string
		beat func(second int) uint64
		ends time.Duration // 0 is never
	}{
		{"idle", func(int) uint64 { return 8 }, 0},
		{"busy", func(s int) uint64 { return uint64(s)*2 + 1 }, 0},
		{"slow", func(s int) uint64 { return uint64(s/5)*2 + 1 }, 0},
		{"hung", func(s int) uint64 { return uint64(min(s, 20))*2 + 1 }, 25 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { bitten(t, c.beat, c.ends) })
		})
	}
}

func bitten(t *testing.T, beat func(second int) uint64, ends time.Duration) {
	begun, said, left := time.Now(), bytes.Buffer{}, time.Duration(0)
	log := logrus.New()
	log.SetOutput(&said)
	o := &runFlags{state: t.TempDir(), spools: newSpools(&said, &said)}
	d := newWatchdog(func() uint64 { return beat(int(time.Since(begun) / time.Second)) }, o, log)
	d.exit = func(code int) {
		if left = time.Since(begun); code != exitInvariant {
			t.Errorf("got exit code %d, want %d", code, exitInvariant)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	d.watch(ctx)
	if left != ends {
		t.Errorf("ended after %v, want %v\n%s", left, ends, said.String())
	}
	dumps, err := filepath.Glob(filepath.Join(o.state, "hung-*.txt"))
	if err != nil || (len(dumps) == 1) != (ends != 0) || strings.Contains(said.String(), "start it again") != (ends != 0) {
		t.Fatalf("dumps %v, %v\n%s", dumps, err, said.String())
	}
	if ends == 0 {
		return
	}
	if b, err := os.ReadFile(dumps[0]); err != nil || !bytes.Contains(b, []byte("goroutine ")) {
		t.Errorf("the dump has %q, %v", b, err)
	}
}
