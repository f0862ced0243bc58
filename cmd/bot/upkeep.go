package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/sirupsen/logrus"

	"rulebot/engine"
	"rulebot/engine/risk"
	"rulebot/persist"
)

// upkeep copies a store each hour and when the run ends. The loop begins a
// copy with a commit; a goroutine finishes it.
type upkeep struct {
	store *persist.Store
	log   logrus.FieldLogger
	next  time.Time
	under sync.WaitGroup
	last  uint64 // how many changes the newest copy has
}

// newUpkeep goes on where the newest copy of a store ends.
func newUpkeep(store *persist.Store, log logrus.FieldLogger) (*upkeep, error) {
	last, err := persist.LastBackup(store.Dir())
	return &upkeep{store: store, log: log, next: last.Add(persist.BackupEvery)}, err
}

// committed is called on the loop after a commit.
func (u *upkeep) committed(now time.Time) {
	if now.Before(u.next) {
		return
	}
	u.next = now.Add(persist.BackupEvery)
	finish, err := u.store.Backup(now)
	if err != nil {
		u.log.WithError(err).Error("the store has no new backup")
		return
	}
	u.last = u.store.Len()
	u.under.Go(func() {
		if err := finish(); err != nil {
			u.log.WithError(err).Error("the store has no new backup")
		}
	})
}

// end waits for a copy under way and makes the last one, before the store is
// closed.
func (u *upkeep) end(now time.Time) error {
	u.under.Wait()
	if u.last == u.store.Len() {
		return nil
	}
	finish, err := u.store.Backup(now)
	if err != nil {
		return err
	}
	return finish()
}

// openWhole opens a store, and one that is damaged as its newest good backup
// was: then everything is halted until a person has compared it with the
// account.
func openWhole(dir, state string, id persist.Identity, opts persist.Options, stderr io.Writer) (*persist.Store, error) {
	store, err := persist.Open(dir, id, opts)
	if !errors.Is(err, persist.ErrDamaged) {
		return store, err
	}
	damage := err
	r, err := persist.Restore(dir, id, time.Now(), func(r persist.Restored, newest engine.Change) engine.Change {
		return engine.Change{Kind: engine.ChangeHalt, At: newest.At, Halt: engine.Halt{
			Mode: engine.ModeHalt, Code: string(risk.CodeRestored),
			Reason: fmt.Sprintf("the store was damaged and is as it was %s, with %d changes", stamp2(r.At), r.Changes),
		}}
	})
	if err != nil {
		return nil, fmt.Errorf("nothing was started: %w; %w; move %s away to begin anew, and cancel at the exchange what is live", damage, err, dir)
	}
	fmt.Fprintf(stderr, "%v\nit is now as its backup of %s; the damaged file is %s.\nWhat was written since is missing: compare bot orders, bot fills and bot positions with the account, then %s\n\n",
		damage, stamp2(r.At), r.Quarantine, resumeCommand(state))
	return persist.Open(dir, id, opts)
}

func stamp2(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") }

// Free space of the disk on which the store is.
const (
	spaceWarn = 512 << 20
	spaceHold = 128 << 20
	spaceLook = 10 * time.Second
)

// diskGuard says when the disk is nearly full: first to people, then to the
// engine.
type diskGuard struct {
	dir    string
	free   func(dir string) (bytes uint64, known bool)
	warned bool
	held   bool
}

// look returns what the engine must be told when that changed, and a warning.
func (g *diskGuard) look() (hold *string, warning string) {
	free, known := g.free(g.dir)
	if !known {
		return nil, ""
	}
	if free < spaceWarn && !g.warned {
		warning = fmt.Sprintf("%d MiB are free on the disk of %s; below %d no order leaves", free>>20, g.dir, spaceHold>>20)
	}
	g.warned = free < spaceWarn
	if full := free < spaceHold; full != g.held {
		g.held = full
		reason := ""
		if full {
			reason = fmt.Sprintf("DISK: %d MiB are free on the disk of the store, %d are needed", free>>20, spaceHold>>20)
		}
		hold = &reason
	}
	return hold, warning
}
