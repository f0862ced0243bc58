package indicator

import "math"

// trend is the mean of the last n inputs and how they lean: Σ (t - mean of t)
// × (x - mean of x) over their places t, put together from the rest of the
// last full block and the inputs since.
type trend struct {
	at     int
	full   bool
	anchor float64
	prefix lean      // of x - anchor of the inputs since the block
	slot   []float64 // the inputs since the block
	tail   []lean    // of x - anchor, of the block's suffixes
}

type lean struct{ mean, cross float64 }

// after returns the lean of k values and a newer one.
func (l lean) after(x float64, k int) lean {
	d := x - l.mean
	l.cross += float64(d * (float64(k) / 2))
	l.mean += d / float64(k+1)
	return l
}

// before returns the lean of k values and an older one.
func (l lean) before(x float64, k int) lean {
	d := x - l.mean
	l.cross -= float64(d * (float64(k) / 2))
	l.mean += d / float64(k+1)
	return l
}

func newTrend(n int) trend {
	mustLength(n, 1)
	return trend{slot: make([]float64, n), tail: make([]lean, n)}
}

func (t *trend) reset() { t.at, t.full, t.prefix = 0, false, lean{} }

// push takes the next input and reports whether the window is full. A missing
// input empties it.
func (t *trend) push(x float64) bool {
	if missing(x) {
		t.reset()
		return false
	}
	if t.at == 0 && !t.full {
		t.anchor = x
	}
	t.slot[t.at] = x
	t.prefix = t.prefix.after(x-t.anchor, t.at)
	t.at++
	if t.at == len(t.slot) {
		t.turn()
	}
	return t.full
}

func (t *trend) turn() {
	n := len(t.slot)
	t.anchor = t.slot[n-1]
	var l lean
	for i := n - 1; i >= 0; i-- {
		l = l.before(t.slot[i]-t.anchor, n-1-i)
		t.tail[i] = l
	}
	t.at, t.full, t.prefix = 0, true, lean{}
}

// lean joins the rest of the old block with the inputs since; the mean is less
// the anchor.
func (t *trend) lean() lean {
	n, since, old := float64(len(t.slot)), float64(t.at), t.tail[t.at]
	d := t.prefix.mean - old.mean
	return lean{
		mean:  old.mean + float64(d*(since/n)),
		cross: old.cross + t.prefix.cross + float64(d*(since*(n-since)/2)),
	}
}

// line returns the value and the slope of the line of least squares through
// the full window, where the newest input stands.
func (t *trend) line() (value, slope float64) {
	n, l := float64(len(t.slot)), t.lean()
	if n == 1 {
		return t.anchor + l.mean, 0
	}
	slope = l.cross / (n * (float64(n*n) - 1) / 12)
	return t.anchor + (l.mean + float64(slope*((n-1)/2))), slope
}

// weighted is the mean of the full window with weights 1 to n, the newest
// heaviest.
func (t *trend) weighted() float64 {
	n, l := float64(len(t.slot)), t.lean()
	return t.anchor + (l.mean + l.cross/(n*(n+1)/2))
}

// WMA is the mean of the last n inputs with weights 1 to n, the newest
// heaviest.
type WMA struct{ t trend }

// NewWMA returns a weighted moving average over n inputs.
func NewWMA(n int) *WMA { return &WMA{newTrend(n)} }

// WarmUp returns the number of inputs before the first value: n.
func (w *WMA) WarmUp() int { return len(w.t.slot) }

// Reset forgets every input.
func (w *WMA) Reset() { w.t.reset() }

// Update takes the next input and returns the weighted mean.
func (w *WMA) Update(x float64) float64 {
	if !w.t.push(x) {
		return math.NaN()
	}
	y := w.t.weighted()
	if missing(y) {
		w.Reset()
		return math.NaN()
	}
	return y
}

// Peek returns what Update would, and changes nothing.
func (w *WMA) Peek(x float64) float64 {
	c := *w
	return c.Update(x)
}

// HMA is Hull's average: the WMA over √n of 2 × WMA over n/2 - WMA over n, all
// lengths rounded down.
type HMA struct{ half, whole, last WMA }

// NewHMA returns a Hull moving average of length n, at least 2.
func NewHMA(n int) *HMA {
	mustLength(n, 2)
	return &HMA{*NewWMA(n / 2), *NewWMA(n), *NewWMA(int(math.Sqrt(float64(n))))}
}

// WarmUp returns the number of inputs before the first value: n + √n - 1.
func (h *HMA) WarmUp() int { return h.whole.WarmUp() + h.last.WarmUp() - 1 }

// Reset forgets every input.
func (h *HMA) Reset() {
	h.half.Reset()
	h.whole.Reset()
	h.last.Reset()
}

// Update takes the next input and returns the average.
func (h *HMA) Update(x float64) float64 {
	half, whole := h.half.Update(x), h.whole.Update(x)
	return h.last.Update(half + (half - whole))
}

// Peek returns what Update would, and changes nothing.
func (h *HMA) Peek(x float64) float64 {
	c := *h
	return c.Update(x)
}
