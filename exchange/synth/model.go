package synth

import (
	"math"

	"rulebot/engine/market"
)

// minutesADay is the length of the season.
const minutesADay = 1440

// wave is a mean-reverting process: a step is x ← keep·x + push·z, with z
// normal. It begins at 0.
type wave struct{ x, keep, push float64 }

// waveOf returns the wave of standard deviation sd that forgets to 1/e within
// so many steps.
func waveOf(sd, steps float64) wave {
	keep := exp(-1 / steps)
	return wave{keep: keep, push: float64(sd * math.Sqrt(1-float64(keep*keep)))}
}

func (w *wave) step(r *random) float64 {
	w.x = float64(w.keep*w.x) + float64(w.push*r.normal())
	return w.x
}

// climate is what all instruments share: the slow part of volatility, the time
// of day, and the direction of the minute.
type climate struct {
	random random
	days   wave
	hours  wave

	heat float64 // log volatility of this minute, over its long-run mean
	pull float64 // direction of this minute, normal
}

func newClimate(seed uint64) climate {
	return climate{
		random: seeded(seed, "climate"),
		days:   waveOf(daysSD, daysMinutes),
		hours:  waveOf(hoursSD, hoursMinutes),
	}
}

func (c *climate) step(open market.Time) {
	c.heat = season(open) + c.days.step(&c.random) + c.hours.step(&c.random)
	c.pull = c.random.normal()
}

// season returns the log volatility that the time of day adds: a straight line
// between the full hours, UTC.
func season(at market.Time) float64 {
	hours := [...]float64{
		0.10, 0.02, -0.08, -0.20, -0.32, -0.40, -0.42, -0.36, -0.24, -0.14, -0.10, -0.06,
		0.06, 0.28, 0.54, 0.60, 0.50, 0.36, 0.24, 0.14, 0.06, 0.00, -0.06, 0.02,
	}
	minute := int(at.Milli() / 60_000 % minutesADay)
	here, there := hours[minute/60], hours[(minute/60+1)%24]
	return here + float64((there-here)*float64(minute%60))/60
}
