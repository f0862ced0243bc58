package risk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestOnlyCheckApproves reads the package's source: outside it the order in an
// Approved cannot be set, and inside it nothing but Check sets it.
func TestOnlyCheckApproves(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	made := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			n := approvals(fn)
			made += n
			if n > 0 && fn.Name.Name != "approve" {
				t.Errorf("%s: %s makes an Approved", name, fn.Name.Name)
			}
		}
	}
	if made != 1 {
		t.Errorf("an Approved is made in %d places, want 1", made)
	}
}

// approvals counts the places in a function that put an order into an
// Approved.
func approvals(fn *ast.FuncDecl) int {
	n := 0
	ast.Inspect(fn, func(node ast.Node) bool {
		switch x := node.(type) {
		case *ast.CompositeLit:
			if id, ok := x.Type.(*ast.Ident); ok && id.Name == "Approved" && len(x.Elts) > 0 {
				n++
			}
		case *ast.AssignStmt:
			for _, l := range x.Lhs {
				if s, ok := l.(*ast.SelectorExpr); ok && s.Sel.Name == "o" {
					n++
				}
			}
		}
		return true
	})
	return n
}
