package strategies

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
	_ "time/tzdata" // zones are found on every machine

	"rulebot/engine"
	"rulebot/engine/market"
)

// timeValues are the event's time on the strategy's clock.
func timeValues() []viewField {
	return []viewField{
		clocked("time.hour", "hour of the day", "hours", span{0, 23}, func(t time.Time) int { return t.Hour() }),
		clocked("time.minute", "minute of the hour", "minutes", span{0, 59}, func(t time.Time) int { return t.Minute() }),
		clocked("time.weekday", "day of the week: Monday is 1, Sunday is 7", "days", span{1, 7}, func(t time.Time) int { return int(t.Weekday()+6)%7 + 1 }),
		clocked("time.day", "day of the month", "days", span{1, 31}, func(t time.Time) int { return t.Day() }),
	}
}

func clocked(name, short, unit string, values span, read func(t time.Time) int) viewField {
	f := row(name, short+", in the strategy's timezone", unit, "never empty", values, nil)
	f.zoned = func(z *time.Location) func(*engine.View) float64 {
		return func(v *engine.View) float64 { return float64(read(v.At.Std().In(z))) }
	}
	return f
}

// zoneOf finds a time zone by its IANA name. The machine's own zone has no
// name that means the same elsewhere.
func zoneOf(name string) (*time.Location, bool) {
	if name == "" || name == "Local" || len(name) > 64 {
		return nil, false
	}
	z, err := time.LoadLocation(name)
	return z, err == nil
}

// sessionValue tells of session, which looks like a function.
func sessionValue() Value {
	return Value{
		Name: "session", Usage: `session("09:30-16:00"[, "Europe/Berlin"])`,
		Short: "the bar opened in this part of the day, its end excluded; of other events, their time. It may pass midnight",
		Unit:  "condition", Range: "true or false", Empty: "never empty", Condition: true,
	}
}

var sessionForm = regexp.MustCompile(`^([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])$`)

// sessionOf reads a part of the day: 09:30-16:00, 22:00-02:00, 16:00-24:00.
func sessionOf(text string) (from, to int, err error) {
	m := sessionForm.FindStringSubmatch(text)
	if m == nil {
		return 0, 0, fmt.Errorf("a session is two times of day, got %s", clip(text))
	}
	minutes := func(h, m string) int {
		hours, _ := strconv.Atoi(h) // the form has digits alone
		rest, _ := strconv.Atoi(m)
		return 60*hours + rest
	}
	const day = 24 * 60
	from, to = minutes(m[1], m[2]), minutes(m[3], m[4])
	switch {
	case from >= day || to > day:
		return 0, 0, fmt.Errorf("a day has 24 hours, got %s", text)
	case from == to:
		return 0, 0, fmt.Errorf("the session %s has no length", text)
	}
	return from, to, nil
}

// inSession reads whether the wall shows a time of the session.
func inSession(from, to int, z *time.Location) func(v *engine.View) float64 {
	return func(v *engine.View) float64 {
		h, m, _ := v.Opened.Std().In(z).Clock()
		now := 60*h + m
		if from < to {
			return oneIf(now >= from && now < to)
		}
		return oneIf(now >= from || now < to)
	}
}

// day tells days apart: each begins so long after midnight in the zone.
type day struct {
	zone  *time.Location
	after time.Duration
}

// number counts days since 1970 by the wall of the zone.
func (d day) number(t market.Time) int64 {
	wall := t
	if d.zone != nil {
		_, offset := t.Std().In(d.zone).Zone()
		wall = t.Add(time.Duration(offset) * time.Second)
	}
	return int64(wall.Add(-d.after).Floor(24*time.Hour)) / int64(24*time.Hour)
}
