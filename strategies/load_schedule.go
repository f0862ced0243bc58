package strategies

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"rulebot/engine"
)

// unit is one field of a schedule.
type unit struct {
	name        string
	least, most int
	names       []string // of the values from least on
}

// units are the fields of a schedule, in the order in which they are written.
var units = [...]unit{
	{"second", 0, 59, nil},
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}},
	{"weekday", 0, 7, []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}},
}

// planner reads one schedule.
type planner struct {
	*source
	text
	runes []rune
}

// schedule reads six fields, second to weekday, as cron has them.
func (s *source) schedule(n *yaml.Node) engine.Schedule {
	if _, ok := s.word(n, "schedule"); !ok {
		return engine.Schedule{}
	}
	t := s.text(n)
	p := planner{s, t, []rune(t.value)}
	fields := p.split(0, len(p.runes), ' ')
	if len(fields) != len(units) {
		p.counted(n, fields)
		return engine.Schedule{}
	}
	var sets [len(units)]uint64
	for i, f := range fields {
		set, ok := p.field(units[i], f[0], f[1])
		if !ok {
			return engine.Schedule{}
		}
		sets[i] = set
	}
	if sets[5]&(1<<7) != 0 { // 7 is Sunday too
		sets[5] = sets[5]&^(1<<7) | 1
	}
	out := engine.Schedule{
		Seconds: sets[0], Minutes: sets[1], Hours: uint32(sets[2]), Days: uint32(sets[3]), Months: uint16(sets[4]), Weekdays: uint8(sets[5]),
	}
	out.AnyDay = out.Days == allOf(units[3])
	out.AnyWeekday = out.Weekdays == 1<<7-1
	if !out.AnyDay && out.AnyWeekday && !comes(&out) {
		s.report(t.at(fields[3][0]), CodeNever, "this day never comes: no month of the schedule is that long", "write a day that the months have")
		return engine.Schedule{}
	}
	return out
}

func allOf(u unit) uint32 { return uint32(1<<(u.most+1) - 1<<u.least) }

// comes reports whether a month of a schedule has a day of it.
func comes(x *engine.Schedule) bool {
	days := [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	first := bits.TrailingZeros32(x.Days)
	for m, most := range days {
		if x.Months&(1<<(m+1)) != 0 && first <= most {
			return true
		}
	}
	return false
}

// counted says what is wrong with a schedule that has not six fields.
func (p *planner) counted(n *yaml.Node, fields [][2]int) {
	hint := `write second minute hour day month weekday, as in "0 5 0 * * MON"`
	switch v := strings.TrimSpace(p.value); {
	case strings.HasPrefix(v, "@"):
		hint = `write it out: each day at midnight is "0 0 0 * * *"`
	case len(fields) == 5:
		hint = `seconds come first: write "0 ` + clip(v) + `"`
	}
	p.report(at(n), CodeValue, fmt.Sprintf("schedule has six fields, got %d", len(fields)), hint)
}

// split cuts a run of characters at a separator; empty pieces stay, unless it
// is a space.
func (p *planner) split(from, to int, sep rune) [][2]int {
	var list [][2]int
	start := from
	for i := from; i <= to; i++ {
		if i < to && p.runes[i] != sep {
			continue
		}
		if i > start || sep != ' ' {
			list = append(list, [2]int{start, i})
		}
		start = i + 1
	}
	return list
}

// field reads a list of values, ranges and steps.
func (p *planner) field(u unit, from, to int) (uint64, bool) {
	var set uint64
	for _, part := range p.split(from, to, ',') {
		one, ok := p.part(u, part[0], part[1])
		if !ok {
			return 0, false
		}
		set |= one
	}
	return set, true
}

// part reads *, 5, 1-5, */10, 1-30/10 or 5/10.
func (p *planner) part(u unit, from, to int) (uint64, bool) {
	step, end := 1, to
	if cut := p.split(from, to, '/'); len(cut) > 1 {
		v, err := strconv.Atoi(string(p.runes[cut[1][0]:cut[1][1]]))
		if err != nil || v < 1 || v > u.most || len(cut) > 2 {
			return 0, p.wrong(cut[1][0], fmt.Sprintf("the step of a %s must be a whole number from 1 to %d", u.name, u.most), "write it like */10")
		}
		step, end = v, cut[0][1]
	}
	first, last := u.least, u.last()
	switch cut := p.split(from, end, '-'); {
	case end == from+1 && p.runes[from] == '*':
	case len(cut) == 2:
		var ok bool
		if first, last, ok = p.between(u, cut[0], cut[1]); !ok {
			return 0, false
		}
	default:
		v, ok := p.one(u, [2]int{from, end})
		if !ok {
			return 0, false
		}
		first = v
		if step == 1 && end == to {
			last = v
		}
	}
	var set uint64
	for i := first; i <= last; i += step {
		set |= 1 << i
	}
	return set, true
}

// between reads the ends of a range.
func (p *planner) between(u unit, low, high [2]int) (a, b int, ok bool) {
	if a, ok = p.one(u, low); !ok {
		return 0, 0, false
	}
	if b, ok = p.one(u, high); !ok {
		return 0, 0, false
	}
	if len(u.names) == 7 && b == 0 && a > 0 {
		b = 7 // SAT-SUN
	}
	if a > b {
		return 0, 0, p.wrong(low[0], fmt.Sprintf("a range of the %s must rise", u.name), fmt.Sprintf("write %d-%d,%d-%d", a, u.last(), u.least, b))
	}
	return a, b, true
}

// last is the last value that is not the first one over again.
func (u unit) last() int {
	if len(u.names) == 7 {
		return 6
	}
	return u.most
}

// one reads a number or a name.
func (p *planner) one(u unit, at [2]int) (int, bool) {
	v := string(p.runes[at[0]:at[1]])
	for i, name := range u.names {
		if strings.EqualFold(v, name) {
			return u.least + i, true
		}
	}
	i, err := strconv.Atoi(v)
	if err == nil && i >= u.least && i <= u.most && v[0] != '+' && v[0] != '-' {
		return i, true
	}
	hint := ""
	switch {
	case v == "?":
		hint = "write *"
	case len(u.names) > 0 && len(v) > 3 && err != nil:
		hint = suggestOnly(strings.ToUpper(v[:3]), u.names)
	case err != nil && strings.ContainsAny(v, "LW#"):
		hint = "L, W and # are not in this version"
	}
	names := ""
	if len(u.names) > 0 {
		names = ", or " + u.names[0] + " to " + u.names[len(u.names)-1]
	}
	return 0, p.wrong(at[0], fmt.Sprintf("the %s must be %d to %d%s, got %s", u.name, u.least, u.most, names, describeText(v)), hint)
}

func describeText(v string) string {
	if v == "" {
		return "nothing"
	}
	return clip(v)
}

func (p *planner) wrong(i int, message, hint string) bool {
	p.report(p.at(i), CodeValue, message, hint)
	return false
}
