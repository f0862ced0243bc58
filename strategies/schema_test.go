package strategies_test

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"rulebot/strategies"
)

// TestSchemaTakesWhatLoads holds that an editor finds nothing wrong with a
// file that loads.
func TestSchemaTakesWhatLoads(t *testing.T) {
	s := schemaOf(t)
	for _, path := range append(corpus(t, "good"), "../strategies.example.yaml") {
		for _, wrong := range s.check(decoded(t, read(t, path))) {
			t.Errorf("%s: %s", path, wrong)
		}
	}
}

// TestSchemaRefuses holds that an editor marks what is no key, no word and no
// number of the language.
func TestSchemaRefuses(t *testing.T) {
	s := schemaOf(t)
	const file = "version: 1\nexchange: {name: okcoin}\nstrategies:\n- name: a\n  instrument: BTC-USD\n  timeframe: 1m\n  rules:\n  - name: r\n    when: close > 1\n    do: close\n"
	if wrong := s.check(decoded(t, []byte(file))); len(wrong) > 0 {
		t.Fatalf("the plain file is refused: %v", wrong)
	}
	for _, c := range []struct{ old, new string }{
		{"version: 1", "version: 2"},
		{"version: 1\n", ""},
		{"name: okcoin", "name: okcoin, endpoints: builtin"},
		{"name: a", "name: A"},
		{"instrument: BTC-USD", "instrument: BTC/USD"},
		{"  instrument: BTC-USD\n", ""},
		{"instrument: BTC-USD", "instrument: BTC-USD\n  instruments: [BTC-USD]"},
		{"timeframe: 1m", "timeframe: 2m"},
		{"when: close", "wen: close"},
		{"do: close", "do: clsoe"},
		{"do: close", "do: {close: {type: limit}, buy: {}}"},
		{"do: close", "do: {buy: {size: {base: 1, quote: 1}}}"},
		{"do: close", "do: {buy: {size: 1}}"},
		{"do: close", "do: {buy: {size: {base: 1}, tif: day}}"},
		{"do: close", "do: close\n    max_entries: 0"},
		{"do: close", "do: close\n    cooldown: 4"},
		{"do: close", "do: close\n    event: {timer: 30}"},
	} {
		changed := strings.Replace(file, c.old, c.new, 1)
		if changed == file {
			t.Fatalf("%q is not in the file", c.old)
		}
		if wrong := s.check(decoded(t, []byte(changed))); len(wrong) == 0 {
			t.Errorf("the schema takes %q", c.new)
		}
		if _, found := strategies.Load("file", []byte(changed)); len(found) == 0 {
			t.Errorf("Load takes %q", c.new)
		}
	}
}

// TestEveryKeyIsRead holds that no key of the table is silently passed over:
// each stands in a good file, and nonsense in its place is reported.
func TestEveryKeyIsRead(t *testing.T) {
	for _, k := range strategies.Undescribed() {
		t.Errorf("the table says nothing about %s", k)
	}
	nonsense := yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: "nonsense"}, {Kind: yaml.SequenceNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}},
	}}
	done := map[string]bool{}
	for _, path := range append(corpus(t, "good"), "../strategies.example.yaml") {
		var doc yaml.Node
		if err := yaml.Unmarshal(read(t, path), &doc); err != nil {
			t.Fatal(err)
		}
		for _, k := range strategies.KeysOf(doc.Content[0], false) {
			if done[k.Key] {
				continue
			}
			done[k.Key] = true
			kept := *k.Value
			*k.Value = nonsense
			src, err := yaml.Marshal(&doc)
			if err != nil {
				t.Fatal(err)
			}
			*k.Value = kept
			if _, found := strategies.LoadWith("broken", src, opened); len(found) == 0 {
				t.Errorf("%s: nonsense under %s is taken", path, k.Key)
			}
		}
	}
	for _, k := range strategies.AllKeys() {
		if !done[k] && !strings.HasPrefix(k, "included.") {
			t.Errorf("no good file has %s", k)
		}
	}
}

// TestDocNamesEveryKey holds that the page on the language has every key but
// those of tests, which have a page of their own.
func TestDocNamesEveryKey(t *testing.T) {
	doc := string(read(t, "doc.go"))
	for _, k := range strategies.AllKeys() {
		kind, name, _ := strings.Cut(k, ".")
		if slices.Contains([]string{"test", "bars", "given", "given_account", "given_position", "fault", "expectation", "expected_order", "expected_size"}, kind) {
			continue
		}
		if !regexp.MustCompile(`\b` + name + `\b`).MatchString(doc) {
			t.Errorf("doc.go does not name %s", k)
		}
	}
}

func decoded(t *testing.T, src []byte) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// schema is as much of JSON Schema as ours uses.
type schema struct {
	root map[string]any
}

func schemaOf(t *testing.T) schema {
	t.Helper()
	var s schema
	if err := json.Unmarshal(strategies.Schema(), &s.root); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s schema) check(v any) []string { return s.at("", s.root, v) }

// at lists what a value breaks of a schema.
func (s schema) at(path string, is map[string]any, v any) []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, path+": "+fmt.Sprintf(format, args...)) }
	for word, want := range is {
		switch word {
		case "$ref":
			name := strings.TrimPrefix(want.(string), "#/$defs/")
			wrong = append(wrong, s.at(path, s.root["$defs"].(map[string]any)[name].(map[string]any), v)...)
		case "type":
			if !slices.ContainsFunc(asList(want), func(t any) bool { return isType(t.(string), v) }) {
				say("%v is no %v", v, want)
			}
		case "enum":
			if !slices.ContainsFunc(want.([]any), func(w any) bool { return fmt.Sprint(w) == fmt.Sprint(v) }) {
				say("%v is none of %v", v, want)
			}
		case "pattern":
			if text, ok := v.(string); ok && !regexp.MustCompile(want.(string)).MatchString(text) {
				say("%q is not like %s", v, want)
			}
		case "minimum", "exclusiveMinimum":
			if x, ok := asNumber(v); ok && (x < want.(float64) || x == want.(float64) && word != "minimum") {
				say("%v is below %v", v, want)
			}
		case "items":
			list, _ := v.([]any)
			for i, item := range list {
				wrong = append(wrong, s.at(fmt.Sprintf("%s/%d", path, i), want.(map[string]any), item)...)
			}
		case "anyOf", "oneOf":
			wrong = append(wrong, s.some(path, word, want.([]any), v)...)
		case "properties", "additionalProperties", "propertyNames", "required", "minProperties", "maxProperties":
			if m, ok := v.(map[string]any); ok {
				wrong = append(wrong, s.object(path, word, is, m)...)
			}
		case "$schema", "$defs", "title", "description", "default":
		default:
			say("the test does not know %s", word)
		}
	}
	return wrong
}

func (s schema) some(path, word string, want []any, v any) []string {
	var all []string
	good := 0
	for _, w := range want {
		wrong := s.at(path, w.(map[string]any), v)
		if len(wrong) == 0 {
			good++
		}
		all = append(all, wrong...)
	}
	if good == 1 || good > 1 && word == "anyOf" {
		return nil
	}
	return append(all, fmt.Sprintf("%s: %d of %s hold", path, good, word))
}

func (s schema) object(path, word string, is map[string]any, m map[string]any) []string {
	var wrong []string
	properties, _ := is["properties"].(map[string]any)
	for name, v := range m {
		known, ok := properties[name].(map[string]any)
		other, open := is["additionalProperties"].(map[string]any)
		switch {
		case word == "properties" && ok:
			wrong = append(wrong, s.at(path+"/"+name, known, v)...)
		case word == "additionalProperties" && !ok && open:
			wrong = append(wrong, s.at(path+"/"+name, other, v)...)
		case word == "additionalProperties" && !ok:
			wrong = append(wrong, path+": no key "+name)
		case word == "propertyNames":
			wrong = append(wrong, s.at(path, is[word].(map[string]any), name)...)
		}
	}
	if word == "required" {
		for _, name := range is[word].([]any) {
			if _, ok := m[name.(string)]; !ok {
				wrong = append(wrong, path+": lacks "+name.(string))
			}
		}
	}
	if n, ok := is[word].(float64); ok && (word == "minProperties" && len(m) < int(n) || word == "maxProperties" && len(m) > int(n)) {
		wrong = append(wrong, fmt.Sprintf("%s: %d keys", path, len(m)))
	}
	return wrong
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}

func asNumber(v any) (float64, bool) {
	switch x := v.(type) {
	case int:
		return float64(x), true
	case float64:
		return x, true
	}
	return 0, false
}

func isType(name string, v any) bool {
	x, isNumber := asNumber(v)
	switch name {
	case "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "number":
		return isNumber
	case "integer":
		return isNumber && x == math.Trunc(x)
	case "array":
		_, ok := v.([]any)
		return ok
	case "object":
		_, ok := v.(map[string]any)
		return ok
	}
	return false
}
