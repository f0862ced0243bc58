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
	"slices"
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
		{"check", "say everything that is wrong with a strategies file, or what it will do", runCheck},
		{"test", "play the tests that stand beside the rules", runTests},
		{"eval", "print the value of an expression for each bar of a file", runEval},
		{"backtest", "try the rules on the past", runBacktest},
		{"verify", "compute a run again from its recording and compare every change", runVerify},
		{"compare", "play two versions of the rules over the same past and say what differs", runCompare},
		{"explain", "say why a decision was taken and what came of it", runExplain},
		{"why", "say what stood between a strategy's rules and their firing", runWhy},
		{"orders", "list the orders of the newest run", runOrders},
		{"fills", "list the fills of the newest run", runFills},
		{"positions", "list what each strategy holds and made", runPositions},
		{"halt", "stop all trading of a state directory, and cancel what is live", runHalt},
		{"resume", "lift halts, and switch rules on again", runResume},
		{"doctor", "say whether all is as a live run needs it, and how to mend what is not", runDoctor},
		{"drill", "try a strategies file on an exchange where things go wrong", runDrill},
		{"exchange", "serve the built-in exchange alone", runExchange},
		{"download", "fetch the bars that the exchange keeps of its past, into a file", runDownload},
		{"record", "write down what the exchange sends, to be played again", runRecord},
		{"sim", "play the bot against everything that can go wrong, in virtual time", runSim},
		{"example", "print the example strategies file, to begin from", runExample},
		{"schema", "print the JSON Schema of a strategies file, for editors", runSchema},
		{"version", "print the version", runVersion},
	}
}

// later names the commands that the design has and this version has not.
func later() []string {
	return []string{"journal"}
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
		if len(args) == 2 {
			return start(ctx, []string{args[1], "-h"}, stdin, stdout, stderr)
		}
		usage(stdout)
		return exitDone
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return ended(c.run(ctx, args[1:], stdin, stdout, stderr), c.name, stderr)
		}
	}
	fmt.Fprintln(stderr, "bot: "+punctuated(unknown(args[0]))+" bot help lists the commands")
	return exitMisused
}

// unknown says of a word that is no command what it might have been.
func unknown(word string) string {
	if slices.Contains(later(), word) {
		return word + " is not in this version"
	}
	var known []string
	for _, c := range commands() {
		known = append(known, c.name)
	}
	if near := nearest(word, known); near != "" {
		return fmt.Sprintf("there is no command %q; did you mean %q?", word, near)
	}
	return fmt.Sprintf("there is no command %q", word)
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
	fmt.Fprintln(w, "bot runs trading rules. It trades on paper unless --live is given.")
	fmt.Fprintln(w)
	fmt.Fprintln(w, "usage: bot COMMAND [flags]")
	fmt.Fprintln(w)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-10s %s\n", c.name, c.summary)
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "'bot run' alone plays the example strategies on a generated market; 'bot help COMMAND' lists flags.")
}
