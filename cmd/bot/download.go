package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"rulebot/engine/market"
	"rulebot/strategies"
)

// downloadFlags is what bot download was told.
type downloadFlags struct {
	exchange, endpoint    string
	instrument, timeframe string
	from, to, out         string
	region                string

	spoken      protocol
	door        door
	series      market.Series
	first, last market.Time // of the span: from here, and before there; 0 is as far as the exchange goes
}

const downloadAbout = `Fetch the bars that the exchange keeps of its past, check them, and write them as CSV:
time (Unix milliseconds, of the bar's start), open, high, low, close, volume; oldest first.

Okcoin keeps 1,440 to 2,000 bars before now, whatever their length: a day of 1m, two months
of 1h. What is older cannot be fetched. Run it each day with the same FILE: a FILE that is there
is read and checked, and what is missing after its last bar is fetched and added.

FILE is written whole or not at all. Bars that are missing within it are listed; they are not
made up. --endpoint builtin asks the built-in exchange, whose past is generated.`

// runDownload fetches bars of the past into a file.
func runDownload(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) (err error) {
	o, help, err := readDownloadFlags(args, stderr)
	if help || err != nil {
		return err
	}
	old, err := readBars(o.out, o.series)
	if err != nil {
		return err
	}
	end, err := o.reach(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end.close()) }()
	d := download{client: end.client, spoken: o.spoken, series: o.series, from: o.first, to: o.last, old: old, file: o.out}
	if isTerminal(stderr) {
		d.progress = stderr
	}
	if err := d.fetch(ctx); err != nil {
		return err
	}
	if len(d.fetched) > 0 {
		if err := writeBars(o.out, slices.Concat(old, d.fetched)); err != nil {
			return err
		}
	}
	_, err = io.WriteString(stdout, d.text())
	return err
}

func readDownloadFlags(args []string, stderr io.Writer) (o downloadFlags, help bool, err error) {
	fs := newFlags("download", "download --instrument BTC-USD --timeframe 1m --out FILE [flags]", downloadAbout)
	fs.StringVar(&o.exchange, "exchange", "okcoin", "`NAME` of the exchange: okcoin or okx")
	fs.StringVar(&o.region, "region", "", "`NAME` of a region of okx: global, us, eea or okcoin; global unless given")
	fs.StringVar(&o.endpoint, "endpoint", "", "`URL` of its REST calls, or builtin; the exchange itself unless given")
	fs.StringVar(&o.instrument, "instrument", "", "`NAME` of the market, as BTC-USD")
	fs.StringVar(&o.timeframe, "timeframe", "1m", "`LENGTH` of a bar: "+strings.Join(market.TimeframeNames(), ", "))
	fs.StringVar(&o.from, "from", "", "`TIME` to begin at, RFC 3339 or a date; as far back as the exchange goes unless given")
	fs.StringVar(&o.to, "to", "", "`TIME` to end before; now unless given")
	fs.StringVar(&o.out, "out", "", "`FILE` to write, or to go on with; compressed when it ends in .gz")
	if help, err = parse(fs, args, stderr); help || err != nil {
		return o, help, err
	}
	if fs.NArg() > 0 {
		return o, false, noArguments(fs)
	}
	return o, false, o.check()
}

// check reads the values of the flags.
func (o *downloadFlags) check() (err error) {
	if err := o.findExchange(); err != nil {
		return err
	}
	base, quote, found := strings.Cut(o.instrument, "-")
	switch {
	case o.instrument == "":
		return misused("--instrument says which market, as --instrument BTC-USD")
	case !found || base == "" || quote == "":
		return misused("--instrument %q is not BASE-QUOTE, as BTC-USD", o.instrument)
	case o.out == "":
		return misused("--out says which file to write, as --out btc-usd-1m.csv.gz")
	}
	o.instrument = strings.ToUpper(o.instrument)
	tf, err := market.ParseTimeframe(o.timeframe)
	if err != nil {
		return misused("--timeframe %q is not one of %s", o.timeframe, strings.Join(market.TimeframeNames(), ", "))
	}
	o.series = market.Series{Instrument: o.instrument, Timeframe: tf}
	if o.first, err = parseTime("--from", o.from); err != nil {
		return err
	}
	if o.last, err = parseTime("--to", o.to); err != nil {
		return err
	}
	if o.first != 0 && o.last != 0 && o.first >= o.last {
		return misused("--from %s is not before --to %s", o.from, o.to)
	}
	return o.checkEndpoint()
}

// findExchange settles which exchange is asked, and where.
func (o *downloadFlags) findExchange() (err error) {
	known := false
	if o.spoken, known = protocolThat(func(p *protocol) bool { return p.exchange == o.exchange }); !known {
		return misused("exchange %s is not in this version: okcoin and okx are", o.exchange)
	}
	at := strategies.Exchange{Name: o.exchange, Region: o.region, Environment: environmentLive}
	switch {
	case o.region != "" && o.exchange != okxName:
		return misused("--region is for --exchange okx: %s has one place", o.exchange)
	case o.region != "" && o.endpoint != "":
		return misused("--region names the hosts, and so does --endpoint: leave one out")
	case o.endpoint != "":
		o.door = door{rest: o.endpoint, environment: environmentDemo}
		if o.spoken.own(o.endpoint) {
			o.door.environment = environmentLive
		}
		return nil
	case o.region == "" && o.exchange == okxName:
		at.Region = "global"
	}
	if o.door, err = o.spoken.hosts(&at); err != nil {
		return misused("--region: %v", err)
	}
	o.door.environment = environmentLive
	return nil
}

// checkEndpoint refuses an address that is none, and one whose answers anybody
// on the way could change.
func (o *downloadFlags) checkEndpoint() error {
	if o.endpoint == builtinEndpoint || o.endpoint == "" {
		return nil
	}
	u, err := url.Parse(o.endpoint)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil:
		return misused("--endpoint %q is neither builtin nor a URL, as %s", o.endpoint, okcoinREST)
	case u.Scheme == "http" && !loopback(o.endpoint):
		return misused("--endpoint %s: without https anybody on the way can change the prices; http serves this machine only", o.endpoint)
	}
	return nil
}

const builtinEndpoint = "builtin"

// pastEnd is an exchange to ask for its past.
type pastEnd struct {
	client caller
	served closer // nil unless in this process
}

func (e *pastEnd) close() error {
	if e.client != nil {
		e.client.Close()
	}
	if e.served != nil {
		return e.served.Close()
	}
	return nil
}

// reach finds the exchange, or starts the built-in one.
func (o *downloadFlags) reach(ctx context.Context) (*pastEnd, error) {
	e, to := &pastEnd{}, o.door
	if o.endpoint == builtinEndpoint {
		f := exchangeFlags{protocol: o.spoken.name, listen: "127.0.0.1:0", seed: 1, speed: 1}
		from, err := aloneMarket(&f)
		if err != nil {
			return nil, err
		}
		x, err := aloneExchange(&f, from, members{keys: builtinKeys()}, wrongs{})
		if err != nil {
			return nil, err
		}
		e.served = x
		if err := x.Start(ctx); err != nil {
			return nil, errors.Join(err, e.close())
		}
		to.rest = "http://" + x.Addr()
	}
	var err error
	e.client, err = o.spoken.caller(callerConfig{door: to, now: func() market.Time { return market.TimeOf(time.Now()) }})
	if err != nil {
		return nil, errors.Join(misused("--endpoint: %v", err), e.close())
	}
	return e, nil
}

// gapsShown is how many gaps are listed.
const gapsShown = 20

// text says what there is now.
func (d *download) text() string {
	var b strings.Builder
	all := slices.Concat(d.old, d.fetched)
	first, last := &all[0], &all[len(all)-1]
	if len(d.fetched) == 0 {
		fmt.Fprintf(&b, "%s has all there is: ", d.file)
	} else {
		fmt.Fprintf(&b, "%s: %s fetched; ", d.file, count(int64(len(d.fetched)), "bar"))
	}
	fmt.Fprintf(&b, "%s of %s, %s to %s UTC\n", count(int64(len(all)), "bar"), d.series, stamp(first.Open), stamp(last.Close()))
	if begins := d.series.Timeframe.Open(d.from); d.from != 0 && first.Open > max(begins, d.from) {
		if len(d.old) > 0 {
			fmt.Fprintf(&b, "it begins at %s, not at --from: a file is gone on with, what is before its first bar is not fetched; another --out fetches it if the exchange still has it\n", stamp(first.Open))
		} else {
			fmt.Fprintf(&b, "the exchange has nothing before %s; --from is %s\n", stamp(first.Open), stamp(d.from))
		}
	}
	gaps := gapsOf(all)
	for i, g := range gaps {
		if i == gapsShown {
			fmt.Fprintf(&b, "... and %s more\n", count(int64(len(gaps)-i), "gap"))
			break
		}
		fmt.Fprintf(&b, "gap: %s missing, %s to %s UTC\n", count(g.bars, "bar"), stamp(g.from), stamp(g.to))
	}
	if len(gaps) == 0 {
		b.WriteString("no gaps\n")
	}
	return b.String()
}

// gap is where bars are missing.
type gap struct {
	from, to market.Time
	bars     int64
}

func gapsOf(bars []market.Bar) []gap {
	var gaps []gap
	for i := range bars[:max(0, len(bars)-1)] {
		from, to := bars[i].Close(), bars[i+1].Open
		if from < to {
			gaps = append(gaps, gap{from, to, int64(to.Sub(from) / bars[i].Timeframe.Duration())})
		}
	}
	return gaps
}

// sameBar reports whether two bars say the same, however their numbers are
// written.
func sameBar(a, b *market.Bar) bool {
	return a.Open == b.Open && a.O.Cmp(b.O) == 0 && a.H.Cmp(b.H) == 0 && a.L.Cmp(b.L) == 0 &&
		a.C.Cmp(b.C) == 0 && a.Volume.Cmp(b.Volume) == 0
}
