package strategies

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Included is a file that another one includes.
type Included struct {
	Name string // as messages name it
	Src  []byte
}

// Text is a file as it was read. Reading all of them again makes the same File.
type Text struct {
	Pattern string `json:"pattern,omitzero"` // under which it was included; "" of the file itself
	Name    string `json:"name"`
	Text    string `json:"text"`
}

// Reload reads a file again from its texts: the file itself, then those that
// it includes.
func Reload(texts []Text) (*File, Diagnostics) {
	return LoadWith(texts[0].Name, []byte(texts[0].Text), func(pattern string) ([]Included, error) {
		var files []Included
		for _, t := range texts[1:] {
			if t.Pattern == pattern {
				files = append(files, Included{Name: t.Name, Src: []byte(t.Text)})
			}
		}
		return files, nil
	})
}

// Open returns the files that a pattern under include names, in the order of
// their names; none is an error of the person who wrote the pattern. The
// loader reads no file itself.
type Open func(pattern string) ([]Included, error)

// includedMax is how many files may be included.
const includedMax = 200

// include reads the strategies of other files, after those of this one.
func (s *source) include(n *yaml.Node, f *File) {
	items := s.items(n, "include")
	if s.open == nil {
		s.report(at(n), CodeValue, "only a file on disk can include others", "give the file by its name, or write its strategies out")
		return
	}
	if len(items) == 0 && n.Kind == yaml.SequenceNode {
		s.report(at(n), CodeMissing, "include is empty", "write include: [strategies.d/*.yaml]")
	}
	for _, item := range items {
		pattern, ok := s.word(item, "a file to include")
		if !ok {
			continue
		}
		files, err := s.open(pattern)
		switch {
		case err != nil:
			s.report(at(item), CodeValue, fmt.Sprintf("%s cannot be read: %v", clip(pattern), err), "")
		case len(files) == 0:
			s.report(at(item), CodeMissing, "no file is named "+clip(pattern), "names are relative to this file, as in strategies.d/*.yaml")
		case len(s.parts)+len(files) > includedMax:
			s.report(at(item), CodeLimit, fmt.Sprintf("more than %d files are included", includedMax), "")
			return
		default:
			for _, part := range files {
				f.Texts = append(f.Texts, Text{Pattern: pattern, Name: part.Name, Text: string(part.Src)})
				s.included(item, part, f)
			}
		}
	}
}

// included reads one included file, unless a pattern before named it too.
func (s *source) included(where *yaml.Node, part Included, f *File) {
	for _, p := range append(s.parts, s) {
		if p.name == part.Name {
			s.report(at(where), CodeDuplicate, part.Name+" is included already", "name each file once")
			return
		}
	}
	src := bytes.TrimPrefix(part.Src, []byte("\uFEFF"))
	p := &source{name: part.Name, lines: splitLines(string(src)), main: s, taken: s.taken}
	s.parts = append(s.parts, p)
	root := p.parse(src)
	if root == nil {
		if len(p.found) == 0 {
			p.report(place{1, 1}, CodeMissing, "the file is empty", "start with 'strategies:'")
		}
		return
	}
	p.traps(root, 0)
	for _, e := range p.fields(root, &includedKeys) {
		p.strategies(e.value, f)
	}
	p.required(root, false, "strategies", "an included file holds strategies: alone")
	s.taken = p.taken
	s.read = append(s.read, p.read...)
	s.tests = append(s.tests, p.tests...)
}
