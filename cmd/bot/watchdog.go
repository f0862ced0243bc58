package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/sirupsen/logrus"
)

// Of the watchdog: how often it looks, and after how many looks at the same
// piece of work the loop hangs. It counts looks and not time: it looks at
// nothing while the whole machine or process stands still.
const (
	dogLook  = time.Second
	dogLooks = 5
	dogDump  = 1 << 20 // bytes of a dump
)

// watchdog ends a process whose loop hangs: whoever started it starts it
// again, and it recovers from its journal and asks the exchange. To go on is
// worse: no stop is watched, and no halt is obeyed.
type watchdog struct {
	beat  func() uint64
	state string
	log   logrus.FieldLogger
	last  func() error // what was said before is written
	exit  func(code int)

	seen  uint64
	looks int
}

func newWatchdog(beat func() uint64, o *runFlags, log logrus.FieldLogger) *watchdog {
	d := &watchdog{beat: beat, state: o.state, log: log, last: func() error { return nil }, exit: os.Exit}
	if o.spools != nil {
		d.last = o.spools.end
	}
	return d
}

// watch looks until ctx is done.
func (d *watchdog) watch(ctx context.Context) {
	tick := time.NewTicker(dogLook)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if d.hangs() {
				d.bite(time.Now())
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// hangs looks once.
func (d *watchdog) hangs() bool {
	now := d.beat()
	if now%2 == 0 || now != d.seen {
		d.seen, d.looks = now, 0
		return false
	}
	d.looks++
	return d.looks >= dogLooks
}

// bite writes down where everything stands, and ends the process. A dump has
// names of functions and addresses, no values.
func (d *watchdog) bite(now time.Time) {
	dump := make([]byte, dogDump)
	dump = dump[:runtime.Stack(dump, true)]
	name := filepath.Join(d.state, "hung-"+now.UTC().Format("20060102T150405")+".txt")
	text := "where it stands is in " + name
	if err := os.WriteFile(name, dump, 0o600); err != nil {
		text = fmt.Sprintf("where it stands could not be written: %v", err)
	}
	d.log.Errorf("the loop has been at the same work for %v: the process ends, %s; start it again, it asks the exchange about every order", dogLooks*dogLook, text)
	_ = d.last() // the process ends anyway
	d.exit(exitInvariant)
}
