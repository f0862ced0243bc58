package strategies_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
	"rulebot/strategies"
)

// hundred is a file of 100 rules over 20 instruments: a strategy of five rules
// for each, of its own lengths, so that little is shared.
func hundred() string {
	var b strings.Builder
	b.WriteString("version: 1\nexchange: {name: okcoin}\nstrategies:\n")
	for i := range 20 {
		fmt.Fprintf(&b, "  - name: s%d\n    instrument: C%c-USD\n    timeframe: 1m\n    rules:\n", i, 'A'+i)
		for j := range 5 {
			n := 5 + 5*i + j
			fmt.Fprintf(&b, "      - name: rule %d\n", j)
			fmt.Fprintf(&b, "        when: crossover(ema(close, %d), ema(close, %d)) && rsi(close, %d) < 70 && close > sma(close, %d) && volume > 0.5 * sma(volume, %d)\n", n, 2*n, n, 10*n, n)
			b.WriteString("        do: {buy: {size: {quote: 100}, type: market}}\n")
		}
	}
	return b.String()
}

// BenchmarkLoad loads and checks 100 rules over 20 instruments, and beside it
// decodes the same text as YAML and nothing more.
func BenchmarkLoad(b *testing.B) {
	src := []byte(hundred())
	for b.Loop() {
		if _, ds := strategies.Load("hundred.yaml", src); len(ds) > 0 {
			b.Fatal(ds)
		}
	}
	load := perRound(b, func() {
		if _, ds := strategies.Load("hundred.yaml", src); len(ds) > 0 {
			b.Fatal(ds)
		}
	})
	decode := perRound(b, func() {
		var n yaml.Node
		if err := yaml.Unmarshal(src, &n); err != nil {
			b.Fatal(err)
		}
	})
	b.ReportMetric(load/1e6, "load-ms")
	b.ReportMetric(load/decode, "ratio-to-yaml")
}

// TestMemory holds that a run takes the memory that the file says: half as
// much again at the most, and no less than two thirds.
func TestMemory(t *testing.T) {
	f, ds := strategies.Load("hundred.yaml", []byte(hundred()))
	if len(ds) > 0 {
		t.Fatal(ds.Render([]byte(hundred())))
	}
	const runs = 20
	programs := make([]engine.Program, runs)
	before := heap()
	for i := range programs {
		programs[i] = f.Program()
		for feed := range f.Feeds {
			for j := range 3000 {
				b := bar(j, wave(j))
				programs[i].Update(feed, &b)
			}
		}
	}
	took := float64(heap()-before) / runs
	runtime.KeepAlive(programs)
	said := float64(f.Memory())
	if took > 1.5*said || said > 1.5*took {
		t.Errorf("a run takes %.0f bytes, the file says %.0f", took, said)
	}
	t.Logf("a run takes %.0f bytes, the file says %.0f", took, said)
}

// heap is what is in use once nothing is left to be collected.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
