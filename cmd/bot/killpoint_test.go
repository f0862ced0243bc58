//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"rulebot/engine"
	"rulebot/engine/order"
	"rulebot/internal/killpoint"
)

var points = flag.Int("points", 3, "how often the bot is killed at each kill point")

// TestKilledAtEachPoint kills the real bot, live, at exactly each of the kill
// points, restarts it each time, and holds its books against the exchange's:
// nothing was sent twice, nothing is lost, and of what was under way came what
// the table of kill points says.
//
// Faults: PS-01 PR-02.
func TestKilledAtEachPoint(t *testing.T) {
	t.Parallel()
	bot := build(t, "-tags", "killpoints")
	for _, c := range []struct {
		name   string
		points []killpoint.Point
	}{
		{"orders", killpoint.Points()[:8]},
		{"fills", killpoint.Points()[8:14]},
		{"store", []killpoint.Point{killpoint.HaltUnstored, killpoint.InBackup, killpoint.ConfigUnsettled, killpoint.Stopping}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for n := 0; n < rounds(); n += roundsEach {
				v := newVictim(t, bot)
				for m := n; m < min(rounds(), n+roundsEach); m++ {
					for _, p := range c.points {
						v.killAt(t, p, m)
					}
				}
				runToFlat(t, bot, v.args, v.state)
				orders, _ := audit(t, v.exchange, v.state)
				v.came(t, orders)
			}
			t.Logf("%d kills at %d points", rounds()*len(c.points), len(c.points))
		})
	}
	t.Run("creation", func(t *testing.T) {
		t.Parallel()
		killedInCreation(t, bot)
	})
}

// roundsEach is how many rounds are played on one exchange. What was proven
// absent is asked about for a day, one by one; at this speed many more at once
// would be too many for the exchange's limits.
const roundsEach = 3

// rounds is how often each point is tried.
func rounds() int {
	if testing.Short() {
		return 1
	}
	return *points
}

// victim is a bot that is killed again and again, and what must come of it.
type victim struct {
	bot, state string
	args       []string
	exchange   ready
	caught     []caught
}

// caught is a kill while an order was being sent: the orders of that life.
type caught struct {
	point  killpoint.Point
	orders []string
}

func newVictim(t *testing.T, bot string) *victim {
	t.Helper()
	x := startExchange(t, bot, "--speed", "100", "--protocol", *speaks)
	config := filepath.Join(t.TempDir(), "churn.yaml")
	hasty := strings.ReplaceAll(churn, "when: close > 0\n        fire", "event: {timer: 10s}\n        when: close > 0\n        fire") // it need not wait for a bar
	if err := os.WriteFile(config, x.fileOf(hasty), 0o600); err != nil {
		t.Fatal(err)
	}
	v := &victim{bot: bot, state: filepath.Join(t.TempDir(), "state"), exchange: x}
	v.args = []string{"run", "--live", "--config", config, "--state", v.state, "--speed", "100", "--json", "--crashes", "0"}
	return v
}

// places is at how many different places, or times, a point is tried in turn.
func places(p killpoint.Point) int {
	switch p {
	case killpoint.InBackup, killpoint.ConfigUnsettled, killpoint.Stopping, killpoint.Reconciling:
		return 3
	case killpoint.Creating:
		return 4
	default:
		return 1
	}
}

// killAt lets the bot live until it reaches a point, and judges what it left.
func (v *victim) killAt(t *testing.T, p killpoint.Point, n int) {
	t.Helper()
	before := readBooks(t, v.state)
	switch p {
	case killpoint.HaltUnstored:
		v.halted(t, n)
		return
	case killpoint.InBackup, killpoint.Stopping:
		v.live(t, p, 1+n%places(p), func(line string, bot *os.Process) {
			if strings.Contains(line, `"state":"INTENT"`) {
				_ = bot.Signal(os.Interrupt) // it may be dead already, which is what is wanted
			}
		})
	default:
		v.live(t, p, 1+n%places(p), nil)
	}
	after := readBooks(t, v.state)
	if why := v.judge(p, before, after); why != "" {
		t.Errorf("kill point %s, round %d: %s", p, n, why)
	}
}

// patience is how long a point is waited for. At this speed a quote is too old
// after a fiftieth of a second: on a machine with much else to do most orders
// are denied for that.
const patience = 3 * time.Minute

// live runs the bot until it dies at a point.
func (v *victim) live(t *testing.T, p killpoint.Point, times int, see func(line string, bot *os.Process)) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, v.bot, v.args...)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s:%d", killpoint.Variable, p, times))
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var newest []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		newest = append(newest, lines.Text())[max(0, len(newest)-20):]
		if see != nil {
			see(lines.Text(), cmd.Process)
		}
	}
	err = cmd.Wait()
	status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ctx.Err() != nil || !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
		t.Fatalf("kill point %s:%d was never reached: %v\n%s\n%s", p, times, err, said.Bytes(), strings.Join(newest, "\n"))
	}
}

// judge returns what is wrong with a store that was left at a point, and
// remembers what must come of its orders.
func (v *victim) judge(p killpoint.Point, before, after *books) string {
	var fresh []order.Order // of this life, without those that were never to be sent
	for id, o := range after.orders {
		became := o.Held == id // what a stop of the exchange became: nothing that we send
		if _, known := before.orders[id]; !known && !became && o.State != order.Denied {
			fresh = append(fresh, o)
		}
	}
	if c := (caught{point: p}); p >= killpoint.IntentDurable && p <= killpoint.OutcomeDurable {
		for i := range fresh {
			c.orders = append(c.orders, fresh[i].ClientID)
		}
		v.caught = append(v.caught, c)
	}
	intended := len(fresh) > 0 && !slices.ContainsFunc(fresh, func(o order.Order) bool { return o.State != order.Intended })
	switch p {
	case killpoint.BeforeIntent, killpoint.InIntent:
		if len(fresh) > 0 {
			return fmt.Sprintf("the order that was not committed is in the store: %v", fresh)
		}
	case killpoint.IntentDurable, killpoint.PartWritten:
		if !intended {
			return fmt.Sprintf("want the orders that were committed and not sent, got %v", fresh)
		}
	case killpoint.RequestWritten, killpoint.AnswerReceived, killpoint.InOutcome, killpoint.OutcomeDurable:
		if len(fresh) == 0 {
			return "the order that was sent is not in the store"
		}
		if p == killpoint.OutcomeDurable && intended {
			return fmt.Sprintf("the outcome that was committed is not in the store: %v", fresh)
		}
	case killpoint.FillReceived, killpoint.InFill:
		if after.fills != before.fills {
			return fmt.Sprintf("%d fills more, and none was committed", after.fills-before.fills)
		}
	case killpoint.FillDurable:
		if after.fills <= before.fills {
			return "the fill that was committed is not in the store"
		}
	case killpoint.CancelDurable, killpoint.CancelWritten:
		wanted := slices.ContainsFunc(after.live(), func(id string) bool { return after.orders[id].CancelWanted })
		if !wanted && (p == killpoint.CancelDurable || !endedSince(before, after)) {
			return "no cancel is in the store"
		}
	default: // that it could be read is what matters
	}
	return ""
}

// endedSince tells whether an order ended in this life: what the exchange was just
// asked to cancel may have filled, and the loop have heard of it, before the kill.
func endedSince(before, after *books) bool {
	for id, o := range after.orders {
		if o.State.Terminal() && o.ExchangeID != "" && !before.orders[id].State.Terminal() {
			return true
		}
	}
	return false
}

// came holds what became of the orders that were under way. Of those of one
// life the first was being sent; others may have waited behind it.
func (v *victim) came(t *testing.T, orders map[string]order.Order) {
	t.Helper()
	ends := map[string]int{}
	for _, c := range v.caught {
		there := 0
		for _, id := range c.orders {
			if orders[id].ExchangeID != "" {
				there++
			}
		}
		switch {
		case c.point <= killpoint.PartWritten && there > 0:
			t.Errorf("kill point %s: of %v nothing left whole, and the exchange has %d", c.point, c.orders, there)
		case c.point >= killpoint.AnswerReceived && there == 0:
			t.Errorf("kill point %s: the exchange answered, and none of %v is there", c.point, c.orders)
		}
		ends[fmt.Sprintf("%s there %v", c.point, there > 0)]++
	}
	t.Logf("of those under way: %v", ends)
}

// halted kills a bot that has just heard of a halt, before it is stored. Who
// halts it is not told that it is halted; its cause is still there, so that the
// next life halts by itself.
func (v *victim) halted(t *testing.T, n int) {
	t.Helper()
	said := make(chan string, 1)
	told := false
	v.live(t, killpoint.HaltUnstored, 1, func(line string, _ *os.Process) {
		if told || !strings.Contains(line, `"state":"INTENT"`) {
			return
		}
		told = true
		go func() {
			args := []string{"halt", "--state", v.state, "--reason", "test", "--wait", "300ms", "--json"}
			out, _ := exec.CommandContext(t.Context(), v.bot, args...).Output() // it fails: nobody answers
			said <- string(out)
		}()
	})
	if got := <-said; strings.Contains(got, `"running":true,"ok":true`) {
		t.Errorf("kill point 15, round %d: bot halt was told that it was obeyed: %s", n, got)
	}
	if b := readBooks(t, v.state); b.halt.Mode == engine.ModeHalt {
		t.Errorf("kill point 15, round %d: the halt is in the store: %v", n, b.halt)
	}
	v.live(t, killpoint.HaltUnstored, 1, nil) // set again, by what is still there
	v.untilSaid(t, "HALTED")
	if b := readBooks(t, v.state); b.halt.Mode != engine.ModeHalt {
		t.Errorf("kill point 15, round %d: the next life is not halted", n)
	}
	if out, err := exec.CommandContext(t.Context(), v.bot, "resume", "--state", v.state, "--reason", "test").CombinedOutput(); err != nil {
		t.Fatalf("bot resume: %v\n%s", err, out)
	}
}

// untilSaid runs the bot until its stderr has a word, and stops it.
func (v *victim) untilSaid(t *testing.T, word string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, v.bot, v.args...)
	cmd.Stdout = io.Discard
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	seen := false
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		if !seen && strings.Contains(lines.Text(), word) {
			seen = true
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || !seen {
		t.Fatalf("the bot ended with %v, said %q: %v", err, word, seen)
	}
}

// killedInCreation kills the bot while it makes its store: then there is none,
// or a whole one, and the next life trades on it.
func killedInCreation(t *testing.T, bot string) {
	for n := range rounds() {
		v := newVictim(t, bot)
		v.live(t, killpoint.Creating, 1+(1+n)%places(killpoint.Creating), nil)
		readBooks(t, v.state)
		runToFlat(t, bot, v.args, v.state)
		audit(t, v.exchange, v.state)
	}
}
