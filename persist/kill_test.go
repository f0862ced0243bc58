package persist_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine"
	"rulebot/persist"
)

// childVariable makes the test below the process that is killed: it holds the
// directory of the store.
const childVariable = "RULEBOT_TEST_PERSIST_CHILD"

// TestKilledProcess kills a process that commits as fast as it can, at random
// moments, and starts it again: what it said was durable must be there, in
// order, and nothing else but the one group that was under way.
//
// Faults: PS-01.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(childVariable); dir != "" {
		child(dir)
	}
	dir := filepath.Join(t.TempDir(), "s")
	random := rand.New(rand.NewPCG(5, 6))
	said := uint64(0)
	for boot := range 10 {
		said = killedAfter(t, dir, 1+random.IntN(60))
		r, err := persist.Read(dir)
		must(t, err)
		got := replay(t, r)
		must(t, r.Close())
		if n := uint64(len(got)); n < said {
			t.Fatalf("start %d: got %d changes, want the %d that were durable", boot, n, said)
		}
		want := make([]engine.Change, 0, len(got))
		for i := range got {
			want = append(want, orderChange(i))
		}
		if diff := cmp.Diff(want, got, same); diff != "" {
			t.Fatalf("start %d (-want +got):\n%s", boot, diff)
		}
	}
	t.Logf("10 kills, %d changes", said)
}

// killedAfter starts the child, kills it when it has reported n commits, and
// returns how many changes it said were durable.
func killedAfter(t *testing.T, dir string, n int) uint64 {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcess$")
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	said, lines := uint64(0), bufio.NewScanner(out)
	for seen := 0; lines.Scan(); {
		v, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatalf("child: %s", lines.Text())
		}
		said = v
		if seen++; seen == n {
			must(t, cmd.Process.Kill())
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Fatal("the child ended by itself")
	}
	return said
}

// child appends and commits for ever, and says after each commit how many
// changes are durable.
func child(dir string) {
	s, err := persist.Open(dir, mine, persist.Options{})
	if err == nil {
		_, err = s.Boot(nil)
	}
	for err == nil {
		n := int(s.Len())
		s.Append([]engine.Change{orderChange(n), orderChange(n + 1)})
		s.PutBlob("paper", make([]byte, n%5000))
		err = s.Commit()
		if err == nil {
			_, err = fmt.Println(s.Len())
		}
	}
	fmt.Println(err)
	os.Exit(1)
}
