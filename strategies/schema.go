package strategies

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
)

// Schema returns the JSON Schema (draft 2020-12) of a file, for editors: the
// keys that a map may have, what they are, and what counts without them. Load
// knows more: what expressions mean, and what goes together.
func Schema() []byte {
	defs := map[string]any{}
	for _, ks := range everyMap() {
		defs[ks.id] = ks.schema()
	}
	root := map[string]any{
		"$schema":     "https://json-schema.org/draft/2020-12/schema",
		"title":       "Rulebot strategies",
		"description": "One file configures one bot; a file that another one includes has strategies alone.",
		"anyOf":       []any{reference(&fileKeys), reference(&includedKeys)},
		"$defs":       defs,
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(root); err != nil {
		panic("strategies: the schema is not JSON: " + err.Error()) // it is made of texts and numbers
	}
	return b.Bytes()
}

// everyMap lists all kinds of maps that a file can have, each once.
func everyMap() []*keySet {
	list := []*keySet{&fileKeys, &includedKeys}
	for i := 0; i < len(list); i++ {
		for _, k := range list[i].keys {
			for _, ks := range k.form.maps() {
				if !slices.Contains(list, ks) {
					list = append(list, ks)
				}
			}
		}
	}
	return list
}

// maps lists the kinds of maps that a value may be or hold.
func (f *form) maps() []*keySet {
	switch {
	case f.of != nil:
		return []*keySet{f.of}
	case f.items != nil:
		return f.items.maps()
	}
	var all []*keySet
	for i := range f.some {
		all = append(all, f.some[i].maps()...)
	}
	return all
}

func reference(ks *keySet) map[string]any { return map[string]any{"$ref": "#/$defs/" + ks.id} }

func (ks *keySet) schema() map[string]any {
	properties := map[string]any{}
	needed := []string{}
	for i := range ks.keys {
		k := &ks.keys[i]
		if k.later {
			continue
		}
		properties[k.name] = k.schema()
		if k.needed {
			needed = append(needed, k.name)
		}
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(needed) > 0 {
		out["required"] = needed
	}
	if ks.single {
		out["minProperties"], out["maxProperties"] = 1, 1
	}
	if len(ks.choose) > 0 {
		var some []any
		for _, name := range ks.choose {
			some = append(some, map[string]any{"required": []string{name}})
		}
		out["oneOf"] = some
	}
	return out
}

func (k *key) schema() map[string]any {
	out := k.form.schema()
	about := k.about
	if k.unit != "" {
		about += "; " + k.unit
	}
	if k.otherwise != "" {
		about += "; when not written: " + k.otherwise
		if v, ok := k.form.literal(k.otherwise); ok {
			out["default"] = v
		}
	}
	out["description"] = about
	return out
}

// literal reads what counts without a key as a value of its form, when it is
// one and no description.
func (f *form) literal(s string) (any, bool) {
	switch f.kind {
	case formNumber, formWhole:
		v, err := strconv.ParseFloat(s, 64)
		return v, err == nil
	case formFlag:
		return s == "true", s == "true" || s == "false"
	case formWord:
		return s, contains(f.words, s)
	case formEither:
		for i := range f.some {
			if v, ok := f.some[i].literal(s); ok {
				return v, true
			}
		}
	case formText, formNumeric, formTruth, formMap, formNames, formList:
	}
	return nil, false
}

func (f *form) schema() map[string]any {
	out := map[string]any{}
	switch f.kind {
	case formText:
		out["type"] = "string"
		if f.shape != "" {
			out["pattern"] = f.shape
		}
	case formWord:
		out["enum"] = f.words
	case formFlag:
		out["type"] = "boolean"
	case formNumber, formWhole:
		out["type"] = map[formKind]string{formNumber: "number", formWhole: "integer"}[f.kind]
		f.bound(out)
	case formNumeric:
		out["type"] = []string{"number", "string"}
	case formTruth:
		out["type"] = []string{"boolean", "string"}
	case formMap:
		return reference(f.of)
	case formNames:
		out["type"], out["additionalProperties"] = "object", f.items.schema()
		out["propertyNames"] = map[string]any{"pattern": f.shape}
	case formList:
		out["type"], out["items"] = "array", f.items.schema()
	case formEither:
		var some []any
		for i := range f.some {
			some = append(some, f.some[i].schema())
		}
		out["anyOf"] = some
	}
	return out
}

func (f *form) bound(out map[string]any) {
	switch {
	case len(f.words) > 0:
		out["enum"] = []json.RawMessage{json.RawMessage(f.words[0])}
	case f.bounds == positive && f.kind == formWhole:
		out["minimum"] = 1
	case f.bounds == positive:
		out["exclusiveMinimum"] = 0
	case f.bounds == orZero:
		out["minimum"] = 0
	}
}
