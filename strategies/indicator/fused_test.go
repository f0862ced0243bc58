package indicator_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestNoFusedProducts reads the source: a product of floats must be rounded by
// a conversion, or be a factor of another, or some architectures fuse it with
// a sum of any later statement. (To see what is left:
// GOARCH=arm64 go build -gcflags=-S . 2>&1 | grep -E 'FN?M(ADD|SUB)'.)
func TestNoFusedProducts(t *testing.T) {
	set, files := sources(t)
	known := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: importer.ForCompiler(set, "source", nil)}
	if _, err := config.Check("indicator", set, files, known); err != nil {
		t.Fatal(err)
	}
	products := 0
	for _, file := range files {
		var above []ast.Node
		ast.Inspect(file, func(n ast.Node) bool {
			if n == nil {
				above = above[:len(above)-1]
				return true
			}
			if a, ok := n.(*ast.AssignStmt); ok && a.Tok == token.MUL_ASSIGN {
				t.Errorf("%s: a product that is not rounded by float64(...)", set.Position(n.Pos()))
			}
			if product(n, known) {
				products++
				if !rounded(above) {
					t.Errorf("%s: a product that is not rounded by float64(...)", set.Position(n.Pos()))
				}
			}
			above = append(above, n)
			return true
		})
	}
	if products < 50 {
		t.Errorf("got %d products in the package; is it read at all?", products)
	}
}

func product(n ast.Node, known *types.Info) bool {
	b, ok := n.(*ast.BinaryExpr)
	if !ok || known.Types[b].Value != nil {
		return false
	}
	// A division by a constant may be compiled into a product.
	if inverse := b.Op == token.QUO && known.Types[b.Y].Value != nil; b.Op != token.MUL && !inverse {
		return false
	}
	basic, ok := known.Types[b].Type.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsFloat != 0
}

// rounded reports whether what stands above a product rounds it: a conversion,
// or an operation other than a sum.
func rounded(above []ast.Node) bool {
	for _, node := range slices.Backward(above) {
		switch n := node.(type) {
		case *ast.ParenExpr:
			continue
		case *ast.BinaryExpr:
			return n.Op == token.MUL || n.Op == token.QUO
		case *ast.CallExpr:
			to, ok := n.Fun.(*ast.Ident)
			return ok && to.Name == "float64"
		default:
			return false
		}
	}
	return false
}

// sources parses the package without its tests.
func sources(t *testing.T) (*token.FileSet, []*ast.File) {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return set, files
}
