package strategies

import (
	"cmp"
	"fmt"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// place is a position in the file: line and column from 1.
type place struct{ line, col int }

// source is the file being read: its lines, to find places in, and what was
// found wrong so far.
type source struct {
	name  string
	lines [][]rune
	found Diagnostics
	notes Diagnostics

	said map[Diagnostic]bool // found and notes: each is said once

	patched bool // lines were blanked after syntax errors

	read   []*entry         // strategies, in the order of the file
	tests  []Test           // of all of them
	limits map[string]place // of risk, by key: max_orders, allow.BTC-USD
	taken  map[string]seen  // names of strategies, of all files

	open  Open      // nil: no files can be included
	main  *source   // the file that includes this one; nil is none
	parts []*source // files that this one includes
}

// seen is where a name was read first.
type seen struct {
	file string
	line int
}

// line says where it was, to who reads another file or the same.
func (s *source) line(p seen) string {
	if p.file == s.name {
		return fmt.Sprintf("line %d", p.line)
	}
	return fmt.Sprintf("line %d of %s", p.line, p.file)
}

// all collects what was found in a file and in those that it includes, each
// in the order of its places.
func (s *source) all(of func(*source) Diagnostics) Diagnostics {
	list := of(s).sorted()
	for _, p := range s.parts {
		list = append(list, of(p).sorted()...)
	}
	return list
}

// diagnostic makes one of this file.
func (s *source) diagnostic(p place, code Code, message, hint string) Diagnostic {
	d := Diagnostic{File: s.name, Line: p.line, Col: p.col, Code: code, Message: message, Hint: hint}
	if s.main != nil && p.line >= 1 && p.line <= len(s.lines) {
		d.Text = cmp.Or(string(s.lines[p.line-1]), " ")
	}
	return d
}

func (s *source) report(p place, code Code, message, hint string) {
	d := s.diagnostic(p, code, message, hint)
	if s.first(d) {
		s.found = append(s.found, d)
	}
}

// note tells of what is allowed and most likely not meant.
func (s *source) note(p place, code Code, message, hint string) {
	d := s.diagnostic(p, code, message, hint)
	d.Warning = true
	if s.first(d) {
		s.notes = append(s.notes, d)
	}
}

// first reports that a diagnostic was not given yet: an entry over several
// instruments is read once for each.
func (s *source) first(d Diagnostic) bool {
	if s.said == nil {
		s.said = map[Diagnostic]bool{}
	}
	known := s.said[d]
	s.said[d] = true
	return !known
}

// text is the value of a scalar with the place of each of its characters.
type text struct {
	value  string
	places []place // one a character, and one for the end
}

// at returns the place of the i-th character.
func (t *text) at(i int) place { return t.places[min(max(i, 0), len(t.places)-1)] }

// text finds where each character of a scalar stands in the file. YAML folds
// lines and resolves escapes, but every character that is not white space
// stands in the file in the same order; so the two are walked side by side.
func (s *source) text(n *yaml.Node) text {
	w := walker{lines: s.lines, at: place{n.Line, n.Column}, style: n.Style}
	w.begin()
	t := text{value: n.Value, places: make([]place, 0, utf8.RuneCountInString(n.Value)+1)}
	for _, r := range n.Value {
		t.places = append(t.places, w.find(r))
	}
	t.places = append(t.places, w.at)
	return t
}

// walker steps through the raw characters of a scalar.
type walker struct {
	lines [][]rune
	at    place
	style yaml.Style
}

// begin steps over what stands before the first character of the value.
func (w *walker) begin() {
	switch {
	case w.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		w.at = place{w.at.line + 1, 1}
		for w.at.line < len(w.lines) && blank(w.lines[w.at.line-1]) {
			w.at.line++
		}
		w.skipSpace()
	case w.style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		w.at.col++
	}
}

func blank(line []rune) bool {
	for _, r := range line {
		if r != ' ' && r != '\t' {
			return false
		}
	}
	return true
}

// peek returns the raw character at the place: '\n' at the end of a line, 0
// after the last.
func (w *walker) peek() rune {
	if w.at.line < 1 || w.at.line > len(w.lines) {
		return 0
	}
	line := w.lines[w.at.line-1]
	if w.at.col > len(line) {
		if w.at.line == len(w.lines) {
			return 0
		}
		return '\n'
	}
	return line[w.at.col-1]
}

func (w *walker) step() {
	if w.peek() == '\n' {
		w.at = place{w.at.line + 1, 1}
		return
	}
	w.at.col++
}

func space(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }

func (w *walker) skipSpace() {
	for space(w.peek()) {
		w.step()
	}
}

// find returns the place of the next character of the value and steps behind
// it.
func (w *walker) find(r rune) place {
	if space(r) {
		if w.style&yaml.DoubleQuotedStyle != 0 && w.peek() == '\\' {
			return w.escape() // written \t, \n or \x20
		}
		p := w.at
		if w.peek() == ' ' || w.peek() == '\t' {
			w.step()
		}
		return p
	}
	w.skipSpace()
	if w.style&yaml.DoubleQuotedStyle != 0 && w.peek() == '\\' {
		return w.escape()
	}
	p := w.at
	if w.peek() == 0 {
		return p
	}
	w.step()
	if w.style&yaml.SingleQuotedStyle != 0 && r == '\'' {
		w.step()
	}
	return p
}

// escape steps over one escape sequence of a double-quoted scalar. A joined
// line gives no character, so what follows it is taken.
func (w *walker) escape() place {
	p := w.at
	w.step()
	digits := map[rune]int{'x': 2, 'u': 4, 'U': 8}[w.peek()]
	if w.peek() == '\n' {
		w.skipSpace()
		p = w.at
	}
	w.step()
	for range digits {
		w.step()
	}
	return p
}
