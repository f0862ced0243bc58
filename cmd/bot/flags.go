package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// newFlags returns the flags of a command. Its help is the usage line, what
// the command does, and the flags that are told to it.
func newFlags(name, usage, about string) *flag.FlagSet {
	fs := flag.NewFlagSet("bot "+name, flag.ContinueOnError)
	fs.Usage = func() {
		w := fs.Output()
		fmt.Fprintf(w, "usage: bot %s\n\n%s\n\nflags\n", usage, about)
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fs.VisitAll(func(f *flag.Flag) {
			value, text := flag.UnquoteUsage(f)
			if f.DefValue != "" && f.DefValue != "0" && f.DefValue != "false" && f.DefValue != unset {
				text += " (" + f.DefValue + " unless given)"
			}
			fmt.Fprintf(t, "  --%s\t%s\n", strings.TrimSpace(f.Name+" "+value), text)
		})
		_ = t.Flush() // help for a person: there is nobody else to tell
	}
	return fs
}

// unset is the default of a number whose absence means something of its own.
const unset = "-1"

// given reports whether a flag was told, be it as nothing.
func given(fs *flag.FlagSet, name string) (told bool) {
	fs.Visit(func(f *flag.Flag) { told = told || f.Name == name })
	return told
}

// parse reads flags. Help is not an error; a wrong flag is misuse, told in one
// line.
func parse(fs *flag.FlagSet, args []string, stderr io.Writer) (help bool, err error) {
	fs.SetOutput(io.Discard)
	err = fs.Parse(args)
	fs.SetOutput(stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fs.Usage()
		return true, nil
	case err != nil:
		return false, misused("%s %s -h lists the flags", punctuated(flagMistake(fs, err)), fs.Name())
	}
	return false, nil
}

// flagMistake says what is wrong with a flag, written as people write flags.
func flagMistake(fs *flag.FlagSet, err error) string {
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		var known []string
		fs.VisitAll(func(f *flag.Flag) { known = append(known, f.Name) })
		hint := ""
		if near := nearest(strings.TrimLeft(name, "-"), known); near != "" {
			hint = "; did you mean --" + near + "?"
		}
		return "there is no flag --" + strings.TrimLeft(name, "-") + hint
	}
	for _, before := range [...]string{"flag ", "for ", "argument: "} {
		text = strings.Replace(text, before+"-", before+"--", 1)
	}
	return text
}

// punctuated ends a remark so that another may follow.
func punctuated(s string) string {
	if strings.HasSuffix(s, "?") {
		return s
	}
	return s + ";"
}

// parseMixed reads flags that may stand before, between and after the names.
func parseMixed(fs *flag.FlagSet, args []string, stderr io.Writer) (names []string, help bool, err error) {
	for {
		if help, err := parse(fs, args, stderr); help || err != nil {
			return nil, help, err
		}
		if fs.NArg() == 0 {
			return names, false, nil
		}
		names, args = append(names, fs.Arg(0)), fs.Args()[1:]
	}
}

// noArguments refuses what stands beside the flags, and says where a file
// would belong.
func noArguments(fs *flag.FlagSet) error {
	switch {
	case fs.NArg() == 0:
		return nil
	case isYAML(fs.Arg(0)) && fs.Lookup("config") != nil:
		return misused("unexpected argument %q: a strategies file is given as --config %s", fs.Arg(0), fs.Arg(0))
	case fs.Lookup("market") != nil:
		return misused("unexpected argument %q: a file of market data is given as --market %s", fs.Arg(0), fs.Arg(0))
	}
	return misused("unexpected argument %q; %s -h says what it takes", fs.Arg(0), fs.Name())
}

func isYAML(name string) bool {
	return strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml")
}

// nearest returns the known word that a misspelt one was most likely meant to
// be, or "".
func nearest(word string, known []string) string {
	best, at := "", min(3, len(word))
	for _, k := range known {
		if d := distance(word, k); d < at {
			best, at = k, d
		}
	}
	return best
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

// sortedKeys returns the keys of a map in order, for whatever is shown.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
