package strategies

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"rulebot/engine/num"
)

// field is one entry of a map: its key and its value.
type field struct {
	name  string
	key   place
	value *yaml.Node
}

func at(n *yaml.Node) place { return place{n.Line, n.Column} }

// broken reports a node that was already reported.
func broken(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && strings.Contains(n.Value, repaired)
}

// fields reads a map against the keys that it may have.
func (s *source) fields(n *yaml.Node, ks *keySet) []field {
	var fs []field
	known, later := ks.known(), ks.refused()
	for _, f := range s.shownEntries(n, ks.what, ks.shown) {
		switch {
		case contains(known, f.name):
			fs = append(fs, f)
		case contains(later, f.name):
			s.later(f.key, f.name)
		case strings.ContainsAny(f.name, "()"):
			s.report(f.key, CodeKey, fmt.Sprintf("%q is not a key of %s", f.name, ks.what), "quote expressions with commas inside { }")
		case ks.id == ruleKeys.id && contains(actionKeys.known(), f.name):
			s.report(f.key, CodeKey, f.name+" is an action, and actions stand under do", "write do: {"+f.name+": ...}")
		case ks.id == budgetKeys.id && contains(riskKeys.known(), f.name):
			s.report(f.key, CodeKey, f.name+" is a limit of the whole account", "it stands under risk: at the top of the file")
		case ks.id == includedKeys.id && contains(fileKeys.known(), f.name):
			s.report(f.key, CodeKey, f.name+" belongs to the file that includes this one", "an included file holds strategies: alone")
		default:
			hint := cmp.Or(foreignKey(ks, f.name), didYouMean(f.name, known))
			s.report(f.key, CodeKey, fmt.Sprintf("unknown key %s in %s", f.name, ks.what), hint)
		}
	}
	return fs
}

func (s *source) later(p place, name string) {
	s.report(p, CodeLater, name+" is not in this version", "")
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

// entries reads a map with any keys. Values that are empty or in error
// already are left out, after having been reported.
func (s *source) entries(n *yaml.Node, what string) []field {
	return s.shownEntries(n, what, "")
}

// mapHint says how to write a map to who wrote something else.
func mapHint(n *yaml.Node, shown string) string {
	switch {
	case n.Kind == yaml.SequenceNode:
		return "write key: value, without '- ' before it"
	case strings.Contains(n.Value, "="):
		return "write name: value, with a colon"
	case strings.Contains(shown, "%s"):
		return "write " + strings.ReplaceAll(shown, "%s", clip(strings.Trim(n.Value, "% ")))
	case shown != "":
		return "write " + shown
	}
	return "write key: value"
}

func (s *source) shownEntries(n *yaml.Node, what, shown string) []field {
	if broken(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		s.report(at(n), CodeValue, what+" must be a map of keys, got "+describe(n), mapHint(n, shown))
		return nil
	}
	var fs []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if broken(k) || broken(v) {
			continue
		}
		if v.Kind == yaml.ScalarNode && strings.TrimSpace(v.Value) == "" {
			hint := ""
			if strings.ContainsAny(k.Value, "()") {
				hint = "quote expressions with commas inside { }"
			}
			s.report(at(k), CodeMissing, clip(k.Value)+" has no value", hint)
			continue
		}
		fs = append(fs, field{clip(k.Value), at(k), v})
	}
	return fs
}

// items reads a list.
func (s *source) items(n *yaml.Node, what string) []*yaml.Node {
	if broken(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		s.report(at(n), CodeValue, what+" must be a list, got "+describe(n), "start each entry with '- ', or write [a, b]")
		return nil
	}
	return n.Content
}

func describe(n *yaml.Node) string {
	switch {
	case n.Kind == yaml.MappingNode:
		return "a map"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Value == "":
		return "nothing"
	}
	return clip(n.Value)
}

func clip(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}

// word reads a scalar as text.
func (s *source) word(n *yaml.Node, what string) (string, bool) {
	if broken(n) {
		return "", false
	}
	if n.Kind != yaml.ScalarNode {
		s.report(at(n), CodeValue, what+" must be a single value, got "+describe(n), "")
		return "", false
	}
	return n.Value, true
}

// choice reads one word of a list.
func (s *source) choice(n *yaml.Node, what string, known ...string) string {
	v, ok := s.word(n, what)
	if ok && !contains(known, v) {
		s.report(at(n), CodeValue, fmt.Sprintf("%s must be one of %s, got %s", what, strings.Join(known, ", "), clip(v)), suggestOnly(v, known))
		return ""
	}
	return v
}

func suggestOnly(got string, known []string) string {
	if n := nearest(got, known); n != "" {
		return "did you mean " + n + "?"
	}
	return ""
}

func (s *source) boolean(n *yaml.Node, what string) bool {
	return s.choice(n, what, "true", "false") == "true"
}

var plainDecimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// decimal reads the text of a plain decimal number.
func (s *source) decimal(n *yaml.Node, what string) (string, bool) {
	v, ok := s.word(n, what)
	if !ok {
		return "", false
	}
	if !plainDecimal.MatchString(v) {
		s.report(at(n), CodeValue, fmt.Sprintf("%s must be a plain decimal number, got %s", what, clip(v)), decimalHint(v))
		return "", false
	}
	return v, true
}

func decimalHint(v string) string {
	switch {
	case strings.HasSuffix(v, "%"):
		return "write the number alone: the unit is in the key"
	case strings.ContainsAny(v, "_,"):
		return "write the digits without separators"
	case strings.HasPrefix(v, "0") && len(v) > 1:
		return "no leading zeros: YAML reads them as octal"
	}
	return ""
}

// bounds says which numbers a field takes.
type bounds uint8

const (
	positive bounds = iota // above zero
	orZero                 // zero or above
	anySign
)

func (b bounds) refuse(sign int) string {
	switch {
	case b == positive && sign <= 0:
		return "must be above zero"
	case b == orZero && sign < 0:
		return "must not be negative"
	}
	return ""
}

// money reads an exact decimal.
func (s *source) money(n *yaml.Node, what string, b bounds) num.Money {
	v, ok := s.decimal(n, what)
	if !ok {
		return num.Money{}
	}
	m, err := num.ParseMoney(v)
	if err != nil {
		s.report(at(n), CodeValue, what+" has too many digits: at most 19, 18 of them after the point", "")
		return num.Money{}
	}
	if why := b.refuse(m.Sign()); why != "" {
		s.report(at(n), CodeValue, fmt.Sprintf("%s %s, got %s", what, why, v), "")
		return num.Money{}
	}
	return m
}

// rate reads a number of percent (unit 0.01) or basis points (0.0001), at
// most 100 percent.
func (s *source) rate(n *yaml.Node, what, unit string, b bounds) num.Rate {
	m := s.money(n, what, b)
	var c num.Calc
	r := num.Mul(&c, num.MustRate(unit), m)
	if c.Err() != nil {
		s.report(at(n), CodeValue, what+" has too many digits", "")
		return num.Rate{}
	}
	if num.MustRate("1").Less(r.Abs()) {
		s.report(at(n), CodeValue, what+" is more than 100 percent", "")
		return num.Rate{}
	}
	return r
}

func (s *source) percent(n *yaml.Node, what string, b bounds) num.Rate {
	return s.rate(n, what, "0.01", b)
}

// whole reads a whole number of at least least.
func (s *source) whole(n *yaml.Node, what string, least int64) int64 {
	v, ok := s.decimal(n, what)
	if !ok {
		return 0
	}
	i, err := strconv.ParseInt(v, 10, 64)
	if err != nil || i < least {
		s.report(at(n), CodeValue, fmt.Sprintf("%s must be a whole number of at least %d, got %s", what, least, clip(v)), "")
		return 0
	}
	return i
}

// count is whole for the counts of limits, which are small.
func (s *source) count(n *yaml.Node, what string) int {
	i := s.whole(n, what, 1)
	if i > 1_000_000_000 {
		s.report(at(n), CodeValue, what+" is absurdly large", "")
		return 0
	}
	return int(i)
}

var plainDuration = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$`)

// duration reads 50ms, 30s, 30m, 4h or 2d.
func (s *source) duration(n *yaml.Node, what string, b bounds) time.Duration {
	v, ok := s.word(n, what)
	if !ok {
		return 0
	}
	d, err := parseDuration(v)
	if err != nil {
		s.report(at(n), CodeValue, fmt.Sprintf("%s must be a duration like 50ms, 30s, 30m or 4h, got %s", what, clip(v)), "")
		return 0
	}
	if d == 0 && b == positive {
		s.report(at(n), CodeValue, what+" must be above zero", "")
	}
	return d
}

func parseDuration(v string) (time.Duration, error) {
	if !plainDuration.MatchString(v) || len(v) > 12 {
		return 0, fmt.Errorf("%q is not a duration", v)
	}
	if days, ok := strings.CutSuffix(v, "d"); ok {
		f, err := strconv.ParseFloat(days, 64)
		if err != nil || f > 10_000 {
			return 0, fmt.Errorf("%q is not a duration", v)
		}
		return time.Duration(f * float64(24*time.Hour)), nil
	}
	return time.ParseDuration(v)
}
