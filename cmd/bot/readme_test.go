package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rulebot"
)

func readme(t *testing.T) string {
	t.Helper()
	return page(t, "README.md")
}

// page returns the text of a page of the repository.
func page(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks returns the fenced blocks of a language.
func blocks(text, language string) []string {
	var found []string
	for _, rest := range strings.Split(text, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(rest, "```")
		found = append(found, block)
	}
	return found
}

// shellWords splits a command line as a shell does; only single quotes quote.
func shellWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

// TestReadmeCommands runs every command that the README shows, in its order,
// in one folder, through the program's own entry. What takes long is ended as
// by Ctrl-C: a run at its first fill, the exchange once it is ready.
func TestReadmeCommands(t *testing.T) {
	lines := strings.Join(blocks(readme(t), "sh"), "")
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, content := range map[string][]byte{rulebot.ExampleName: rulebot.Example(), "mine.yaml": rulebot.Example(), "bars.csv": barsFile(36 * 60)} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ran := map[string]bool{}
	for line := range strings.Lines(lines) {
		words := shellWords(line)
		if len(words) > 0 && strings.HasPrefix(words[0], "RULEBOT_DATA=") {
			words = words[1:]
		}
		switch known := strings.Join(words, " "); {
		case known == "go test ./...", known == "go build -o bot ./cmd/bot":
			continue // this is that, or builds what this is
		case len(words) == 2 && words[0] == "make":
			if !bytes.Contains(makefile, []byte("\n"+words[1]+":")) {
				t.Errorf("README: %s: the Makefile has no such target", known)
			}
			continue
		case strings.HasPrefix(known, "go run ./cmd/bot "):
			words = words[3:]
		case len(words) > 1 && words[0] == "./bot":
			words = words[1:]
		default:
			t.Errorf("README: %q is no command that this test knows", line)
			continue
		}
		ran[words[0]] = true
		runShown(t, words)
	}
	for _, c := range commands() {
		if !ran[c.name] {
			t.Errorf("README does not show bot %s", c.name)
		}
	}
}

// TestGuideCommands runs every command that the guide shows, from where it says.
func TestGuideCommands(t *testing.T) {
	shown := strings.Join(blocks(page(t, "docs/guide/README.md"), "sh"), "")
	folder := t.TempDir()
	if err := os.CopyFS(filepath.Join(folder, "docs/guide"), os.DirFS("../../docs/guide")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	for line := range strings.Lines(shown) {
		words := shellWords(line)
		if len(words) < 2 || words[0] != "./bot" {
			t.Errorf("the guide shows %q, which this test does not know", line)
			continue
		}
		runShown(t, words[1:])
	}
}

// runShown runs one command of the README and wants exit code 0 and something
// on stdout.
func runShown(t *testing.T, args []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs bytes.Buffer
	out := &shown{enough: cancel}
	switch args[0] {
	case "run":
		out.mark = []byte("fill")
	case "exchange":
		out.mark = []byte("\n")
	}
	if code := start(ctx, args, strings.NewReader(""), out, &errs); code != exitDone {
		t.Errorf("bot %s: got exit code %d, want 0\n%s%s", strings.Join(args, " "), code, out.Bytes(), errs.Bytes())
	}
	if out.Len() == 0 && args[0] != "help" {
		t.Errorf("bot %s printed nothing", strings.Join(args, " "))
	}
}

// shown keeps what is written and calls enough once the mark is in it.
type shown struct {
	bytes.Buffer
	mark   []byte // nil is never
	enough func()
}

// Write keeps b.
func (w *shown) Write(b []byte) (int, error) {
	if w.mark != nil && bytes.Contains(b, w.mark) {
		w.enough()
	}
	return w.Buffer.Write(b)
}

// WriteString keeps s; without it the buffer's own would, and see no mark.
func (w *shown) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// TestReadmeSays what is there: the commands, those that are not there yet,
// part of the example, word for word, and files that exist.
func TestReadmeSays(t *testing.T) {
	text := readme(t)
	for _, c := range commands() {
		if !strings.Contains(text, "`bot "+c.name+"`") {
			t.Errorf("README does not name bot %s", c.name)
		}
	}
	_, missing, _ := strings.Cut(text, "Not in this version: the command ")
	missing, _, _ = strings.Cut(missing, ";")
	for _, name := range later() {
		if !strings.Contains(missing, "`"+name+"`") {
			t.Errorf("README does not say that bot %s is not in this version", name)
		}
	}
	for _, block := range blocks(text, "yaml") {
		if !bytes.Contains(rulebot.Example(), []byte(block)) {
			t.Errorf("the example does not contain the README's\n%s", block)
		}
	}
	for _, folder := range []string{"", "docs/guide"} {
		for _, link := range strings.Split(page(t, filepath.Join(folder, "README.md")), "](")[1:] {
			name, _, _ := strings.Cut(link, ")")
			if _, err := os.Stat(filepath.Join("../..", folder, name)); err != nil {
				t.Errorf("%s links to %s: %v", filepath.Join(folder, "README.md"), name, err)
			}
		}
	}
	for part := range strings.SplitSeq(text, "`") {
		if name, ok := strings.CutSuffix(part, ".go"); ok && !strings.ContainsAny(name, " \n") {
			if _, err := os.Stat(filepath.Join("../..", part)); err != nil {
				t.Errorf("README names %s: %v", part, err)
			}
		}
	}
}
