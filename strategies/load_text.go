package strategies

import (
	"fmt"
	"strings"

	"rulebot/engine"
)

const (
	wordsMax = 500 // characters of a text for people
	partsMax = 40  // pieces of it: words, values
)

// parts reads a text for people: words, and {expression} where its value
// stands; {{ and }} are braces.
func (sc *scope) parts(e field) []engine.Part {
	s := sc.src
	if _, ok := s.word(e.value, e.name); !ok {
		return nil
	}
	t := s.text(e.value)
	runes := []rune(t.value)
	if len(runes) > wordsMax {
		s.report(at(e.value), CodeLimit, fmt.Sprintf("%s has %d characters; at most %d are told", e.name, len(runes), wordsMax), "")
		return nil
	}
	var list []engine.Part
	var words strings.Builder
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case (r == '{' || r == '}') && i+1 < len(runes) && runes[i+1] == r:
			words.WriteRune(r)
			i++
		case r == '}':
			s.report(t.at(i), CodeValue, "'}' closes nothing", "write }} for a brace")
		case r == '{':
			end := i + 1
			for end < len(runes) && runes[end] != '}' && runes[end] != '{' {
				end++
			}
			if end == len(runes) || runes[end] == '{' {
				s.report(t.at(i), CodeValue, "'{' opens an expression, and no '}' closes it", "write {{ for a brace")
				return nil
			}
			list = append(said(list, &words), engine.Part{Value: sc.spoken(e.name, &t, i+1, end)})
			i = end
		default:
			words.WriteRune(r)
		}
	}
	if list = said(list, &words); len(list) > partsMax {
		s.report(at(e.value), CodeLimit, fmt.Sprintf("%s has %d pieces; at most %d are told", e.name, len(list), partsMax), "")
	}
	return list
}

// said ends a run of words.
func said(list []engine.Part, words *strings.Builder) []engine.Part {
	if words.Len() > 0 {
		list = append(list, engine.Part{Words: words.String()})
	}
	words.Reset()
	return list
}

// spoken compiles the expression between two characters of a text.
func (sc *scope) spoken(what string, t *text, from, to int) engine.Expr {
	inner := text{value: string([]rune(t.value)[from:to]), places: t.places[from : to+1]}
	if strings.TrimSpace(inner.value) == "" {
		sc.src.report(t.at(from), CodeMissing, "{} has no expression in it", "write {close}, or {{ }} for braces")
		return 0
	}
	n := sc.check(inner)
	switch {
	case n.op == opBad:
		return 0
	case n.cond:
		sc.src.report(inner.at(0), CodeType, fmt.Sprintf("%s tells numbers, and %s is a condition", what, clip(n.String())), "choose what to tell, as in {"+clip(n.String())+" ? 1 : 0}")
		return 0
	}
	return sc.compile(n)
}
