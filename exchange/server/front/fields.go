package front

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// Fields are the members of a request body. Members nobody asks for are
// ignored, whatever their type.
type Fields map[string]json.RawMessage

// Wrong is what is wrong with a body or a member of it.
type Wrong uint8

// The kinds of wrong. Zero is none.
const (
	NoBody   Wrong = iota + 1 // empty
	NotJSON                   // not JSON
	BadShape                  // JSON of another type
	BadText                   // a text that cannot be read
)

// ParseObject reads a body that must be one JSON object.
func ParseObject(body []byte) (f Fields, wrong Wrong) {
	if wrong = checkJSON(body); wrong != 0 {
		return nil, wrong
	}
	if err := json.Unmarshal(body, &f); err != nil || f == nil {
		return nil, BadShape
	}
	return f, 0
}

// ParseList reads a body that must be one JSON array of objects.
func ParseList(body []byte) (list []Fields, wrong Wrong) {
	if wrong = checkJSON(body); wrong != 0 {
		return nil, wrong
	}
	if err := json.Unmarshal(body, &list); err != nil || list == nil {
		return nil, BadShape
	}
	return list, 0
}

func checkJSON(body []byte) Wrong {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return NoBody
	case !json.Valid(body):
		return NotJSON
	}
	return 0
}

// Texts returns the members of a list member as text: none for null or
// absence.
func (f Fields) Texts(name string) ([]string, Wrong) {
	raw := bytes.TrimSpace(f[name])
	if len(raw) == 0 || string(raw) == "null" || string(raw) == `""` {
		return nil, 0
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, BadShape
	}
	texts := make([]string, len(list))
	for i := range list {
		var wrong Wrong
		if texts[i], wrong = (Fields{name: list[i]}).Text(name); wrong != 0 {
			return nil, wrong
		}
	}
	return texts, 0
}

// Text returns a member as text: a string as it is, a number in plain digits,
// and "" for null or absence.
func (f Fields) Text(name string) (string, Wrong) {
	raw := bytes.TrimSpace(f[name])
	switch {
	case len(raw) == 0, string(raw) == "null":
		return "", 0
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", BadText
		}
		return s, 0
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return plain(string(raw)), 0
	}
	return "", BadShape
}

// Bool returns a member that is true or false, or their texts; absence is
// false.
func (f Fields) Bool(name string) (is bool, wrong Wrong) {
	switch string(bytes.TrimSpace(f[name])) {
	case "true", `"true"`:
		return true, 0
	case "", "null", "false", `"false"`, `""`:
		return false, 0
	}
	return false, BadShape
}

// exponentMax bounds the zeros that a number with an exponent is written with.
const exponentMax = 20

// plain writes a JSON number without its exponent: clients that compute in
// floats send 0.00001 as 1e-05. One with a larger exponent stays as it is,
// which no amount is.
func plain(number string) string {
	mantissa, power, found := strings.Cut(strings.ToLower(number), "e")
	shift, err := strconv.Atoi(power)
	if !found || err != nil || shift > exponentMax || shift < -exponentMax {
		return number
	}
	sign := ""
	if mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	point := len(whole) + shift
	digits := strings.Repeat("0", max(0, -point)) + whole + fraction
	point = max(point, 0)
	digits += strings.Repeat("0", max(0, point-len(digits)))
	whole, fraction = strings.TrimLeft(digits[:point], "0"), strings.TrimRight(digits[point:], "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		fraction = "." + fraction
	}
	return sign + whole + fraction
}
