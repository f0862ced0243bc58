package strategies

// parts flattens a chain of ands, or of ors, through the names of lets.
func parts(n *node, op op, dst []*node) []*node {
	if m := meant(n); m.op == op {
		return parts(m.args[1], op, parts(m.args[0], op, dst))
	}
	return append(dst, n)
}

// conflict is two conditions that exclude each other.
type conflict struct{ a, b *node }

// facts collects what conditions say when they hold together: of each number
// its span, of each pair of numbers their order, of each other condition its
// truth.
type facts struct {
	spans  map[string]bound
	orders map[string]bound
	truths map[string]bound
}

// bound is what is known so far, and who said so.
type bound struct {
	values span
	strict [2]bool // the bound itself is excluded: low, high
	order  standing
	truth  bool
	low    *node
	high   *node
}

// conflict returns two of the conditions that cannot both be as given: true,
// or false for the sides of an or.
func (j *judge) conflict(conditions []*node, truth bool) *conflict {
	f := facts{map[string]bound{}, map[string]bound{}, map[string]bound{}}
	for _, c := range conditions {
		if x := j.fact(&f, c, truth); x != nil {
			return x
		}
	}
	return nil
}

// fact adds one condition.
func (j *judge) fact(f *facts, c *node, truth bool) *conflict {
	n := meant(c)
	for n.op == opNot {
		n, truth = meant(n.args[0]), !truth
	}
	switch {
	case n.op == opAnd && truth || n.op == opOr && !truth:
		for _, p := range parts(n, n.op, nil) {
			if x := j.fact(f, p, truth); x != nil {
				return x
			}
		}
		return nil
	case n.op == opCompare:
		o := orders(n.name)
		if !truth {
			o = anyOrder &^ o
		}
		return j.relation(f, c, n, o)
	case n.op == opSlot && n.of != nil && n.of.over != 0 && truth:
		return j.relation(f, c, n, n.of.over)
	}
	return f.truth(c, n.key(), truth)
}

// relation adds that a stands to b in one of the orders, and what follows for
// the span of each.
func (j *judge) relation(f *facts, c, n *node, o standing) *conflict {
	a, b := n.args[0], n.args[1]
	ka, kb := a.key(), b.key()
	key, ordered := ka+" "+kb, o
	if kb < ka {
		key, ordered = kb+" "+ka, o.turned()
	}
	known, ok := f.orders[key]
	if ok && known.order&ordered == 0 {
		return &conflict{known.low, c}
	}
	if !ok {
		known = bound{order: anyOrder, low: c}
	}
	known.order &= ordered
	f.orders[key] = known
	if x := f.narrow(c, ka, o, j.span(a), j.span(b)); x != nil {
		return x
	}
	return f.narrow(c, kb, o.turned(), j.span(b), j.span(a))
}

// narrow adds that the number of key, which is in own, stands to something in
// other in one of the orders.
func (f *facts) narrow(c *node, key string, o standing, own, other span) *conflict {
	known, ok := f.spans[key]
	if !ok {
		known = bound{values: own}
	}
	if o&isMore == 0 && (other.hi < known.values.hi || other.hi == known.values.hi && o&isEqual == 0) {
		known.values.hi, known.strict[1], known.high = other.hi, o&isEqual == 0, c
	}
	if o&isLess == 0 && (other.lo > known.values.lo || other.lo == known.values.lo && o&isEqual == 0) {
		known.values.lo, known.strict[0], known.low = other.lo, o&isEqual == 0, c
	}
	f.spans[key] = known
	s := known.values
	if s.empty() || s.lo == s.hi && (known.strict[0] || known.strict[1]) {
		return &conflict{known.low, known.high}
	}
	return nil
}

func (f *facts) truth(c *node, key string, truth bool) *conflict {
	known, ok := f.truths[key]
	if ok && known.truth != truth {
		return &conflict{known.low, c}
	}
	f.truths[key] = bound{truth: truth, low: c}
	return nil
}

// implies reports that whenever all of some conditions hold, all of others do.
func (j *judge) implies(some, others []*node) bool {
	for _, o := range others {
		f := facts{map[string]bound{}, map[string]bound{}, map[string]bound{}}
		broke := false
		for _, s := range some {
			broke = broke || j.fact(&f, s, true) != nil
		}
		if broke || j.fact(&f, o, false) == nil {
			return false
		}
	}
	return true
}
