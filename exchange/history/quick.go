package history

import (
	"math"
	"math/bits"

	"rulebot/engine/market"
)

// quick reads rows of bars as nearly every file writes them: plain decimal
// numbers, with no more digits than are kept. What it does not read, it leaves
// to the careful reader, which knows every form and what is wrong with a row.
type quick struct {
	order  []int // place of each column of the file: time, open, high, low, close, volume
	places int   // of a price; -1 where the tick wants arithmetic
}

func newQuick(order []int, g *grid) quick {
	switch {
	case g.tick.IsZero():
		return quick{order, digitsMax}
	case g.decimal:
		return quick{order, g.tick.Scale()}
	}
	return quick{order, -1}
}

// digitsMax is how many digits of a number are read quickly.
const digitsMax = 18

// read reports whether it read the whole row, and the bar is right.
func (q *quick) read(line []byte, out *packed) bool {
	var v [6]int64
	var places [6]int
	if q.places < 0 || len(q.order) != len(v) {
		return false
	}
	at := 0
	for i, place := range q.order {
		if i > 0 {
			if at == len(line) || line[at] != ',' {
				return false
			}
			at++
		}
		start, ok := at, false
		v[place], places[place], at, ok = decimal(line, at)
		if !ok && place == 0 {
			at, ok = instant(line, start, &v[0])
		}
		if !ok {
			return false
		}
	}
	if at != len(line) || places[0] > 0 || v[0] < firstMilli || v[0] > lastMilli {
		return false
	}
	out.open = market.Milli(v[0])
	return out.prices(v[1:5], places[1:5], q.places) && out.sized(v[5], places[5]) && out.sane()
}

// decimal reads digits, and more behind a point, up to what is neither.
func decimal(line []byte, at int) (v int64, places, next int, ok bool) {
	start, point := at, -1
	for ; at < len(line); at++ {
		c := line[at]
		if d := c - '0'; d <= 9 {
			v = v*10 + int64(d) // beyond digitsMax it is refused below
			continue
		}
		if c != '.' || point >= 0 || at == start {
			break
		}
		point = at
	}
	n := at - start
	if point >= 0 {
		n--
		if places = at - point - 1; places == 0 {
			return 0, 0, at, false
		}
	}
	return v, places, at, n > 0 && n <= digitsMax
}

// instant reads a time that is not a number, in milliseconds.
func instant(line []byte, at int, ms *int64) (next int, ok bool) {
	for next = at; next < len(line) && line[next] != ','; {
		next++
	}
	t, err := parseTime(string(line[at:next]))
	*ms = t.Milli()
	return next, err == nil
}

// prices takes open, high, low and close over, of at most so many decimals.
func (p *packed) prices(v []int64, places []int, most int) bool {
	scale := 0
	for i := range v {
		for places[i] > most && v[i]%10 == 0 {
			v[i], places[i] = v[i]/10, places[i]-1
		}
		scale = max(scale, places[i])
	}
	if scale > most {
		return false // to be rounded
	}
	for i := range v {
		var ok bool
		if v[i], ok = times(v[i], ten[scale-places[i]]); !ok {
			return false
		}
	}
	p.o, p.h, p.l, p.c, p.price = v[0], v[1], v[2], v[3], int8(scale)
	return true
}

// sized takes the volume over.
func (p *packed) sized(v int64, places int) bool {
	for places > sizePlaces && v%10 == 0 {
		v, places = v/10, places-1
	}
	p.volume, p.size = v, int8(places)
	return places <= sizePlaces
}

// times returns the product of two numbers that are not negative, and whether
// it fits with room for a sum of two.
func times(a, b int64) (int64, bool) {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	return int64(lo), hi == 0 && lo <= wholeMax
}

// wholeMax is the largest number that is kept: two of them can be added.
const wholeMax = math.MaxInt64 / 2

// ten are the powers of ten that fit.
var ten = [...]int64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}
