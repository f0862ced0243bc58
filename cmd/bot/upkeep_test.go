//go:build unix

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rulebot/persist"
)

// TestDamagedStoreIsNotTraded damages the store of a bot that was killed while
// its order rested. It starts from its backup, halted, with what was lost at
// the exchange named; a person resumes it. Without a backup nothing starts.
//
// Faults: PS-07 PS-10.
func TestDamagedStoreIsNotTraded(t *testing.T) {
	t.Parallel()
	x, dir := served(t, "--speed", "100", "--seed", "3"), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "resting.yaml"), fmt.Appendf(nil, resting, x.REST, x.WS), 0o600); err != nil {
		t.Fatal(err)
	}
	nothing := func(string, *os.Process) {}
	startLive(t, dir, "nearest patient/in", nothing)
	store := filepath.Join(dir, "state", "live_okcoin_main")
	if err := os.Truncate(filepath.Join(store, "store.db"), 5000); err != nil {
		t.Fatal(err)
	}
	said := startLive(t, dir, "cancel it there", nothing)
	for _, want := range []string{
		"the store is damaged", "it is now as its backup of 2", "the damaged file is state/live_okcoin_main/damaged-2",
		"it is HALTED, RESTORED: the store was damaged", "with our mark and we have no intent for it",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("stderr has no %q:\n%s", want, said)
		}
	}
	got := botSays(t, "resume", "--state", filepath.Join(dir, "state"), "--reason", "compared")
	if !strings.Contains(got, "lifted: HALT, RESTORED: ") {
		t.Errorf("resume says\n%swant what it lifted", got)
	}
	if err := os.RemoveAll(filepath.Join(store, "backups")); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(filepath.Join(store, "store.db"), 5000); err != nil {
		t.Fatal(err)
	}
	t.Run("no backup", func(t *testing.T) {
		cmd, err := self(t.Context(), dir, "run", "--live", "--config", "resting.yaml", "--speed", "100")
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "nothing was started: ") || !strings.Contains(string(out), "no good backup") {
			t.Errorf("got %v, want nothing started:\n%s", err, out)
		}
	})
	if _, err := persist.Read(store); err == nil {
		t.Error("the damaged store was changed")
	}
}

// TestDiskGuard warns once, holds once, and lets go.
//
// Faults: PS-04.
func TestDiskGuard(t *testing.T) {
	free := uint64(1 << 40)
	g := diskGuard{dir: "state", free: func(string) (uint64, bool) { return free, free > 0 }}
	for i, c := range []struct {
		mib           uint64
		hold, warning string
	}{
		{1000, "-", ""},
		{512, "-", ""},
		{511, "-", "511 MiB are free on the disk of state; below 128 no order leaves"},
		{300, "-", ""},
		{128, "-", ""},
		{127, "DISK: 127 MiB are free on the disk of the store, 128 are needed", ""},
		{1, "-", ""},
		{0, "-", ""}, // not known
		{200, "", ""},
		{600, "-", ""},
		{100, "DISK: 100 MiB are free on the disk of the store, 128 are needed", "100 MiB are free on the disk of state; below 128 no order leaves"},
	} {
		free = c.mib << 20
		hold, warning := g.look()
		got := "-"
		if hold != nil {
			got = *hold
		}
		if got != c.hold || warning != c.warning {
			t.Errorf("%d, %d MiB: got %q, %q; want %q, %q", i, c.mib, got, warning, c.hold, c.warning)
		}
	}
}
