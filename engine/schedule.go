package engine

import "time"

// Schedule is a set of times of the wall: those whose second, minute, hour,
// month and day are all in it. Days count by the day of the month and by the
// weekday; where both are restricted, either suffices, as in cron.
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
