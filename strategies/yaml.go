package strategies

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const (
	sizeMax   = 1 << 20 // bytes of a file
	depthMax  = 20      // nested lists and maps
	repairMax = 20      // lines blanked after a syntax error
)

// repaired stands, quoted, where a line's value was blanked after a syntax
// error: a private-use character, so that no file means it.
const repaired = "\uE0B1"

// parse turns the file into nodes. After a syntax error the value of the
// line is blanked in memory and the file parsed again, so that the rest is
// reported too. It returns nil when nothing can be read.
func (s *source) parse(src []byte) *yaml.Node {
	if len(src) > sizeMax {
		s.report(place{1, 1}, CodeLimit, fmt.Sprintf("the file has %d bytes; at most %d are read", len(src), sizeMax), "")
		return nil
	}
	if i := invalidUTF8(src); i >= 0 {
		before := splitLines(string(src[:i]))
		p := place{len(before), len(before[len(before)-1]) + 1}
		s.report(p, CodeSyntax, "the file is not UTF-8 text", "save it as UTF-8")
		return nil
	}
	seen := map[int]bool{}
	for range repairMax {
		root, bad := s.parseOnce(src)
		if bad == nil {
			return root
		}
		line := s.culprit(bad)
		if src, ok := s.tabs(src); ok {
			root, _ := s.parseOnce(src)
			return root
		}
		message := syntaxMessage(bad.Message)
		s.report(s.syntaxPlace(bad, line), CodeSyntax, message, s.syntaxHint(line, message))
		if seen[line] {
			src = s.blankLine(src, line, true)
			if seen[-line] {
				return nil
			}
			seen[-line] = true
			continue
		}
		seen[line] = true
		src = s.blankLine(src, line, false)
	}
	return nil
}

func invalidUTF8(src []byte) int {
	for i := 0; i < len(src); {
		r, n := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// parseOnce returns the root of the first document, or what is wrong with the
// text. An empty file has a nil root.
func (s *source) parseOnce(src []byte) (*yaml.Node, *yaml.LoadError) {
	loader, err := yaml.NewLoader(bytes.NewReader(src), yaml.WithV4Defaults())
	if err != nil {
		return nil, asLoadError(err)
	}
	var doc, second yaml.Node
	if err := loader.Load(&doc); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		return nil, asLoadError(err)
	}
	err = loader.Load(&second)
	if err == nil {
		s.report(place{second.Line, second.Column}, CodeYAML, "a second document starts here; a file holds one", "remove the line '---' or split the file")
	} else if !errors.Is(err, io.EOF) {
		return nil, asLoadError(err)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

func asLoadError(err error) *yaml.LoadError {
	if one, ok := errors.AsType[*yaml.LoadError](err); ok {
		return one
	}
	return &yaml.LoadError{Message: strings.TrimPrefix(err.Error(), "yaml: ")}
}

// culprit is the line that a syntax error is about: a quote, bracket or block
// scalar that was opened wrongly is to blame where it opens.
func (s *source) culprit(e *yaml.LoadError) int {
	line := e.Mark.Line
	opened := strings.Contains(e.ContextMsg, "scalar") || strings.Contains(e.ContextMsg, "flow") || strings.Contains(e.ContextMsg, "simple key")
	if opened && e.ContextMark.Line > 0 {
		line = e.ContextMark.Line
	}
	line = min(max(line, 1), len(s.lines))
	for line > 1 && blank(s.lines[line-1]) {
		line--
	}
	return line
}

func (s *source) syntaxPlace(e *yaml.LoadError, line int) place {
	if e.Mark.Line == line {
		return place{line, max(e.Mark.Column, 1)}
	}
	if e.ContextMark.Line == line {
		return place{line, max(e.ContextMark.Column, 1)}
	}
	return place{line, 1}
}

// syntaxMessage says the library's commoner messages in words for people.
func syntaxMessage(m string) string {
	switch {
	case strings.Contains(m, "mapping values are not allowed"):
		return "a second ':' on one line"
	case strings.Contains(m, "cannot start any token"):
		return "a plain value cannot start with this character"
	case strings.Contains(m, "expected comment or line break"):
		return "a value that starts with '>' or '|' opens a text block"
	case strings.Contains(m, "unknown anchor"):
		return "a value that starts with '*' refers to an anchor; anchors are not used here"
	case strings.Contains(m, "could not find expected ':'"):
		return "a key without ': ' after it"
	case strings.Contains(m, "did not find expected key"), strings.Contains(m, "did not find expected '-' indicator"):
		return "this line is not indented like its neighbours"
	case strings.Contains(m, "did not find expected ',' or"):
		return "a bracket is opened here and not closed"
	case strings.Contains(m, "unexpected end of stream"):
		return "a quote is opened and never closed"
	}
	return "not YAML: " + strings.TrimPrefix(m, "yaml: ")
}

var keyValue = regexp.MustCompile(`^(\s*(?:- +)*(?:[A-Za-z_][\w-]*:[ \t]+)?)(.*)$`)

// syntaxHint says what to do about the commoner traps of a line.
func (s *source) syntaxHint(line int, message string) string {
	raw := string(s.lines[line-1])
	value := raw
	if m := keyValue.FindStringSubmatch(raw); m != nil {
		value = m[2]
	}
	switch {
	case strings.ContainsAny(raw, "\u00a0\u2007\u202f\u3000"):
		return "the line has a no-break space: type a plain space in its place"
	case strings.HasPrefix(message, "a key without"):
		return "write key: value, with a space after the colon"
	case strings.HasPrefix(message, "this line is not indented"):
		return "keys of one map start in the same column"
	case barIndex.MatchString(raw) && strings.ContainsAny(raw, "{["):
		return "quote expressions with [ ] or commas inside { }, as in {when: \"close > high[1]\"}"
	case value != "" && strings.ContainsRune("{[", rune(value[0])):
		return "each { needs its }, and each [ its ]"
	case value != "" && strings.ContainsRune("%*@`>|&?", rune(value[0])), strings.Contains(value, " ? "), strings.Contains(value, ": "):
		return "quote it, or use a block with |"
	}
	return ""
}

var barIndex = regexp.MustCompile(`[\w)]\[\w+\]`)

// tabs reports lines that are indented with tabs, and returns the text with
// spaces in their place.
func (s *source) tabs(src []byte) ([]byte, bool) {
	lines := strings.Split(strings.ReplaceAll(string(src), "\r\n", "\n"), "\n")
	found := false
	for i, l := range lines {
		indent := l[:len(l)-len(strings.TrimLeft(l, " \t"))]
		k := strings.IndexByte(indent, '\t')
		if k < 0 || strings.TrimSpace(l) == "" {
			continue
		}
		found = true
		s.report(place{i + 1, k + 1}, CodeSyntax, "a tab in the indentation", "indent with spaces, not with tabs")
		lines[i] = strings.ReplaceAll(indent, "\t", "  ") + l[len(indent):]
	}
	return []byte(strings.Join(lines, "\n")), found
}

// blankLine replaces the value of a line by a quoted blank; the whole line
// when that was tried already, or when it has no key.
func (s *source) blankLine(src []byte, line int, whole bool) []byte {
	lines := splitLines(string(src))
	if line > len(lines) {
		return src
	}
	raw := string(lines[line-1])
	m := keyValue.FindStringSubmatch(raw)
	switch {
	case whole || m == nil || strings.TrimSpace(m[1]) == "":
		raw, s.patched = "", true
	default:
		raw = m[1] + `"` + repaired + `"`
	}
	var b bytes.Buffer
	for i, l := range lines {
		if i == line-1 {
			b.WriteString(raw)
		} else {
			b.WriteString(string(l))
		}
		if i < len(lines)-1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

var coreTags = map[string]bool{
	"": true, "!!str": true, "!!int": true, "!!float": true, "!!bool": true, "!!null": true, "!!map": true, "!!seq": true,
	"!!timestamp": true, "!!binary": true, "!!merge": true,
}

// traps reports what YAML would read otherwise than it looks: tags, anchors,
// aliases, merge keys, duplicate keys, depth.
func (s *source) traps(n *yaml.Node, depth int) {
	p := place{n.Line, n.Column}
	if depth > depthMax {
		s.report(p, CodeLimit, fmt.Sprintf("nested deeper than %d levels", depthMax), "")
		n.Content = nil
		return
	}
	if n.Style&yaml.TaggedStyle != 0 || !coreTags[n.ShortTag()] {
		s.report(p, CodeYAML, "a value that starts with '!' is a YAML tag, and the rest of it would be lost", "write 'not x' in place of '!x', or quote the value")
		s.forget(n)
		return
	}
	if n.Anchor != "" {
		s.report(p, CodeYAML, "a value that starts with '&' is a YAML anchor; anchors are not used here", "quote the value, or give it a name under let")
		s.forget(n)
		return
	}
	if n.Kind == yaml.AliasNode {
		s.report(p, CodeYAML, "a value that starts with '*' is a YAML alias; aliases are not used here", "quote the value, or give it a name under let")
		s.forget(n)
		return
	}
	if n.Kind == yaml.MappingNode {
		s.keys(n)
	}
	for _, c := range n.Content {
		s.traps(c, depth+1)
	}
}

// forget makes a node one that is in error already, so that nothing more is
// said about it.
func (s *source) forget(n *yaml.Node) {
	*n = yaml.Node{Kind: yaml.ScalarNode, Value: repaired, Line: n.Line, Column: n.Column}
}

// keys reports keys that are not plain words, and keys given twice.
func (s *source) keys(n *yaml.Node) {
	s.commas(n)
	first := map[string]int{}
	kept := n.Content[:0]
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := n.Content[i]
		p := place{k.Line, k.Column}
		switch {
		case k.Kind == yaml.ScalarNode && k.Value == "<<":
			s.report(p, CodeYAML, "merge keys are not used here", "write the keys out")
			continue
		case k.Kind != yaml.ScalarNode:
			s.report(p, CodeYAML, "a key must be a plain word", "")
			continue
		case first[k.Value] > 0:
			s.report(p, CodeDuplicate, fmt.Sprintf("%s is given twice", k.Value), fmt.Sprintf("the first is on line %d", first[k.Value]))
			continue
		}
		first[k.Value] = k.Line
		kept = append(kept, k, n.Content[i+1])
	}
	n.Content = kept
}

// commas reports an expression in { } whose comma ended it: what follows the
// comma became a key without a value. All its pieces are taken out.
func (s *source) commas(n *yaml.Node) {
	if n.Style&yaml.FlowStyle == 0 {
		return
	}
	kept := n.Content[:0:0]
	open := 0 // brackets of the value before that are not closed yet
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if open > 0 && k.Kind == yaml.ScalarNode && v.Kind == yaml.ScalarNode && v.Value == "" {
			open += unclosed(k.Value)
			continue
		}
		kept = append(kept, k, v)
		open = 0
		plain := v.Kind == yaml.ScalarNode && v.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
		if plain && unclosed(v.Value) > 0 && i+3 < len(n.Content) && n.Content[i+3].Value == "" && n.Content[i+3].Kind == yaml.ScalarNode {
			open = unclosed(v.Value)
			s.report(at(v), CodeYAML, "a comma inside { } ends the value: this reads as "+clip(v.Value), "quote expressions with commas inside { }")
			s.forget(v)
		}
	}
	n.Content = kept
}

func unclosed(v string) int { return strings.Count(v, "(") - strings.Count(v, ")") }
