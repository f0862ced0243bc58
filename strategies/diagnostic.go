package strategies

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Code names the kind of a mistake, for scripts and tests.
type Code string

// The kinds of mistakes.
const (
	CodeSyntax     Code = "yaml-syntax"       // the text is not YAML
	CodeYAML       Code = "yaml-feature"      // YAML that means something else than it seems
	CodeLimit      Code = "limit"             // too large, too deep, too long
	CodeKey        Code = "unknown-key"       // a key that does not exist here
	CodeDuplicate  Code = "duplicate"         // said twice
	CodeLater      Code = "not-in-version"    // exists in the language, not in this version
	CodeMissing    Code = "missing"           // something required is not there
	CodeValue      Code = "value"             // a value that cannot be
	CodeExpression Code = "expression-syntax" // the expression does not parse
	CodeName       Code = "unknown-name"      // a name that does not exist
	CodeType       Code = "type"              // a number where a condition belongs, or the reverse
	CodeArgument   Code = "argument"          // wrong count or kind of arguments
	CodeClock      Code = "clock"             // a series over what has no bars
	CodeDivision   Code = "division"          // a divisor that is zero, or may be
)

// The static findings: allowed, and most likely not meant.
const (
	CodeNever     Code = "never"     // a condition that cannot hold
	CodeAlways    Code = "always"    // a condition that cannot fail
	CodeExtreme   Code = "extreme"   // beyond an extreme that includes its own bar
	CodeEquality  Code = "equality"  // two computed numbers, equal to the last bit
	CodeUnused    Code = "unused"    // a name that nothing reads
	CodeRedundant Code = "redundant" // a rule that another makes needless
	CodeExit      Code = "exit"      // an exit that cannot act, or acts at once
	CodePosition  Code = "position"  // an action that never finds its position
	CodeDenied    Code = "denied"    // orders that the limits will deny
	CodePace      Code = "pace"      // how often a rule may fire is not written
	CodeData      Code = "data"      // data that a mode cannot give
)

// Diagnostic is one mistake in a file, with its place. Line and Col count from
// 1; columns count characters, and a tab is one character.
type Diagnostic struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Code    Code   `json:"code"`
	Warning bool   `json:"warning,omitempty"` // allowed, and most likely not meant; it stops nothing
	Message string `json:"message"`           // what is wrong
	Hint    string `json:"hint,omitempty"`    // what to write instead
	Text    string `json:"-"`                 // the line it stands on, of a file that another one includes
}

// String returns "file:line:col: message", and the hint after a semicolon.
func (d Diagnostic) String() string {
	s := fmt.Sprintf("%s:%d:%d: %s", d.File, d.Line, d.Col, d.Message)
	if d.Hint != "" {
		s += "; " + d.Hint
	}
	return s
}

// said is the message of an error, and of a warning with its kind.
func (d Diagnostic) said() string {
	if d.Warning {
		return "warning: " + d.Message + " [" + string(d.Code) + "]"
	}
	return d.Message
}

// Diagnostics are all mistakes of one file, in the order of their places. It
// is an error when it is not empty.
type Diagnostics []Diagnostic

// Error returns all diagnostics, one a line.
func (ds Diagnostics) Error() string {
	lines := make([]string, len(ds))
	for i, d := range ds {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns ds as an error, or nil when there is nothing to report.
func (ds Diagnostics) Err() error {
	if len(ds) == 0 {
		return nil
	}
	return ds
}

// sorted orders by place and drops what is said twice of one place.
func (ds Diagnostics) sorted() Diagnostics {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return slices.Compact(ds)
}

// Render writes the diagnostics for people: the place and the message, the
// line of src with a caret under the place, and the hint.
func (ds Diagnostics) Render(src []byte) string {
	lines := splitLines(string(src))
	var b strings.Builder
	for i, d := range ds {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s\n", d.File, d.Line, d.Col, d.said())
		text := d.Text
		if text == "" && d.Line >= 1 && d.Line <= len(lines) {
			text = string(lines[d.Line-1])
		}
		if d.Line >= 1 && (d.Text != "" || d.Line <= len(lines)) && d.Col >= 1 {
			writeCaret(&b, text, d.Col)
		}
		if d.Hint != "" {
			fmt.Fprintf(&b, "    = %s\n", d.Hint)
		}
	}
	return b.String()
}

// caretWidth is how much of a long line is shown.
const caretWidth = 120

// writeCaret writes the part of a line around col and a caret below it.
func writeCaret(b *strings.Builder, line string, col int) {
	runes := []rune(strings.Map(printable, line))
	at := min(col-1, len(runes))
	from := 0
	if at > caretWidth*3/4 {
		from = at - caretWidth*3/4
	}
	to := min(len(runes), from+caretWidth)
	fmt.Fprintf(b, "    | %s\n    | %s^\n", string(runes[from:to]), strings.Repeat(" ", at-from))
}

// printable keeps a line on one line of a terminal, one cell a character.
func printable(r rune) rune {
	if r == '\t' {
		return ' '
	}
	if r < ' ' || r == 0x7f || r == utf8.RuneError {
		return '?'
	}
	return r
}

// splitLines splits at LF, CR LF and CR, as YAML does.
func splitLines(s string) [][]rune {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	parts := strings.Split(s, "\n")
	lines := make([][]rune, len(parts))
	for i, p := range parts {
		lines[i] = []rune(p)
	}
	return lines
}
