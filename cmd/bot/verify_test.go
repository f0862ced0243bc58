package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// verified runs bot verify and returns its exit code and what it says.
func verified(t *testing.T, args ...string) (code int, said string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = start(t.Context(), append([]string{"verify"}, args...), nil, &stdout, &stderr)
	return code, stdout.String() + stderr.String()
}

// theTape returns the one tape below a directory.
func theTape(t *testing.T, state string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(state, "*", "*"+tapeEnd))
	if err != nil || len(names) != 1 {
		t.Fatalf("tapes %v, %v", names, err)
	}
	return names[0]
}

// TestVerify computes runs again, on paper and live: every change comes out the
// same, and what was changed afterwards is found.
func TestVerify(t *testing.T) {
	t.Parallel()
	config, bars := written(t, "brisk.yaml", brisk+steady), written(t, "bars.csv", string(barsFile(4*60)))
	for _, mode := range []string{"--live=false", "--live"} {
		t.Run(mode, func(t *testing.T) {
			state := t.TempDir()
			var stdout, stderr bytes.Buffer
			if code := start(t.Context(), []string{"run", mode, "--json", "--state", state, "--config", config, "--market", bars}, nil, &stdout, &stderr); code != exitDone {
				t.Fatalf("exit code %d\n%s", code, stderr.String())
			}
			chain := regexp.MustCompile(`"decision_chain":"(\w+)"`).FindStringSubmatch(stdout.String())
			code, said := verified(t, "--state", state)
			if code != exitDone || chain == nil || !strings.Contains(said, chain[1]+"\nVERIFIED\n") {
				t.Fatalf("exit code %d, want the chain %v:\n%s", code, chain, said)
			}
			wantFound(t, state)
		})
	}
}

// wantFound changes a recording in different ways, and wants that to be found.
func wantFound(t *testing.T, state string) {
	t.Helper()
	text := unzipped(t, theTape(t, state))
	for name, c := range map[string]struct {
		change func(string) string
		code   int
		want   []string
	}{
		"another rule": {
			func(s string) string {
				return strings.Replace(s, `close \u003e ema(close, 5)`, `close \u003e ema(close, 6)`, 1)
			},
			exitFailed,
			[]string{"DIFFERENT from change ", "the first decision that differs, of the run:", "and as the recording gives it:", "close > ema(close, 5)  TRUE"},
		},
		"another price": {
			func(s string) string {
				return regexp.MustCompile(`("kind":"bar","instrument":"BTC-USD".{0,160}"C":")[\d.]+`).ReplaceAllString(s, `${1}1.5`)
			},
			exitFailed,
			[]string{"DIFFERENT from change ", "the first decision that differs, of the run:"},
		},
		"an end": {
			func(s string) string { return s[:len(s)/2] },
			exitDone,
			[]string{"cut off, as by kill -9; ", "VERIFIED"},
		},
		"another store": {
			func(s string) string { return strings.Replace(s, `"store":"`, `"store":"not-`, 1) },
			exitFailed,
			[]string{"is of another run"},
		},
	} {
		changed := c.change(text)
		if changed == text {
			t.Fatalf("%s: nothing was changed", name)
		}
		code, said := verified(t, "--state", state, "--recording", zipped(t, changed, name == "an end"))
		if code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s", name, code, c.code, said)
		}
		for _, want := range c.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: nothing says %q:\n%s", name, want, said)
			}
		}
	}
}

func unzipped(t *testing.T, name string) string {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// zipped writes a recording, with or without what ends a file.
func zipped(t *testing.T, text string, cut bool) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil {
		t.Fatal(err)
	}
	end := z.Close
	if cut {
		end = z.Flush
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "changed"+tapeEnd)
	if err := os.WriteFile(name, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestVerifyContinued computes both starts of a run that was ended and went on.
func TestVerifyContinued(t *testing.T) {
	x := served(t, "--speed", "100", "--seed", "3")
	dir := t.TempDir()
	elsewhere := "record: true\nexchange: {name: okcoin, endpoint: {rest: \"" + x.REST + "\", ws: \"" + x.WS + "\"}}"
	config := strings.Replace(protected, "exchange: {name: okcoin, endpoint: builtin, market: {seed: 1, days: 1}}", elsewhere, 1)
	if err := os.WriteFile(filepath.Join(dir, "holder.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "--config", "holder.yaml", "--speed", "100"}
	interrupted(t, dir, args, func(line string) bool { return strings.Contains(line, " fill ") })
	interrupted(t, dir, args, func(string) bool { return true })
	code, said := verified(t, "--state", filepath.Join(dir, "state"))
	decided := regexp.MustCompile(`[ (,][1-9][0-9]* of them decisions`) // how many is the clock's
	if code != exitDone || strings.Count(said, "VERIFIED") != 2 || !decided.MatchString(said) {
		t.Errorf("exit code %d:\n%s", code, said)
	}
}
