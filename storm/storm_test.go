package storm_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"rulebot/storm"
)

var (
	seeds = flag.Uint64("seeds", 30, "how many seeds are played")
	from  = flag.Uint64("from", 1, "the first of them")
)

// TestSeedsHold plays some seeds, each twice: nothing is broken, and the same
// seed is the same run. What goes wrong in them, beside much that has tests of
// its own:
//
// Faults: PR-04 AC-05 OE-01 OE-02 OE-03 OE-04 CK-04.
func TestSeedsHold(t *testing.T) {
	dir := t.TempDir()
	for seed := *from; seed < *from+*seeds; seed++ {
		r := play(t, seed, dir)
		if again := play(t, seed, dir); again.Hash != r.Hash {
			t.Errorf("seed %d: hash %016x, and then %016x", seed, r.Hash, again.Hash)
		}
	}
}

// TestSeedsThatFailed plays seeds that found something once.
func TestSeedsThatFailed(t *testing.T) {
	dir := t.TempDir()
	for seed, found := range map[uint64]string{
		500225: "an order that shows once its absence was proven was looked for at no time",
		604596: "the same, of an order that a lag of the lists hid for longer",
	} {
		t.Log(seed, found)
		play(t, seed, dir)
	}
}

func play(t *testing.T, seed uint64, dir string) storm.Result {
	t.Helper()
	p, err := storm.NewPlayer(storm.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Run(seed)
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	if v := r.Violation; v != nil {
		t.Errorf("seed %d: %s: %s\n%s\n%s", seed, v.Invariant, v.Text, r.Knobs, strings.Join(r.Last, "\n"))
	}
	return r
}

var processes = flag.Uint64("processes", 3, "how many seeds two processes play")

// TestTwoProcessesAgree plays the same seeds in two processes of their own:
// nothing but the seed decides what happens.
func TestTwoProcessesAgree(t *testing.T) {
	if os.Getenv("STORM_HASHES") != "" {
		return // this is one of the two
	}
	var said [2][]byte
	for i := range said {
		one := exec.Command(os.Args[0], "-test.run", "^TestHashes$", "-test.v", "-from", "1000", "-seeds", fmt.Sprint(*processes))
		one.Env = append(os.Environ(), "STORM_HASHES=1", fmt.Sprintf("GOMAXPROCS=%d", 1+i))
		out, err := one.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		said[i] = bytes.Join(regexp.MustCompile(`seed \d+ hash .*`).FindAll(out, -1), []byte("\n"))
	}
	if n := bytes.Count(said[0], []byte("hash")); uint64(n) != *processes || !bytes.Equal(said[0], said[1]) {
		t.Errorf("one process says\n%s\nthe other\n%s", said[0], said[1])
	}
}

// TestHashes says the hash of each seed.
func TestHashes(t *testing.T) {
	if os.Getenv("STORM_HASHES") == "" {
		return
	}
	for seed := *from; seed < *from+*seeds; seed++ {
		r := play(t, seed, t.TempDir())
		t.Logf("seed %d hash %016x", seed, r.Hash)
	}
}
