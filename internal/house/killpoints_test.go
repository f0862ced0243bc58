package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"testing"
)

// killPoints is how many moments the process is killed at.
const killPoints = 19

// TestEachKillPointIsSomewhere holds that the kill points are 01 to 19, and
// that the code of the bot has each of them.
func TestEachKillPointIsSomewhere(t *testing.T) {
	named, used := map[string]string{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		if s.pkg == "internal/killpoint" {
			pointNames(t, s.ast, named)
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if e, ok := n.(*ast.SelectorExpr); ok {
				if from, ok := e.X.(*ast.Ident); ok && from.Name == "killpoint" {
					used[e.Sel.Name] = true
				}
			}
			return true
		})
	}
	for _, name := range reachedInside(t) {
		used[name] = true
	}
	if len(named) != killPoints {
		t.Errorf("there are %d kill points, want %d", len(named), killPoints)
	}
	for n := range killPoints {
		number := fmt.Sprintf("%02d", n+1)
		if name := named[number]; name == "" {
			t.Errorf("kill point %s has no name", number)
		} else if !used[name] {
			t.Errorf("kill point %s, %s, is nowhere in the code", number, name)
		}
	}
}

// pointNames adds the constants of a file, by value.
func pointNames(t *testing.T, f *ast.File, into map[string]string) {
	t.Helper()
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.CONST {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			if kind, ok := v.Type.(*ast.Ident); !ok || kind.Name != "Point" {
				continue
			}
			value, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if err != nil || into[value] != "" {
				t.Errorf("kill point %s: %v, or there twice", v.Names[0].Name, err)
			}
			into[value] = v.Names[0].Name
		}
	}
}

// reachedInside returns what the armed half of the package reaches itself: the
// moments of a request. go list does not name its file.
func reachedInside(t *testing.T) []string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "killpoint", "armed.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	ast.Inspect(f, func(n ast.Node) bool {
		if c, ok := n.(*ast.CallExpr); ok {
			if fn, ok := c.Fun.(*ast.Ident); ok && fn.Name == "Reach" {
				if p, ok := c.Args[0].(*ast.Ident); ok {
					names = append(names, p.Name)
				}
			}
		}
		return true
	})
	return names
}
