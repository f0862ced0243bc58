package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rulebot/exchange"
)

// The environment variables that hold the keys, of client and server alike,
// and the one that names a file with the same names in it.
const (
	envKey        = "BOT_EXCHANGE_KEY"
	envSecret     = "BOT_EXCHANGE_SECRET"
	envPassphrase = "BOT_EXCHANGE_PASSPHRASE"
	envFile       = "BOT_EXCHANGE_FILE"
)

var keyNames = [...]string{envKey, envSecret, envPassphrase}

// clientKeys reads the keys from the environment, which forgets them, or from
// the file that it names. From here on hide keeps them out of sight. The
// defaults of the built-in exchange count on loopback only.
func clientKeys(needed, local bool, hide *exchange.Redactor) (credentials, error) {
	found, err := environmentKeys()
	if err != nil {
		return credentials{}, err
	}
	if name := os.Getenv(envFile); name != "" {
		if len(found) > 0 {
			return credentials{}, misused("the keys are in the environment and in %s (%s): remove one of them", name, envFile)
		}
		if found, err = keysOfFile(name); err != nil {
			return credentials{}, err
		}
	}
	switch {
	case len(found) == 0 && local:
		found = map[string]string{envKey: "test-key", envSecret: "test-secret", envPassphrase: "test-pass"}
	case len(found) == 0 && !needed:
		return credentials{}, nil
	default:
		for _, name := range keyNames {
			if found[name] == "" {
				return credentials{}, misused("%s is missing: a key, its secret and its passphrase go together, in the environment or in a file that %s names", name, envFile)
			}
			hide.Hide(exchange.NewSecret(found[name]))
		}
	}
	return credentials{
		Key: exchange.NewSecret(found[envKey]), Secret: exchange.NewSecret(found[envSecret]), Passphrase: exchange.NewSecret(found[envPassphrase]),
	}, nil
}

// environmentKeys takes the keys out of the environment: no child and no dump
// of it shall hold them.
func environmentKeys() (map[string]string, error) {
	found := map[string]string{}
	for _, name := range keyNames {
		value, set := os.LookupEnv(name)
		if !set {
			continue
		}
		if err := os.Unsetenv(name); err != nil {
			return nil, err
		}
		if err := keyText(name, value); err != nil {
			return nil, err
		}
		found[name] = value
	}
	return found, nil
}

// keyText refuses what cannot be a key, and does not show it.
func keyText(name, value string) error {
	switch {
	case value == "":
		return misused("%s is set and empty: set it to its value, or unset it", name)
	case strings.TrimSpace(value) != value:
		return misused("%s begins or ends with a space or a new line: it was not copied whole, or too much of it was", name)
	}
	return nil
}

// keysOfFile reads a file of NAME=value lines that nobody else may read.
func keysOfFile(name string) (found map[string]string, err error) {
	if err := private(name); err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, misused("%s: %v", envFile, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	const most = 64 << 10
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, err
	}
	found = map[string]string{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		_, twice := found[key]
		switch {
		case !ok || !knownKey(key):
			return nil, misused("%s:%d: this line is not NAME=value with a name of %s", name, n, strings.Join(keyNames[:], ", "))
		case twice:
			return nil, misused("%s:%d: %s is there twice; remove one", name, n, key)
		}
		if err := keyText(key, value); err != nil {
			return nil, misused("%s:%d: %v", name, n, err)
		}
		found[key] = value
	}
	return found, nil
}

func knownKey(name string) bool {
	for _, known := range keyNames {
		if name == known {
			return true
		}
	}
	return false
}

// private refuses a file of secrets that others may read or replace, and says
// what to type.
func private(name string) error {
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return misused("%s names %s, and there is no such file; write one with the lines %s=..., and say chmod 600 %s", envFile, name, strings.Join(keyNames[:], "=..., "), name)
	}
	if err != nil {
		return misused("%s: %v", envFile, err)
	}
	mode := info.Mode()
	switch {
	case mode&os.ModeSymlink != 0:
		return misused("%s is a link: name the file itself", name)
	case !mode.IsRegular():
		return misused("%s is not a file", name)
	case mode.Perm()&0o077 != 0:
		return misused("others may read the secrets in %s (mode %04o); say chmod 600 %s", name, mode.Perm(), name)
	case !ownFile(info):
		return misused("%s belongs to another user; say chown $(id -u) %s", name, name)
	}
	dir := filepath.Dir(name)
	parent, err := os.Stat(dir)
	if err != nil {
		return misused("%s: %v", envFile, err)
	}
	if parent.Mode().Perm()&0o002 != 0 && parent.Mode()&os.ModeSticky == 0 {
		return misused("everybody may replace the files in %s, where the secrets are; say chmod o-w %s", dir, dir)
	}
	return nil
}
