package strategies

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser/lexer"

	"rulebot/engine/market"
)

// slip is a usual mistake in an expression, found before it is parsed.
type slip struct {
	at            int // character of the expression
	message, hint string
	repair        string // same length: parsing goes on with it; "" ends
}

// slips finds what people write out of habit and the parser would answer in
// its own words, or read in a way of its own. It returns the expression with
// the slips repaired in place, so that parsing finds the other mistakes too,
// and whether that worked.
func slips(value string) (found []slip, repairedText string, ok bool) {
	runes := []rune(value)
	if found = charSlips(runes); len(found) > 0 {
		value = string(runes)
	}
	tokens, err := lexer.Lex(file.NewSource(value))
	if err != nil {
		return append(found, lexerSlip(value, err)), value, false
	}
	ok = true
	repaired := 0 // up to this character
	for i, t := range tokens {
		if t.From < repaired {
			continue
		}
		next := lexer.Token{Kind: lexer.EOF}
		if i+1 < len(tokens) {
			next = tokens[i+1]
		}
		if t.Kind == lexer.String && ofSession(tokens[:i]) {
			continue
		}
		if bareSession(tokens[i:]) {
			found = append(found, slip{at: tokens[i+2].From, message: "the times of session stand in quotes", hint: sessionHint})
			ok, repaired = false, closing(tokens[i:])
			continue
		}
		s := slipOf(t, next, string(runes[t.From:t.To]))
		if s != nil && t.Kind == lexer.String {
			s.hint = textSlip(tokens[:i], t.Value)
		}
		if s == nil {
			continue
		}
		s.at = t.From
		if s.repair == "" {
			if ok || len(found) == 0 || found[len(found)-1].message != s.message {
				found = append(found, *s)
			}
			ok = false
			continue
		}
		found = append(found, *s)
		repaired = t.From + copy(runes[t.From:], []rune(s.repair))
	}
	return found, string(runes), ok
}

// ofSession reports that a text follows session( or its first text.
func ofSession(before []lexer.Token) bool {
	n := len(before)
	if n > 3 && before[n-1].Value == "," && before[n-2].Kind == lexer.String {
		n -= 2
	}
	return n > 1 && before[n-1].Value == "(" && before[n-2].Kind == lexer.Identifier && before[n-2].Value == "session"
}

// bareSession finds session(09:30-16:00).
func bareSession(tokens []lexer.Token) bool {
	return len(tokens) > 3 && tokens[0].Value == "session" && tokens[1].Value == "(" && tokens[2].Kind == lexer.Number
}

// closing returns the place of the next closing bracket, or of the end.
func closing(tokens []lexer.Token) int {
	for _, t := range tokens {
		if t.Value == ")" {
			return t.From
		}
	}
	return tokens[len(tokens)-1].From
}

const feedHint = "bars of another length are a feed: write feeds: {h4: {timeframe: 4h}}, and then h4.close"

// textSlip says what to write for a text, by what it says and where.
func textSlip(before []lexer.Token, value string) string {
	n := len(before)
	if n > 1 && before[n-1].Value == "[" {
		return "write " + before[n-2].Value + "." + value
	}
	weekdays := map[string]string{"mon": "1", "tue": "2", "wed": "3", "thu": "4", "fri": "5", "sat": "6", "sun": "7"}
	argument := n > 0 && (before[n-1].Value == "," || before[n-1].Value == "(")
	switch day := strings.ToLower(value); {
	case argument && likeTimeframe(value, market.TimeframeNames()) != "":
		return feedHint
	case plainNumber.MatchString(value) && value != "":
		return "write " + value + " without quotes"
	case len(day) >= 3 && weekdays[day[:3]] != "":
		return "days of the week are numbers: " + value + " is " + weekdays[day[:3]]
	case argument && instrumentForm.MatchString(value):
		return "another instrument is a feed: write feeds: {other: {instrument: " + value + "}}, and then other.close"
	}
	return textHint
}

func slipOf(t, next lexer.Token, raw string) *slip {
	switch t.Kind {
	case lexer.Number:
		return numberSlip(raw)
	case lexer.String, lexer.Bytes:
		return &slip{message: "text in quotes has no meaning in an expression", hint: textHint}
	case lexer.Identifier:
		return wordSlip(raw, next)
	case lexer.Operator:
		return operatorSlip(t, next, raw)
	case lexer.Bracket:
		if strings.ContainsAny(raw, "{}") {
			return &slip{message: "braces have no meaning in an expression", hint: "to choose between values, write condition ? a : b"}
		}
	case lexer.EOF:
	}
	return nil
}

var (
	plainNumber = regexp.MustCompile(`^(0|[1-9][0-9]*)?(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$`)
	badNumber   = regexp.MustCompile(`bad number syntax: "([^"]*)`)
)

func numberSlip(raw string) *slip {
	if plainNumber.MatchString(raw) {
		return nil
	}
	return &slip{
		message: raw + " is not a plain decimal number",
		hint:    "write the digits without separators, prefixes and leading zeros",
		repair:  strings.Repeat("1", len(raw)),
	}
}

func wordSlip(raw string, next lexer.Token) *slip {
	low := strings.ToLower(raw)
	switch low {
	case "and", "or", "not", "true", "false":
		if raw != low {
			return &slip{message: raw + " is not known", hint: "write " + low + " in lower case", repair: low}
		}
	case "nil", "null", "na":
		return &slip{message: raw + " has no meaning here", hint: "what is not ready makes a condition not ready by itself"}
	case "crosses", "cross", "crossed", "is":
		if next.Kind == lexer.Identifier { // two words in a row are no expression, so it is no name here
			return &slip{message: raw + " " + next.Value + " is not an operator", hint: "write crossover(a, b) or crossunder(a, b), or compare with >, <"}
		}
	}
	return nil
}

func operatorSlip(t, next lexer.Token, raw string) *slip {
	switch t.Value {
	case "=", "<", "<=":
		return compareSlip(t, next, raw)
	case "==":
		if next.Value == "=" && next.From == t.To {
			return &slip{message: "'===' is not an operator", hint: "use == to compare", repair: "== "}
		}
	case "^":
		return &slip{message: "'^' is not an operator", hint: "use ** for powers, or 'or' / 'and' between conditions", repair: "*"}
	case "&":
		return &slip{message: "'&' is not an operator", hint: "write and, or &&"}
	case "|":
		return &slip{message: "'|' is not an operator", hint: "write or, or ||"}
	case ";":
		return &slip{message: "an expression is one value; ';' has no meaning", hint: "name parts of it under let: of the strategy"}
	case "let":
		return &slip{message: "let has no meaning inside an expression", hint: "name it under let: of the strategy"}
	case "if", "else":
		return &slip{message: raw + " has no meaning in an expression", hint: "a condition stands alone, as in when: close > open; to choose, write condition ? a : b"}
	case "in", "matches", "contains", "startsWith", "endsWith", "??", "?.", "..", "::":
		return &slip{message: fmt.Sprintf("%q is not an operator of the rule language", raw)}
	case "#", "##":
		return &slip{message: "'#' starts no comment here", hint: "inside a | block, comments are written // like this"}
	case "%":
		if !operand(next) {
			return &slip{message: "'%' is the remainder of a division, not percent", hint: "write the number alone: 2 percent of a price is 0.02 * close, and in a size the unit is in the key, as in equity_pct: 2", repair: " "}
		}
	}
	return nil
}

const textHint = "values are numbers and conditions; quotes may only stand around the whole expression"

// compareSlip finds =, =>, =< and <>.
func compareSlip(t, next lexer.Token, raw string) *slip {
	joined := ""
	if next.From == t.To && next.Kind == lexer.Operator {
		joined = raw + next.Value
	}
	switch {
	case joined == "=>" || joined == "=<":
		right := next.Value + "="
		return &slip{message: "'" + joined + "' is not an operator", hint: "write " + right, repair: right}
	case joined == "<>":
		return &slip{message: "'<>' is not an operator", hint: "write !=", repair: "!="}
	case raw == "=":
		return &slip{message: "'=' does not compare", hint: "use == to compare", repair: "<"}
	}
	return nil
}

// operand reports whether a token can start an operand.
func operand(t lexer.Token) bool {
	switch t.Kind {
	case lexer.EOF:
		return false
	case lexer.Operator:
		return contains([]string{"-", "!", "not"}, t.Value)
	case lexer.Bracket:
		return t.Value == "("
	case lexer.Identifier:
		return !contains([]string{"AND", "OR"}, t.Value)
	case lexer.Number, lexer.String, lexer.Bytes:
	}
	return true
}

// lexerSlip puts the lexer's complaint in our words.
func lexerSlip(value string, err error) slip {
	s := slip{message: "this is not an expression"}
	e, ok := errors.AsType[*file.Error](err)
	if !ok {
		return s
	}
	s.at = min(e.From, len([]rune(value)))
	switch {
	case strings.HasPrefix(e.Message, "bad number syntax"):
		if m := badNumber.FindStringSubmatch(e.Message); m != nil {
			s.message = "a number is followed by letters: " + m[1]
			s.at = max(0, s.at+1-len([]rune(m[1])))
		}
		s.hint = "units are in the keys; timeframes and durations are not numbers"
		if strings.HasSuffix(s.message, "h") || strings.HasSuffix(s.message, "d") || strings.HasSuffix(s.message, "m") {
			s.hint += "; " + feedHint
		}
	case strings.HasPrefix(e.Message, "unrecognized character"):
		s.message, s.hint = "a character that has no meaning in an expression", "delete it: an expression has names, numbers and + - * / % ** < <= > >= == != and or not ? : ( ) [ ]"
	case strings.HasPrefix(e.Message, "unclosed comment"):
		s.message, s.hint = "the comment is never closed", "close it with */"
	case strings.Contains(e.Message, "literal") || strings.Contains(e.Message, "string"):
		s.message, s.hint = "text in quotes has no meaning in an expression", textHint
	}
	return s
}
