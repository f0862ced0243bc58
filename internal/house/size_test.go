package house_test

import (
	"go/ast"
	"strings"
	"testing"
)

// The budgets. Test functions may be longer, since they are tables of cases,
// up to the file. A wire struct, one whose every exported field has a json tag,
// has the fields that the wire has and is exempt from their count.
const (
	fileLines     = 500
	functionLines = 70
	interfaceSize = 4
	structFields  = 15
)

func TestFilesAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if n := s.lines(s.ast) + s.fset.Position(s.ast.Pos()).Line - 1; n > fileLines {
			t.Errorf("%s: got %d lines, want at most %d", s.path, n, fileLines)
		}
	}
}

func TestFunctionsAreShort(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.lines(f) > functionLines {
				t.Errorf("%s: %s has %d lines, want at most %d", s.at(f), f.Name.Name, s.lines(f), functionLines)
			}
		}
	}
}

func TestTypesAreSmall(t *testing.T) {
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.InterfaceType:
				if got := count(n.Methods); got > interfaceSize {
					t.Errorf("%s: interface of %d methods, want at most %d", s.at(n), got, interfaceSize)
				}
			case *ast.StructType:
				if got := count(n.Fields); got > structFields && !wire(n) {
					t.Errorf("%s: struct of %d fields, want at most %d", s.at(n), got, structFields)
				}
			}
			return true
		})
	}
}

// wire reports whether every exported field has a json tag, and one is there.
func wire(s *ast.StructType) bool {
	tagged := false
	for _, f := range s.Fields.List {
		private := len(f.Names) > 0 && !f.Names[0].IsExported()
		if !private && (f.Tag == nil || !strings.Contains(f.Tag.Value, `json:"`)) {
			return false
		}
		tagged = tagged || f.Tag != nil
	}
	return tagged
}

func count(l *ast.FieldList) int {
	n := 0
	for _, f := range l.List {
		n += max(1, len(f.Names))
	}
	return n
}

func TestPackagesSayWhatTheyAre(t *testing.T) {
	said := map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		want := "Package " + s.ast.Name.Name + " "
		if s.ast.Name.Name == "main" {
			want = "Command "
		}
		doc := s.ast.Doc.Text()
		said[s.pkg] = said[s.pkg] || strings.HasPrefix(doc, want)
		if doc != "" && !strings.HasPrefix(doc, want) {
			t.Errorf("%s: package comment begins %.20q, want %q", s.path, doc, want)
		}
	}
	for pkg, ok := range said {
		if !ok {
			t.Errorf("package %s has no package comment", pkg)
		}
	}
}
