package oracle

import (
	"maps"
	"slices"
	"time"
)

// Stop is a sale that the exchange holds until its price is reached.
type Stop struct {
	ID, Instrument, Exchange, State string
	Size, Trigger                   string
}

// SubmitStop judges a stop whose bytes leave for the exchange now, which names
// none: I8, I10, I11. It returns which one it is.
func (j *Judge) SubmitStop(instrument, size, trigger string) string {
	found := ""
	for _, id := range slices.Sorted(maps.Keys(j.durable.stops)) {
		if s := j.durable.stops[id]; s.State == "SENT" && s.Instrument == instrument && same(s.Size, size) && same(s.Trigger, trigger) && j.sent[id] == nil {
			found = id
		}
	}
	switch {
	case found == "":
		j.Violated("I8", "a stop of %s of %s below %s left, and no durable intent is for it", size, instrument, trigger)
		return ""
	case j.memory.halted || j.durable.halted:
		j.Violated("I11", "stop %s left after the halt", found)
	}
	j.sent[found] = &sent{signed: j.now}
	return found
}

// missing judges that a stop was taken for never accepted, as an order is: an
// exchange that shows what it took late may have it all the same.
func (j *Judge) missing(s *Stop) {
	at, before := j.late[s.ID]
	switch {
	case before && s.State != "ABSENT" && at == 0: // a push showed it
		j.late[s.ID] = j.now
		return
	case before, s.State != "ABSENT":
		return
	}
	j.late[s.ID] = 0
	left := j.sent[s.ID]
	for _, exchange := range slices.Sorted(maps.Keys(j.stops)) {
		if j.stops[exchange] == s.ID && j.honest {
			j.Violated("I2", "stop %s was taken for never accepted, and the exchange took it as %s", s.ID, exchange)
		}
	}
	if left != nil && j.now-left.signed < proof {
		j.Violated("I1", "stop %s was taken for never accepted %s after it left", s.ID, j.now-left.signed)
	}
}

// Kept takes that the exchange holds a stop, under an id of its own.
func (j *Judge) Kept(id, exchange string) { j.stops[exchange] = id }

// adopting is how long an order may still be on its way that was decided before
// the bot was shown a stop.
const adopting = 30 * time.Second

// Shown takes that the process read, in a list of its own asking, that the
// exchange holds a stop.
func (j *Judge) Shown(exchange string) {
	id := j.stops[exchange]
	if at, late := j.late[id]; late && at == 0 {
		j.late[id] = j.now
	}
}

// Beside judges that nothing is sold, and no other stop is held, beside stops
// that the exchange holds for the same coins, by its ids: I1. What the bot
// proved absent does not count until it was shown it: only an exchange that
// shows late can have it.
func (j *Judge) Beside(what string, waiting []string) {
	for _, exchange := range waiting {
		id := j.stops[exchange]
		if at, late := j.late[id]; !late || at != 0 && j.now-at > adopting {
			j.Violated("I1", "%s while the exchange holds stop %s for the same coins", what, id)
		}
	}
}

// StopOf returns which stop the exchange's id is.
func (j *Judge) StopOf(exchange string) string { return j.stops[exchange] }

// stopped compares the stops that wait at the exchange with the books.
func (j *Judge) stopped(waiting []string) string {
	for _, exchange := range waiting {
		id := j.stops[exchange]
		if s, known := j.memory.stops[id]; !known || s.State != "LIVE" || s.Exchange != exchange {
			return "stop " + id + " waits at the exchange, and is " + s.State + " for the bot"
		}
	}
	for _, id := range slices.Sorted(maps.Keys(j.memory.stops)) {
		s := j.memory.stops[id]
		if s.State != "OVER" && s.State != "ABSENT" && (s.State != "LIVE" || !slices.Contains(waiting, s.Exchange)) {
			return "stop " + id + " is " + s.State + " for the bot, and does not wait at the exchange"
		}
	}
	return ""
}
