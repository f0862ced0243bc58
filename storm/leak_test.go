package storm_test

import (
	"runtime"
	"runtime/debug"
	"testing"

	"rulebot/storm"
)

// TestNothingStays holds that a run that is over is let go, all of it by the
// next collection of garbage: what survives one lets a heap that may grow
// between two of them grow without end.
func TestNothingStays(t *testing.T) {
	const most = 8 << 20
	seeds := uint64(30)
	if testing.Short() {
		seeds = 10
	}
	p, err := storm.NewPlayer(storm.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	run := func(from, n uint64) {
		for seed := from; seed < from+n; seed++ {
			if _, err := p.Run(seed); err != nil {
				t.Fatal(err)
			}
		}
	}
	run(1, 2) // what is made once
	runtime.GC()
	runtime.GC()
	goroutines, heap := runtime.NumGoroutine(), live()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	run(3, seeds)
	runtime.GC()
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("after %d seeds there are %d goroutines, before there were %d", seeds, n, goroutines)
	}
	if now := live(); now > heap+most {
		t.Errorf("after %d seeds %d KiB are live, before there were %d", seeds, now>>10, heap>>10)
	}
}

func live() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
