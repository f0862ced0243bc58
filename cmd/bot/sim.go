package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sync/errgroup"

	"rulebot/storm"
)

type simFlags struct {
	seeds, from uint64
	workers     int
	spoken      string
	protocol    storm.Protocol
	hashes      bool
	coverage    bool
	all         bool
}

// runSim plays seeds of the simulator and stops at the first violation.
func runSim(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	var o simFlags
	fs := newFlags("sim", "sim [flags]",
		"Play the bot's own code against an exchange, a network, a disk and clocks that fail, in virtual time: each seed is another\n"+
			"run, on Okcoin's protocol or on OKX's. A run that breaks an invariant is printed with its seed and its protocol, what was wrong\n"+
			"with the world, and its last 200 events. A seed is the same run of its protocol whichever others are played.")
	fs.Uint64Var(&o.seeds, "seeds", 200, "`NUMBER` of runs")
	fs.Uint64Var(&o.from, "from", 1, "`SEED` of the first run; the others follow")
	fs.StringVar(&o.spoken, "protocol", storm.Both.String(), "`NAME` of the protocol that is spoken: okcoin-v3, okx-v5 or both, which is OKX in one of four seeds")
	fs.IntVar(&o.workers, "workers", runtime.NumCPU(), "`NUMBER` of runs at once")
	fs.BoolVar(&o.hashes, "hashes", false, "print the hash over everything that happened in each run")
	fs.BoolVar(&o.coverage, "coverage", false, "print which faults met orders in which states")
	fs.BoolVar(&o.all, "all", false, "do not stop at a violation: print one line for each")
	if help, err := parse(fs, args, stderr); help || err != nil {
		return err
	}
	if err := noArguments(fs); err != nil {
		return err
	}
	var err error
	if o.protocol, err = storm.ParseProtocol(o.spoken); err != nil {
		return misused("--protocol %v", err)
	}
	if o.seeds == 0 || o.workers < 1 {
		return misused("--seeds %d with --workers %d plays nothing", o.seeds, o.workers)
	}
	debug.SetGCPercent(400) // short lives, many of them
	s := &simulation{flags: &o, stdout: stdout, began: time.Now(), covered: map[string]map[string]int{}}
	err = s.play(ctx, stderr)
	return errors.Join(err, s.summarise(stderr))
}

// simulation is the runs of one command.
type simulation struct {
	flags     *simFlags
	stdout    io.Writer
	began     time.Time
	done      uint64
	bad       uint64
	simulated time.Duration
	covered   map[string]map[string]int
}

// play runs the seeds side by side, and tells of them in their order.
func (s *simulation) play(ctx context.Context, stderr io.Writer) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	results := make([]chan storm.Result, s.flags.workers)
	for w := range results {
		results[w] = make(chan storm.Result, 64)
		group.Go(func() error { return s.work(ctx, uint64(w), results[w]) })
	}
	told := time.Now()
	var err error
	for i := uint64(0); i < s.flags.seeds && err == nil; i++ {
		select {
		case r := <-results[i%uint64(len(results))]:
			err = s.tell(&r)
		case <-ctx.Done():
			err = ctx.Err()
		}
		if time.Since(told) > 5*time.Second {
			told = time.Now()
			fmt.Fprintf(stderr, "%d of %d seeds, %.0f a second\n", s.done, s.flags.seeds, float64(s.done)/time.Since(s.began).Seconds())
		}
	}
	stop()
	if others := group.Wait(); others != nil && !errors.Is(others, context.Canceled) {
		return others
	}
	return err
}

// work plays every seed whose turn it is.
func (s *simulation) work(ctx context.Context, worker uint64, results chan<- storm.Result) error {
	player, err := storm.NewPlayer(storm.Options{Dir: memoryDir(), Protocol: s.flags.protocol})
	if err != nil {
		return err
	}
	for i := worker; i < s.flags.seeds; i += uint64(s.flags.workers) {
		r, err := player.Run(s.flags.from + i)
		if err != nil {
			return fmt.Errorf("seed %d: %w", s.flags.from+i, err)
		}
		select {
		case results <- r:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// memoryDir is where files are in memory, if there is such a place.
func memoryDir() string {
	if _, err := os.Stat("/dev/shm"); err == nil {
		return "/dev/shm"
	}
	return os.TempDir()
}

func (s *simulation) tell(r *storm.Result) error {
	s.done++
	s.simulated += r.Simulated
	for fault, states := range r.Covered {
		if s.covered[fault] == nil {
			s.covered[fault] = map[string]int{}
		}
		for state, n := range states {
			s.covered[fault][state] += n
		}
	}
	if s.flags.hashes {
		if _, err := fmt.Fprintf(s.stdout, "%d %016x\n", r.Seed, r.Hash); err != nil {
			return err
		}
	}
	v := r.Violation
	if v == nil {
		return nil
	}
	s.bad++
	text := fmt.Sprintf("seed %d, %s: %s: %s", r.Seed, r.Knobs.Protocol, v.Invariant, v.Text)
	if s.flags.all {
		_, err := fmt.Fprintln(s.stdout, text)
		return err
	}
	_, err := fmt.Fprintf(s.stdout, "%s\n\n%s\n\nthe last events\n%s\n\n", text, r.Knobs, strings.Join(r.Last, "\n"))
	return errors.Join(err, fmt.Errorf("%s; bot sim --protocol %s --from %d --seeds 1 plays it again, hash %016x", text, r.Knobs.Protocol, r.Seed, r.Hash))
}

// summarise says what was played.
func (s *simulation) summarise(stderr io.Writer) error {
	took := time.Since(s.began)
	fmt.Fprintf(stderr, "%.0f seeds a second, %.1f simulated hours a second\n", float64(s.done)/took.Seconds(), s.simulated.Hours()/took.Seconds())
	if s.flags.coverage {
		if err := s.coverage(); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(s.stdout, "%d seeds from %d, %.1f simulated hours, %d violations\n", s.done, s.flags.from, s.simulated.Hours(), s.bad)
	if err == nil && s.bad > 0 && s.flags.all {
		return fmt.Errorf("%d of %d runs broke an invariant", s.bad, s.done)
	}
	return err
}

// coverage prints a row for each fault, a column for each state in which an
// order was when it happened.
func (s *simulation) coverage() error {
	states := storm.States()
	t := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "fault\t%s\t\n", strings.Join(states, "\t"))
	for _, fault := range sortedKeys(s.covered) {
		cells := []string{fault}
		for _, state := range states {
			cells = append(cells, fmt.Sprint(s.covered[fault][state]))
		}
		fmt.Fprintf(t, "%s\t\n", strings.Join(cells, "\t"))
	}
	return t.Flush()
}
