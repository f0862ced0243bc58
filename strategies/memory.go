package strategies

import "reflect"

// Memory returns the bytes that the series of one run take: the slots, and
// the windows and histories behind them. All of it is taken at the start, and
// none is added later, however long the run.
func (f *File) Memory() int { return f.graph.memory() }

func (g *graph) memory() int {
	p, w := g.program(), weigher{}
	return w.of(reflect.ValueOf(p.values)) + w.of(reflect.ValueOf(p.causes)) + w.of(reflect.ValueOf(p.feeds))
}

// weigher adds up what values point to, each thing once. Functions belong to
// the file, which every run shares.
type weigher map[uintptr]bool

// of returns the bytes that a value holds beside its own.
func (w weigher) of(v reflect.Value) int {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || w.known(v.Pointer()) {
			return 0
		}
		return int(v.Type().Elem().Size()) + w.of(v.Elem())
	case reflect.Interface:
		return w.inside(v)
	case reflect.Slice:
		if v.Cap() == 0 || w.known(v.Pointer()) {
			return 0
		}
		return v.Cap()*int(v.Type().Elem().Size()) + w.all(v)
	case reflect.Array:
		return w.all(v)
	case reflect.Struct:
		sum := 0
		for _, field := range v.Fields() {
			sum += w.of(field)
		}
		return sum
	default:
		return 0
	}
}

// inside weighs what an interface holds: on its own, unless it is a pointer.
func (w weigher) inside(v reflect.Value) int {
	if v.IsNil() {
		return 0
	}
	e := v.Elem()
	if k := e.Kind(); k == reflect.Pointer || k == reflect.Func {
		return w.of(e)
	}
	return int(e.Type().Size()) + w.of(e)
}

// all weighs what the elements hold, unless they are plain numbers.
func (w weigher) all(v reflect.Value) int {
	switch v.Type().Elem().Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Array, reflect.Struct:
	default:
		return 0
	}
	sum := 0
	for i := range v.Len() {
		sum += w.of(v.Index(i))
	}
	return sum
}

func (w weigher) known(at uintptr) bool {
	was := w[at]
	w[at] = true
	return was
}
