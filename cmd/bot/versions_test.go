//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAnotherVersion ends a run while its order is live, and another version of
// the program goes on with its store, and the former one after that: each knows
// the order, none sends it again, and the last one cancels it.
//
// Faults: PR-10.
func TestAnotherVersion(t *testing.T) {
	t.Parallel()
	x, dir := served(t, "--speed", "100", "--seed", "3"), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "resting.yaml"), fmt.Appendf(nil, resting, x.REST, x.WS), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "bot")
	if out, err := exec.Command("go", "build", "-o", other, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	theirs, err := exec.Command(other, "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	const rests = "nearest patient/in" // said while nothing happens
	for i, program := range []string{other, "", other} {
		said := startProgram(t, program, dir, rests, func(line string, _ *os.Process) {
			if i > 0 && strings.Contains(line, "  order ") {
				t.Errorf("run %d sends another order: %s", i, line)
			}
		})
		differ := !strings.HasPrefix(string(theirs), "rulebot "+version()+" ")
		if told := strings.Contains(said, ", continued, last by rulebot "); told != (i > 0 && differ) {
			t.Errorf("run %d, versions differ %v:\n%s", i, differ, said)
		}
	}
	startProgram(t, "", dir, "ended ", func(line string, _ *os.Process) {
		if strings.Contains(line, rests) {
			botSays(t, "halt", "--state", filepath.Join(dir, "state"), "--reason", "test")
		}
	})
	got := botSays(t, "orders", "--state", filepath.Join(dir, "state"))
	if strings.Count(got, " patient ")-strings.Count(got, " DENIED ") != 1 || !strings.Contains(got, "CANCEL") { // CANCELING where the kill came before the commit
		t.Errorf("bot orders:\n%s", got)
	}
}
