package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rulebot/engine/market"
	"rulebot/exchange/okcoin"
)

// downloaded runs bot download and returns what it printed.
func downloaded(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	err := runDownload(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	if err == nil && stderr.Len() > 0 {
		t.Errorf("bot download %v: stderr is no terminal, and got %q", args, stderr.String())
	}
	return stdout.String(), err
}

func contentOf(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func writeText(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDownload fetches bars over a socket: the whole reach of the exchange, a
// part, a part in two goes, which is the same bytes, and what a backtest reads.
func TestDownload(t *testing.T) {
	t.Parallel()
	x := served(t, "--seed", "7")
	dir := t.TempDir()
	name := func(s string) string { return filepath.Join(dir, s) }
	fixed := x.Time.Floor(time.Hour)
	usual := []string{"--endpoint", x.REST, "--instrument", "btc-usd", "--to", fixed.String()}
	whole := append(usual, "--from", fixed.Add(-1000*time.Minute).String(), "--out")
	said, err := downloaded(t, append(whole, name("whole.csv"))...)
	if err != nil || !strings.Contains(said, "1000 bars fetched; 1000 bars of BTC-USD 1m") || !strings.Contains(said, "no gaps\n") {
		t.Fatalf("got %q, %v", said, err)
	}
	text := contentOf(t, name("whole.csv"))
	lines := strings.SplitAfter(text, "\n")
	if first := fmt.Sprint(fixed.Add(-1000 * time.Minute).Milli()); len(lines) != 1002 || lines[0] != "time,open,high,low,close,volume\n" || !strings.HasPrefix(lines[1], first+",") {
		t.Fatalf("the file has %d lines and begins %q, want bars from %s", len(lines)-1, lines[:2], first)
	}
	writeText(t, name("rest.csv"), strings.Join(lines[:301], ""))
	if said, err = downloaded(t, append(whole, name("rest.csv"))...); err != nil || !strings.Contains(said, "700 bars fetched; 1000 bars") {
		t.Errorf("going on: got %q, %v", said, err)
	}
	if contentOf(t, name("rest.csv")) != text {
		t.Error("a file that was gone on with is not the file fetched at once")
	}
	if said, err = downloaded(t, append(whole, name("rest.csv"))...); err != nil || !strings.Contains(said, "has all there is: 1000 bars") {
		t.Errorf("once more: got %q, %v", said, err)
	}
	reach := append(usual, "--timeframe", "1m", "--from", fixed.Add(-72*time.Hour).String(), "--out", name("reach.csv.gz"))
	if said, err = downloaded(t, reach...); err != nil || !strings.Contains(said, "the exchange has nothing before") {
		t.Errorf("further back than the exchange goes: got %q, %v", said, err)
	}
	var stdout, stderr bytes.Buffer
	if code := start(t.Context(), []string{"backtest", "--quiet", "--bars", "BTC-USD=" + name("reach.csv.gz")}, strings.NewReader(""), &stdout, &stderr); code != exitDone {
		t.Errorf("a backtest of it: exit code %d\n%s", code, stderr.String())
	}
	if left, err := filepath.Glob(name(".*")); err != nil || len(left) > 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

// TestDownloadRefuses is what a person did wrong, or a file that is not what
// was downloaded: told, and nothing is touched.
func TestDownloadRefuses(t *testing.T) {
	t.Parallel()
	x := served(t, "--seed", "7")
	dir := t.TempDir()
	out := filepath.Join(dir, "eth.csv")
	to := x.Time.Floor(time.Hour).Add(-time.Hour) // so that there is always more to fetch
	usual := []string{"--endpoint", x.REST, "--to", to.String(), "--from", to.Add(-time.Hour).String()}
	if _, err := downloaded(t, append(usual, "--instrument", "ETH-USD", "--out", out)...); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(dir, "fresh.csv")
	torn, double := filepath.Join(dir, "torn.csv"), filepath.Join(dir, "double.csv")
	text := contentOf(t, out)
	lines := strings.SplitAfter(text, "\n")
	writeText(t, torn, text[:len(text)-9])
	writeText(t, double, text+lines[len(lines)-2])
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{}, "--instrument says which market"},
		{[]string{"--instrument", "BTCUSD", "--out", fresh}, `"BTCUSD" is not BASE-QUOTE`},
		{[]string{"--instrument", "BTC-USD"}, "--out says which file"},
		{[]string{"--instrument", "BTC-USD", "--out", fresh, "--timeframe", "7m"}, `--timeframe "7m" is not one of 1m,`},
		{[]string{"--instrument", "BTC-USD", "--out", fresh, "--exchange", "kraken"}, "exchange kraken is not in this version"},
		{[]string{"--instrument", "BTC-USD", "--out", fresh, "--from", "2026-01-02", "--to", "2026-01-01"}, "is not before --to"},
		{[]string{"--instrument", "BTC-USD", "--out", fresh, "--from", "yesterday"}, `--from "yesterday" is neither`},
		{[]string{"--instrument", "BTC-USD", "--out", fresh, "--endpoint", "http://example.com"}, "without https"},
		{[]string{"--instrument", "BTC-USD", "--out", fresh, "--endpoint", "example.com"}, "neither builtin nor a URL"},
		{append(usual, "--instrument", "BTC-USDT", "--out", fresh), "did you mean BTC-USD?"},
		{[]string{"--endpoint", x.REST, "--instrument", "BTC-USD", "--out", fresh, "--from", "2100-01-01"}, "begins and ends within"},
		{[]string{"--endpoint", x.REST, "--instrument", "BTC-USD", "--out", fresh, "--to", "2020-01-01"}, "Okcoin keeps 1,440 to 2,000"},
		{append(usual, "--instrument", "BTC-USD", "--out", filepath.Join(dir, "none", "x.csv")), "no such file"},
		{[]string{"--endpoint", x.REST, "--instrument", "BTC-USD", "--out", out}, "Is the file of another market?"},
		{[]string{"--endpoint", x.REST, "--instrument", "ETH-USD", "--out", out, "--timeframe", "1h"}, "is not where a bar of 1h starts"},
		{append(usual, "--instrument", "ETH-USD", "--out", torn), "torn.csv:61: "},
		{append(usual, "--instrument", "ETH-USD", "--out", double), "double.csv:62: "},
	} {
		if said, err := downloaded(t, c.args...); err == nil || !strings.Contains(err.Error(), c.want) || said != "" {
			t.Errorf("%v: got %q, %v; want %q", c.args, said, err, c.want)
		}
	}
	if contentOf(t, out) != text || contentOf(t, torn) != text[:len(text)-9] {
		t.Error("a file that was refused was changed")
	}
	if _, err := os.Stat(fresh); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a refused download left a file: %v", err)
	}
}

// TestDownloadThroughTrouble asks an exchange that fails at first and leaves
// bars out: what failed is asked again, what is missing is listed.
func TestDownloadThroughTrouble(t *testing.T) {
	t.Parallel()
	x := served(t, "--seed", "7")
	target, err := url.Parse(x.REST)
	if err != nil {
		t.Fatal(err)
	}
	to := x.Time.Floor(time.Hour)
	lost := []market.Time{to.Add(-30 * time.Minute), to.Add(-29 * time.Minute), to.Add(-10 * time.Minute)}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error { return without(r, lost) }
	failures := 0
	troubled := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if failures++; strings.HasSuffix(r.URL.Path, "/candles") && failures < 5 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	defer troubled.Close()
	client, err := okcoin.NewClient(okcoin.ClientConfig{Base: troubled.URL, Now: func() market.Time { return market.TimeOf(time.Now()) }})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var told strings.Builder
	d := download{
		client: client, spoken: protocols()[0], series: market.Series{Instrument: "BTC-USD", Timeframe: market.Minute},
		from: to.Add(-time.Hour), to: to, file: "x.csv", progress: &told, pause: time.Millisecond,
	}
	if err := d.fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"57 bars fetched", "gap: 2 bars missing, " + stamp(lost[0]), "gap: 1 bar missing, " + stamp(lost[2])} {
		if !strings.Contains(d.text(), want) {
			t.Errorf("got %q, want %q", d.text(), want)
		}
	}
	if !strings.Contains(told.String(), "\r57 bars, back to ") {
		t.Errorf("progress is %q", told.String())
	}
}

// without takes candles out of an answer.
func without(r *http.Response, lost []market.Time) error {
	if !strings.HasSuffix(r.Request.URL.Path, "/candles") {
		return nil
	}
	var rows, kept [][]string
	if err := json.NewDecoder(r.Body).Decode(&rows); err != nil {
		return err
	}
	for _, row := range rows {
		gone := false
		for _, at := range lost {
			gone = gone || row[0] == at.Std().Format("2006-01-02T15:04:05.000Z")
		}
		if !gone {
			kept = append(kept, row)
		}
	}
	b, err := json.Marshal(kept)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(b)), int64(len(b))
	r.Header.Set("Content-Length", fmt.Sprint(len(b)))
	return err
}
