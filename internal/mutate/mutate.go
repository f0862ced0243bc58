package mutate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// Mutant is one mistake.
type Mutant struct {
	Number int // from 1
	Where  token.Position
	What   string // the code, and what stands for it
}

// Func is what the rewritten source asks whether a mistake is to be made:
// func Func(number int) bool, in the package itself.
const Func = "mutated"

// Package rewrites the files of a package, by name, so that they hold every
// mistake. What does not compile is no mistake: texts are not subtracted, and
// constants are left alone.
func Package(files map[string][]byte) (map[string][]byte, []Mutant, error) {
	m := &maker{fset: token.NewFileSet(), info: types.Info{Types: map[ast.Expr]types.TypeAndValue{}}}
	var parsed []*ast.File
	names := slices.Sorted(maps.Keys(files))
	for _, name := range names {
		f, err := parser.ParseFile(m.fset, name, files[name], parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		parsed = append(parsed, f)
	}
	// What is imported is not looked at: the package's own types suffice.
	cfg := types.Config{Importer: nowhere{}, Error: func(error) {}}
	_, _ = cfg.Check(parsed[0].Name.Name, m.fset, parsed, &m.info) // the errors are of what is not looked at
	out := map[string][]byte{}
	for i, f := range parsed {
		m.src, m.edits = files[names[i]], nil
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
				ast.Inspect(fn.Body, m.visit)
			}
		}
		out[names[i]] = m.apply()
	}
	return out, m.mutants, nil
}

// nowhere finds no package.
type nowhere struct{}

func (nowhere) Import(path string) (*types.Package, error) {
	return nil, fmt.Errorf("%s is not looked at", path)
}

// maker collects the rewritings of a file.
type maker struct {
	fset    *token.FileSet
	info    types.Info
	src     []byte // of the file at hand
	mutants []Mutant
	edits   []edit // of the file, none within another
}

// edit is a piece of text that another takes the place of.
type edit struct {
	from, to int
	text     string
}

func (m *maker) visit(n ast.Node) bool {
	switch x := n.(type) {
	case *ast.IfStmt:
		m.condition(x.Cond)
	case *ast.ForStmt:
		if x.Cond != nil {
			m.condition(x.Cond)
		}
	case *ast.SwitchStmt:
		if x.Tag == nil {
			m.cases(x.Body)
		}
	case *ast.BlockStmt:
		m.statements(x.List)
	case *ast.CaseClause:
		m.statements(x.Body)
	}
	return true
}

func (m *maker) cases(body *ast.BlockStmt) {
	for _, s := range body.List {
		for _, x := range s.(*ast.CaseClause).List {
			m.condition(x)
		}
	}
}

// condition rewrites a condition: one of its mistaken forms where that is
// asked for, else itself.
func (m *maker) condition(x ast.Expr) {
	if closes(x) {
		return
	}
	forms := append(m.forms(x), edit{m.at(x.Pos()), m.at(x.End()), "!(" + m.text(x) + ")"})
	var b strings.Builder
	var none []string
	for _, f := range forms {
		n := m.add(x, f)
		fmt.Fprintf(&b, "%s(%d) && (%s) || ", Func, n, m.with(x, f))
		none = append(none, fmt.Sprintf("!%s(%d)", Func, n))
	}
	fmt.Fprintf(&b, "%s && (%s)", strings.Join(none, " && "), m.text(x))
	m.edits = append(m.edits, edit{m.at(x.Pos()), m.at(x.End()), b.String()})
}

func (m *maker) statements(list []ast.Stmt) {
	for _, s := range list {
		if closes(s) {
			continue
		}
		switch x := s.(type) {
		case *ast.ExprStmt:
			m.replace(s, true)
		case *ast.IncDecStmt:
			m.replace(s, true)
		case *ast.AssignStmt:
			if x.Tok == token.DEFINE {
				m.define(x)
			} else {
				m.replace(s, true)
			}
		case *ast.ReturnStmt:
			m.replace(s, false)
		}
	}
}

// replace has one of a statement's mistaken forms executed in its place, or,
// where it may be forgotten, none at all.
func (m *maker) replace(s ast.Stmt, forget bool) {
	var b strings.Builder
	for _, f := range m.forms(s) {
		fmt.Fprintf(&b, "if %s(%d) { %s } else ", Func, m.add(s, f), m.with(s, f))
	}
	if forget {
		fmt.Fprintf(&b, "if %s(%d) {} else ", Func, m.add(s, edit{m.at(s.Pos()), m.at(s.End()), "nothing"}))
	}
	if b.Len() == 0 {
		return
	}
	m.edits = append(m.edits, edit{m.at(s.Pos()), m.at(s.End()), b.String() + "{ " + m.text(s) + " }"})
}

// define has a definition done, and then again with a mistake.
func (m *maker) define(s *ast.AssignStmt) {
	var b strings.Builder
	for _, f := range m.forms(s) {
		again := strings.Replace(m.with(s, f), ":=", "=", 1)
		fmt.Fprintf(&b, "; if %s(%d) { %s }", Func, m.add(s, f), again)
	}
	if b.Len() > 0 {
		m.edits = append(m.edits, edit{m.at(s.Pos()), m.at(s.End()), m.text(s) + b.String()})
	}
}

// others are the operators that people write in the place of one.
func others(op token.Token) []token.Token {
	switch op {
	case token.LSS:
		return []token.Token{token.LEQ, token.GEQ}
	case token.LEQ:
		return []token.Token{token.LSS, token.GTR}
	case token.GTR:
		return []token.Token{token.GEQ, token.LEQ}
	case token.GEQ:
		return []token.Token{token.GTR, token.LSS}
	case token.EQL:
		return []token.Token{token.NEQ}
	case token.NEQ:
		return []token.Token{token.EQL}
	case token.LAND:
		return []token.Token{token.LOR}
	case token.LOR:
		return []token.Token{token.LAND}
	case token.ADD:
		return []token.Token{token.SUB}
	case token.SUB:
		return []token.Token{token.ADD}
	default:
		return nil
	}
}

// forms are the mistaken forms of what stands within a node, as edits.
func (m *maker) forms(n ast.Node) []edit {
	var all []edit
	ast.Inspect(n, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.BinaryExpr:
			if m.fixed(x) {
				return true
			}
			for _, op := range others(x.Op) {
				at := m.at(x.OpPos)
				all = append(all, edit{at, at + len(x.Op.String()), op.String()})
			}
		case *ast.BasicLit:
			if x.Kind == token.INT {
				all = append(all, edit{m.at(x.Pos()), m.at(x.End()), "(" + x.Value + " + 1)"})
			}
		case *ast.Ident:
			if to, ok := map[string]string{"true": "false", "false": "true"}[x.Name]; ok {
				all = append(all, edit{m.at(x.Pos()), m.at(x.End()), to})
			}
		case *ast.ArrayType:
			return false
		case *ast.UnaryExpr:
			if x.Op == token.NOT {
				all = append(all, edit{m.at(x.Pos()), m.at(x.X.Pos()), ""})
			}
		}
		return true
	})
	return all
}

// fixed reports a constant, and a sum of texts, of which one stands there where
// the types are those of another package.
func (m *maker) fixed(x *ast.BinaryExpr) bool {
	for _, side := range []ast.Expr{x.X, x.Y} {
		inner, sum := side.(*ast.BinaryExpr)
		if l, ok := side.(*ast.BasicLit); ok && l.Kind == token.STRING || sum && m.fixed(inner) {
			return true
		}
	}
	t := m.info.Types[x]
	if t.Value != nil || t.Type == nil {
		return t.Value != nil
	}
	b, ok := t.Type.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

// closes reports whether a node holds statements of its own.
func closes(n ast.Node) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		_, fn := n.(*ast.FuncLit)
		found = found || fn
		return !found
	})
	return found
}

func (m *maker) add(n ast.Node, f edit) int {
	shown := strings.Join(strings.Fields(m.text(n)), " ")
	with := f.text
	if f.from > m.at(n.Pos()) || f.to < m.at(n.End()) {
		with = strings.Join(strings.Fields(m.with(n, f)), " ")
	}
	number := len(m.mutants) + 1
	m.mutants = append(m.mutants, Mutant{number, m.fset.Position(n.Pos()), shown + "  →  " + with})
	return number
}

func (m *maker) at(p token.Pos) int { return m.fset.Position(p).Offset }

func (m *maker) text(n ast.Node) string { return string(m.src[m.at(n.Pos()):m.at(n.End())]) }

// with is the text of a node with an edit done.
func (m *maker) with(n ast.Node, f edit) string {
	return string(m.src[m.at(n.Pos()):f.from]) + f.text + string(m.src[f.to:m.at(n.End())])
}

// apply does the edits. Those within a statement that was rewritten as a whole
// do not arise: a statement with others in it is not rewritten.
func (m *maker) apply() []byte {
	slices.SortFunc(m.edits, func(a, b edit) int { return a.from - b.from })
	var out []byte
	at := 0
	for _, e := range m.edits {
		out = append(append(out, m.src[at:e.from]...), e.text...)
		at = e.to
	}
	return append(out, m.src[at:]...)
}
