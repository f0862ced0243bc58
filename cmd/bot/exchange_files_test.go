package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fileOf puts a text into a file of its own.
func fileOf(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f.yaml")
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestExchangeAccounts serves several accounts, one of them with two keys.
func TestExchangeAccounts(t *testing.T) {
	path := fileOf(t, `accounts:
  - {name: alice, key: ka, secret: sa, passphrase: pa, balance: "USD=12,BTC=3", funding: "EUR=7.25"}
  - {name: alice, key: kb, secret: sb, passphrase: pb, rights: read}
  - {name: bob, key: kc, secret: sc, passphrase: pc, rights: [read, trade]}
`, 0o600)
	line := served(t, "--days", "1", "--accounts", path, "--balance", "USD=77")
	for _, c := range [][4]string{
		{"ka", "sa", "pa", `"balance":"12"`},
		{"kb", "sb", "pb", `"balance":"3"`},
		{"kc", "sc", "pc", `"balance":"77"`},
		{"test-key", "test-secret", "test-pass", "30006"},
	} {
		if got := asked(t, line.REST, "/api/spot/v3/accounts", c[0], c[1], c[2]); !strings.Contains(got, c[3]) {
			t.Errorf("key %s: got %s, want %s", c[0], got, c[3])
		}
	}
	for key, want := range map[string]bool{"ka": true, "kb": true, "kc": false} {
		got := asked(t, line.REST, "/api/account/v3/wallet", key, "s"+key[1:], "p"+key[1:])
		if strings.Contains(got, `"balance":"7.25","currency":"EUR"`) != want {
			t.Errorf("funding account of key %s: got %s", key, got)
		}
	}
}

// TestExchangeFaults: what the scenario says happens.
func TestExchangeFaults(t *testing.T) {
	path := fileOf(t, "faults:\n  - {fault: error, call: query, status: 502}\n", 0o600)
	line := served(t, "--days", "1", "--faults", path)
	if got := asked(t, line.REST, "/api/spot/v3/accounts", "test-key", "test-secret", "test-pass"); !strings.Contains(got, "Server is busy") {
		t.Errorf("accounts: got %s", got)
	}
	if got := asked(t, line.REST, "/api/general/v3/time", "", "", ""); !strings.Contains(got, "epoch") {
		t.Errorf("time: got %s", got)
	}
}

// TestExchangeFileMistakes are placed, and show no secret.
func TestExchangeFileMistakes(t *testing.T) {
	const alice = "accounts:\n  - {name: alice, key: ka, secret: hidden, passphrase: pa}\n"
	for _, c := range []struct {
		flag, text, want string
		mode             os.FileMode
	}{
		{"--accounts", alice, "others may read its secrets (mode 0644)", 0o644},
		{"--accounts", "", ":1:1: no account is written", 0o600},
		{"--accounts", "hidden: [", "it is not YAML", 0o600},
		{"--accounts", "- hidden", ":1:1: write accounts:", 0o600},
		{"--accounts", alice + "  - hidden\n", ":3:5: an account is a map of name, key", 0o600},
		{"--accounts", alice + "  - {name: bob, key: ka, secret: hidden, passphrase: p}\n", ":3:5: the key of bob is there twice", 0o600},
		{"--accounts", alice + "  - {name: alice, key: kb, secret: hidden, passphrase: p, balance: USD=1}\n", ":3:5: account alice has its money already", 0o600},
		{"--accounts", alice + "  - {name: bob, key: kb, secret: hidden}\n", ":3:5: the account has no passphrase; write one", 0o600},
		{"--accounts", alice + "  - {name: bob, key: kb, secret: hidden, passphrase: p, rights: withdraw}\n", ":3:65: rights are read, or read, trade", 0o600},
		{"--accounts", alice + "  - {name: bob, key: kb, secret: hidden, passphrase: p, balance: lots}\n", `:3:66: "lots" is not CURRENCY=AMOUNT`, 0o600},
		{"--accounts", alice + "  - {name: bob, key: kb, secret: hidden, passphrase: p, right: read}\n", `:3:57: "right" is no key of an account`, 0o600},
		{"--faults", "faults:\n  - fault: boom\n", `:2:12: "boom" is not one of latency`, 0o600},
	} {
		var out strings.Builder
		path := fileOf(t, c.text, c.mode)
		err := runExchange(t.Context(), []string{c.flag, path}, strings.NewReader(""), &out, &out)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: got %v, want %s", c.flag, c.text, err, c.want)
			continue
		}
		if strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s %q: a secret shows: %v", c.flag, c.text, err)
		}
	}
}
