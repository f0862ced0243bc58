package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOKXPage walks the page about OKX, step by step, with every command that it
// shows: against the built-in exchange as the real environment and as the demo.
func TestOKXPage(t *testing.T) {
	text := page(t, "docs/okx.md")
	steps := strings.Split(text, "\n## ")[1:]
	if len(steps) != 4 {
		t.Fatalf("the page has %d steps", len(steps))
	}
	here := func(environment string) string { // where the page says that the exchange is
		x := served(t, "--protocol", "okx-v5", "--environment", environment, "--balance", "USD=100")
		return "{name: okx, endpoint: {rest: " + x.REST + ", ws: " + x.WS + "}, environment: " + environment + "}"
	}
	there, demo := here("live"), here("demo")
	t.Chdir(t.TempDir())
	file := strings.NewReplacer(
		"{name: okx, region: global, environment: live}", there, "USDT", "USD",
	).Replace(blocks(text, "yaml")[0])
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile("okx.yaml", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(file)
	for _, block := range blocks(steps[0], "sh") {
		okxCommands(t, block, demo)
	}
	keys := "BOT_EXCHANGE_KEY=test-key\nBOT_EXCHANGE_SECRET=test-secret\nBOT_EXCHANGE_PASSPHRASE=test-pass\n"
	if err := os.WriteFile("okx.env", []byte(keys), 0o644); err != nil {
		t.Fatal(err)
	}
	live := "mode: live\n" + file
	write(strings.Replace(live, there, demo, 1))
	for _, step := range steps[1:3] {
		for _, block := range blocks(step, "sh") {
			okxCommands(t, block, demo)
		}
	}
	write(live)
	for _, block := range blocks(steps[3], "sh") {
		okxCommands(t, block, there)
	}
}

// okxCommands runs the commands of a block. What goes to OKX by name goes to the
// exchange of the test.
func okxCommands(t *testing.T, block, at string) {
	t.Helper()
	_, address, _ := strings.Cut(at, "rest: ")
	address, _, _ = strings.Cut(address, ",")
	for line := range strings.Lines(strings.ReplaceAll(block, "BTC-USDT", "BTC-USD")) {
		words := shellWords(line)
		switch {
		case words[0] == "export":
			name, value, _ := strings.Cut(words[1], "=")
			t.Setenv(name, value)
		case words[0] == "chmod":
			if err := os.Chmod(filepath.Clean(words[2]), 0o600); err != nil {
				t.Fatal(err)
			}
		case words[0] != "./bot":
			t.Errorf("the page shows %q, which this test does not know", line)
		case words[1] == "download":
			runShown(t, append(words[1:], "--endpoint", address))
		case words[1] == "run":
			runBegun(t, words[1:])
		default:
			runShown(t, words[1:])
		}
	}
}

// runBegun runs bot until it says what it runs, and ends it as by Ctrl-C.
func runBegun(t *testing.T, args []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	said := &shown{enough: cancel, mark: []byte("okx.yaml")}
	if code := start(ctx, args, strings.NewReader(""), &out, said); code != exitDone {
		t.Errorf("bot %s: got exit code %d, want 0\n%s%s", strings.Join(args, " "), code, out.Bytes(), said.Bytes())
	}
}
