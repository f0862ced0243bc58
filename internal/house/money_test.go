package house_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// paths are all the paths, and parts of paths, that each adapter knows, and
// what carries its requests in tests: it can ask an exchange for nothing else. Reading the funding account is among them,
// moving what is in it is not. A new adapter is a new entry.
var paths = map[string][]string{
	"exchange/okcoin": {
		"/api/general/v3/time", "/api/system/v3/status", "/users/self/verify", "/api/account/v3/wallet",
		"/api/spot/v3/instruments", "/api/spot/v3/instruments/", "/api/spot/v3/instruments/ticker", "/", "/candles",
		"/api/spot/v3/accounts", "/api/spot/v3/accounts/", "/ledger", "/api/spot/v3/fills", "/api/spot/v3/trade_fee",
		"/api/spot/v3/orders", "/api/spot/v3/orders/", "/api/spot/v3/orders_pending", "/api/spot/v3/cancel_orders/",
		"/api/spot/v3/batch_orders", "/api/spot/v3/cancel_batch_orders", "/api/spot/v3/amend_order/",
		"/api/spot/v3/order_algo", "/api/spot/v3/cancel_batch_algos", "/api/spot/v3/algo",
	},
	"exchange/okx": {
		"/users/self/verify", "/ws/v5/public", "/ws/v5/business", "/ws/v5/private", "/",
		"/api/v5/public/time", "/api/v5/public/instruments", "/api/v5/system/status",
		"/api/v5/market/books", "/api/v5/market/candles", "/api/v5/market/history-candles",
		"/api/v5/account/config", "/api/v5/account/balance", "/api/v5/account/trade-fee", "/api/v5/account/max-avail-size",
		"/api/v5/trade/order", "/api/v5/trade/batch-orders", "/api/v5/trade/cancel-order", "/api/v5/trade/cancel-batch-orders",
		"/api/v5/trade/orders-pending", "/api/v5/trade/orders-history", "/api/v5/trade/fills", "/api/v5/trade/fills-history",
		"/api/v5/trade/cancel-all-after", "/api/v5/trade/order-algo", "/api/v5/trade/cancel-algos",
		"/api/v5/trade/orders-algo-pending", "/api/v5/trade/orders-algo-history",
	},
	"storm": {"/instruments/", "/orders/", "/cancel_orders/", "/accounts/", "/api/v5/"},
}

// never are parts of words, without separators and in small letters, that no
// text of ours outside the built-in exchange has, but sentences: what paths and
// fields are called that move money between accounts, out, in, or on credit.
var never = []string{
	"withdraw", "deposit", "transfer", "borrow", "repay", "lightning", "subaccount", "tradepwd", "toaddress", "fundpassword", "purchaseredempt",
}

// answers are texts of the words above that an adapter looks for in what an
// exchange says of a key and of an account, to refuse them; none can be asked.
var answers = map[string][]string{
	"exchange/okx": {"withdraw", "enableSpotBorrow"},
}

// sentence reports whether a text is for people: it has blanks, and nothing of
// which paths, fields and bodies are made.
func sentence(text string) bool {
	return strings.Contains(text, " ") && !strings.ContainsAny(text, "/_\"{}=&?")
}

// texts calls f with every text of a file: literals, and what constants and
// sums of literals come to.
func texts(file *ast.File, f func(n ast.Node, text string)) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ImportSpec:
			return false
		case *ast.Field:
			if n.Tag != nil {
				f(n, n.Tag.Value)
			}
		case *ast.BinaryExpr:
			if s, ok := sum(n); ok {
				f(n, s)
				return false
			}
		case *ast.BasicLit:
			if s, ok := sum(n); ok {
				f(n, s)
			}
		}
		return true
	})
}

// sum returns the text that an expression of literals alone comes to.
func sum(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.ParenExpr:
		return sum(e.X)
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		a, ok := sum(e.X)
		b, ok2 := sum(e.Y)
		return a + b, ok && ok2 && e.Op == token.ADD
	}
	return "", false
}

// moving says what in a file could move money: a text with one of the words
// of it, a path that is not on its package's list, or a way to make requests
// in a package without a list.
func moving(pkg string, file *ast.File, known map[string]bool) (found []string) {
	allowed, adapter := paths[pkg]
	texts(file, func(_ ast.Node, text string) {
		plain := strings.ToLower(strings.NewReplacer("-", "", "_", "", "/", "", " ", "").Replace(text))
		for _, word := range never {
			if strings.Contains(plain, word) && !sentence(text) && !slices.Contains(answers[pkg], text) {
				found = append(found, strconv.Quote(text)+" has "+word+" in it")
			}
		}
		path := strings.HasPrefix(text, "/") || strings.Contains(text, "/v3/") || strings.Contains(text, "/v5/") || strings.Contains(text, "api/")
		if adapter && path {
			known[text] = true
			if !slices.Contains(allowed, text) {
				found = append(found, strconv.Quote(text)+" is not a path that the adapter has")
			}
		}
	})
	if adapter || pkg == "exchange" {
		return found
	}
	for _, i := range file.Imports {
		if path, _ := strconv.Unquote(i.Path.Value); path == "net/http" || path == "net/http/httputil" || path == "os/exec" {
			found = append(found, path+" is for adapters with a list of their paths")
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && root(s.X) != nil && root(s.X).Name == "exchange" &&
			slices.Contains([]string{"Call", "Caller", "NewQueryCaller", "NewOrderCaller"}, s.Sel.Name) {
			found = append(found, "exchange."+s.Sel.Name+" is for adapters with a list of their paths")
		}
		return true
	})
	return found
}

// TestNoCodeMovesMoney holds that nothing but trading can be asked of an
// exchange: no code outside the built-in exchange knows a call that withdraws,
// deposits, transfers, lends or borrows.
func TestNoCodeMovesMoney(t *testing.T) {
	known, files := map[string]map[string]bool{}, 0
	for _, s := range sources(t) {
		if s.test || under(s.pkg, "exchange/server") {
			continue
		}
		files++
		if known[s.pkg] == nil {
			known[s.pkg] = map[string]bool{}
		}
		for _, what := range moving(s.pkg, s.ast, known[s.pkg]) {
			t.Errorf("%s: %s", s.path, what)
		}
	}
	if files < 200 {
		t.Errorf("read %d files, want the whole module", files)
	}
	for pkg, list := range paths {
		for _, path := range list {
			if !known[pkg][path] {
				t.Errorf("%s: path %q is on the list and not in the code: the list would allow what nobody looked at", pkg, path)
			}
		}
	}
}

// TestMovingMoneyIsNoticed holds the test above to what it promises.
func TestMovingMoneyIsNoticed(t *testing.T) {
	for name, c := range map[string]struct {
		pkg, code string
		want      bool
	}{
		"a path":                  {"exchange/okcoin", `var x = "/api/account/v3/withdrawal"`, true},
		"a path in two parts":     {"exchange/okcoin", `var x = "/api/account/v3/" + ("with" + "drawal")`, true},
		"the beginning alone":     {"exchange/okcoin", `func f(s string) string { return "/api/account/v3/" + s }`, true},
		"without the slash":       {"exchange/okcoin", `func f(s string) string { return "/" + "api/account/v3/" + s }`, true},
		"an unlisted path":        {"exchange/okcoin", `var x = "/api/margin/v3/accounts"`, true},
		"a raw literal":           {"exchange/okcoin", "var x = `/api/account/v3/transfer`", true},
		"a field":                 {"exchange/okcoin", "type x struct { A string `json:\"trade_pwd\"` }", true},
		"capitals and dashes":     {"exchange/okcoin", `var x = "Sub-Account"`, true},
		"another exchange's":      {"exchange/okx", `var x = "/api/v5/asset/transfer"`, true},
		"moving, at OKX":          {"exchange/okx", `var x = "/api/v5/asset/" + ("with" + "drawal")`, true},
		"unlisted, at OKX":        {"exchange/okx", `var x = "/api/v5/asset/balances"`, true},
		"requests without a list": {"exchange/none", `import "net/http"; var x http.Client`, true},
		"requests from a command": {"cmd/bot", `import "rulebot/exchange"; var x exchange.Call`, true},
		"another program":         {"cmd/bot", `import "os/exec"; var x exec.Cmd`, true},
		"trading":                 {"exchange/okcoin", `var x = "/api/spot/v3/orders"`, false},
		"the wallet":              {"exchange/okcoin", `var x = "/api/account/v3/wallet"`, false},
		"a body":                  {"exchange/okcoin", "var x = `{\"to_address\": \"a\", \"amount\": 1}`", true},
		"a sentence":              {"cmd/bot", `var x = "the key may not withdraw"`, false},
		"a text":                  {"cmd/bot", `var x = "orders, fills and positions"`, false},
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x; "+c.code, 0)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if found := moving(c.pkg, file, map[string]bool{}); (len(found) > 0) != c.want {
			t.Errorf("%s: got %q", name, found)
		}
	}
}
