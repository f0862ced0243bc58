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
	seeds = flag.Uint64("seeds", 20, "how many seeds are played")
	from  = flag.Uint64("from", 1, "the first of them")
)

// TestSeedsHold plays some seeds, each twice: nothing is broken, and the same
// seed is the same run. What goes wrong in them, beside much that has tests of
// its own:
//
// Faults: PR-04 AC-05 OE-01 OE-02 OE-03 OE-04 CK-04.
func TestSeedsHold(t *testing.T) {
	holds(t, storm.Options{Dir: t.TempDir()})
}

// TestSeedsHoldOnOKX is the same for the other protocol.
func TestSeedsHoldOnOKX(t *testing.T) {
	holds(t, storm.Options{Dir: t.TempDir(), Protocol: storm.OKX})
}

func holds(t *testing.T, options storm.Options) {
	t.Helper()
	for seed := *from; seed < *from+*seeds; seed++ {
		r := play(t, seed, options)
		if again := play(t, seed, options); again.Hash != r.Hash {
			t.Errorf("%s seed %d: hash %016x, and then %016x", options.Protocol, seed, r.Hash, again.Hash)
		}
	}
}

// TestProtocolOfASeed: which protocol a seed speaks moves nothing else of it.
func TestProtocolOfASeed(t *testing.T) {
	spoken := map[storm.Protocol]int{}
	for seed := *from; seed < *from+12; seed++ {
		both := play(t, seed, storm.Options{Protocol: storm.Both})
		spoken[both.Knobs.Protocol]++
		if one := play(t, seed, storm.Options{Protocol: both.Knobs.Protocol}); one.Hash != both.Hash || one.Knobs != both.Knobs {
			t.Errorf("seed %d of %s: hash %016x, and %016x among others\n%s\n%s", seed, both.Knobs.Protocol, one.Hash, both.Hash, one.Knobs, both.Knobs)
		}
	}
	if spoken[storm.OKX] == 0 || spoken[storm.Okcoin] < spoken[storm.OKX] {
		t.Errorf("spoken were %v, want OKX in a part", spoken)
	}
}

// TestWideSeedsThatFailed plays seeds of the wider knobs that found something
// once.
func TestWideSeedsThatFailed(t *testing.T) {
	dir := t.TempDir()
	for seed, found := range map[uint64]string{
		33:      "a stop that could not be taken back while calls were refused was tried without a pause",
		335:     "a stop that came to trade while the bot was away for two minutes was never booked",
		353:     "calls that waited for the end of a ban came on top of those that the limit allows",
		2031251: "what lay in a buffer while the machine slept was older than the judge allowed: as old as clocks may be apart, and as the bot's was behind",
		2048134: "the fill of one order whose answer was lost was taken for another one, which stayed unproven for ever",
		2014861: "what a person said after the machine had slept was carried out on the quotes of before",
		2002162: "a stop that the exchange did not show for a minute was proven absent, rightly, and sold beside",
		2007669: "the same, and another one was asked for",
		2038777: "the same; it then showed in a list of which another part failed, and was not taken from it",
		2062997: "a stop whose answer was lost showed late, and was sold beside",
		2067491: "the same, and another one was asked for",
		2020011: "balances of before a fill were taken over as a person's resume had asked, with an order on its way",
		2073114: "the same",
		2062395: "an order was taken for never accepted once the clock of a new process was moved on",
		2062112: "a spike executed somebody else's resting order, and the judge did not count it",
		2036487: "a machine that slept was put to sleep again, and its clock went backwards",
		3515841: "balances that the exchange told late were taken over as a person's resume had asked",
		3538656: "the same, by a process that began just after an order had filled",
		3029238: "a call that waited while the machine slept came on top of the limit",
		1645:    "a stop that the exchange showed later than any proof waits was never looked for again, and what it sold never booked",
		31296:   "an order was taken for never accepted within its window, by a process whose clock was ahead of the one that sent it",
		20943:   "an order of a process whose clock was half an hour ahead was not settled for half an hour",
	} {
		t.Log(seed, found)
		play(t, seed, storm.Options{Dir: dir, Zeros: true})
	}
}

// TestLaterSeedsThatFailed plays seeds that found something since lists of
// balances leave out what is zero.
func TestLaterSeedsThatFailed(t *testing.T) {
	dir := t.TempDir()
	for seed, found := range map[uint64]string{
		913: "a stop that was sent where the clock of the process before had been ahead was as old as that clock, and not found in lists",
	} {
		t.Log(seed, found)
		play(t, seed, storm.Options{Dir: dir})
	}
}

// TestSeedsOfOKXThatFailed plays seeds of OKX that found something once.
func TestSeedsOfOKXThatFailed(t *testing.T) {
	dir := t.TempDir()
	for seed, found := range map[uint64]string{
		963:     "what was sold to the last lot was left out of the balances, and a halt for what the list had said before stayed right for ever",
		2367:    "the same, and what the bot counted of it stayed wrong for ever",
		4028207: "an order in doubt was not asked about until the clock had come to where that of the process before had been",
		4010420: "balances that the exchange told late were taken over by a process that began just after an order had filled",
		32104:   "an order that was cancelled while the machine slept for two hours was forgotten by the exchange: it is a person's after ten minutes",
	} {
		t.Log(seed, found)
		play(t, seed, storm.Options{Dir: dir, Protocol: storm.OKX})
	}
}

// TestSeedsThatFailed plays seeds that found something once.
func TestSeedsThatFailed(t *testing.T) {
	dir := t.TempDir()
	for seed, found := range map[uint64]string{
		500225:  "an order that shows once its absence was proven was looked for at no time",
		604596:  "the same, of an order that a lag of the lists hid for longer",
		1006324: "an order that showed after its absence was proven, and filled at once, was found by no reconciliation",
		1011219: "the same, cancelled in part filled",
		1190811: "two steps of the clock that cancelled out were noticed by the loop and not by a stream, which stayed down",
		1256774: "the fill of one order whose answer was lost was taken for another one, which stayed unproven for ever",
		1447493: "the same",
		1203653: "what lay in a buffer while the machine slept was older than the judge allowed: as old as clocks may be apart, and as the bot's was behind",
		1470992: "the same",
		1248452: "a sleep that a step of the wall clock undid is one that nobody can notice",
		1328109: "what was decided on an event that had waited while the machine slept was sent; R33 denies it",
		1028516: "absence was proven 0.7 s early, after the machine had stood still: within what is left to measuring the clock",
	} {
		t.Log(seed, found)
		play(t, seed, storm.Options{Dir: dir, Narrow: true})
	}
}

func play(t *testing.T, seed uint64, options storm.Options) storm.Result {
	t.Helper()
	p, err := storm.NewPlayer(options)
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
	if n := bytes.Count(said[0], []byte("hash")); uint64(n) != 2**processes || !bytes.Equal(said[0], said[1]) {
		t.Errorf("one process says\n%s\nthe other\n%s", said[0], said[1])
	}
}

// TestHashes says the hash of each seed.
func TestHashes(t *testing.T) {
	if os.Getenv("STORM_HASHES") == "" {
		return
	}
	for _, spoken := range []storm.Protocol{storm.Okcoin, storm.OKX} {
		for seed := *from; seed < *from+*seeds; seed++ {
			r := play(t, seed, storm.Options{Dir: t.TempDir(), Protocol: spoken})
			t.Logf("seed %d hash %016x", seed, r.Hash)
		}
	}
}
