package storm

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/storm/oracle"
	"rulebot/storm/venue"
)

// Options are what a run needs beside its seed.
type Options struct {
	// Dir is where journals of real files are made, best in memory; "" is none:
	// every journal is the twin in memory.
	Dir string
	// Narrow leaves out the knobs, and the ends of their ranges, that came once
	// the simulator had found its first: so the seeds of then are what they were.
	Narrow bool
	// Zeros has lists of balances tell what is zero, as they did before it was
	// known that Okcoin's do not: other seeds of then.
	Zeros bool
	// Protocol is what is spoken. A seed is the same run of Okcoin's whether or
	// not others are of OKX.
	Protocol Protocol
}

// Result is what came of one seed.
type Result struct {
	Seed      uint64
	Hash      uint64
	Knobs     Knobs
	Violation *oracle.Violation // the first; nil is none
	Last      []string          // events, where there is a violation
	Simulated time.Duration
	// Covered counts what went wrong, by the states in which orders were then.
	Covered map[string]map[string]int
}

// run is one simulated run. It belongs to one thread.
type run struct {
	seed  uint64
	knobs Knobs
	world *world
	venue *venue.Venue
	judge *oracle.Judge
	disk  *disk
	script
	bot *bot
	weather
	quotes
	crashes int
	limits  int   // which of the sets of limits is in force
	narrow  bool  // nothing that came once the first seeds were played
	fault   error // of the simulator itself
	result  Result
}

// script is what is played, and in which language.
type script struct {
	plan    *plan
	dialect *dialect
}

// weather is how things stand that no process of the bot knows.
type weather struct {
	calm    bool             // the faults are over
	part    time.Duration    // until then nothing gets through
	still   [2]time.Duration // until then a market does not move
	strange bool             // somebody else traded
	flipped bool             // a bit of the journal
	refused bool             // a process refused to start on what it found
	hooks   []*logged        // of every process
}

// began is when every run begins, less a few seconds: a Monday in 2024.
const began = 1_717_372_800 * time.Second

// The liveness phase: what must have come to an end within it.
const (
	settleWithin = 120 * time.Second // after the faults stop, as the contract says
	probing      = 180 * time.Second // for a proof that begins when a ban ends: two minutes, and one
	forgetting   = 11 * time.Minute  // for an order that the exchange took and knows no more: ten minutes, and one
)

// Player plays seeds, one after the other: it reads each plan once. It belongs
// to one goroutine.
type Player struct {
	options Options
	plans   map[string]*plan
}

// NewPlayer returns a player.
func NewPlayer(o Options) (*Player, error) {
	p := &Player{options: o, plans: map[string]*plan{}}
	for _, name := range Plans() {
		var err error
		if p.plans[name], err = load(name); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Run plays one seed. The error says that the simulator itself failed.
func (p *Player) Run(seed uint64) (Result, error) {
	random := rand.New(rand.NewPCG(seed, 1))
	r := &run{seed: seed, knobs: draw(random), quotes: newQuotes(), narrow: p.options.Narrow}
	if !p.options.Narrow {
		widen(&r.knobs, rand.New(rand.NewPCG(seed, 4)))
		r.knobs.Venue.NoZeros = r.knobs.Venue.NoZeros && !p.options.Zeros
	}
	r.knobs.Protocol = p.options.Protocol.of(seed)
	r.dialect = r.knobs.Protocol.dialect()
	if r.knobs.Protocol == OKX {
		r.knobs.OKX = drawOKX(rand.New(rand.NewPCG(seed, 6)))
	}
	r.result = Result{Seed: seed, Knobs: r.knobs, Covered: map[string]map[string]int{}}
	root := ""
	if r.knobs.Process.File {
		root = p.options.Dir
	}
	var err error
	if r.disk, err = newDisk(root); err != nil {
		return r.result, err
	}
	r.plan = p.plans[r.knobs.Plan]
	r.world = &world{now: began + time.Duration(random.Int64N(int64(time.Minute))), random: rand.New(rand.NewPCG(seed, 2))}
	r.open()
	if err := r.start(); err != nil {
		return r.result, err
	}
	r.play()
	r.end()
	if err := r.disk.remove(); r.fault == nil {
		r.fault = err
	}
	return r.result, r.fault
}

// open makes the exchange and the judge.
func (r *run) open() {
	k := &r.knobs.Venue
	amount := venue.Lot * 10_000
	r.venue = venue.New(venue.Config{
		Face: r.dialect.face,
		Markets: []venue.MarketConfig{
			{Base: "BTC", Quote: "USD", Price: 30_000 * amount, Swing: k.Swing},
			{Base: "ETH", Quote: "USD", Price: 2_000 * amount, Swing: 1 + k.Swing/10},
		},
		Balances: map[string]venue.Amount{"USD": 100_000 * amount, "BTC": 3 * amount, "ETH": 0},
		Maker:    10, Taker: 20, Key: apiKey, Secret: apiSecret, Passphrase: apiPassphrase,
		Unique: k.Unique, AcceptDelay: k.AcceptDelay, Lag: k.Lag, Partial: k.Partial, NoZeros: k.NoZeros,
		Habits: r.knobs.OKX.Habits,
		Random: rand.New(rand.NewPCG(r.seed, 3)),
	}, r.world.now)
	r.venue.Told = r.told
	r.judge = oracle.New(oracle.Limits{}, k.AcceptDelay == 0 && k.Lag == 0)
}

// play is both phases.
func (r *run) play() {
	w := r.world
	stormy := w.now + time.Duration(r.knobs.Minutes)*time.Minute
	for i := range r.venue.Markets() {
		r.move(i)
	}
	r.schedule(stormy - w.now)
	failed := func() bool { return r.judge.Found() != nil || r.fault != nil || r.refused }
	started := w.now
	w.run(stormy, failed)
	for !failed() && r.bot.frozen > w.now { // it sleeps longer
		w.run(r.bot.frozen, failed)
	}
	if !failed() {
		r.soothe()
		r.settle(failed)
	}
	r.result.Simulated = w.now - started
}

// move lets a market move, again and again.
func (r *run) move(i int) {
	tick := r.knobs.Venue.Tick
	r.world.after(tick/2+time.Duration(r.world.random.Int64N(int64(tick))), func() {
		r.venue.Advance(r.world.now)
		if m := r.venue.Markets()[i]; r.still[i] <= r.world.now || r.calm {
			m.Move()
		} else {
			m.Beat()
		}
		r.move(i)
	})
}

// schedule draws when what happens a few times in a run happens.
func (r *run) schedule(within time.Duration) {
	w, k := r.world, &r.knobs
	at := func(times int, do func()) {
		for range times {
			w.after(time.Duration(w.random.Int64N(int64(within))), do)
		}
	}
	at(k.Stream.Resets, func() { r.shake("ws.reset", func(s *socket) { s.drop("connection reset") }) })
	at(k.Stream.HalfOpen, func() { r.shake("ws.half_open", func(s *socket) { s.mute = true }) })
	at(k.Stream.PongOnly, func() { r.shake("ws.pong_only", func(s *socket) { s.deaf = true }) })
	at(k.Stream.Partition, func() {
		r.count("net.partition " + [...]string{"both", "in", "out"}[k.Stream.Way])
		long := 2 * time.Minute
		if k.Stream.Long {
			long = 5 * time.Minute
		}
		r.part = w.now + w.upTo(long)
	})
	at(k.Clock.Suspend, r.suspend)
	at(k.Clock.Step, func() {
		r.count("clock.step")
		r.bot.clock.steps += time.Duration(w.random.Int64N(int64(2*time.Hour))) - time.Hour
		r.say("the wall clock is set by %s", r.bot.clock.steps)
	})
	at(k.Stream.Silent, func() { r.shake("ws.silent_channel", (*socket).silence) })
	at(k.Market.Cross, r.cross)
	at(k.Market.Stale, r.stale)
	at(k.Market.Spike, r.spike)
	at(k.Process.Stalls, r.stall)
	at(k.Person.Reloads, r.reload)
	at(k.Person.Halts, r.halt)
	at(k.Person.Foreign, func() { r.foreign(false) })
	at(k.Person.Trades, func() { r.foreign(true) })
	at(k.OKX.Restarts, r.restart)
	at(k.OKX.Upgrades, r.upgrade)
}

// shake does something to one connection of the bot.
func (r *run) shake(name string, do func(*socket)) {
	var open []*socket
	for _, s := range r.bot.sockets {
		if s.closed == nil {
			open = append(open, s)
		}
	}
	if len(open) > 0 {
		r.count(name)
		r.say("%s", name)
		do(open[r.world.random.IntN(len(open))])
	}
}

// faults are the knobs while there are faults.
func (r *run) faults() *Knobs {
	if r.calm {
		return &Knobs{Rest: RestKnobs{Delay: 20 * time.Millisecond}, Stream: StreamKnobs{Delay: 5 * time.Millisecond}}
	}
	return &r.knobs
}

// cut reports whether a partition lets nothing through in one of two ways.
func (r *run) cut(way Way) bool {
	return !r.calm && r.world.now < r.part && (r.knobs.Stream.Way == BothWays || r.knobs.Stream.Way == way)
}

// soothe ends all faults. Connections that are broken and do not know it stay
// so: to notice them is the bot's.
func (r *run) soothe() {
	r.say("calm")
	r.calm = true
	r.venue.Advance(r.world.now)
	r.venue.Calm()
	r.venue.EndForeign()
}

// settle lets everything come to its end.
func (r *run) settle(failed func() bool) {
	w := r.world
	invariant, text := "I18", "nothing settled"
	until := w.now + settleWithin + probing
	for (w.now < until || r.venue.Forgot() && w.now < until+forgetting) && !failed() {
		w.run(w.now+2*time.Second, failed)
		if failed() {
			return
		}
		if invariant, text = r.atRest(); text == "" {
			r.replay()
			return
		}
	}
	r.judge.At(w.now)
	r.judge.Violated(invariant, "%s", text)
}

// atRest asks the judge whether everything has come to its end.
func (r *run) atRest() (invariant, text string) {
	b := r.bot
	if b.dead {
		return "I18", "the process is dead"
	}
	snap := b.engine.Snapshot()
	rest := oracle.Rest{Ready: snap.Ready, Halted: snap.Halt.Mode != engine.ModeReady, All: snap.Halt.Mode == engine.ModeHalt, Why: snap.Reason, Strange: r.strange, Stops: r.waiting(), Balances: map[string][3]string{}}
	begin := map[string]string{"USD": equity, "BTC": "3", "ETH": "0"}
	for _, c := range b.engine.Balances() {
		rest.Balances[c.Currency] = [3]string{c.Total.String(), begin[c.Currency], r.venue.Balance(c.Currency).String()}
	}
	return r.judge.AtRest(&rest)
}

// replay folds the journal from empty and compares: I22.
func (r *run) replay() {
	b := r.bot
	b.step(b.stepper.Commit)
	if b.dead {
		return
	}
	e, err := r.engine(b.ids)
	if err != nil {
		r.broken(err)
		return
	}
	if err := b.journal.store.Replay(func(c engine.Change) error { return e.Restore(&c) }); err != nil {
		r.judge.Violated("I22", "the journal does not replay: %v", err)
		return
	}
	if was, is := state(b.engine), state(e); was != is {
		r.judge.Violated("I22", "replayed, the journal says\n%s\nand the engine\n%s", is, was)
	}
}

// leaks judges what is written somewhere: I16.
func (r *run) leaks(where, text string) {
	for _, secret := range [...]string{apiSecret, apiPassphrase, apiKey} {
		if strings.Contains(text, secret) {
			r.judge.Violated("I16", "a secret is in a %s", where)
		}
	}
}

func (r *run) chance(perMyriad int) bool { return !r.calm && r.world.chance(perMyriad) }

func (r *run) say(format string, args ...any) { r.world.say(format, args...) }

func (r *run) trace() *trace { return &r.world.trace }

// count notes that something went wrong, and in which states orders were.
func (r *run) count(what string) {
	states := r.result.Covered[what]
	if states == nil {
		states = map[string]int{}
		r.result.Covered[what] = states
	}
	live := r.judge.Live()
	for _, state := range live {
		states[state]++
	}
	if len(live) == 0 {
		states[none]++
	}
}

// none is the state of no order.
const none = "none"

// States are the states that coverage counts, that of no order first.
func States() []string {
	return []string{none, "INTENT", "UNKNOWN", "OPEN", "PARTIAL", "CANCELING", "FILLED", "CANCELED", "NOT_FOUND", "CONFLICT"}
}

func (r *run) broken(err error) {
	if r.fault == nil {
		r.fault = err
	}
}

// end takes down what came of it.
func (r *run) end() {
	for _, f := range r.bot.fibers {
		f.kill()
	}
	for _, l := range r.hooks {
		l.bot = nil
	}
	r.result.Hash = r.world.trace.hash
	if r.result.Violation = r.judge.Found(); r.result.Violation != nil {
		r.result.Last = r.world.trace.last()
	}
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }
