package indicator

// window is the sum of the last n inputs: of the rest of the last full block,
// by suffix sums made when it was complete, and of the inputs since. Where a
// mean is wanted, sums are of x - anchor, where anchor is a value of the
// window; else anchor is 0.
type window struct {
	at     int  // inputs since the last full block
	full   bool // tail holds suffix sums of a full block
	level  bool // follow the level of the inputs with the anchor
	anchor float64
	prefix float64   // Σ (x - anchor) of the inputs since the block
	slot   []float64 // the inputs since the block
	tail   []float64 // suffix sums of x - anchor over the block
}

// newMean is a window whose mean is wanted.
func newMean(n int) window {
	w := newSum(n)
	w.level = true
	return w
}

// newSum is a window whose sum is wanted.
func newSum(n int) window {
	mustLength(n, 1)
	both := make([]float64, 2*n)
	return window{slot: both[:n:n], tail: both[n:]}
}

func (w *window) reset() { w.at, w.full, w.prefix = 0, false, 0 }

// push takes the next input and reports whether the window is full. A missing
// input empties it.
func (w *window) push(x float64) bool {
	if missing(x) {
		w.reset()
		return false
	}
	if w.level && w.at == 0 && !w.full {
		w.anchor = x
	}
	w.slot[w.at] = x
	w.prefix += x - w.anchor
	w.at++
	if w.at == len(w.slot) {
		w.turn()
	}
	return w.full
}

// turn makes the full block the old one: suffix sums, around its last value
// where the level counts, which stays inside the window until the next turn.
func (w *window) turn() {
	last := len(w.slot) - 1
	if w.level {
		w.anchor = w.slot[last]
	}
	sum := 0.0
	for i := last; i >= 0; i-- {
		sum += w.slot[i] - w.anchor
		w.tail[i] = sum
	}
	w.at, w.full, w.prefix = 0, true, 0
}

// sum is Σ (x - anchor) over the full window.
func (w *window) sum() float64 { return w.tail[w.at] + w.prefix }

// offset is the mean of the full window less the anchor.
func (w *window) offset() float64 { return w.sum() / float64(len(w.slot)) }
