package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// text is a table of what stood in the way, the most frequent first.
func (x *whyRule) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s  %s since %s: %d true, %d false, %d not ready; fired %s\n",
		x.Strategy, x.Rule, count(x.Evaluations, "evaluation"), minute(x.From), x.True, x.False, x.NotReady, times(x.Fired))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "  what stood in the way\tstood\talone\twould have fired\tnot ready\n")
	holds := 0
	for i := range x.Stood {
		o := &x.Stood[i]
		if o.Stood == 0 {
			holds++
			continue
		}
		line := fmt.Sprintf("  %s\t%d\t%d\t%d\t%s", o.name(), o.Stood, o.Alone, o.Would, o.causes())
		fmt.Fprintln(w, strings.TrimRight(line, "\t"))
	}
	_ = w.Flush() // into a builder
	if len(x.Stood) == holds {
		b.WriteString("  nothing: it fired at each\n")
	}
	if most := x.foremost(); most != nil {
		fmt.Fprintf(&b, "  without %q it would have fired %s more, had nothing else changed by it\n", most.name(), times(most.Would))
	}
	if len(x.Refused) == 0 {
		return b.String()
	}
	w = tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "  orders refused\t\t\n")
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
