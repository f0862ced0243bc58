package strategies

import (
	"slices"
	"strconv"
	"strings"
)

// lengthMax is the longest window and the farthest index.
const lengthMax = 10_000

// function is one row of the vocabulary: what people are told about it, what
// it takes, what its values can be, and how to compute them. Rows without
// arguments are sources: bare names of the bar. Every row has every part that
// its kind needs; a test holds that.
type function struct {
	name       string
	short      string // what it is
	definition string // how it is computed, to the bit that matters
	example    string // an expression that uses it
	takes      []argument
	outputs    []output // one without a name, or several by field

	// How it is computed: one of these.
	unary   func(n int) unary      // of one series and one length at most
	compute func(k []float64) calc // of anything; k are the numbers known at load
	price   func(b *floatBar) float64
	scalar  scalar                                   // of numbers at the event: no series
	over    standing                                 // of a cross: how its first stands to its second now, and did not before
	spelled func(words *dictionary, a []*node) *node // by other words of the language

	daily bool   // it begins anew each day
	bars  string // what it reads of the bar, beside its arguments
}

// output is one value of a call.
type output struct {
	name    string // of the field; "" is the call itself
	short   string // of the field
	unit    string
	ready   ready
	settle  settle
	extent  extent
	cond    bool
	endless bool // +Inf is a value: longer ago than any number
	rare    bool // it may never come: what it waits for need not happen
	extreme extreme
}

// extreme says that a value is the largest (isMore) or the smallest (isLess)
// of some bars, the newest included: of a price of the bar, or of the first
// argument.
type extreme struct {
	side standing
	of   string
}

// ready is the first bar with a value, the first of all being bar 1: in the
// names of the arguments, and computed from those known at load.
type ready struct {
	text string
	bars func(k []float64) int
}

// settle is how many bars after the first value the seed's weight is below
// 1e-6.
type settle func(k []float64) int

// Function is one function of the language, for people and for messages.
type Function struct {
	Name       string
	Usage      string
	Short      string
	Definition string // how it is computed, to the bit that matters
	Reads      string // of the bar, beside its arguments
	Example    string
	Arguments  []Argument
	Outputs    []Output
}

// Argument is one argument of a function.
type Argument struct {
	Name  string
	Takes string // what may stand there
}

// Output is one value of a function: the call itself, or a field of it.
type Output struct {
	Field string // "" is the call itself
	Short string // of a field
	Unit  string
	Range string // in words
	First string // the first bar with a value, in the names of the arguments; the first of all is 1
}

// dictionary is the vocabulary by name.
type dictionary struct {
	functions []*function
	sources   []*function
	byName    map[string]*function   // of functions
	bare      map[string]sourceValue // of sources, by their full name: ha.open
	names     []string               // of functions
	barNames  []string               // of sources, by their full names
}

// sourceValue is one value of a source.
type sourceValue struct {
	of     *function
	output int
}

// lexicon is the vocabulary, made once and never changed.
var lexicon = newDictionary()

// newDictionary makes the table that the checker, the messages, the static
// findings and the reference read. A new function is a row of it.
func newDictionary() *dictionary {
	d := &dictionary{byName: map[string]*function{}, bare: map[string]sourceValue{}}
	for _, f := range vocabulary() {
		d.functions = append(d.functions, &f)
		d.byName[f.name] = &f
		d.names = append(d.names, f.name)
	}
	for _, f := range sources() {
		d.sources = append(d.sources, &f)
		for i := range f.outputs {
			d.bare[f.full(i)] = sourceValue{&f, i}
			d.barNames = append(d.barNames, f.full(i))
		}
	}
	return d
}

// vocabulary is the one table of functions, by name.
func vocabulary() []function {
	all := slices.Concat(averages(), statistics(), oscillators(), ofTheBar(), trends(), channels(), windows(), histories(), crosses(), scalars())
	slices.SortFunc(all, func(a, b function) int { return strings.Compare(a.name, b.name) })
	return all
}

// many reports whether a call needs a field.
func (f *function) many() bool { return f.outputs[0].name != "" }

// full is the name of one value: of a source ha.open, of a function atr.
func (f *function) full(i int) string {
	if f.many() {
		return f.name + "." + f.outputs[i].name
	}
	return f.name
}

// fields are the names of a function's values.
func (f *function) fields() []string {
	var names []string
	for _, o := range f.outputs {
		names = append(names, o.name)
	}
	return names
}

// output finds a field.
func (f *function) output(field string) (int, bool) {
	i := slices.Index(f.fields(), field)
	return i, i >= 0
}

// ofBars reports whether a function reads the bar alone, so that it can stand
// on a feed: h4.atr(14).
func (f *function) ofBars() bool {
	return f.bars != "" && !slices.ContainsFunc(f.takes, func(a argument) bool { return a.isSeries() })
}

// usage shows how a function is called: t3(x, n[, b]).
func (f *function) usage() string {
	if len(f.takes) == 0 {
		return f.name
	}
	var b strings.Builder
	b.WriteString(f.name + "(")
	for i, a := range f.takes {
		switch {
		case a.optional:
			b.WriteString("[, " + a.name + "]")
		case i > 0:
			b.WriteString(", " + a.name)
		default:
			b.WriteString(a.name)
		}
	}
	b.WriteByte(')')
	return b.String()
}

// arity is the smallest and the largest number of arguments.
func (f *function) arity() (least, most int) {
	for _, a := range f.takes {
		if !a.optional {
			least++
		}
	}
	return least, len(f.takes)
}

// public is what people are told of a row.
func (f *function) public() Function {
	out := Function{
		Name: f.name, Usage: f.usage(), Short: f.short, Definition: f.definition, Reads: f.bars, Example: f.example,
	}
	for _, a := range f.takes {
		out.Arguments = append(out.Arguments, Argument{a.name, a.text()})
	}
	for _, o := range f.outputs {
		out.Outputs = append(out.Outputs, Output{o.name, o.short, o.unit, o.extent.text, o.ready.text})
	}
	return out
}

// Functions returns the functions of this version, by name.
func Functions() []Function { return published(lexicon.functions) }

// Sources returns the bare names of the bar, one row for ha.open and its
// fellows.
func Sources() []Function { return published(lexicon.sources) }

func published(rows []*function) []Function {
	var fs []Function
	for _, f := range rows {
		fs = append(fs, f.public())
	}
	return fs
}

func usage(name string) (string, bool) {
	f, ok := lexicon.byName[name]
	if !ok {
		return "", false
	}
	return f.usage(), true
}

// laterNames are the names of later versions: refused by name, and not free
// for params and lets, so that no file breaks when they come.
func laterNames() []string {
	return []string{"funding", "instrument", "level", "level_price", "rank", "signal"}
}

// functionNames returns the names of all functions.
func functionNames() []string { return slices.Clone(lexicon.names) }

// barNames returns the bare names of the bar.
func barNames() []string { return slices.Clone(lexicon.barNames) }

// barObjects are the words before a dot in bare names of the bar.
func barObjects() []string { return []string{"bar", "ha", "pivots"} }

// reserved reports whether a name belongs to the vocabulary of any version.
func reserved(name string) bool {
	_, function := lexicon.byName[name]
	return function || slices.Contains(lexicon.barNames, name) ||
		slices.Contains(objects(), name) || slices.Contains(laterNames(), name) || name == "session" ||
		slices.Contains([]string{
			"and", "or", "not", "true", "false", "nil", "let", "if", "else", "in",
			"matches", "contains", "startsWith", "endsWith",
		}, name)
}

// whole reads a length among the numbers known at load.
func whole(k []float64, i int) int { return int(k[i]) }

func plural(least, most int) string {
	switch {
	case least != most:
		return strconv.Itoa(least) + " or " + strconv.Itoa(most) + " arguments"
	case least == 1:
		return "1 argument"
	}
	return strconv.Itoa(least) + " arguments"
}
