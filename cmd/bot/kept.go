package main

import (
	"errors"
	"os"

	"rulebot/engine"
	"rulebot/persist"
	"rulebot/strategies"
)

// kept is the store of a backtest that is to be asked about later; nil where
// none is kept.
type kept struct{ store *persist.Store }

// openKept opens a new store in a folder of stores; the former one is kept
// aside.
func openKept(state string, f *strategies.File) (*kept, error) {
	if state == "" {
		return nil, nil
	}
	id := persist.Identity{Mode: "backtest", Exchange: f.Exchange.Name, Account: f.Account.Alias}
	dir := persist.Dir(state, id)
	if _, err := persist.Rotate(dir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, err
	}
	store, err := persist.Open(dir, id, persist.Options{ID: "backtest"})
	if err != nil {
		return nil, err
	}
	if _, err := store.Boot(nil); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &kept{store}, nil
}

// keptGroup is how many changes are committed together: nothing waits for them.
const keptGroup = 10_000

func (k *kept) add(changes []engine.Change) error {
	if k == nil {
		return nil
	}
	k.store.Append(changes)
	if k.store.Pending() < keptGroup {
		return nil
	}
	return k.store.Commit()
}

func (k *kept) close() error {
	if k == nil {
		return nil
	}
	return errors.Join(k.store.Commit(), k.store.Close())
}
