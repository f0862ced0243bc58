package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var scale = flag.Bool("scale", false, "play ten million bars, and two hundred instruments of five thousand: half a minute, 1 GB")

// The memory that a backtest declares, whatever it plays.
const (
	memoryBase  = 48 << 20 // the program and its garbage
	memoryBar   = 100      // of the files
	memoryFill  = 6 << 10  // with its order, at the exchange, in the books and in the report
	memoryAnIns = 64 << 10 // an instrument with its strategy
)

// ran is a whole process of bot backtest.
type ran struct {
	Summary struct{ Bars, Fills int64 }
	peak    int64 // bytes; 0 is not known
	took    time.Duration
}

// backtestProcess runs bot backtest over bars, with a cache of its own.
func backtestProcess(t testing.TB, folder, rules string, args ...string) (r ran) {
	t.Helper()
	config := filepath.Join(folder, "rules.yaml")
	if err := os.WriteFile(config, []byte(rules), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "bot", append([]string{"backtest", "--json", "--config", config}, args...)...)
	peak := filepath.Join(folder, "peak")
	cmd.Env = append(os.Environ(), peakFile+"="+peak, "XDG_CACHE_HOME="+filepath.Join(folder, "cache"), "HOME="+folder)
	var said bytes.Buffer
	cmd.Stderr = &said
	began := time.Now()
	out, err := cmd.Output()
	r.took = time.Since(began)
	if err != nil {
		t.Fatalf("%v: %s", err, &said)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatal(err)
	}
	status, err := os.ReadFile(peak)
	if err != nil {
		t.Fatal(err)
	}
	if _, after, ok := strings.Cut(string(status), "VmHWM:"); ok {
		_, err := fmt.Sscan(after, &r.peak)
		if r.peak <<= 10; err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// peakFile is where a bot that ends tells its system's account of it. What the
// parent is told of its child counts the parent's own memory.
const peakFile = "RULEBOT_TEST_PEAK"

// tellPeak is empty where a system has no such file.
func tellPeak() {
	if name := os.Getenv(peakFile); name != "" {
		status, _ := os.ReadFile("/proc/self/status")
		_ = os.WriteFile(name, status, 0o600)
	}
}

// walkFile writes one-minute bars of a walk.
func walkFile(t testing.TB, name string, n int, seed uint64) {
	t.Helper()
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(file, walkText(n, seed)); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
}

// wideRules trade the cross of two averages in many instruments, a hundred an
// entry, with a small part of the account each.
func wideRules(instruments int) string {
	head, entry, _ := strings.Cut(emaCross, "strategies:\n")
	head = strings.NewReplacer("USD: 100000", "USD: 100000000", "max_drawdown_pct: 90",
		"max_drawdown_pct: 90\n  max_order_value: 5000000\n  max_position_value: 5000000").Replace(head)
	listed, entries := "instruments:\n", "strategies:\n"
	for from := 0; from < instruments; from += 100 {
		var ids []string
		for i := from; i < min(from+100, instruments); i++ {
			id := fmt.Sprintf("A%03d-USD", i)
			ids = append(ids, id)
			listed += "  " + id + ": {tick: 0.1, lot: 0.0001, min: 0.001}\n"
		}
		entries += strings.NewReplacer("name: cross", fmt.Sprint("name: cross", from), "equity_pct: 1", "equity_pct: 0.2",
			"instrument: BTC-USD", "instruments: ["+strings.Join(ids, ", ")+"]").Replace(entry)
	}
	return head + listed + entries
}

// TestScale: a run ends within the memory that it declares, however long or
// wide it is. -scale plays the sizes that docs/performance.md tells of.
func TestScale(t *testing.T) {
	t.Parallel()
	deep, instruments, each := 150_000, 20, 1000
	switch {
	case *scale:
		deep, instruments, each = 10_000_000, 200, 5000
	case testing.Short():
		deep, instruments, each = 20_000, 4, 500
	}
	t.Run("deep", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		name := filepath.Join(folder, "BTC-USD.csv")
		walkFile(t, name, deep, 0)
		slow := strings.NewReplacer("close, 12)", "close, 600)", "close, 26)", "close, 2600)").Replace(emaCross)
		backtestProcess(t, folder, slow, "--bars", name).within(t, 1, deep)
		backtestProcess(t, folder, slow, "--bars", name).within(t, 1, deep) // from the cache
	})
	t.Run("wide", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		bars := filepath.Join(folder, "bars")
		if err := os.Mkdir(bars, 0o700); err != nil {
			t.Fatal(err)
		}
		for i := range instruments {
			walkFile(t, filepath.Join(bars, fmt.Sprintf("A%03d-USD.csv", i)), each, uint64(i))
		}
		backtestProcess(t, folder, wideRules(instruments), "--bars", bars).within(t, instruments, instruments*each)
	})
}

// within holds a run against what it declares. The race detector's own memory
// is not the program's: its pass, which is the short one, looks at the bars alone.
func (r ran) within(t *testing.T, instruments, bars int) {
	t.Helper()
	declared := memoryBase + int64(bars)*memoryBar + r.Summary.Fills*memoryFill + int64(instruments)*memoryAnIns
	t.Logf("%d bars of %d instruments, %d fills: %d MB of %d declared, %.1f million bars/s",
		r.Summary.Bars, instruments, r.Summary.Fills, r.peak>>20, declared>>20, float64(bars)/r.took.Seconds()/1e6)
	if r.Summary.Bars != int64(bars) || r.Summary.Fills == 0 {
		t.Fatalf("%d bars and %d fills, want %d bars and some fills", r.Summary.Bars, r.Summary.Fills, bars)
	}
	if r.peak > declared && !testing.Short() {
		t.Errorf("the run took %d MB, it declares %d MB", r.peak>>20, declared>>20)
	}
}

// BenchmarkYear is a year of one-minute bars, one strategy, the whole process,
// from text and from the cache, beside the loop by hand over the same bars in
// memory.
func BenchmarkYear(b *testing.B) {
	const year = 365 * 24 * 60
	folder := b.TempDir()
	name := filepath.Join(folder, "BTC-USD.csv")
	rows := walkBars(year)
	if err := os.WriteFile(name, csvOf(rows), 0o600); err != nil {
		b.Fatal(err)
	}
	columns := columnsOf(rows)
	best := fastest{nanos: map[string]float64{}}
	peaks := map[string]int64{}
	for b.Loop() {
		best.time("hand", year, func() { columns.byHand() })
		for _, c := range []struct{ name, last string }{{"quiet", "close < 1"}, {"full", "close > 0"}} {
			rules := fmt.Sprintf(floorRules, c.last)
			best.time(c.name+"-csv", year, func() { peaks[c.name+"-csv"] = backtestProcess(b, folder, rules, "--bars", name, "--no-cache").peak })
			backtestProcess(b, folder, rules, "--bars", name)
			best.time(c.name+"-cache", year, func() { peaks[c.name+"-cache"] = backtestProcess(b, folder, rules, "--bars", name).peak })
		}
	}
	best.report(b, "hand")
	for _, of := range best.names[1:] {
		b.ReportMetric(1e3/best.nanos[of], of+"-Mbars/s")
		b.ReportMetric(float64(peaks[of]>>20), of+"-MB")
	}
}
