//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// canaries are secrets that nothing else contains a part of.
var canaries = map[string]string{
	envKey: "Zq7-KEY/w8+Xk2&jv5", envSecret: `sEc"R3t\h9=Tg4 4pLm`, envPassphrase: "pAs5Phr4s3ßvB6",
}

// TestCanary runs a bot whose keys are known to the test against an exchange
// that says them back, headers, signatures and all, in refusals and failures;
// at the most verbose level, and at the end with a dump of all it does. No
// eight bytes of a secret, as they are or encoded, are in anything it wrote.
//
// Faults: SC-01 SC-10.
func TestCanary(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	accounts := fmt.Sprintf("accounts:\n  - {name: main, key: %q, secret: %q, passphrase: %q}\n", canaries[envKey], canaries[envSecret], canaries[envPassphrase])
	if err := os.WriteFile(filepath.Join(dir, "accounts.yaml"), []byte(accounts), 0o600); err != nil {
		t.Fatal(err)
	}
	x := served(t, "--speed", "100", "--seed", "3", "--accounts", filepath.Join(dir, "accounts.yaml"))
	parrot := parrots(t, x.REST)
	if err := os.WriteFile(filepath.Join(dir, "resting.yaml"), fmt.Appendf(nil, resting, parrot, x.WS), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, err := self(t.Context(), dir, "run", "--live", "--config", "resting.yaml", "--speed", "100", "--log", "trace")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = os.Environ()
	for name, value := range canaries {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out, errs bytes.Buffer
	cmd.Stderr = &errs
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	refused := false
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		out.WriteString(lines.Text() + "\n")
		was := refused
		refused = refused || strings.Contains(lines.Text(), "REJECTED")
		if was { // a while later: by then the refusal is stored, too
			if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(errs.String(), "goroutine") {
		t.Errorf("the bot ended with %v and no dump:\n%s%s", err, out.String(), errs.String())
	}
	if !strings.Contains(out.String(), "[redacted]") {
		t.Errorf("what the exchange said back was not shown at all:\n%s", out.String())
	}
	wrote := map[string]string{"stdout": out.String(), "stderr": errs.String()}
	err = filepath.WalkDir(filepath.Join(dir, "state"), func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		wrote[name] = string(b)
		return err
	})
	if err != nil || len(wrote) < 3 {
		t.Fatalf("the state directory: %v, %d files", err, len(wrote)-2)
	}
	for name, text := range wrote {
		for variable, secret := range canaries {
			wantNoPart(t, name+" has part of "+variable, text, secret)
		}
	}
}

func wantNoPart(t *testing.T, what, text, secret string) {
	t.Helper()
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{
		secret, hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
		base64.RawStdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		url.QueryEscape(secret), string(quoted[1 : len(quoted)-1]), strconv.QuoteToASCII(secret),
	} {
		for i := 0; i+8 <= len(form); i++ {
			if strings.Contains(text, form[i:i+8]) {
				t.Errorf("%s: %q", what, form[i:i+8])
				return
			}
		}
	}
}

// parrots is a way to an exchange that says every fifth private question and
// every order back, with its headers, in words and encoded.
func parrots(t *testing.T, rest string) string {
	t.Helper()
	target, err := url.Parse(rest)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	n := 0
	questions := make(chan int, 1)
	questions <- n
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("OK-ACCESS-KEY")
		if key == "" {
			proxy.ServeHTTP(w, r)
			return
		}
		said := fmt.Sprintf("%v %v %x", r.Header["Ok-Access-Passphrase"], key, key)
		said += base64.StdEncoding.EncodeToString([]byte(key + ":" + r.Header.Get("OK-ACCESS-PASSPHRASE")))
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]any{"code": 33017, "error_code": "33017", "message": said, "error_message": said})
			return
		}
		n := <-questions + 1
		questions <- n
		if n%5 == 0 { // a reconciliation asks three: another one of them fails each time
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprintf(w, "<html>%s</html>", said)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
