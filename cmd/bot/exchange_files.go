package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"go.yaml.in/yaml/v4"

	"rulebot/engine/num"
	"rulebot/exchange/server"
	"rulebot/exchange/server/faults"
	"rulebot/exchange/server/front"
)

// readFaults reads what shall go wrong; "" is nothing.
func readFaults(path string) (w wrongs, err error) {
	if path == "" {
		return w, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return w, misused("--faults: %v", err)
	}
	s, err := faults.Load(path, text)
	if err != nil {
		return w, misused("%v", err)
	}
	return wrongsOf(s), nil
}

// wrongsOf splits a scenario into what concerns requests and frames, and what
// becomes of instruments.
func wrongsOf(s faults.Scenario) (w wrongs) {
	w.plan = faults.New(s)
	for _, f := range s.Faults {
		if f.Kind == faults.Tick || f.Kind == faults.Delist {
			w.changes = append(w.changes, server.Change{
				After: f.From, Instrument: f.Instrument, Tick: f.Tick, Delist: f.Kind == faults.Delist,
			})
		}
	}
	return w
}

// wrongs are what goes wrong with requests and frames, and with instruments.
type wrongs struct {
	plan    *faults.Plan
	changes []server.Change
}

// members are who trades on a built-in exchange, and with which keys.
type members struct {
	keys     []front.Account
	accounts []server.Account
}

// exchangeMembers returns the accounts of the file, or the one account of the
// environment's or the well-known keys.
func exchangeMembers(f *exchangeFlags) (m members, err error) {
	balances, err := parseBalances(f.balance)
	if err != nil {
		return m, err
	}
	if f.accounts != "" {
		return readAccounts(f.accounts, balances)
	}
	m.keys, err = serverKeys(f.listen)
	m.accounts = []server.Account{{Name: tradingAccount, Balances: balances}}
	return m, err
}

// readAccounts reads a file of accounts, which nobody else may read:
//
//	accounts:
//	  - name: alice
//	    key: ...
//	    secret: ...
//	    passphrase: ...
//	    rights: read          # or read, trade: the default
//	    balance: USD=1000     # what it owns; --balance unless written
//	    funding: USD=500      # what its funding account shows; nothing unless written
//
// A name that comes again is another key of the same account. Mistakes never
// show what a key, secret or passphrase is.
func readAccounts(path string, balances map[string]num.Money) (m members, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return m, misused("--accounts: %v", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return m, misused("--accounts %s: others may read its secrets (mode %04o); say chmod 600 %s", path, info.Mode().Perm(), path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return m, misused("--accounts: %v", err)
	}
	r := accountReader{path: path, usual: balances}
	if err := r.read(text); err != nil {
		return m, misused("%v", err)
	}
	return r.members, nil
}

// accountReader reads a file of accounts and collects what is wrong with it.
type accountReader struct {
	path     string
	usual    map[string]num.Money
	members  members
	mistakes []error
}

func (r *accountReader) say(n *yaml.Node, format string, args ...any) {
	r.mistakes = append(r.mistakes, fmt.Errorf("%s:%d:%d: %s", r.path, n.Line, n.Column, fmt.Sprintf(format, args...)))
}

func (r *accountReader) read(text []byte) error {
	var doc yaml.Node
	if err := yaml.NewDecoder(bytes.NewReader(text)).Decode(&doc); err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: it is not YAML", r.path) // the parser's words may quote a secret
	}
	if len(doc.Content) == 0 {
		return fmt.Errorf("%s:1:1: no account is written; begin with accounts: and a list", r.path)
	}
	root := doc.Content[0]
	if root.Kind != yaml.MappingNode || len(root.Content) != 2 || root.Content[0].Value != "accounts" ||
		root.Content[1].Kind != yaml.SequenceNode || len(root.Content[1].Content) == 0 {
		r.say(root, "write accounts: and below it each account after a dash")
		return errors.Join(r.mistakes...)
	}
	for _, n := range root.Content[1].Content {
		r.account(n)
	}
	return errors.Join(r.mistakes...)
}

const accountKeys = "name, key, secret, passphrase, rights, balance, funding"

func (r *accountReader) account(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		r.say(n, "an account is a map of %s", accountKeys)
		return
	}
	var k front.Account
	a := server.Account{Balances: r.usual}
	into := map[string]*string{"name": &k.Name, "key": &k.Key, "secret": &k.Secret, "passphrase": &k.Passphrase}
	own := false
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i], n.Content[i+1]
		switch key.Value {
		case "rights":
			k.ReadOnly = r.readOnly(v)
		case "balance":
			own, a.Balances = true, r.balances(v)
		case "funding":
			own, a.Funding = true, r.balances(v)
		default:
			if into[key.Value] == nil {
				r.say(key, "%q is no key of an account; write one of %s", key.Value, accountKeys)
				continue
			}
			*into[key.Value] = v.Value
		}
	}
	for _, name := range [...]string{"name", "key", "secret", "passphrase"} {
		if *into[name] == "" {
			r.say(n, "the account has no %s; write one", name)
		}
	}
	a.Name = k.Name
	r.add(n, k, a, own)
}

func (r *accountReader) add(n *yaml.Node, k front.Account, account server.Account, own bool) {
	for _, other := range r.members.keys {
		if other.Key == k.Key {
			r.say(n, "the key of %s is there twice; each needs one of its own", k.Name)
		}
	}
	r.members.keys = append(r.members.keys, k)
	for _, a := range r.members.accounts {
		if a.Name != k.Name {
			continue
		}
		if own {
			r.say(n, "account %s has its money already; remove this balance or funding", k.Name)
		}
		return
	}
	r.members.accounts = append(r.members.accounts, account)
}

func (r *accountReader) readOnly(v *yaml.Node) bool {
	words := []string{v.Value}
	if v.Kind == yaml.SequenceNode {
		words = nil
		for _, w := range v.Content {
			words = append(words, w.Value)
		}
	}
	switch strings.ReplaceAll(strings.Join(words, ","), " ", "") {
	case "read":
		return true
	case "read,trade", "trade,read":
		return false
	}
	r.say(v, "rights are read, or read, trade")
	return false
}

func (r *accountReader) balances(v *yaml.Node) map[string]num.Money {
	balances, err := parseBalances(v.Value)
	if err != nil {
		r.say(v, "%q is not CURRENCY=AMOUNT,...", v.Value)
	}
	return balances
}
