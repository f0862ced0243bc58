package sim

import (
	"fmt"
	"math/bits"
	"time"
)

// Latency is the time from a command until it takes effect and is answered:
// From where To is zero, otherwise drawn between the two from Seed. The same
// seed draws the same times for the same commands.
type Latency struct {
	From, To    time.Duration
	Exponential bool // mostly near From; otherwise every time is as likely
	Seed        uint64
}

func (l *Latency) check() error {
	switch {
	case l.From < 0:
		return fmt.Errorf("sim: latency %s is negative", l.From)
	case l.To != 0 && l.To < l.From:
		return fmt.Errorf("sim: latency from %s to %s: the first is the least", l.From, l.To)
	}
	return nil
}

// draw returns the latency of the command number n.
func (l *Latency) draw(n int64) time.Duration {
	width := l.To - l.From
	if width <= 0 {
		return l.From
	}
	d := dice(mixed(l.Seed) + uint64(n)*golden)
	if !l.Exponential {
		return l.From + d.below(width+1)
	}
	return l.From + d.decaying(width)
}

// golden is the step of SplitMix64.
const golden = 0x9e3779b97f4a7c15

// dice is the state of a SplitMix64.
type dice uint64

func (d *dice) next() uint64 {
	*d += golden
	return mixed(uint64(*d))
}

// below returns a time from 0 to less than n. That small ones are likelier by
// n in 2^64 does not matter here.
func (d *dice) below(n time.Duration) time.Duration {
	return time.Duration(d.next() % uint64(n))
}

// means is how many means of the exponential distribution lie between its
// bounds; one draw in 55 would be beyond, and is drawn again.
const means = 4

// decaying returns a time from 0 to width, by the exponential distribution
// whose mean is a quarter of width. It compares and never takes a logarithm
// (von Neumann's method), so that it is the same on every machine.
func (d *dice) decaying(width time.Duration) time.Duration {
	for {
		for whole := range means {
			part, ok := d.descent()
			if ok {
				unit := uint64(width / means)
				return time.Duration(uint64(whole)*unit + scaled(part, unit))
			}
		}
	}
}

// descent draws while each number is below the one before, and reports
// whether it drew an odd count; the first is the fraction then.
func (d *dice) descent() (first uint64, odd bool) {
	first = d.next()
	last := first
	for odd = true; ; odd = !odd {
		next := d.next()
		if next >= last {
			return first, odd
		}
		last = next
	}
}

// scaled returns unit × part / 2^64.
func scaled(part, unit uint64) uint64 {
	high, _ := bits.Mul64(part, unit)
	return high
}
