package okcoin

import "rulebot/exchange/server/front"

// fields are the members of a request body. Members nobody asks for are
// ignored, whatever their type.
type fields front.Fields

// parseFields reads a body that must be one JSON object.
func parseFields(body []byte) (fields, *fault) {
	f, wrong := front.ParseObject(body)
	return fields(f), ofBody(wrong, "Body must be a JSON object")
}

// parseList reads a body that must be one JSON array of objects.
func parseList(body []byte) ([]fields, *fault) {
	rows, wrong := front.ParseList(body)
	var list []fields
	for _, r := range rows {
		list = append(list, fields(r))
	}
	return list, ofBody(wrong, "Body must be a JSON array of objects")
}

// ofBody says what is wrong with a body; shape is what it had to be.
func ofBody(wrong front.Wrong, shape string) *fault {
	switch wrong {
	case 0:
		return nil
	case front.NoBody:
		return newFault(30020, "Body is required")
	case front.NotJSON:
		return newFault(30021, "Body is not JSON")
	default:
		return newFault(30025, shape)
	}
}

// text returns a member as text, "" for null or absence.
func (f fields) text(name string) (string, *fault) {
	text, wrong := front.Fields(f).Text(name)
	return text, ofMember(wrong, name)
}

// texts returns the members of a list member as text: none for null or
// absence.
func (f fields) texts(name string) ([]string, *fault) {
	texts, wrong := front.Fields(f).Texts(name)
	return texts, ofMember(wrong, name)
}

func ofMember(wrong front.Wrong, name string) *fault {
	switch wrong {
	case 0:
		return nil
	case front.BadText:
		return invalid(name)
	default:
		return newFault(30025, name+" parameter type is wrong")
	}
}
