package okcoin

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// fields are the members of a request body. Members nobody asks for are
// ignored, whatever their type.
type fields map[string]json.RawMessage

// parseFields reads a body that must be one JSON object.
func parseFields(body []byte) (fields, *fault) {
	if no := checkJSON(body); no != nil {
		return nil, no
	}
	var f fields
	if err := json.Unmarshal(body, &f); err != nil || f == nil {
		return nil, newFault(30025, "Body must be a JSON object")
	}
	return f, nil
}

func checkJSON(body []byte) *fault {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return newFault(30020, "Body is required")
	case !json.Valid(body):
		return newFault(30021, "Body is not JSON")
	}
	return nil
}

// parseList reads a body that must be one JSON array of objects.
func parseList(body []byte) ([]fields, *fault) {
	if no := checkJSON(body); no != nil {
		return nil, no
	}
	var list []fields
	if err := json.Unmarshal(body, &list); err != nil || list == nil {
		return nil, newFault(30025, "Body must be a JSON array of objects")
	}
	return list, nil
}

// texts returns the members of a list member as text: none for null or
// absence.
func (f fields) texts(name string) ([]string, *fault) {
	raw := bytes.TrimSpace(f[name])
	if len(raw) == 0 || string(raw) == "null" || string(raw) == `""` {
		return nil, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, newFault(30025, name+" parameter type is wrong")
	}
	texts := make([]string, len(list))
	for i := range list {
		var no *fault
		if texts[i], no = (fields{name: list[i]}).text(name); no != nil {
			return nil, no
		}
	}
	return texts, nil
}

// text returns a member as text: a string as it is, a number in plain digits,
// and "" for null or absence.
func (f fields) text(name string) (string, *fault) {
	raw := bytes.TrimSpace(f[name])
	switch {
	case len(raw) == 0, string(raw) == "null":
		return "", nil
	case raw[0] == '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", invalid(name)
		}
		return s, nil
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return plain(string(raw)), nil
	}
	return "", newFault(30025, name+" parameter type is wrong")
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
