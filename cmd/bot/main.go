// Command bot runs trading rules: it checks them, tries them on the past,
// trades them on paper, and trades them live.
//
// This package only puts the others together. Each subcommand is one file
// with one function; results go to stdout, the rest to stderr.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// command is a subcommand. It returns nil, or an error that may know its exit
// code.
type command struct {
	name    string
	summary string
	run     func(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error
}

func commands() []command {
	return []command{
		{"run", "trade the rules: on paper, or live with --live", runRun},
		{"check", "say what is wrong with a file, all of it", runCheck},
		{"eval", "print the value of an expression for each bar", runEval},
		{"backtest", "try the rules on the past", runBacktest},
		{"orders", "list the orders of a run", runOrders},
		{"fills", "list the fills of a run", runFills},
		{"positions", "list what each strategy holds and made", runPositions},
		{"exchange", "serve the built-in exchange alone", runExchange},
		{"version", "print the version", runVersion},
	}
}

// later names the commands that the design has and this version has not.
func later() []string {
	return []string{"test", "explain", "why", "verify", "compare", "journal", "drill", "record", "download", "sim", "halt", "resume", "doctor", "schema", "example"}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := start(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// start runs one subcommand and returns the exit code of the process.
func start(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return exitMisused
	}
	switch args[0] {
	case "help", "-h", "--help":
		usage(stdout)
		return exitDone
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return ended(c.run(ctx, args[1:], stdin, stdout, stderr), c.name, stderr)
		}
	}
	for _, name := range later() {
		if name == args[0] {
			fmt.Fprintf(stderr, "bot: %s is not in this version\n", name)
			return exitMisused
		}
	}
	fmt.Fprintf(stderr, "bot: there is no command %q%s\n", args[0], didYouMean(args[0]))
	return exitMisused
}

// ended prints an error once, at the rim, and returns its exit code.
func ended(err error, name string, stderr io.Writer) int {
	if err == nil {
		return exitDone
	}
	if text := err.Error(); text != "" {
		fmt.Fprintf(stderr, "bot %s: %s\n", name, text)
	}
	var coded interface{ ExitCode() int }
	if errors.As(err, &coded) {
		return coded.ExitCode()
	}
	return exitFailed
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "usage: bot COMMAND [flags]")
	fmt.Fprintln(w)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "bot COMMAND -h lists the flags of a command.")
}

// didYouMean names the command nearest to a misspelt one.
func didYouMean(word string) string {
	best, at := "", 3
	for _, c := range commands() {
		if d := distance(word, c.name); d < at {
			best, at = c.name, d
		}
	}
	if best == "" {
		return "; bot help lists them"
	}
	return fmt.Sprintf(", did you mean %q?", best)
}

// distance is the number of letters to add, drop or change between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
