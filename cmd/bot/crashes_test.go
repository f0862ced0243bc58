//go:build unix

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rulebot/engine/market"
)

// TestCrashLoop: a run that was killed five times within minutes begins halted.
// One that ended well in between is counted from there.
//
// Faults: PR-09.
func TestCrashLoop(t *testing.T) {
	t.Parallel()
	x, dir := served(t, "--speed", "20", "--seed", "3"), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "holder.yaml"), fmt.Appendf(nil, holding, x.REST, x.WS, false), 0o600); err != nil {
		t.Fatal(err)
	}
	const halted = "it is HALTED, CRASHES: the last 5 runs, within 5m0s, did not end well"
	for _, by := range []os.Signal{os.Kill, os.Kill, os.Interrupt, os.Kill, os.Kill, os.Kill, os.Kill, os.Kill} {
		if said := endedBy(t, dir, by); strings.Contains(said, halted) {
			t.Fatalf("halted too early:\n%s", said)
		}
	}
	if said := endedBy(t, dir, os.Kill); !strings.Contains(said, halted) {
		t.Errorf("stderr has no %q:\n%s", halted, said)
	}
	if said := botSays(t, "resume", "--state", filepath.Join(dir, "state"), "--reason", "mended"); !strings.Contains(said, "lifted: HALT, CRASHES: ") {
		t.Errorf("resume says\n%s", said)
	}
	if said := endedBy(t, dir, os.Kill, "--crashes", "0"); strings.Contains(said, "HALTED") {
		t.Errorf("--crashes 0 is halted:\n%s", said)
	}
}

// endedBy runs bot until it has said what it is, and sends it a signal.
func endedBy(t *testing.T, dir string, by os.Signal, more ...string) (said string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd, err := self(ctx, dir, append([]string{"run", "--config", "holder.yaml", "--speed", "20"}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said += lines.Text() + "\n"
		if strings.HasPrefix(lines.Text(), "  store") { // and what is said of it comes with it
			if lines.Scan() {
				said += lines.Text() + "\n"
			}
			if err := cmd.Process.Signal(by); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // how it ended is what its signal says
	if s, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || s.Signaled() != (by == os.Kill) {
		t.Fatalf("ended with %v:\n%s", cmd.ProcessState, said)
	}
	return said
}

// TestCrashesLapse: what is longer ago than five minutes does not count.
//
// Faults: PR-09.
func TestCrashesLapse(t *testing.T) {
	c, now := crashes{max: 3}, market.Time(0)
	for i, after := range []time.Duration{0, 2 * time.Minute, 2 * time.Minute, time.Minute, 3 * time.Minute, 0, 6 * time.Minute} {
		now = now.Add(after)
		c.starts = c.note(now)
		before := crashes{starts: slices.Clone(c.starts[:len(c.starts)-1]), max: 3}
		if _, halts := before.halt(now); halts != (i == 3 || i == 5) {
			t.Errorf("start %d: halts %v with %v before it", i, halts, before.starts)
		}
	}
}
