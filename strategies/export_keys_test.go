package strategies

import (
	"go.yaml.in/yaml/v4"

	"rulebot/engine"
)

// KeyAt is one key of a file as the table of keys has it.
type KeyAt struct {
	Key   string // rule.when
	Value *yaml.Node
}

// AllKeys lists every key of the table that this version reads.
func AllKeys() []string {
	var all []string
	for _, ks := range everyMap() {
		for _, name := range ks.known() {
			all = append(all, ks.id+"."+name)
		}
	}
	return all
}

// Undescribed lists keys of which the table tells people nothing.
func Undescribed() []string {
	var bare []string
	for _, ks := range everyMap() {
		for _, k := range ks.keys {
			if !k.later && k.about == "" {
				bare = append(bare, ks.id+"."+k.name)
			}
		}
	}
	return bare
}

// KeysOf finds the keys of a file, whole or included.
func KeysOf(root *yaml.Node, included bool) []KeyAt {
	top := keysOf(&fileKeys)
	if included {
		top = keysOf(&includedKeys)
	}
	return top.find(root, nil)
}

func (f *form) find(n *yaml.Node, list []KeyAt) []KeyAt {
	switch {
	case f.kind == formMap && n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			for _, k := range f.of.keys {
				if k.name == n.Content[i].Value {
					list = append(list, KeyAt{f.of.id + "." + k.name, n.Content[i+1]})
					list = k.form.find(n.Content[i+1], list)
				}
			}
		}
	case f.kind == formNames && n.Kind == yaml.MappingNode:
		for i := 1; i < len(n.Content); i += 2 {
			list = f.items.find(n.Content[i], list)
		}
	case f.kind == formList && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			list = f.items.find(item, list)
		}
	case f.kind == formEither:
		for i := range f.some {
			list = f.some[i].find(n, list)
		}
	}
	return list
}

// ParseSchedule reads a schedule and returns the times of which it is made.
func ParseSchedule(value string) (engine.Schedule, Diagnostics) {
	s := &source{name: "schedule", lines: splitLines(value)}
	out := s.schedule(&yaml.Node{Kind: yaml.ScalarNode, Value: value, Line: 1, Column: 1})
	return out, s.found
}
