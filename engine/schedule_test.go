package engine_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"rulebot/engine"
	"rulebot/engine/market"
)

// changes are zones and times around which their clocks are set: forward and
// back, by an hour and by half of one, at midnight, and over a whole day.
var changes = []struct{ zone, near string }{
	{"America/New_York", "2025-03-09T07:00:00Z"},
	{"America/New_York", "2025-11-02T06:00:00Z"},
	{"Europe/London", "2025-03-30T01:00:00Z"},
	{"Europe/London", "2025-10-26T01:00:00Z"},
	{"Australia/Lord_Howe", "2025-04-05T15:00:00Z"},
	{"Australia/Lord_Howe", "2025-10-04T15:30:00Z"},
	{"America/Sao_Paulo", "2018-11-04T03:00:00Z"},
	{"America/Sao_Paulo", "2018-02-18T02:00:00Z"},
	{"Pacific/Apia", "2011-12-30T10:00:00Z"},
	{"Asia/Kathmandu", "2025-01-31T18:15:00Z"},
	{"UTC", "2024-02-29T00:00:00Z"},
}

// TestScheduleNextIsTheNextSecondThatMatches holds Next against a search that
// looks at every second.
func TestScheduleNextIsTheNextSecondThatMatches(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rapid.SampledFrom(changes).Draw(t, "change")
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		near, err := time.Parse(time.RFC3339, c.near)
		if err != nil {
			t.Fatal(err)
		}
		after := near.Add(time.Duration(rapid.IntRange(-8*3600_000, 4*3600_000).Draw(t, "ms")) * time.Millisecond)
		s := drawSchedule(t, zone)
		got := s.Next(market.TimeOf(after)).Std()
		const most = 30 * 3600
		want, found := searchNext(&s, after, most)
		if found && !got.Equal(want) {
			t.Fatalf("after %v: got %v, want %v", after.In(zone), got.In(zone), want.In(zone))
		}
		if early := after.Add(most * time.Second); !found && got.Unix() != 0 && !got.After(early) {
			t.Fatalf("after %v: got %v, and nothing matches up to %v", after.In(zone), got.In(zone), early.In(zone))
		}
	})
}

func drawSchedule(t *rapid.T, zone *time.Location) engine.Schedule {
	set := func(name string, from, to int) uint64 {
		if rapid.IntRange(0, 2).Draw(t, name+" any") > 0 {
			return 1<<(to+1) - 1<<from
		}
		var bits uint64
		for _, n := range rapid.SliceOfN(rapid.IntRange(from, to), 1, 4).Draw(t, name) {
			bits |= 1 << n
		}
		return bits
	}
	return engine.Schedule{
		Seconds: set("seconds", 0, 59), Minutes: set("minutes", 0, 59), Hours: uint32(set("hours", 0, 23)),
		Days: uint32(set("days", 1, 31)), Months: uint16(set("months", 1, 12)), Weekdays: uint8(set("weekdays", 0, 6)),
		AnyDay: rapid.Bool().Draw(t, "any day"), AnyWeekday: rapid.Bool().Draw(t, "any weekday"), Zone: zone,
	}
}

// searchNext looks at each of so many seconds.
func searchNext(s *engine.Schedule, after time.Time, most int) (time.Time, bool) {
	at := after.Truncate(time.Second)
	for range most {
		at = at.Add(time.Second)
		if shows(s, at.In(s.Zone)) && !shownBefore(at.In(s.Zone)) {
			return at, true
		}
	}
	return time.Time{}, false
}

func shows(s *engine.Schedule, w time.Time) bool {
	ofMonth, ofWeek := s.Days>>w.Day()&1 == 1, s.Weekdays>>w.Weekday()&1 == 1
	day := ofMonth || ofWeek
	if s.AnyDay {
		day = ofWeek || s.AnyWeekday
	} else if s.AnyWeekday {
		day = ofMonth
	}
	return day && s.Seconds>>w.Second()&1 == 1 && s.Minutes>>w.Minute()&1 == 1 && s.Hours>>w.Hour()&1 == 1 && s.Months>>w.Month()&1 == 1
}

// shownBefore reports whether the wall showed the same a little earlier.
func shownBefore(at time.Time) bool {
	const layout = "2006-01-02 15:04:05"
	text := at.Format(layout)
	for _, back := range [...]time.Duration{30 * time.Minute, time.Hour, 2 * time.Hour} {
		if at.Add(-back).Format(layout) == text {
			return true
		}
	}
	return false
}

// TestScheduleSaysWhatIsFarAway: the rarest day is found, and a day that never
// comes is said to.
func TestScheduleSaysWhatIsFarAway(t *testing.T) {
	s := engine.Schedule{Seconds: 1, Minutes: 1, Hours: 1, Days: 1 << 29, Months: 1 << time.February, AnyWeekday: true}
	after := time.Date(2096, 2, 29, 0, 0, 0, 0, time.UTC)
	if got, want := s.Next(market.TimeOf(after)), time.Date(2104, 2, 29, 0, 0, 0, 0, time.UTC); got != market.TimeOf(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.Days = 1 << 30
	if got := s.Next(market.TimeOf(after)); got != 0 {
		t.Errorf("the 30th of February: got %v", got)
	}
}
