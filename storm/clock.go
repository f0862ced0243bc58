package storm

import (
	"time"

	"rulebot/engine/market"
)

// clock is the bot's run clock: what it was told once, moved on by a monotonic
// clock that drifts and may stand still while the machine sleeps. It is the
// live.Clock of the stepper.
type clock struct {
	bot    *bot
	origin time.Duration // what it was told at began
	began  time.Duration // true time
	moved  time.Duration // by the measures
	lost   time.Duration // slept through
	steps  time.Duration // by which the wall clock was set
	before time.Duration // likewise, when the machine stood still last
	slept  time.Duration // then, by this clock nothing
	drift  int           // parts in a million
	at     market.Time   // of the next alarm; 0 is none
	set    uint64        // how often it was set
}

// elapsed is the monotonic clock.
func (c *clock) elapsed() time.Duration {
	d := c.bot.run.world.now - c.began - c.lost
	return d + d/1_000_000*time.Duration(c.drift)
}

// Now returns the time of the run.
func (c *clock) Now() market.Time { return market.Time(c.origin + c.elapsed()) }

// even is the monotonic clock as pauses and limits see it.
func (c *clock) even() time.Time { return time.Unix(0, int64(c.elapsed())) }

// wall is the machine's clock: it goes on while the machine sleeps, and people
// set it.
func (c *clock) wall() time.Time { return time.Unix(0, int64(c.bot.run.world.now+c.steps)) }

// moveOn makes up for what was slept through.
func (c *clock) moveOn(by time.Duration) {
	c.bot.run.say("clock: moved on by %s", by)
	c.origin += by
	c.moved += by
	c.set++
	if c.at != 0 {
		c.arm(c.set)
	}
}

// total is how far it was moved on in all.
func (c *clock) total() time.Duration { return c.moved }

// WakeAt sets the time of the next alarm.
func (c *clock) WakeAt(at market.Time) <-chan market.Time {
	if at == c.at {
		return nil
	}
	c.at = at
	c.set++
	if at != 0 {
		c.arm(c.set)
	}
	return nil
}

// arm rings when the time has come, by this clock.
func (c *clock) arm(set uint64) {
	b := c.bot
	b.after(max(c.at.Sub(c.Now()), time.Millisecond), func() {
		switch {
		case c.set != set:
		case c.Now() < c.at:
			c.arm(set)
		default:
			b.step(b.stepper.Ring)
		}
	})
}

// Begin does nothing: the market does not wait.
func (c *clock) Begin() {}

// End does nothing.
func (c *clock) End() {}
