package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/risk"
)

// A run that breaks off again and again is started by something that does not
// look: each start sends orders. So many within a while, and it begins halted.
const (
	crashesMax  = 5
	crashesSpan = 5 * time.Minute
	crashesBlob = "starts"
	versionBlob = "version" // of the program that ran last
)

// crashes are the starts, by the run clock, of runs that did not end well.
type crashes struct {
	starts []market.Time
	max    int    // 0 is any
	former string // version that ran before, where it was another
}

// began notes a start, and of what version. It is durable with the next commit.
func (r *runner) began() error {
	if r.conn.fresh {
		return nil // with a store of its own: nothing was before it, and nothing goes on
	}
	r.crashes.max = r.options.crashes
	data, err := r.store.Blob(crashesBlob)
	if err != nil {
		return err
	}
	if len(data) > 0 {
		if err := json.Unmarshal(data, &r.crashes.starts); err != nil {
			return fmt.Errorf("the starts of the store cannot be read: %w", err)
		}
	}
	if data, err = r.store.Blob(versionBlob); err != nil {
		return err
	}
	if now := version(); string(data) != now {
		r.crashes.former = string(data)
		r.store.PutBlob(versionBlob, []byte(now))
	}
	return r.keepStarts(r.crashes.note(r.conn.clock.Now()))
}

// note adds a start, and returns the newest ones, itself included.
func (c *crashes) note(now market.Time) []market.Time {
	c.starts = slices.DeleteFunc(c.starts, func(at market.Time) bool { return now.Sub(at) > crashesSpan })
	return append(slices.Clip(c.starts), now)
}

// halt is what a start after too many of them begins with.
func (c *crashes) halt(at market.Time) (engine.Change, bool) {
	if c.max == 0 || len(c.starts) < c.max {
		return engine.Change{}, false
	}
	return engine.Change{Kind: engine.ChangeHalt, At: at, Halt: engine.Halt{
		Mode: engine.ModeHalt, Code: string(risk.CodeCrashes),
		Reason: fmt.Sprintf("the last %d runs, within %v, did not end well", len(c.starts), crashesSpan),
	}}, true
}

// ended forgets the starts: the run ended well.
func (r *runner) ended() error {
	if r.conn.fresh {
		return nil
	}
	if err := r.keepStarts(nil); err != nil {
		return err
	}
	return r.store.Commit()
}

func (r *runner) keepStarts(starts []market.Time) error {
	data, err := json.Marshal(starts)
	if err == nil {
		r.store.PutBlob(crashesBlob, data)
	}
	return err
}

// restrain halts the run before it begins, where too many ended badly.
func (r *runner) restrain() error {
	halt, too := r.crashes.halt(r.latches.at)
	if !too || r.engine.Snapshot().Halt.Mode == engine.ModeHalt {
		return nil
	}
	r.latches.fold(&halt)
	if err := r.engine.Restore(&halt); err != nil {
		return err
	}
	r.log.WithField("code", halt.Halt.Code).Error(halt.Halt.Reason + ": no order leaves until " + resumeCommand(r.options.state))
	r.store.Append([]engine.Change{halt})
	return r.store.Commit()
}
