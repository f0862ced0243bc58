package storm

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

// quotes is what came of the books, as far as I12 asks.
type quotes struct {
	came    map[string]time.Duration // when a sound book of an instrument last came
	unsound map[string]time.Duration // since when what came is not; none is sound
}

func newQuotes() quotes {
	return quotes{came: map[string]time.Duration{}, unsound: map[string]time.Duration{}}
}

// late is how long what was decided may take to leave: the late gate, and the
// client's wait for a free call.
const late = 250*time.Millisecond + 250*time.Millisecond

// fresh judges that an order leaves on a book that is neither old nor wrong:
// I12.
func (r *run) fresh(instrument string) {
	const oldest = 2*time.Second + late // R07
	now, more := r.world.now, time.Duration(0)
	if c := &r.bot.clock; r.bot.frozen > now-oldest-apart {
		// What waited in a machine that stood still is told from its date, by a
		// clock that may be behind; and nobody can tell that it slept where the
		// wall clock was set back meanwhile by just as much.
		more = apart + min(max(now-time.Duration(c.Now()), 0), apart)
		if slept := c.slept; slept > 0 && (slept+c.steps-c.before).Abs() <= unnoticed {
			more += slept
		}
	}
	if age := now - r.came[instrument]; age > oldest+more {
		r.judge.Violated("I12", "an order of %s left %s after the last book came", instrument, age)
	}
	if since, is := r.unsound[instrument]; is && now-since > late+more {
		r.judge.Violated("I12", "an order of %s left %s after its book became crossed or no book at all", instrument, now-since)
	}
}

// By how much two clocks may differ while the bot trades, and how far the wall
// clock and the even one may part unnoticed.
const (
	apart     = 5 * time.Second
	unnoticed = 3 * time.Second
)

// delivered notes a book that came.
func (r *run) delivered(f *frame) {
	if f.book == "" {
		return
	}
	now := r.world.now
	switch _, is := r.unsound[f.book]; {
	case f.sound:
		r.came[f.book] = now
		delete(r.unsound, f.book)
	case !is:
		r.unsound[f.book] = now
	}
}

// frame is a message of the exchange on its way.
type frame struct {
	text  []byte
	book  string // the instrument, where it is about a book
	sound bool   // neither crossed nor damaged
}

// between returns what stands after a head, up to the next quote; "" where
// the head is another.
func between(text []byte, head string) string {
	rest, is := bytes.CutPrefix(text, []byte(head))
	if !is {
		return ""
	}
	name, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(name)
}

// frame reads what of a push the judge needs.
func (r *run) frame(text []byte, table string) frame {
	f := frame{text: text}
	if table != r.dialect.book {
		return f
	}
	head := string(text[:min(len(text), 120)])
	for i, id := range r.plan.ids {
		if strings.Contains(head, id) {
			m := r.venue.Markets()[i]
			f.book, f.sound = id, m.Bid < m.Ask
		}
	}
	return f
}

// silence lets one channel of a connection say nothing any more.
func (s *socket) silence() {
	tables := s.bot.run.dialect.tables
	s.silent = tables[s.bot.run.world.random.IntN(len(tables))]
	s.bot.run.say("silent: %s", s.silent)
}

// marred does to a push of the market what its knobs say. It returns false for
// one that is left out.
func (r *run) marred(f *frame, table string) (twice, kept bool) {
	k := r.faults().Market
	if table == "" || r.dialect.ours(table) {
		return false, true
	}
	w := r.world
	if w.chance(k.Gap) {
		r.count("md.gap")
		return false, false
	}
	if w.chance(k.Bad) {
		if text, changed := badNumber(f.text, w.random.IntN(len(badNumbers)), w.random.IntN(8)); changed {
			r.count("md.bad_number")
			f.text, f.sound = text, false
		}
	}
	if twice = w.chance(k.Dup); twice {
		r.count("md.dup")
	}
	return twice, true
}

// badNumbers are what no number of a market can be.
var badNumbers = [...]string{"NaN", "-1", "", "Infinity", "1e999", "0x1F", "1,5", "null"}

// badNumber puts one of them in the place of a number in quotes: not of a time,
// nor of the counts of a level, which nobody reads.
func badNumber(text []byte, with, which int) ([]byte, bool) {
	at, end := -1, 0
	for i, quote := 0, -1; i < len(text) && which >= 0; i++ {
		if text[i] != '"' {
			continue
		}
		if quote >= 0 && isNumber(text[quote+1:i]) {
			at, end = quote, i
			which--
		}
		quote = i
	}
	if at < 0 {
		return text, false
	}
	bad := append([]byte(nil), text[:at+1]...)
	bad = append(bad, badNumbers[with]...)
	return append(bad, text[end:]...), true
}

func isNumber(text []byte) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && c != '.' {
			return false
		}
	}
	return len(text) > 1
}

// cross lets a book be crossed for a while.
func (r *run) cross() {
	m := r.venue.Markets()[r.world.random.IntN(2)]
	r.count("md.cross")
	r.say("%s is crossed", m.ID)
	m.Crossed = true
	r.world.after(r.world.upTo(time.Minute), func() { m.Crossed = false })
}

// stale lets a market stand still for a while.
func (r *run) stale() {
	i := r.world.random.IntN(2)
	r.count("md.stale")
	r.still[i] = r.world.now + r.world.upTo(3*time.Minute)
	r.say("%s stands still", r.plan.ids[i])
}

// spike lets a price jump, and come back soon.
func (r *run) spike() {
	m := r.venue.Markets()[r.world.random.IntN(2)]
	r.count("md.spike")
	r.say("%s jumps", m.ID)
	r.venue.Advance(r.world.now)
	back := m.Jump(60 + r.world.random.IntN(100))
	r.world.after(r.world.upTo(20*time.Second), func() {
		r.venue.Advance(r.world.now)
		m.Return(back)
	})
}

// warmUpBroken ends the connections of a process that fetches the past, so
// that it begins again.
func (r *run) warmUpBroken(c *call) {
	if c.endpoint != r.dialect.candles || c.request.Method != http.MethodGet || !r.chance(r.knobs.Market.WarmUp) {
		return
	}
	r.count("md.warm_up")
	for _, s := range r.bot.sockets {
		s.drop("connection reset")
	}
}
