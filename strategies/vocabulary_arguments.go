package strategies

// takes is what may stand as an argument.
type takes uint8

const (
	takesNumber    takes = iota // any number
	takesSeries                 // a number made of bars and params
	takesCondition              // a condition made of bars and params
	takesLength                 // a whole number known at load
	takesFactor                 // a number known at load
)

// argument is one argument of a function.
type argument struct {
	name     string
	takes    takes
	least    int     // of a length
	optional bool    // the last ones may be
	value    float64 // of an optional one that is not written
}

func anyNumber(name string) argument { return argument{name: name} }

func series(name string) argument { return argument{name: name, takes: takesSeries} }

func holds(name string) argument { return argument{name: name, takes: takesCondition} }

// length is a whole number of bars, 1 or more.
func length(name string) argument { return lengthFrom(name, 1) }

func lengthFrom(name string, least int) argument {
	return argument{name: name, takes: takesLength, least: least}
}

// factor is a number above zero.
func factor(name string) argument { return argument{name: name, takes: takesFactor} }

func (a argument) or(value float64) argument {
	a.optional, a.value = true, value
	return a
}

// isSeries reports an argument that has a value of its own at each bar.
func (a argument) isSeries() bool { return a.takes == takesSeries || a.takes == takesCondition }

// known reports an argument that is known at load.
func (a argument) known() bool { return a.takes == takesLength || a.takes == takesFactor }

// text says in words what may stand there.
func (a argument) text() string {
	s := ""
	switch a.takes {
	case takesNumber:
		s = "a number"
	case takesSeries:
		s = "a series: bar data, params, and what is made of them"
	case takesCondition:
		s = "a condition made of series"
	case takesLength:
		s = "a whole number >= " + formatNumber(float64(a.least)) + " known at load"
	case takesFactor:
		s = "a number > 0 known at load"
	}
	if a.optional {
		s += "; " + formatNumber(a.value) + " unless written"
	}
	return s
}

// The commonest signatures.
func xn() []argument { return []argument{series("x"), length("n")} }

func xyn() []argument { return []argument{series("x"), series("y"), length("n")} }

func justN() []argument { return []argument{length("n")} }

func condN() []argument { return []argument{holds("cond"), length("n")} }
