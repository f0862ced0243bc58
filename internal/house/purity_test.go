package house_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pure reports whether a package must give the same results for the same
// input: no clock, randomness, goroutine, lock, log, environment, file, net.
func pure(pkg string) bool {
	return under(pkg, "engine", "strategies", "exchange/sim", "exchange/synth", "exchange/history") && !under(pkg, "engine/live")
}

// starters are the packages that may start a goroutine.
var starters = []string{"engine/live", "persist/tape", "exchange", "exchange/okcoin", "exchange/okx", "exchange/conformance", "cmd/bot"}

func TestGoroutinesStartInTheShellAlone(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || slices.Contains(starters, s.pkg) || under(s.pkg, "exchange/server", "cmd/bot/internal") {
			continue
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a goroutine starts here", s.at(n))
			case *ast.CallExpr:
				if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Go" {
					t.Errorf("%s: a goroutine starts here", s.at(n))
				}
			}
			return true
		})
	}
}

// shellOnly are imports that no pure package has.
var shellOnly = []string{
	"crypto/rand", "math/rand", "log", "log/slog", "net", "net/http", "os", "os/exec", "os/signal", "sync",
	"sync/atomic", "syscall", "unsafe", "github.com/sirupsen/logrus",
}

// clock are the names of package time that read it or wait.
var clock = []string{"Now", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Since", "Until"}

// seeded are the names of math/rand/v2 that need a seed or are one.
var seeded = []string{"New", "NewPCG", "NewChaCha8", "Rand", "PCG", "ChaCha8", "Source"}

func TestPurePackagesTouchNothing(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || !pure(s.pkg) {
			continue
		}
		names := map[string]string{} // local name of an import → its path
		for _, spec := range s.ast.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatalf("%s: %v", s.at(spec), err)
			}
			if slices.Contains(shellOnly, imported) {
				t.Errorf("%s: %s imports %s", s.at(spec), s.pkg, imported)
			}
			name := imported[strings.LastIndex(imported, "/")+1:]
			if imported == "math/rand/v2" {
				name = "rand"
			}
			if spec.Name != nil {
				name = spec.Name.Name
			}
			names[name] = imported
		}
		ast.Inspect(s.ast, func(n ast.Node) bool {
			if what := impure(n, names); what != "" {
				t.Errorf("%s: %s in a pure package", s.at(n), what)
			}
			return true
		})
	}
}

// impure says what about a node has no place in a pure package.
func impure(n ast.Node, imports map[string]string) string {
	switch n := n.(type) {
	case *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
		return "a channel"
	case *ast.SelectorExpr:
		id, ok := n.X.(*ast.Ident)
		if !ok {
			return ""
		}
		switch imports[id.Name] {
		case "time":
			if slices.Contains(clock, n.Sel.Name) {
				return "time." + n.Sel.Name
			}
		case "math/rand/v2":
			if !slices.Contains(seeded, n.Sel.Name) {
				return "rand." + n.Sel.Name
			}
		}
	}
	return ""
}

func TestNoInit(t *testing.T) {
	for _, s := range sources(t) {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s: init runs before anyone asks", s.at(f))
			}
		}
	}
}

// TestPackageVariablesAreNeverAssigned lets tables and sentinel errors be
// variables, since Go has no constants of their kind, and nothing more.
func TestPackageVariablesAreNeverAssigned(t *testing.T) {
	byPackage := map[string][]source{}
	for _, s := range sources(t) {
		if !s.test {
			byPackage[s.pkg] = append(byPackage[s.pkg], s)
		}
	}
	for _, files := range byPackage {
		globals, specs := map[string]bool{}, map[*ast.ValueSpec]bool{}
		for _, s := range files {
			for _, spec := range variables(s.ast) {
				specs[spec] = true
				for _, name := range spec.Names {
					globals[name.Name] = true
				}
			}
		}
		for _, s := range files {
			ast.Inspect(s.ast, func(n ast.Node) bool {
				for _, target := range targets(n) {
					if id := root(target); id != nil && globals[id.Name] && !local(id, specs) {
						t.Errorf("%s: package variable %s changes", s.at(n), id.Name)
					}
				}
				return true
			})
		}
	}
}

func variables(f *ast.File) []*ast.ValueSpec {
	var specs []*ast.ValueSpec
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			specs = append(specs, spec.(*ast.ValueSpec))
		}
	}
	return specs
}

// targets are the expressions that a node writes to.
func targets(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.Ident); ok && len(n.Args) > 0 && slices.Contains([]string{"delete", "clear", "copy"}, f.Name) {
			return n.Args[:1]
		}
	}
	return nil
}

// root is the variable at the left end of a.b[c].d, unless it goes through a
// call or a literal.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// local reports whether a name is one of the enclosing function: the parser
// resolves those, and leaves open what another file declares.
func local(id *ast.Ident, globals map[*ast.ValueSpec]bool) bool {
	if id.Obj == nil {
		return false
	}
	spec, ok := id.Obj.Decl.(*ast.ValueSpec)
	return !ok || !globals[spec]
}

// doors are packages that open a program to whoever asks.
var doors = []string{"net/http/pprof", "expvar", "net/rpc", "plugin"}

// TestNoDebuggingDoors holds that nothing we build can be looked into over the
// network.
//
// Faults: SC-16.
func TestNoDebuggingDoors(t *testing.T) {
	for _, s := range sources(t) {
		for _, spec := range s.ast.Imports {
			if name, err := strconv.Unquote(spec.Path.Value); err == nil && slices.Contains(doors, name) {
				t.Errorf("%s: imports %s", s.at(spec), name)
			}
		}
	}
}
