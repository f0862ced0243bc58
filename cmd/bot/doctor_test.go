//go:build unix

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDoctorAsksTheExchange looks at one that is well, one whose clock is off,
// and one that does not know the keys.
//
// Faults: CK-01 SC-02.
func TestDoctorAsksTheExchange(t *testing.T) {
	t.Parallel()
	x := served(t, "--speed", "1", "--seed", "3")
	target, err := url.Parse(x.REST)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	late := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/time"):
			at := time.Now().Add(-30 * time.Second).UTC()
			fmt.Fprintf(w, `{"iso":%q,"epoch":"%d.%03d"}`, at.Format("2006-01-02T15:04:05.000Z"), at.Unix(), at.UnixMilli()%1000)
		case strings.Contains(r.URL.Path, "/accounts"):
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprint(w, `{"code":30006,"message":"Invalid OK_ACCESS_KEY"}`)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	defer late.Close()
	y := served(t, "--speed", "1", "--seed", "3", "--protocol", "okx-v5")
	for _, c := range []struct {
		name, rest, ws string
		wait           time.Duration
		want           []string
	}{
		{"well", x.REST, x.WS, 2 * time.Second, []string{"ok clock", "ok account", "unknown rights", "ok stream"}},
		{"okx", y.REST, y.WS, 10 * time.Second, []string{"ok clock", "ok maintenance", "ok account", "warning rights", "ok stream"}},
		{"off", late.URL, "ws://127.0.0.1:1/", 2 * time.Second, []string{"FAILED clock", "FAILED account", "FAILED stream"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			d := doctor{config: filepath.Join(dir, "resting.yaml"), state: filepath.Join(dir, "state"), wait: c.wait}
			file := resting
			if c.name == okxName {
				file = strings.Replace(file, "name: okcoin", "name: okx", 1)
			}
			if err := os.WriteFile(d.config, fmt.Appendf(nil, file, c.rest, c.ws), 0o600); err != nil {
				t.Fatal(err)
			}
			d.examine(t.Context())
			got := ""
			for _, f := range d.found {
				got += f.Verdict + " " + f.Check + ": " + f.Text + "\n"
			}
			for _, want := range c.want {
				if !strings.Contains(got, want+": ") {
					t.Errorf("there is no %q in\n%s", want, got)
				}
			}
		})
	}
}
