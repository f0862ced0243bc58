package strategies

import (
	"fmt"
	"strings"
)

// Reference returns the reference page of the language, docs/rules.md: every
// key of a file, every value and every function, from the tables that the
// loader and the checker read.
func Reference() string {
	var p page
	p.b.WriteString(referenceHead)
	p.head("The file", "Keys by the map they stand in. What is not written takes its default; money and limits are exact decimals.")
	for _, ks := range everyMap() {
		p.keys(ks)
	}
	p.head("Values", "What an expression may read at an event. Values of the bar, and what is made of them, are series: they have a past, `x[n]`. The others have none, and no series can be made of them.")
	p.values()
	p.head("Functions", "`x` and `y` are series, `c` is a condition made of series, `n` is a whole number known at load: a literal or a param. The first bar of a feed is bar 1.")
	for _, f := range Functions() {
		p.function(&f)
	}
	return p.b.String()
}

const referenceHead = `# The rule language

Made from the code: ` + "`go test ./strategies -run Reference -update`" + ` writes it, and a test fails when it is old.

**Two types.** Numbers are 64-bit floats; conditions are true, false or not ready. A number of a rule becomes an exact decimal once,
when an order is made of it.

**Operators**, from loose to tight: ` + "`c ? a : b`, `or` (`||`), `and` (`&&`), comparisons (`== != < <= > >=`, chained as in `20 < r < 80`), `+ -`, `not` (`!`), `* / %`, unary `-`, `**`, `x[n]`" + `.

**Not ready** is what has too few bars, comes after a gap, is too old, divides by zero, or does not exist now. ` + "`false and x`" + ` is false and
` + "`true or x`" + ` is true, whatever x is; everything else that touches what is not ready is not ready. Only true fires. The cause is told.

**No future, no clock.** An index is a constant, zero or above. Time comes from the event.

**One clock a series.** What a series is made of comes from one feed. A clause may compare values of several feeds: each counts as of
its last closed bar.
`

// page is the reference as it is written.
type page struct{ b strings.Builder }

func (p *page) head(title, text string) { fmt.Fprintf(&p.b, "\n## %s\n\n%s\n", title, text) }

// keys writes the table of one kind of map.
func (p *page) keys(ks *keySet) {
	fmt.Fprintf(&p.b, "\n### %s\n\n", ks.title())
	p.row("key", "value", "when not written", "what it says")
	p.row("---", "---", "---", "---")
	for i := range ks.keys {
		k := &ks.keys[i]
		if k.later {
			continue
		}
		otherwise := k.otherwise
		if k.needed {
			otherwise = "needed"
		}
		value := k.form.text()
		if k.unit != "" {
			value += ", " + k.unit
		}
		p.row("`"+k.name+"`", value, otherwise, k.about)
	}
}

func (ks *keySet) title() string { return capital(ks.what) }

// text says in words what a value looks like.
func (f *form) text() string {
	switch f.kind {
	case formWord:
		return "`" + strings.Join(f.words, "`, `") + "`"
	case formFlag:
		return "`true`, `false`"
	case formNumber:
		return "number"
	case formWhole:
		return "whole number"
	case formNumeric:
		return "expression, a number"
	case formTruth:
		return "expression, a condition"
	case formMap:
		return "map: " + f.of.what
	case formNames:
		return "map of names to " + f.items.text()
	case formList:
		return "list of " + f.items.text()
	case formEither:
		parts := make([]string, len(f.some))
		for i := range f.some {
			parts[i] = f.some[i].text()
		}
		return strings.Join(parts, "; or ")
	case formText:
	}
	return "text"
}

func (p *page) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", "\\|")
	}
	p.b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// values writes the tables of the values, an object each.
func (p *page) values() {
	fmt.Fprintf(&p.b, "\n### The bar\n\n")
	p.row("value", "unit", "range", "first bar", "what it is")
	p.row("---", "---", "---", "---", "---")
	for _, f := range Sources() {
		for _, o := range f.Outputs {
			p.source(&f, &o)
		}
	}
	p.b.WriteString("\n`day` is how many bars a day has: that many at most. What begins with the day leaves out what was seen of one that had begun before.\n\n")
	for _, f := range Sources() {
		if !strings.HasPrefix(f.Definition, "of the bar") {
			p.b.WriteString("- `" + f.Name + "`: " + f.Definition + "\n")
		}
	}
	object := ""
	for _, v := range ViewValues() {
		name, _, dotted := strings.Cut(v.Name, ".")
		if !dotted {
			name = "time"
		}
		if name != object {
			object = name
			fmt.Fprintf(&p.b, "\n### %s\n\n", object)
			p.row("value", "unit", "range", "while there is none", "what it is")
			p.row("---", "---", "---", "---", "---")
		}
		p.row("`"+v.Usage+"`", v.Unit, v.Range, v.Empty, v.Short)
	}
	fmt.Fprintf(&p.b, "\n`state.NAME` is a variable of the strategy's `state`: a number or a condition, as its initial value is. It changes by `set` alone, and is seen from the next event on.\n")
}

// source writes one bare name of the bar.
func (p *page) source(f *Function, o *Output) {
	name, says := f.Name, f.Short
	if o.Field != "" {
		name += "." + o.Field
	}
	if o.Short != "" {
		says = o.Short
	}
	p.row("`"+name+"`", o.Unit, o.Range, o.First, says)
}

func (p *page) function(f *Function) {
	fmt.Fprintf(&p.b, "\n### %s\n\n%s.\n\n", f.Usage, capital(f.Short))
	p.b.WriteString("- definition: " + f.Definition + "\n")
	for _, a := range f.Arguments {
		p.b.WriteString("- `" + a.Name + "`: " + a.Takes + "\n")
	}
	if f.Reads != "" {
		p.b.WriteString("- reads of the bar: " + f.Reads + "\n")
	}
	for _, o := range f.Outputs {
		name := ""
		switch {
		case o.Short != "":
			name = "`." + o.Field + "`, " + o.Short + ": "
		case o.Field != "":
			name = "`." + o.Field + "`: "
		}
		fmt.Fprintf(&p.b, "- %sunit: %s; range: %s; first bar: %s\n", name, o.Unit, o.Range, o.First)
	}
	p.b.WriteString("- example: `" + f.Example + "`\n")
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
