package strategies_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rulebot/engine"
	"rulebot/strategies"
)

// scheduled is one field of a schedule as it is drawn: its text, and the values
// that it means.
type scheduled struct {
	text   string
	values uint64
}

// drawField draws a list of values, ranges and steps, spelled in every way.
func drawField(t *rapid.T, least, most int, names []string) scheduled {
	var f scheduled
	var parts []string
	for range rapid.IntRange(1, 3).Draw(t, "parts") {
		spell := func(i int) string {
			if i-least < len(names) && rapid.Bool().Draw(t, "named") {
				return rapid.SampledFrom([]string{names[i-least], strings.ToLower(names[i-least])}).Draw(t, "case")
			}
			return fmt.Sprint(i)
		}
		a := rapid.IntRange(least, most).Draw(t, "first")
		b, step, text := a, 1, spell(a)
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 1:
			b = rapid.IntRange(a, most).Draw(t, "last")
			text += "-" + spell(b)
		case 2:
			a, b, text = least, most, "*"
		case 3:
			b = most
			step = rapid.IntRange(1, max(most, 1)).Draw(t, "step")
			text += fmt.Sprintf("/%d", step)
		}
		if step == 1 && (text == "*" || strings.Contains(text, "-")) && rapid.Bool().Draw(t, "stepped") {
			step = rapid.IntRange(1, most).Draw(t, "step")
			text += fmt.Sprintf("/%d", step)
		}
		for i := a; i <= b; i += step {
			f.values |= 1 << i
		}
		parts = append(parts, text)
	}
	f.text = strings.Join(parts, ",")
	return f
}

// TestScheduleMeansWhatIsWritten holds the parser against sets that are drawn
// with their spelling.
func TestScheduleMeansWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := []scheduled{
			drawField(t, 0, 59, nil), drawField(t, 0, 59, nil), drawField(t, 0, 23, nil), drawField(t, 1, 31, nil),
			drawField(t, 1, 12, []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}),
			drawField(t, 0, 6, []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}),
		}
		var text []string
		for _, f := range fields {
			text = append(text, f.text)
		}
		written := strings.Join(text, rapid.SampledFrom([]string{" ", "  "}).Draw(t, "space"))
		got, found := strategies.ParseSchedule(written)
		if len(found) > 0 && found[0].Code == strategies.CodeNever {
			return // a day that the months do not have
		}
		if len(found) > 0 {
			t.Fatalf("%q: %v", written, found)
		}
		want := engine.Schedule{
			Seconds: fields[0].values, Minutes: fields[1].values, Hours: uint32(fields[2].values), Days: uint32(fields[3].values),
			Months: uint16(fields[4].values), Weekdays: uint8(fields[5].values),
			AnyDay: fields[3].values == 1<<32-2, AnyWeekday: fields[5].values == 1<<7-1,
		}
		if got != want {
			t.Fatalf("%q:\n got %+v\nwant %+v", written, got, want)
		}
	})
}

// TestScheduleNeverPanics holds that any text is a schedule or a diagnostic.
func TestScheduleNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789*/-,? LWMONJAN#@é")), 0, 30, -1).Draw(t, "text")
		got, found := strategies.ParseSchedule(text)
		if len(found) == 0 && (got.Seconds == 0 || got.Minutes == 0 || got.Hours == 0 || got.Days == 0 || got.Months == 0 || got.Weekdays == 0) {
			t.Fatalf("%q is taken and never comes: %+v", text, got)
		}
	})
}
