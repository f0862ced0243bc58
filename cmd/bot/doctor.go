package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rulebot/cmd/bot/internal/control"
	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/persist"
	"rulebot/strategies"
)

// The verdicts of a check.
const (
	healthy = "ok"
	worry   = "warning"
	sick    = "FAILED"
	unclear = "unknown"
)

// finding is what a check of the doctor found.
type finding struct {
	Check   string `json:"check"`
	Verdict string `json:"verdict"`
	Text    string `json:"text"`
	Fix     string `json:"fix,omitempty"`
}

// doctor looks at everything that a live run needs.
type doctor struct {
	config, state string
	json          bool
	wait          time.Duration

	file  *strategies.File
	hide  exchange.Redactor
	found []finding
}

// runDoctor checks what a run needs, and changes nothing but a file that it
// writes into the state directory and removes.
func runDoctor(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var d doctor
	fs := newFlags("doctor", "doctor [--config FILE] [--state DIR] [--json]",
		"Say whether this machine, the stores, the keys and the exchange are as a live run needs them, and how to mend what is not.\n"+
			"It sends no order. Exit code 1 says that something failed.")
	fs.StringVar(&d.config, "config", "", "strategies `FILE`; the example unless given")
	fs.StringVar(&d.state, "state", "./state", "`DIR` of the stores, as bot run has it")
	fs.DurationVar(&d.wait, "wait", 10*time.Second, "how much `TIME` the exchange has for each answer")
	fs.BoolVar(&d.json, "json", false, "print one JSON object a check")
	if help, err := parse(fs, args, stderr); help || err != nil {
		return err
	}
	if err := noArguments(fs); err != nil {
		return err
	}
	d.examine(ctx)
	return d.report(d.hide.DataWriter(stdout))
}

func (d *doctor) say(check, verdict, fix, format string, args ...any) {
	d.found = append(d.found, finding{check, verdict, d.hide.Text(fmt.Sprintf(format, args...)), fix})
}

func (d *doctor) examine(ctx context.Context) {
	file, err := load(d.config)
	if err != nil {
		d.say("strategies", sick, "bot check says where and what to write instead", "%v", err)
	} else {
		d.file = file
		d.say("strategies", healthy, "", "%s loads; strategies: %d", file.Name, len(file.Strategies))
		d.limits()
	}
	keys := d.keys()
	d.directory()
	d.stores()
	if file != nil {
		d.exchange(ctx, keys)
	}
}

// limits looks for those that live trading must have.
func (d *doctor) limits() {
	switch missing := d.file.Risk.Missing(); {
	case len(missing) == 0:
		d.say("limits", healthy, "", "every limit that live trading needs is written")
	case d.file.Mode == strategies.Live:
		d.say("limits", sick, "write them under risk", "live trading needs %s", strings.Join(missing, ", "))
	default:
		d.say("limits", worry, "write them under risk before a live run", "a dry run takes wide defaults for %s", strings.Join(missing, ", "))
	}
}

// keys says where they come from, and whether others may read them.
func (d *doctor) keys() credentials {
	keys, err := clientKeys(false, d.file != nil && (d.file.Exchange.Builtin || loopback(d.file.Exchange.REST)), &d.hide)
	from := "they are in the environment"
	if name := os.Getenv(envFile); name != "" {
		from = "they are in " + name + ", which nobody else can read"
	}
	switch {
	case err != nil:
		d.say("keys", sick, "", "%v", err)
	case keys.Key.Empty():
		d.say("keys", worry, "set "+envKey+", _SECRET and _PASSPHRASE, or "+envFile+" to a file of them, for a live run", "there are none: a dry run needs none")
	default:
		if d.hide.Text(keys.Key.Reveal()) == keys.Key.Reveal() {
			from = "the well-known ones of the built-in exchange"
		}
		d.say("keys", healthy, "", "%s", from)
	}
	return keys
}

// directory looks at the disk below the state directory.
func (d *doctor) directory() {
	info, err := os.Stat(d.state)
	switch {
	case errors.Is(err, os.ErrNotExist):
		d.say("state directory", healthy, "", "%s is not there yet; the first run makes it", d.state)
		return
	case err != nil:
		d.say("state directory", sick, "", "%v", err)
		return
	case !info.IsDir():
		d.say("state directory", sick, "give another --state", "%s is not a directory", d.state)
		return
	case info.Mode().Perm()&0o077 != 0:
		d.say("state directory", worry, "chmod 700 "+d.state, "others may look into %s, or command the bot through it (mode %04o)", d.state, info.Mode().Perm())
	default:
		d.say("state directory", healthy, "", "%s, nobody else's", d.state)
	}
	d.space()
	d.syncs()
	if k, err := control.Thrown(d.state); err != nil || k != nil {
		d.say("kill switch", worry, resumeCommand(d.state), "%s", thrownText(k, err))
	}
}

func thrownText(k *control.Kill, err error) string {
	if err != nil {
		return err.Error()
	}
	return "thrown, so whatever starts begins halted" + reasonText(k)
}

func (d *doctor) space() {
	free, known := freeSpace(d.state)
	switch {
	case !known:
		d.say("disk space", unclear, "", "this system does not tell")
	case free < spaceHold:
		d.say("disk space", sick, "make room", "%d MiB are free; below %d no order leaves", free>>20, spaceHold>>20)
	case free < spaceWarn:
		d.say("disk space", worry, "make room", "%d MiB are free; below %d no order leaves", free>>20, spaceHold>>20)
	default:
		d.say("disk space", healthy, "", "%d MiB are free", free>>20)
	}
}

// How long a sync may take: an order that waited 250 ms for its own is not
// sent any more.
const (
	syncs    = 20
	syncWarn = 50 * time.Millisecond
	syncSick = 250 * time.Millisecond
)

// syncs measures what stands before every order.
func (d *doctor) syncs() {
	took, err := measureSyncs(d.state)
	if err != nil {
		d.say("disk writes", sick, "make it writable for this user", "%v", err)
		return
	}
	slices.Sort(took)
	middle, worst := took[len(took)/2], took[len(took)-1]
	verdict, fix := healthy, ""
	switch {
	case middle >= syncSick:
		verdict, fix = sick, "put --state on another disk"
	case middle >= syncWarn || worst >= syncSick:
		verdict, fix = worry, "put --state on a faster disk: an order waits for one sync, and after 250 ms it is not sent"
	}
	d.say("disk writes", verdict, fix, "a sync takes %v, at worst %v of %d", middle.Round(10*time.Microsecond), worst.Round(10*time.Microsecond), syncs)
}

func measureSyncs(dir string) (took []time.Duration, err error) {
	f, err := os.CreateTemp(dir, ".doctor-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	page := make([]byte, 4096)
	for i := range syncs {
		page[0] = byte(i)
		began := time.Now()
		if _, err := f.WriteAt(page, 0); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// stores verifies every store that no bot has open.
func (d *doctor) stores() {
	dirs, err := persist.Stores(d.state)
	if err != nil {
		d.say("stores", sick, "", "%v", err)
	}
	for _, dir := range dirs {
		d.store(dir)
	}
}

func (d *doctor) store(dir string) {
	check := "store " + filepath.Base(dir)
	running, err := persist.InUse(dir)
	if running {
		d.say(check, healthy, "", "a bot runs on it")
		return
	}
	var l *latches
	if err == nil {
		l, err = readLatches(dir)
	}
	switch {
	case errors.Is(err, persist.ErrDamaged):
		d.say(check, sick, "bot run puts its newest good backup in its place, and halts", "%v", err)
		return
	case err != nil:
		d.say(check, sick, "", "%v", err)
		return
	case len(l.live) > 0:
		d.say(check, worry, "bot run asks the exchange about them; until then nobody watches them", "whole; %s may be live and no bot runs", count(int64(len(l.live)), "order"))
	default:
		d.say(check, healthy, "", "whole, every record verified")
	}
	for _, text := range l.lifted() {
		d.say(check, worry, resumeCommand(d.state), "latched: %s", text)
	}
	switch last, err := persist.LastBackup(dir); {
	case err != nil:
		d.say(check, worry, "", "its backups: %v", err)
	case !last.IsZero():
		d.say(check, healthy, "", "its newest backup is of %s", stamp2(last))
	}
}

// exchange asks what a run asks first.
func (d *doctor) exchange(ctx context.Context, keys credentials) {
	f := d.file
	if f.Exchange.Builtin {
		d.say("exchange", healthy, "", "built in: there is nothing to reach")
		return
	}
	at, err := doorOf(f)
	if err != nil {
		d.say("exchange", sick, "", "%v", err)
		return
	}
	spoken := protocolOf(&f.Exchange)
	now := func() market.Time { return market.TimeOf(time.Now()) }
	client, err := spoken.caller(callerConfig{door: at, keys: keys, now: now})
	if err != nil {
		d.say("exchange", sick, "", "%v", err)
		return
	}
	defer client.Close()
	if !d.public(ctx, client, at.rest) {
		return
	}
	d.maintenance(ctx, spoken, client)
	d.private(ctx, spoken, client, keys)
	feed, err := spoken.feed(feedConfig{streamConfig: streamConfig{door: at, now: now, report: func(error) {}}, instruments: instrumentsOf(f)})
	if err != nil {
		d.say("stream", sick, "", "%v", err)
		return
	}
	d.stream(ctx, feed, at.ws)
}

func instrumentsOf(f *strategies.File) []string {
	var names []string
	for _, feed := range f.Feeds {
		if id := feed.Series.Instrument; !slices.Contains(names, id) {
			names = append(names, id)
		}
	}
	return names
}

// public asks for the time, five times, and for the listings.
func (d *doctor) public(ctx context.Context, client caller, rest string) bool {
	ctx, cancel := context.WithTimeout(ctx, d.wait)
	defer cancel()
	type sample struct{ offset, bound time.Duration }
	var samples []sample
	for range 5 {
		began := time.Now()
		at, err := client.Time(ctx)
		if err != nil {
			d.say("exchange", sick, "is the network up, and is the address right?", "%s does not answer: %v", rest, err)
			return false
		}
		bound := time.Since(began) / 2
		samples = append(samples, sample{at.Sub(market.TimeOf(began.Add(bound))), bound})
	}
	slices.SortFunc(samples, func(a, b sample) int { return int(a.offset - b.offset) })
	middle := samples[len(samples)/2]
	d.say("exchange", healthy, "", "%s answers in %v", rest, (2 * middle.bound).Round(time.Millisecond))
	verdict, fix := healthy, ""
	switch off := middle.offset.Abs(); {
	case off > 5*time.Second:
		verdict, fix = sick, "set this machine's clock (chrony, systemd-timesyncd)"
	case off > time.Second || middle.bound > 2*time.Second:
		verdict, fix = worry, "let this machine's clock be kept (chrony, systemd-timesyncd)"
	}
	d.say("clock", verdict, fix, "the exchange's is %v ahead of ours, give or take %v", middle.offset.Round(time.Millisecond), middle.bound.Round(time.Millisecond))
	listed, err := client.Instruments(ctx)
	if err != nil {
		d.say("instruments", sick, "", "%s does not list them: %v", rest, err)
		return true
	}
	for _, id := range instrumentsOf(d.file) {
		if _, ok := find(listed, id); !ok {
			d.say("instruments", sick, "trade one that is listed", "%s is not listed; listed are %v", id, ids(listed))
		}
	}
	return true
}

// maintenance asks what is announced, where an exchange answers that.
func (d *doctor) maintenance(ctx context.Context, spoken protocol, client caller) {
	if spoken.status == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d.wait)
	defer cancel()
	list, err := spoken.status(ctx, client)
	list = slices.DeleteFunc(list, func(m maintenance) bool { return m.phase == over })
	if err != nil {
		d.say("maintenance", unclear, "", "the exchange does not say whether it works: %v", err)
		return
	}
	if len(list) == 0 {
		d.say("maintenance", healthy, "", "the exchange announces none")
	}
	for _, m := range list {
		word := "announced"
		if m.phase == running {
			word = "going on"
		}
		d.say("maintenance", worry, "", "%s: %s, from %s to %s", word, m.title, stamp(m.from), stamp(m.to))
	}
}

// private asks for balances, with the keys.
func (d *doctor) private(ctx context.Context, spoken protocol, client caller, keys credentials) {
	if keys.Key.Empty() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, d.wait)
	defer cancel()
	if _, err := client.Balances(ctx); err != nil {
		d.say("account", sick, "are the keys right, may they read, and is this address on their list?", "it may not be read: %v", err)
		return
	}
	d.say("account", healthy, "", "it may be read with these keys")
	if spoken.account != nil {
		d.rights(spoken.account(ctx, client, d.file.Exchange.UnsafeKey))
		return
	}
	d.say("rights", unclear, "see on the exchange's page of keys that it may read and trade, may not withdraw, and is bound to this address",
		"this exchange does not tell what a key may do")
}

// rights says what the exchange tells of the account and the key.
func (d *doctor) rights(warnings []string, err error) {
	for _, text := range warnings {
		d.say("rights", worry, "", "%s", text)
	}
	switch {
	case err != nil:
		d.say("rights", sick, "", "%v", err)
	case len(warnings) == 0:
		d.say("rights", healthy, "", "they may read and trade, and no more")
	}
}

// stream waits for the first thing that a stream says.
func (d *doctor) stream(ctx context.Context, feed live.Feed, ws string) {
	ctx, cancel := context.WithTimeout(ctx, d.wait)
	defer cancel()
	began := time.Now()
	said, why := false, ""
	err := feed.Run(ctx, func(events []engine.Event) {
		for i := range events {
			if ev := &events[i]; ev.Kind != engine.KindLink {
				said = true
				cancel()
			} else if !ev.Link.Up {
				why = ev.Link.Reason
			}
		}
	})
	switch {
	case said:
		d.say("stream", healthy, "", "%s told something after %v", ws, time.Since(began).Round(time.Millisecond))
	case err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		d.say("stream", sick, "", "%s: %v", ws, err)
	default:
		d.say("stream", sick, "is the address right, and does anything between here and there block WebSockets?", "%s told nothing within %v %s", ws, d.wait, why)
	}
}

// report prints what was found.
func (d *doctor) report(w io.Writer) error {
	failed := 0
	enc := json.NewEncoder(w)
	for _, f := range d.found {
		if f.Verdict == sick {
			failed++
		}
		if d.json {
			if err := enc.Encode(f); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%-8s %-16s %s\n", f.Verdict, f.Check, f.Text)
		if f.Fix != "" {
			fmt.Fprintf(w, "%-25s → %s\n", "", f.Fix)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%s failed", count(int64(failed), "check"))
	}
	return nil
}
