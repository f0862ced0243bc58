package storm

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/storm/oracle"
	"rulebot/storm/venue"
)

// Options are what a run needs beside its seed.
type Options struct {
	// Dir is where journals of real files are made, best in memory; "" is none:
	// every journal is the twin in memory.
	Dir string
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
	seed    uint64
	knobs   Knobs
	world   *world
	venue   *venue.Venue
	judge   *oracle.Judge
	disk    *disk
	plan    *plan
	bot     *bot
	calm    bool // the faults are over
	crashes int
	part    time.Duration // until then nothing gets through
	strange bool          // somebody else traded
	fault   error         // of the simulator itself
	result  Result
	quotes  map[string]time.Duration // when a book of an instrument last came
}

// began is when every run begins, less a few seconds: a Monday in 2024.
const began = 1_717_372_800 * time.Second

// The liveness phase: what must have come to an end within it.
const (
	settleWithin = 120 * time.Second // after the faults stop, as the contract says
	probing      = 180 * time.Second // for a proof that begins when a ban ends: two minutes, and one
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
	r := &run{seed: seed, knobs: draw(random), quotes: map[string]time.Duration{}}
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
		Markets: []venue.MarketConfig{
			{Base: "BTC", Quote: "USD", Price: 30_000 * amount, Swing: k.Swing},
			{Base: "ETH", Quote: "USD", Price: 2_000 * amount, Swing: 1 + k.Swing/10},
		},
		Balances: map[string]venue.Amount{"USD": 100_000 * amount, "BTC": 3 * amount, "ETH": 0},
		Maker:    10, Taker: 20, Key: apiKey, Secret: apiSecret, Passphrase: apiPassphrase,
		Unique: k.Unique, AcceptDelay: k.AcceptDelay, Lag: k.Lag, Partial: k.Partial,
		Random: rand.New(rand.NewPCG(r.seed, 3)),
	}, r.world.now)
	r.venue.Told = r.told
	r.judge = oracle.New(oracle.Limits{OrderValue: "20000", Exposure: "40000", Orders: 6, Total: 10}, k.AcceptDelay == 0 && k.Lag == 0)
}

// play is both phases.
func (r *run) play() {
	w := r.world
	stormy := w.now + time.Duration(r.knobs.Minutes)*time.Minute
	for i := range r.venue.Markets() {
		r.move(i)
	}
	r.schedule(stormy - w.now)
	failed := func() bool { return r.judge.Found() != nil || r.fault != nil }
	started := w.now
	w.run(stormy, failed)
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
		r.venue.Markets()[i].Move()
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
		r.count("net.partition")
		r.part = w.now + w.upTo(2*time.Minute)
	})
	at(k.Clock.Suspend, r.suspend)
	at(k.Clock.Step, func() {
		r.count("clock.step")
		r.bot.clock.steps += time.Duration(w.random.Int64N(int64(2*time.Hour))) - time.Hour
		r.say("the wall clock is set by %s", r.bot.clock.steps)
	})
	at(k.Person.Halts, r.halt)
	at(k.Person.Foreign, func() { r.foreign(false) })
	at(k.Person.Trades, func() { r.foreign(true) })
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

// suspend stops the process for a while; its monotonic clock may stand still
// meanwhile, as it does while a machine sleeps.
func (r *run) suspend() {
	b := r.bot
	d := r.world.upTo(2 * time.Minute)
	b.frozen = r.world.now + d
	r.count("clock.suspend")
	r.say("stopped for %s", d)
	if r.world.random.IntN(2) == 0 {
		b.clock.lost += d
	}
}

// halt is a person who stops everything, and resumes after a while.
func (r *run) halt() {
	r.count("op.halt")
	r.instruct(engine.OperatorHalt)
	r.world.after(r.world.upTo(time.Minute), func() { r.instruct(engine.OperatorResume) })
}

func (r *run) instruct(what engine.Operator) {
	b := r.bot
	b.after(0, func() {
		r.say("a person says %d", what)
		b.step(func() error { return b.stepper.Obey(live.Instruction{Operator: what, Reason: "a drill"}) })
	})
}

// foreign is somebody else who trades on the account.
func (r *run) foreign(trades bool) {
	r.venue.Advance(r.world.now)
	m := r.venue.Markets()[r.world.random.IntN(2)]
	taken := r.venue.Foreign(m, trades)
	r.say("somebody else orders: %v %v", trades, taken)
	if taken && trades {
		r.count("op.trade")
		r.strange = true
	}
}

// faults are the knobs while there are faults.
func (r *run) faults() *Knobs {
	if r.calm {
		return &Knobs{Rest: RestKnobs{Delay: 20 * time.Millisecond}, Stream: StreamKnobs{Delay: 5 * time.Millisecond}}
	}
	return &r.knobs
}

func (r *run) parted() bool { return !r.calm && r.world.now < r.part }

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
	for w.now < until && !failed() {
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
	rest := oracle.Rest{Ready: snap.Ready, Halted: snap.Halt.Mode != engine.ModeReady, All: snap.Halt.Mode == engine.ModeHalt, Why: snap.Reason, Strange: r.strange, Balances: map[string][3]string{}}
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
	e, err := r.plan.engine(b.ids)
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

// fresh judges that an order leaves on a book that is not old: I12.
func (r *run) fresh(instrument string) {
	const oldest = 2*time.Second + 250*time.Millisecond + 250*time.Millisecond // R07, the late gate, and the client's wait for a free call
	const buffered = 5 * time.Second                                           // what waited in a machine that stood still may be so much older
	most := oldest
	if r.bot.frozen > r.world.now-oldest-buffered {
		most += buffered
	}
	if age := r.world.now - r.quotes[instrument]; age > most {
		r.judge.Violated("I12", "an order of %s left %s after the last book came", instrument, age)
	}
}

// delivered notes a book that came.
func (r *run) delivered(text []byte) {
	if len(text) < 90 || !strings.HasPrefix(string(text[:26]), `{"table":"spot/depth_l2_tb`) {
		return
	}
	for _, id := range r.plan.ids {
		if strings.Contains(string(text[:90]), id) {
			r.quotes[id] = r.world.now
		}
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
	r.result.Hash = r.world.trace.hash
	if r.result.Violation = r.judge.Found(); r.result.Violation != nil {
		r.result.Last = r.world.trace.last()
	}
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }
