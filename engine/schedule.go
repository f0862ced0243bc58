package engine

import (
	"math/bits"
	"time"

	"rulebot/engine/market"
)

// Schedule is a set of times of the wall: those whose second, minute, hour,
// month and day are all in it. Days count by the day of the month and by the
// weekday; where both are restricted, either suffices, as in cron.
//
// A time that the clocks leave out in spring is left out: the next one that
// exists is meant. One that they show twice in autumn counts the first time.
type Schedule struct {
	Seconds, Minutes uint64 // bit i is i
	Hours            uint32
	Days             uint32 // bit 1 is the first
	Months           uint16 // bit 1 is January
	Weekdays         uint8  // bit 0 is Sunday
	AnyDay           bool   // the day of the month is not restricted
	AnyWeekday       bool
	Zone             *time.Location // nil is UTC
}

// Seconds of longer spans. The rarest schedule, a 29th of February, comes
// again within eight years.
const (
	hourSeconds = 3600
	daySeconds  = 24 * hourSeconds
	rarest      = 9 * 366 * daySeconds
)

// Next returns the first time of the schedule after a time, or 0 when there is
// none.
func (s *Schedule) Next(after market.Time) market.Time {
	zone := s.Zone
	if zone == nil {
		zone = time.UTC
	}
	at := after.Std().Unix() + 1
	for give := at + rarest; at < give; {
		// Between two changes of the clocks the wall is as far from UTC as here.
		now := time.Unix(at, 0).In(zone)
		from, to := now.ZoneBounds()
		_, offset := now.Zone()
		shown := at + int64(offset)
		if !from.IsZero() {
			_, before := from.Add(-time.Second).Zone()
			shown = max(shown, from.Unix()+int64(before)) // set back: up to there the wall was shown already
		}
		end := give + int64(offset)
		if !to.IsZero() {
			end = min(end, to.Unix()+int64(offset))
		}
		if found, ok := s.nextShown(shown, end); ok {
			return market.TimeOf(time.Unix(found-int64(offset), 0))
		}
		at = end - int64(offset)
	}
	return 0
}

// nextShown returns the first time of the wall that is in the schedule, from
// one to before another, both as seconds since 1970 as the wall has them.
func (s *Schedule) nextShown(from, to int64) (int64, bool) {
	second := from
	for second < to {
		midnight := second - mod(second, daySeconds)
		if s.day(time.Unix(midnight, 0).UTC()) {
			if in, ok := s.nextOfDay(second - midnight); ok {
				return midnight + in, midnight+in < to
			}
		}
		second = midnight + daySeconds
	}
	return 0, false
}

// mod is the remainder that is never negative.
func mod(a, b int64) int64 { return (a%b + b) % b }

func (s *Schedule) day(d time.Time) bool {
	if s.Months>>d.Month()&1 == 0 {
		return false
	}
	ofMonth, ofWeek := s.Days>>d.Day()&1 == 1, s.Weekdays>>d.Weekday()&1 == 1
	switch {
	case s.AnyDay && s.AnyWeekday:
		return true
	case s.AnyDay:
		return ofWeek
	case s.AnyWeekday:
		return ofMonth
	}
	return ofMonth || ofWeek
}

// nextOfDay returns the first second of a day that is in the schedule, not
// before the given one.
func (s *Schedule) nextOfDay(from int64) (int64, bool) {
	hour, minute, second := int(from/hourSeconds), int(from%hourSeconds/60), int(from%60)
	for h := next(uint64(s.Hours), hour); h < 24; h = next(uint64(s.Hours), h+1) {
		if h > hour {
			minute, second = 0, 0
		}
		for m := next(s.Minutes, minute); m < 60; m = next(s.Minutes, m+1) {
			if m > minute {
				second = 0
			}
			if sec := next(s.Seconds, second); sec < 60 {
				return int64(h*hourSeconds + m*60 + sec), true
			}
		}
		minute, second = 0, 0
	}
	return 0, false
}

// next returns the first bit that is set, from one on; 64 when there is none.
func next(set uint64, from int) int {
	return bits.TrailingZeros64(set >> from << from)
}
