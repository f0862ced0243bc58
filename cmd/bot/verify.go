package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
	"rulebot/engine/paper"
	"rulebot/exchange/sim"
	"rulebot/persist"
	"rulebot/persist/tape"
	"rulebot/strategies"
)

type verifyFlags struct {
	state, recording string
	json             bool
}

const verifyAbout = `Compute a run again from its recording, with the code of a backtest, and compare every change of its journal:
decisions with what they read, risk checks, orders, fills, positions. Where they part, the first decision that
differs is explained twice: as the run took it, and as it comes out now. Exit code 0: all the same; 1: not.

A run on the built-in exchange is recorded always, any other with record: true in its strategies file. The
recordings stand beside the store; --recording takes one from elsewhere.`

// runVerify computes a run again.
func runVerify(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var o verifyFlags
	fs := newFlags("verify", "verify [--state DIR] [--recording FILE] [--json]", verifyAbout)
	fs.StringVar(&o.state, "state", "./state", "`DIR` of the stores, or of one store; the newest is read")
	fs.StringVar(&o.recording, "recording", "", "`FILE` of the recording; all that stand beside the store unless given")
	fs.BoolVar(&o.json, "json", false, "print one JSON object")
	if help, err := parse(fs, args, stderr); help || err != nil {
		return err
	}
	if err := noArguments(fs); err != nil {
		return err
	}
	dir, err := replayStore(o.state, func(*engine.Change) {})
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "store %s\n", dir)
	names, err := o.recordings(dir)
	if err != nil {
		return err
	}
	var all []*proof
	for i, name := range names {
		until := uint64(0)
		if i+1 < len(names) {
			if until, err = tapeBegins(names[i+1]); err != nil {
				return err
			}
		}
		v, err := verifyTape(dir, name, until)
		if err != nil {
			return err
		}
		all = append(all, v)
	}
	return o.tell(all, stdout)
}

// recordings are the tapes to compare with.
func (o *verifyFlags) recordings(dir string) ([]string, error) {
	if o.recording != "" {
		return []string{o.recording}, nil
	}
	names, err := tapes(dir)
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s has no recording: runs on the built-in exchange are recorded, others with record: true in the strategies file", dir)
	}
	return names, err
}

// tapeBegins is how many changes the journal held when a tape began.
func tapeBegins(name string) (seq uint64, err error) {
	err = withTape(name, func(t *tape.Reader) error { seq = t.Head.Seq; return nil })
	return seq, err
}

func withTape(name string, do func(*tape.Reader) error) (err error) {
	file, err := os.Open(name)
	if err != nil {
		return misused("%w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	t, err := tape.Open(name, file)
	if err != nil {
		return err
	}
	return do(t)
}

// proof is what came of one tape.
type proof struct {
	Recording string      `json:"recording"`
	Version   string      `json:"version"` // of the program that ran
	Begins    market.Time `json:"begins,omitzero"`
	Ends      market.Time `json:"ends,omitzero"`
	Entries   int         `json:"entries"`
	Same      int         `json:"changes"` // of the journal, that came out the same
	Decisions int         `json:"decisions"`
	Chain     string      `json:"decision_chain"`     // as it came out
	Unproven  int         `json:"unproven,omitempty"` // changes of the journal after the end of a tape that was cut off
	Ahead     int         `json:"ahead,omitempty"`    // changes that came out and were never made durable
	Cut       bool        `json:"cut,omitempty"`
	Parted    *parting    `json:"parted,omitempty"`
}

// parting is where a run and its computation differ first.
type parting struct {
	Seq      uint64           `json:"change"` // of the journal
	Run      *engine.Change   `json:"run,omitempty"`
	Now      *engine.Change   `json:"now,omitempty"`
	RunTook  *engine.Decision `json:"run_decision,omitempty"`
	NowTakes *engine.Decision `json:"now_decision,omitempty"`
}

// verifyTape plays a tape to a core made anew, up to the change with which the
// next tape begins; 0 is to the end.
func verifyTape(dir, name string, until uint64) (v *proof, err error) {
	store, err := persist.Read(dir)
	if err != nil {
		return nil, withCode(err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	err = withTape(name, func(t *tape.Reader) error {
		if t.Head.Store != store.ID() {
			return fmt.Errorf("%s is of another run: of store %s, not of %s in %s", name, t.Head.Store, store.ID(), dir)
		}
		if until == 0 {
			until = store.Len()
		}
		c := &proving{proof: proof{Recording: filepath.Base(name), Version: t.Head.Version}, seq: t.Head.Seq}
		v = &c.proof
		var stop func()
		journal := changes(store, &c.broken)
		c.journal, stop = iter.Pull(journal)
		defer stop()
		if err := c.build(&t.Head); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		c.until = until
		return errors.Join(c.play(t), c.broken)
	})
	return v, err
}

// changes yields the journal of a store.
func changes(store *persist.Reader, broken *error) iter.Seq[engine.Change] {
	return func(yield func(engine.Change) bool) {
		enough := errors.New("enough")
		err := store.Replay(func(c engine.Change) error {
			if !yield(c) {
				return enough
			}
			return nil
		})
		if !errors.Is(err, enough) {
			*broken = err
		}
	}
}

// proving holds what comes out against a journal.
type proving struct {
	proof
	journal    func() (engine.Change, bool)
	seq, until uint64 // of the newest change compared, and of the last to compare
	broken     error  // the journal
	core       tape.Core
	snap       func() engine.Snapshot
	ended      bool // the journal was: what comes out further was not durable
}

// build makes the core as it was when the tape began.
func (c *proving) build(h *tape.Head) error {
	var texts []strategies.Text
	if err := json.Unmarshal(h.Rules, &texts); err != nil || len(texts) == 0 {
		return fmt.Errorf("its rules cannot be read: %w", err)
	}
	f, found := strategies.Reload(texts)
	if len(found) > 0 {
		return fmt.Errorf("its rules are not what this version takes\n%s", found.Render([]byte(texts[0].Text)))
	}
	equity := startEquity(f)
	if h.Live {
		equity = equityOf(h)
	}
	set, err := newSetup(f, h.Listed, h.Base, equity)
	if err != nil {
		return err
	}
	set.trace = true
	e, err := set.engine(order.IDs{Tag: h.Tag, Boot: h.Boot})
	if err != nil {
		return err
	}
	for range h.Seq {
		change, ok := c.journal()
		if !ok {
			return fmt.Errorf("it begins after %d changes, and the journal has fewer: it was restored from a backup since", h.Seq)
		}
		if err := e.Restore(&change); err != nil {
			return err
		}
	}
	e.Restored()
	c.snap = e.Snapshot
	if h.Live {
		c.core = &toldCore{e, c.see}
		return nil
	}
	return c.desk(e, set, h.Account)
}

// desk is the core of a dry run.
func (c *proving) desk(e *engine.Engine, set *setup, account json.RawMessage) error {
	venue, err := set.paper()
	if err != nil {
		return err
	}
	if len(account) > 0 {
		var s sim.PaperState
		if err := json.Unmarshal(account, &s); err != nil {
			return fmt.Errorf("its simulated account cannot be read: %w", err)
		}
		if err := venue.Restore(s); err != nil {
			return err
		}
	}
	c.core = paper.New(e, venue, c.see)
	return nil
}

// errParted ends the playing of a tape: what follows a difference differs.
var errParted = errors.New("parted")

// play tells the core what the tape says.
func (c *proving) play(t *tape.Reader) error {
	var e tape.Entry
	for {
		ok, err := t.Next(&e)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		at := max(e.At, e.Event.Seen)
		if c.Entries == 0 {
			c.Begins = at
		}
		c.Entries, c.Ends = c.Entries+1, max(c.Ends, at)
		err = e.Play(c.core)
		if errors.Is(err, errParted) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", c.Recording, t.Line(), err)
		}
	}
	if c.Parted != nil {
		if c.Parted.NowTakes == nil && c.Parted.RunTook == nil {
			c.Parted.RunTook = c.next()
		}
		return nil
	}
	c.Cut, c.Chain = t.Cut(), c.snap().Chain
	for c.seq < c.until {
		change, ok := c.journal()
		if !ok {
			break
		}
		c.seq++
		if !c.Cut {
			c.Parted = &parting{Seq: c.seq, Run: &change, RunTook: decisionIn(&change)}
			if c.Parted.RunTook == nil {
				c.Parted.RunTook = c.next()
			}
			return nil
		}
		c.Unproven++
	}
	return nil
}

// see compares the outcome of a step.
func (c *proving) see(_ *engine.Event, out *engine.Outcome) error {
	for i := range out.Changes {
		now := &out.Changes[i]
		compare := c.compare
		if c.Parted != nil {
			compare = c.decided
		}
		if err := compare(now); err != nil {
			return err
		}
	}
	return nil
}

// decided looks, once a change differed, for the first decision that does.
func (c *proving) decided(now *engine.Change) error {
	d := decisionIn(now)
	if d == nil {
		return nil
	}
	run := c.next()
	if run != nil && run.Chain == d.Chain {
		return nil
	}
	c.Parted.RunTook, c.Parted.NowTakes = run, d
	return errParted
}

// next is the journal's next decision, or nil.
func (c *proving) next() *engine.Decision {
	for c.seq < c.until {
		change, ok := c.journal()
		if !ok {
			return nil
		}
		c.seq++
		if d := decisionIn(&change); d != nil {
			return d
		}
	}
	return nil
}

// compare holds one change against the journal's next.
func (c *proving) compare(now *engine.Change) error {
	if c.ended || c.seq >= c.until {
		c.ended = true // the program was killed before it was durable
		c.Ahead++
		return nil
	}
	run, ok := c.journal()
	if !ok {
		return c.broken
	}
	c.seq++
	same, err := sameChange(&run, now)
	if err != nil {
		return err
	}
	if same {
		c.Same++
		if now.Kind == engine.ChangeDecision {
			c.Decisions++
		}
		return nil
	}
	copied := *now
	c.Parted = &parting{Seq: c.seq, Run: &run, Now: &copied}
	switch was, is := decisionIn(&run), decisionIn(now); {
	case was != nil:
		c.Parted.RunTook, c.Parted.NowTakes = was, is
		return errParted
	case is != nil:
		c.Parted.RunTook, c.Parted.NowTakes = c.next(), is
		return errParted
	}
	return nil
}

// decisionIn is the decision that a change tells, or nil.
func decisionIn(c *engine.Change) *engine.Decision {
	if c.Kind != engine.ChangeDecision {
		return nil
	}
	d := c.Decision
	return &d
}

// sameChange reports whether two changes say the same, as the journal writes them.
func sameChange(a, b *engine.Change) (bool, error) {
	x, err := json.Marshal(a)
	if err != nil {
		return false, err
	}
	y, err := json.Marshal(b)
	return bytes.Equal(x, y), err
}

// toldCore is the core of a live run: everything it is told stands on the tape.
type toldCore struct {
	engine *engine.Engine
	see    paper.Observer
}

func (t *toldCore) Start(market.Time) error         { return nil }
func (t *toldCore) Finish(last *engine.Event) error { return t.Take(last) }

func (t *toldCore) Until(at market.Time) error {
	return t.Take(&engine.Event{Kind: engine.KindTimer, At: at, Seen: at})
}

func (t *toldCore) Take(ev *engine.Event) error {
	out := t.engine.Step(ev)
	if err := t.see(ev, out); err != nil {
		return err
	}
	return t.engine.Err()
}
