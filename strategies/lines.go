package strategies

import "rulebot/engine"

// Line is a number that a strategy names under let:, made of bars alone: what
// a chart shows beside the price.
type Line struct {
	Name    string
	number  numberFn
	program *program
}

// Lines returns the lines of a strategy, as a program of this file has them.
func (f *File) Lines(p engine.Program, strategy int) []Line {
	own, ok := p.(*program)
	if !ok {
		return nil
	}
	var lines []Line
	sc := f.entries[strategy].scope
	for _, name := range sc.names {
		l, ok := sc.lets[name]
		if !ok || l.node.cond || l.node.impure != "" || l.node.clocks[0] == 0 || l.node.op == opBad {
			continue
		}
		lines = append(lines, Line{name, number(l.node), own})
	}
	return lines
}

// Value returns the line as of the newest bar, and whether it is ready.
func (l *Line) Value() (float64, bool) {
	x := l.number(&l.program.machine)
	return x, x-x == 0
}
