package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"rulebot/engine/market"
	"rulebot/exchange/history"
)

// Bounds of a download.
const (
	emptyPages    = 10      // one after the other, until nothing older is expected: all that Okcoin says to keep
	downloadTries = 4       // of one page
	downloadMax   = 5000000 // bars
)

// download fetches the bars of a span from its end to its beginning: how far
// back an exchange goes is known only once it has nothing more.
type download struct {
	client   caller
	spoken   protocol
	series   market.Series
	from, to market.Time  // 0: as far as the exchange goes
	old      []market.Bar // of the file; what they cover is not fetched again
	fetched  []market.Bar
	file     string
	progress io.Writer // nil when nobody watches
	pause    time.Duration
}

func (d *download) fetch(ctx context.Context) error {
	now, err := d.client.Time(ctx)
	if err != nil {
		return fmt.Errorf("the exchange does not answer: %w", err)
	}
	if err := d.listed(ctx); err != nil {
		return err
	}
	tf := d.series.Timeframe
	end := tf.Open(now) // the bar under way is not over
	if d.to != 0 {
		end = min(end, tf.Open(d.to))
	}
	begin := tf.Open(d.from + market.Time(tf) - 1)
	if n := len(d.old); n > 0 {
		begin = d.old[n-1].Open // once more: it shows whether the file is of this market
	}
	if begin >= end && len(d.old) == 0 {
		return misused("no %s bar begins and ends within --from and --to, or before now (%s UTC)", tf, stamp(now))
	}
	if begin+market.Time(tf) >= end && len(d.old) > 0 {
		return nil
	}
	if err := d.pages(ctx, begin, end); err != nil {
		return err
	}
	return d.join(begin, end)
}

// listed refuses an instrument that the exchange does not have.
func (d *download) listed(ctx context.Context) error {
	all, err := d.client.Instruments(ctx)
	if err != nil {
		return fmt.Errorf("the exchange does not list its instruments: %w", err)
	}
	if _, ok := find(all, d.series.Instrument); ok {
		return nil
	}
	hint := "; it has " + strings.Join(ids(all), ", ")
	if near := nearest(d.series.Instrument, ids(all)); near != "" {
		hint = "; did you mean " + near + "?"
	}
	return misused("the exchange has no %s%s", d.series.Instrument, hint)
}

// pages fetches what opens within [begin, end), the newest page first.
func (d *download) pages(ctx context.Context, begin, end market.Time) error {
	tf := market.Time(d.series.Timeframe)
	var all []market.Bar // newest first
	for last, empty := end-tf, 0; last >= begin && last > 0 && empty < emptyPages; {
		first := max(begin, last-(market.Time(d.spoken.pageMax)-1)*tf)
		page, err := d.page(ctx, first, last)
		if err != nil {
			d.told("\n")
			text := ""
			if len(all) > 0 {
				text = fmt.Sprintf("; what is after it was there, so --from %s may do", all[len(all)-1].Open)
			}
			return fmt.Errorf("%s to %s UTC did not come, and %s was left as it was%s: %w", stamp(first), stamp(last), d.file, text, err)
		}
		slices.Reverse(page)
		all = append(all, page...)
		if len(all) > downloadMax {
			return fmt.Errorf("more than %d bars: fetch a shorter span with --from", downloadMax)
		}
		if empty++; len(page) > 0 {
			empty = 0
		}
		last = first - tf
		d.told(fmt.Sprintf("\r%s, back to %s UTC", count(int64(len(all)), "bar"), stamp(first)))
	}
	d.told("\n")
	slices.Reverse(all)
	d.fetched = all
	return nil
}

func (d *download) told(text string) {
	if d.progress != nil {
		_, _ = io.WriteString(d.progress, text) // a person's terminal: there is nobody else to tell
	}
}

// page fetches one page, and again when what failed may pass.
func (d *download) page(ctx context.Context, first, last market.Time) ([]market.Bar, error) {
	for try := 1; ; try++ {
		bars, err := d.client.BarPage(ctx, d.series, first, last)
		lasting := d.spoken.lasting(err)
		if err == nil || lasting || try == downloadTries || ctx.Err() != nil {
			return bars, err
		}
		t := time.NewTimer(time.Duration(try) * d.wait())
		select {
		case <-ctx.Done():
			t.Stop()
			return nil, ctx.Err()
		case <-t.C:
		}
	}
}

func (d *download) wait() time.Duration {
	if d.pause > 0 {
		return d.pause
	}
	return 2 * time.Second
}

// join verifies what came, and that it goes on where the file ends.
func (d *download) join(begin, end market.Time) error {
	if n := len(d.old); n > 0 && len(d.fetched) > 0 && d.fetched[0].Open == begin {
		if is, was := &d.fetched[0], &d.old[n-1]; !sameBar(is, was) {
			return fmt.Errorf("the last bar of %s is not what the exchange says of %s at %s UTC: it holds %s, the exchange says %s. "+
				"Is the file of another market? It was left as it was; another --out begins anew", d.file, d.series, stamp(was.Open), barText(was), barText(is))
		}
		d.fetched = d.fetched[1:]
	}
	if len(d.fetched) == 0 && len(d.old) == 0 {
		return fmt.Errorf("the exchange has no %s bars from %s to %s UTC: Okcoin keeps 1,440 to 2,000 bars before now", d.series, stamp(begin), stamp(end))
	}
	last := market.Time(0)
	if n := len(d.old); n > 0 {
		last = d.old[n-1].Close()
	}
	return ordered(d.fetched, d.series.Timeframe, last, end)
}

// ordered holds bars against what a file of them promises.
func ordered(bars []market.Bar, tf market.Timeframe, from, to market.Time) error {
	for i := range bars {
		b := &bars[i]
		err := b.Check()
		switch {
		case err != nil:
		case b.Timeframe != tf || tf.Open(b.Open) != b.Open:
			err = fmt.Errorf("it is not where a bar of %s starts", tf)
		case b.Open < from:
			err = errors.New("it comes twice, or out of order")
		case b.Close() > to:
			err = errors.New("it is outside of what was asked for")
		}
		if err != nil {
			return fmt.Errorf("the exchange sent a bar of %s that cannot be: %w", b.Open, err)
		}
		from = b.Close()
	}
	return nil
}

func barText(b *market.Bar) string {
	return fmt.Sprintf("%s %s %s %s %s", b.O, b.H, b.L, b.C, b.Volume)
}

// readBars reads the file that a download goes on with; there is none at
// first.
func readBars(name string, s market.Series) (_ []market.Bar, err error) {
	file, err := os.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, misused("--out: %v", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	bars, err := history.OpenBars(name, file, market.Instrument{ID: s.Instrument}, s.Timeframe)
	if err != nil {
		return nil, fmt.Errorf("--out is there and cannot be gone on with: %w; it was left as it was, choose another", err)
	}
	all := bars.All()
	if sparse(all) {
		return nil, fmt.Errorf("%s holds no two bars that are %s apart: is it of another --timeframe? It was left as it was, choose another --out", name, s.Timeframe)
	}
	return all, nil
}

// sparse reports whether no bar follows the one before it at once: then they
// are most likely longer than was said.
func sparse(bars []market.Bar) bool {
	return len(bars) > 2 && len(gapsOf(bars)) == len(bars)-1
}

// writeBars writes a file of bars.
func writeBars(name string, bars []market.Bar) error {
	return writeWhole(name, func(w io.Writer) error {
		if !strings.HasSuffix(name, ".gz") {
			return writeRows(w, bars)
		}
		z := gzip.NewWriter(w)
		return errors.Join(writeRows(z, bars), z.Close())
	})
}

func writeRows(w io.Writer, bars []market.Bar) error {
	out := bufio.NewWriterSize(w, 64<<10)
	line := []byte("time,open,high,low,close,volume\n")
	for i := range bars {
		if _, err := out.Write(line); err != nil {
			return err
		}
		b := &bars[i]
		line = strconv.AppendInt(line[:0], b.Open.Milli(), 10)
		for _, text := range [...]string{b.O.String(), b.H.String(), b.L.String(), b.C.String(), b.Volume.String()} {
			line = append(append(line, ','), text...)
		}
		line = append(line, '\n')
	}
	_, err := out.Write(line)
	return errors.Join(err, out.Flush())
}
