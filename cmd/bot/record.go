package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"rulebot/engine"
	"rulebot/engine/live"
	"rulebot/engine/market"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
	"rulebot/strategies"
)

// recordFlags is what bot record was told.
type recordFlags struct {
	config, out string
	length      time.Duration
	most, each  int64
	speed       int
}

const recordAbout = `Write what the exchange sends about the markets that the strategies of a file follow: books, trades,
candles and tickers, byte for byte as they came. 'bot backtest --market FILE' and 'bot exchange --market FILE'
play it. No key is used, nothing is traded.

A file is full at --file-bytes; then the next begins, with a connection of its own, so that each can be played
alone. When the recordings in DIR reach --max-bytes it ends. What came is on disk after a second, whatever
happens to the program. Ctrl-C ends it.`

// Sizes of recordings.
const (
	recordMost = 4 << 30
	recordEach = 64 << 20
	recordEnd  = ".jsonl.gz"
)

// runRecord writes down what an exchange sends.
func runRecord(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) (err error) {
	var o recordFlags
	fs := newFlags("record", "record --config FILE --out DIR [flags]", recordAbout)
	fs.StringVar(&o.config, "config", "", "strategies `FILE`: which exchange, and which markets; the example that the program carries unless given")
	fs.StringVar(&o.out, "out", "", "`DIR` to write to")
	fs.DurationVar(&o.length, "for", 0, "end after this `TIME`, as 90s or 24h; without end unless given")
	fs.Int64Var(&o.most, "max-bytes", recordMost, "end when the recordings in DIR are of this `SIZE` together")
	fs.Int64Var(&o.each, "file-bytes", recordEach, "begin another file at this `SIZE`")
	fs.IntVar(&o.speed, "speed", 1, "`TIMES` the speed of the wall clock, when a built-in exchange runs at that")
	if help, err := parse(fs, args, stderr); help || err != nil {
		return err
	}
	if err := noArguments(fs); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	f, err := load(o.config)
	if err != nil {
		return err
	}
	end, err := o.reach(ctx, f)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end.close()) }()
	r, err := newRecorder(&o, end, stderr)
	if err != nil {
		return err
	}
	err = r.run(ctx, o.length, feedInstruments(f))
	_, said := io.WriteString(stdout, r.text())
	return errors.Join(err, said)
}

func (o *recordFlags) check() error {
	switch {
	case o.out == "":
		return misused("--out says which directory to write to, as --out recordings")
	case o.length < 0:
		return misused("--for %s is negative", o.length)
	case o.most <= 0:
		return misused("--max-bytes %d is not above 0", o.most)
	case o.each < recordLeast:
		return misused("--file-bytes %d is less than %d", o.each, recordLeast)
	case o.speed < 1 || o.speed > 100:
		return misused("--speed %d is not between 1 and 100", o.speed)
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return misused("--out: %v", err)
	}
	return nil
}

// recordLeast is the least that a file may be bounded to, for each begins with
// the snapshots of its books.
const recordLeast = 16 << 10

// wireEnd is an exchange to listen to.
type wireEnd struct {
	door
	now    func() market.Time // its time, as well as one question tells
	served closer             // nil unless in this process
}

func (e *wireEnd) close() error {
	if e.served != nil {
		return e.served.Close()
	}
	return nil
}

// reach finds the exchange of a file, or starts the built-in one.
func (o *recordFlags) reach(ctx context.Context, f *strategies.File) (*wireEnd, error) {
	if f.Exchange.Name != "okcoin" {
		return nil, misused("bot record writes what Okcoin sends; that of exchange %s is not recorded in this version", f.Exchange.Name)
	}
	d, err := doorOf(f)
	if err != nil {
		return nil, err
	}
	e := &wireEnd{door: d}
	if f.Exchange.Builtin {
		err = e.serve(ctx, o.speed, f)
	}
	if err == nil && o.speed > 1 && !loopback(e.rest) {
		err = misused("--speed is for a built-in exchange; %s runs at its own", e.rest)
	}
	if err == nil {
		err = e.tell(ctx, o.speed)
	}
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	return e, nil
}

// serve starts the built-in exchange, on the wall clock.
func (e *wireEnd) serve(ctx context.Context, speed int, f *strategies.File) error {
	from, err := builtinMarket(&runFlags{days: -1}, f)
	if err != nil {
		return err
	}
	flags := exchangeFlags{protocol: protocolOf(&f.Exchange).name, listen: "127.0.0.1:0", speed: speed}
	x, err := aloneExchange(&flags, from, members{keys: builtinKeys()}, wrongs{})
	if err != nil {
		return errors.Join(err, from.close())
	}
	e.served = x
	if err := x.Start(ctx); err != nil {
		return err
	}
	line := readyLine(&flags, from, x)
	e.rest, e.ws = line.REST, line.WS
	return nil
}

// tell asks for the exchange's time: frames carry it, for the machine's may be
// off.
func (e *wireEnd) tell(ctx context.Context, speed int) error {
	client, err := okcoin.NewClient(okcoin.ClientConfig{Base: e.rest, TLS: e.tls, Now: func() market.Time { return market.TimeOf(time.Now()) }})
	if err != nil {
		return err
	}
	defer client.Close()
	began := time.Now()
	now, err := client.Time(ctx)
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", e.rest, err)
	}
	e.now = live.NewReal(now.Add(time.Since(began)/2*time.Duration(speed)), speed).Now
	return nil
}

// recorder keeps a recording going: one connection a file.
type recorder struct {
	end      *wireEnd
	file     *frameFile
	stderr   io.Writer
	progress bool
	began    time.Time
	files    []string
	lost     int
}

func newRecorder(o *recordFlags, end *wireEnd, stderr io.Writer) (*recorder, error) {
	there, err := recordedBytes(o.out)
	if err != nil {
		return nil, err
	}
	if there >= o.most {
		return nil, fmt.Errorf("the recordings in %s are %s already, --max-bytes is %s: move some away, or allow more", o.out, sizeText(int(there)), sizeText(int(o.most)))
	}
	return &recorder{
		end: end, stderr: stderr, progress: isTerminal(stderr), began: time.Now(),
		file: &frameFile{dir: o.out, each: o.each, most: o.most, total: there, now: end.now},
	}, nil
}

// recordedBytes is the size of the recordings of a directory.
func recordedBytes(dir string) (sum int64, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "okcoin-*"+recordEnd))
	if err != nil {
		return 0, err
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return 0, err
		}
		sum += info.Size()
	}
	return sum, nil
}

// run records until the time is over, the size reached, or ctx done.
func (r *recorder) run(ctx context.Context, length time.Duration, instruments []string) error {
	if length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, length)
		defer cancel()
	}
	for ctx.Err() == nil && !r.file.full {
		if err := r.part(ctx, instruments); err != nil {
			return err
		}
	}
	return nil
}

// part records one file.
func (r *recorder) part(ctx context.Context, instruments []string) error {
	if err := r.file.open(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r.file.over = cancel
	kept := make(chan struct{})
	go func() {
		defer close(kept)
		r.keep(ctx)
	}()
	feed := okcoin.NewFeed(okcoin.FeedConfig{
		StreamConfig: okcoin.StreamConfig{
			Session: exchange.SessionConfig{URL: r.end.ws, TLS: r.end.tls, Tap: r.file.tap},
			Now:     r.end.now,
			Report:  func(err error) { fmt.Fprintln(r.stderr, "bot record:", err) },
		},
		Instruments: instruments,
		OnTicker:    func(okcoin.Ticker) {},
	})
	err := feed.Run(ctx, r.see)
	cancel()
	<-kept
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	name, closed := r.file.close()
	if name != "" {
		r.files = append(r.files, name)
	}
	return errors.Join(err, closed)
}

// keep puts what came on disk each second.
func (r *recorder) keep(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			r.file.flush()
			if r.progress {
				sums := r.file.sums()
				fmt.Fprintf(r.stderr, "\r%s, %d frames, %s ", time.Since(r.began).Round(time.Second), sums.frames, sizeText(int(sums.wrote)))
			}
		}
	}
}

// see tells a person when the connection is lost; the feed connects again by
// itself.
func (r *recorder) see(events []engine.Event) {
	for i := range events {
		if ev := &events[i]; ev.Kind == engine.KindLink && !ev.Link.Up {
			r.lost++
			fmt.Fprintf(r.stderr, "bot record: the connection is lost, connecting again: %s\n", ev.Link.Reason)
		}
	}
}

// text says what there is now.
func (r *recorder) text() string {
	var b strings.Builder
	sums := r.file.sums()
	if r.progress {
		fmt.Fprintln(r.stderr)
	}
	fmt.Fprintf(&b, "%s in %s, %s: %s\n", count(sums.frames, "frame"), count(int64(len(r.files)), "file"), sizeText(int(sums.wrote)), strings.Join(r.files, " "))
	if r.file.full {
		fmt.Fprintf(&b, "it ended because the recordings in the directory reach --max-bytes\n")
	}
	if r.lost > 0 {
		fmt.Fprintf(&b, "the connection was lost %d times; what was sent meanwhile is missing\n", r.lost)
	}
	if sums.dropped > 0 {
		fmt.Fprintf(&b, "%s could not be written down: no UTF-8\n", count(sums.dropped, "frame"))
	}
	return b.String()
}
