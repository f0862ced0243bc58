package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// text is a table of what stood in the way, the most frequent first.
func (x *whyRule) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s  %s since %s: %d true, %d false, %d not ready; fired %s\n",
		x.Strategy, x.Rule, count(x.Evaluations, "evaluation"), minute(x.From), x.True, x.False, x.NotReady, times(x.Fired))
	b.WriteString(x.table())
	if most := x.foremost(); most != nil {
		fmt.Fprintf(&b, "  without %q it would have fired %s more, had nothing else changed by it\n", most.name(), times(most.Would))
	}
	if len(x.Refused) == 0 {
		return b.String()
	}
	b.WriteString("  orders refused\n")
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, r := range x.Refused {
		words := r.Sentence
		if r.Newest != "" {
			words += " Lately: " + r.Newest
		}
		fmt.Fprintf(w, "  %d × %s\t%s\n", r.Orders, r.Code, words)
	}
	_ = w.Flush() // into a builder
	return b.String()
}

// table is a line for each thing that stood in the way.
func (x *whyRule) table() string {
	if len(x.Stood) == 0 || x.Stood[0].Stood == 0 {
		return "  nothing stood in the way: it fired each time\n"
	}
	unready := slices.ContainsFunc(x.Stood, func(o obstacle) bool { return len(o.NotReady) > 0 })
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "  what stood in the way\tstood\talone\twould have fired")
	if unready {
		fmt.Fprint(w, "\tof them not ready")
	}
	fmt.Fprintln(w)
	for i := range x.Stood {
		o := &x.Stood[i]
		if o.Stood == 0 {
			break
		}
		line := fmt.Sprintf("  %s\t%d\t%d\t%d\t%s", o.name(), o.Stood, o.Alone, o.Would, o.causes())
		fmt.Fprintln(w, strings.TrimRight(line, "\t"))
	}
	_ = w.Flush() // into a builder
	return b.String()
}

func (o *obstacle) name() string {
	if o.Part == "unless" {
		return "unless: " + o.Text
	}
	return o.Text
}

// causes says why it was not ready, and how often.
func (o *obstacle) causes() string {
	var all []string
	for _, cause := range sortedKeys(o.NotReady) {
		all = append(all, fmt.Sprintf("%d %s", o.NotReady[cause], cause))
	}
	return strings.Join(all, ", ")
}

// foremost is what cost the rule most firings. An edge that had fired already
// is not counted: the rule fires once for it, as it is written.
func (x *whyRule) foremost() *obstacle {
	var most *obstacle
	for i := range x.Stood {
		o := &x.Stood[i]
		if o.Text != edgeText && o.Would > 0 && (most == nil || o.Would > most.Would) {
			most = o
		}
	}
	return most
}

func times(n int64) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
