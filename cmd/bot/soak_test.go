//go:build linux

package main_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	bot "rulebot/cmd/bot"
)

var (
	soak      = flag.Duration("soak", 3*time.Second, "how long the soak test runs")
	soakSpeed = flag.Int("speed", 50, "how many times as fast as the wall clock the market of the soak test runs")
)

// TestSoak runs the bot live against an exchange in a process of its own, over
// real sockets, with another fault each minute of the exchange's time. Nothing
// may grow, and afterwards the books of both agree.
//
// Faults: OU-16 NW-09 PR-06.
func TestSoak(t *testing.T) {
	t.Parallel()
	program := build(t)
	minutes := int(soak.Minutes() * float64(*soakSpeed))
	scenario := filepath.Join(t.TempDir(), "faults.yaml")
	if err := os.WriteFile(scenario, soakScenario(minutes), 0o600); err != nil {
		t.Fatal(err)
	}
	x := startExchange(t, program, "--protocol", *speaks, "--speed", strconv.Itoa(*soakSpeed), "--faults", scenario)
	config := filepath.Join(t.TempDir(), "churn.yaml")
	text := strings.ReplaceAll(string(x.fileOf(churn)), "day: ", "day: 10")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(t.TempDir(), "state")
	args := []string{"run", "--live", "--config", config, "--state", state, "--speed", strconv.Itoa(*soakSpeed), "--json"}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var said counter
	var stderr bytes.Buffer
	ended := make(chan error, 1)
	go func() { ended <- bot.Run(ctx, args[1:], &said, &stderr) }()
	seen, err := watchGrowth(ended)
	if err == nil {
		cancel()
		err = <-ended
	}
	if err != nil {
		t.Fatalf("the run ended with %v\n%s", err, tail(stderr.Bytes()))
	}
	t.Logf("%s at %d times: %d minutes of the exchange's time, %d of them with a fault; %d lines of orders, %d fills",
		*soak, *soakSpeed, minutes, min(minutes, strings.Count(string(soakScenario(minutes)), "\n  -")), said.orders, said.fills)
	seen.judge(t)
	if *soak >= time.Minute && said.late == 0 {
		t.Errorf("%d fills, %d of them in the last fifth: the run did not trade to its end\n%s", said.fills, said.late, tail(stderr.Bytes()))
	}
	runToFlat(t, program, args, state)
	audit(t, x, state)
}

// soakScenario has a fault for each minute but the last few; each ends with its
// minute. Connections are cut each hour: they last a minute of real time then,
// after which the pauses between attempts begin small again.
func soakScenario(minutes int) []byte {
	kinds := [...]string{
		"fault: lost, call: place, applied: true, times: 2",
		"fault: lost, call: place, times: 2",
		"fault: error, call: place, status: 502, applied: true, times: 3",
		"fault: error, call: place, status: 503, times: 3",
		"fault: drop, channel: spot/order, share: 0.5",
		"fault: latency, delay: 3s, jitter: 5s",
		"fault: limit, call: place, times: 3",
		"fault: duplicate",
		"fault: reorder, share: 0.2",
		"fault: drop, channel: spot/depth_l2_tbt, share: 0.1",
		"fault: error, call: query, times: 4",
		"fault: lost, call: cancel, times: 2",
		"fault: maintenance",
		"fault: error, call: cancel, status: 504, applied: true, times: 3",
		"fault: lost, call: query, times: 3",
	}
	text := []byte("seed: 11\nfaults:\n")
	for m := range max(1, minutes-10) {
		kind := kinds[m%len(kinds)]
		switch m % 120 {
		case 50:
			kind = "fault: cut"
		case 110:
			kind = "fault: half_open"
		}
		text = fmt.Appendf(text, "  - {%s, from: %ds, until: %ds}\n", kind, 60*m+30, 60*m+89)
	}
	return text
}

// counter counts what a run says of orders and fills.
type counter struct {
	began               time.Time
	orders, fills, late int
}

func (c *counter) Write(p []byte) (int, error) {
	if c.began.IsZero() {
		c.began = time.Now()
	}
	c.orders += bytes.Count(p, []byte(`{"order":`))
	fills := bytes.Count(p, []byte(`{"fill":`))
	c.fills += fills
	if time.Since(c.began) > *soak*4/5 {
		c.late += fills
	}
	return len(p), nil
}

func tail(b []byte) []byte { return b[max(0, len(b)-4000):] }

// figures are what must not grow.
type figures struct {
	at                      float64 // seconds
	goroutines, descriptors float64
	heap                    float64 // bytes in use
}

// growth is what was seen of them.
type growth []figures

// watchGrowth looks at this process again and again until the soak is over. It
// fails when the run ends before.
func watchGrowth(ended <-chan error) (seen growth, err error) {
	every := time.NewTicker(max(*soak/200, 20*time.Millisecond))
	defer every.Stop()
	began := time.Now()
	for over := time.After(*soak); ; {
		select {
		case <-over:
			return seen, nil
		case err := <-ended:
			return seen, fmt.Errorf("it ended by itself after %s: %w", time.Since(began), err)
		case <-every.C:
			f, err := measured(time.Since(began))
			if err != nil {
				return seen, err
			}
			seen = append(seen, f)
		}
	}
}

func measured(at time.Duration) (f figures, err error) {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return f, err
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return figures{at.Seconds(), float64(runtime.NumGoroutine()), float64(len(list)), float64(m.HeapAlloc)}, nil
}

// judge fits a line through what was seen after the first fifth, prints its
// slope, and wants it to rise over the whole run by no more than is allowed.
// Short runs are shown and not judged: other tests run beside them.
func (seen growth) judge(t *testing.T) {
	t.Helper()
	seen = seen[len(seen)/5:]
	for _, c := range []struct {
		what  string
		of    func(f *figures) float64
		bound float64 // of the rise over the run
		unit  float64
	}{
		{"goroutines", func(f *figures) float64 { return f.goroutines }, 2, 1},
		{"descriptors", func(f *figures) float64 { return f.descriptors }, 2, 1},
		{"heap, MiB", func(f *figures) float64 { return f.heap }, 8 << 20, 1 << 20},
	} {
		slope, mean := seen.line(c.of)
		rise := slope * soak.Seconds()
		t.Logf("%-12s first %.1f, last %.1f, mean %.1f, slope %+.3f an hour, %+.3f over the run", c.what,
			c.of(&seen[0])/c.unit, c.of(&seen[len(seen)-1])/c.unit, mean/c.unit, slope*3600/c.unit, rise/c.unit)
		if rise > c.bound && *soak >= time.Minute {
			t.Errorf("%s grow by %.1f over the run, at most %.1f is allowed", c.what, rise/c.unit, c.bound/c.unit)
		}
	}
}

// line returns the slope a second, by least squares, and the mean.
func (seen growth) line(of func(*figures) float64) (slope, mean float64) {
	var t, y, tt, ty float64
	for i := range seen {
		t += seen[i].at
		y += of(&seen[i])
	}
	n := float64(len(seen))
	t, y = t/n, y/n
	for i := range seen {
		tt += float64((seen[i].at - t) * (seen[i].at - t))
		ty += float64((seen[i].at - t) * (of(&seen[i]) - y))
	}
	return ty / tt, y
}
