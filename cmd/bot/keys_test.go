//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rulebot/exchange"
)

const goodKeys = "# of the account main\nBOT_EXCHANGE_KEY=key-1\nBOT_EXCHANGE_SECRET=c4n4ry=2\n\nBOT_EXCHANGE_PASSPHRASE=pass 3\n"

// TestKeysOfAFile are read where nobody else can read or replace them, and
// otherwise refused with what to type; no mistake shows them.
//
// Faults: CF-08 CF-09 SC-03.
func TestKeysOfAFile(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, dir, name string)
		env  map[string]string
		want string
	}{
		{name: "good"},
		{name: "read-only", make: func(t *testing.T, _, name string) { chmod(t, name, 0o400) }},
		{name: "readable", make: func(t *testing.T, _, name string) { chmod(t, name, 0o644) }, want: "others may read the secrets in FILE (mode 0644); say chmod 600 FILE"},
		{name: "of the group", make: func(t *testing.T, _, name string) { chmod(t, name, 0o640) }, want: "(mode 0640); say chmod 600 FILE"},
		{name: "in a folder of everybody", make: func(t *testing.T, dir, _ string) { chmod(t, dir, 0o777) }, want: "everybody may replace the files in DIR, where the secrets are; say chmod o-w DIR"},
		{name: "link", make: func(t *testing.T, dir, name string) {
			noError(t, os.Rename(name, filepath.Join(dir, "elsewhere")))
			noError(t, os.Symlink("elsewhere", name))
		}, want: "FILE is a link: name the file itself"},
		{name: "folder", make: func(t *testing.T, _, name string) {
			noError(t, os.Remove(name))
			noError(t, os.Mkdir(name, 0o700))
		}, want: "FILE is not a file"},
		{name: "absent", make: func(t *testing.T, _, name string) { noError(t, os.Remove(name)) }, want: "no such file"},
		{name: "twice", make: write(goodKeys + "BOT_EXCHANGE_SECRET=c4n4ry\n"), want: "FILE:6: BOT_EXCHANGE_SECRET is there twice; remove one"},
		{name: "other names", make: write("SECRET=c4n4ry\n"), want: "FILE:1: this line is not NAME=value with a name of BOT_EXCHANGE_KEY, BOT_EXCHANGE_SECRET, BOT_EXCHANGE_PASSPHRASE"},
		{name: "no name", make: write("c4n4ry\n"), want: "FILE:1: this line is not NAME=value"},
		{name: "empty", make: write("BOT_EXCHANGE_SECRET=\n"), want: "FILE:1: BOT_EXCHANGE_SECRET is set and empty"},
		{name: "part", make: write("BOT_EXCHANGE_SECRET=c4n4ry\n"), want: "BOT_EXCHANGE_KEY is missing: a key, its secret and its passphrase go together"},
		{name: "both", env: map[string]string{envKey: "c4n4ry"}, want: "the keys are in the environment and in FILE (BOT_EXCHANGE_FILE): remove one of them"},
		{name: "empty environment", env: map[string]string{envSecret: ""}, want: "BOT_EXCHANGE_SECRET is set and empty: set it to its value, or unset it"},
		{name: "new line", env: map[string]string{envSecret: "c4n4ry\n"}, want: "BOT_EXCHANGE_SECRET begins or ends with a space or a new line"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "keys")
			name := filepath.Join(dir, "keys")
			noError(t, os.Mkdir(dir, 0o700))
			noError(t, os.WriteFile(name, []byte(goodKeys), 0o600))
			if c.make != nil {
				c.make(t, dir, name)
			}
			t.Setenv(envFile, name)
			for variable, value := range c.env {
				t.Setenv(variable, value)
			}
			var hide exchange.Redactor
			keys, err := clientKeys(true, true, &hide)
			for variable := range c.env {
				if _, set := os.LookupEnv(variable); set {
					t.Errorf("%s is still in the environment", variable)
				}
			}
			if c.want == "" {
				if err != nil || keys.Key.Reveal() != "key-1" || keys.Secret.Reveal() != "c4n4ry=2" || keys.Passphrase.Reveal() != "pass 3" {
					t.Fatalf("got %v, %q %q %q", err, keys.Key.Reveal(), keys.Secret.Reveal(), keys.Passphrase.Reveal())
				}
				if got := hide.Text("the c4n4ry=2"); got != "the [redacted]" {
					t.Errorf("%q was not hidden", got)
				}
				return
			}
			want := strings.ReplaceAll(strings.ReplaceAll(c.want, "FILE", name), "DIR", dir)
			want = strings.ReplaceAll(want, "BOT_EXCHANGE_"+name, envFile)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
			if err != nil && strings.Contains(err.Error(), "c4n4ry") {
				t.Errorf("%v shows a secret", err)
			}
		})
	}
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func chmod(t *testing.T, name string, mode os.FileMode) {
	t.Helper()
	noError(t, os.Chmod(name, mode))
}

func write(text string) func(t *testing.T, dir, name string) {
	return func(t *testing.T, _, name string) { noError(t, os.WriteFile(name, []byte(text), 0o600)) }
}
