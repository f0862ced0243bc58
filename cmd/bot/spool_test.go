//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"
)

// TestNobodyReads: what nobody reads holds nothing up, and what was lost is
// told once somebody does.
//
// Faults: PR-08.
func TestNobodyReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		s := newSpools(w, w)
		s.log.loosen()
		for i := range spoolLines + 11 { // one is being written
			if n, err := fmt.Fprintln(s.log, i); err != nil || n == 0 {
				t.Fatalf("line %d: got %d, %v", i, n, err)
			}
			synctest.Wait()
		}
		lines := bufio.NewScanner(r)
		for range 2 {
			lines.Scan()
		}
		if got := lines.Text(); got != "bot run: 10 lines of the log could not be written: nobody reads it" {
			t.Errorf("got %q", got)
		}
		begun := time.Now()
		if err := s.end(); err == nil || !strings.HasPrefix(err.Error(), "10 lines of the log could not be written") || time.Since(begun) > spoolEnd {
			t.Errorf("the end got %v after %v", err, time.Since(begun))
		}
		if err := errors.Join(w.Close(), r.Close()); err != nil {
			t.Error(err)
		}
	})
}

// TestReadLate: a line that nobody takes in time is told at the other end, and
// so is that somebody took it; the log says each hour that the run lives.
func TestReadLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		r, w := io.Pipe()
		s := newSpools(w, &said)
		s.log.loosen()
		s.out.loosen()
		ctx, cancel := context.WithCancel(t.Context())
		log, beat := logrus.New(), uint64(1000)
		log.SetOutput(s.log)
		log.SetFormatter(&logrus.TextFormatter{DisableTimestamp: true})
		go alive(ctx, func() uint64 { beat += 7200; return beat }, log)
		lines := bufio.NewScanner(r)
		for _, waits := range []time.Duration{spoolLate - 1, spoolLate + 1} {
			fmt.Fprintln(s.out, "an alert")
			time.Sleep(waits)
			lines.Scan()
			synctest.Wait()
		}
		time.Sleep(2 * time.Hour)
		cancel()
		if err := errors.Join(s.end(), w.Close(), r.Close()); err != nil {
			t.Error(err)
		}
		const want = "bot run: nobody has read stdout for 5s: what is said there waits\n" +
			"bot run: stdout is read again\n" +
			"level=info msg=\"alive for 1h0m0s, 3600 events in the last hour\"\n" +
			"level=info msg=\"alive for 2h0m0s, 3600 events in the last hour\"\n"
		if said.String() != want {
			t.Errorf("got\n%swant\n%s", said.String(), want)
		}
	})
}

// TestGoesOnUnheard: a run whose output cannot be written, or whose reader went
// away, trades on, says so where it can, and ends with an error.
//
// Faults: PR-08.
func TestGoesOnUnheard(t *testing.T) {
	t.Parallel()
	for name, why := range map[string]string{"full": "no space left on device", "gone": "broken pipe"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, dir := served(t, "--speed", "100", "--seed", "3"), t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "holder.yaml"), fmt.Appendf(nil, holding, x.REST, x.WS, false), 0o600); err != nil {
				t.Fatal(err)
			}
			code, stderr := unheard(t, dir, name == "gone")
			if code != exitFailed || !strings.Contains(stderr, "stdout cannot be written: write /dev/") || !strings.Contains(stderr, why) ||
				!strings.Contains(stderr, " of stdout could not be written: ") {
				t.Errorf("got exit code %d:\n%s", code, stderr)
			}
			if got := botSays(t, "orders", "--state", filepath.Join(dir, "state")); !strings.Contains(got, "holder") {
				t.Errorf("bot orders:\n%s", got)
			}
		})
	}
}

// unheard runs bot with a stdout that takes nothing, until it says so, and
// then interrupts it.
func unheard(t *testing.T, dir string, pipe bool) (code int, said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd, err := self(ctx, dir, "run", "--config", "holder.yaml", "--speed", "100")
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if pipe {
		var read *os.File
		if read, out, err = os.Pipe(); err == nil {
			err = read.Close()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = out
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(cmd.Start(), out.Close()); err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		fmt.Fprintln(&all, lines.Text())
		if strings.Contains(lines.Text(), "cannot be written") {
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Error(err)
			}
		}
	}
	failed, ok := errors.AsType[*exec.ExitError](cmd.Wait())
	if !ok {
		return exitDone, all.String()
	}
	return failed.ExitCode(), all.String()
}
