package storm

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
)

// departStop tells the judge of a stop that leaves for the exchange.
func (c *call) departStop(instrument, size, trigger string) {
	r := c.wire.bot.run
	c.stop = r.judge.SubmitStop(instrument, size, trigger)
	r.say("send stop %s %s %s below %s", c.stop, instrument, size, trigger)
}

// kept tells the judge of a stop that the exchange took.
func (r *run) kept(stop string, body []byte) {
	id := r.dialect.kept(body)
	if id == "" {
		return
	}
	instrument := ""
	for _, s := range r.venue.Algos() {
		if s.ID == id {
			instrument = s.Instrument()
		}
	}
	r.count("stop held")
	r.judge.Beside("stop "+stop+" is taken", slices.DeleteFunc(r.waitingFor(instrument), func(other string) bool { return other == id }))
	r.judge.Kept(stop, id)
}

// shows tells the judge of stops that the bot reads of, in what it asked for.
func (c *call) shows() {
	r := c.wire.bot.run
	if c.request.Method != http.MethodGet || !json.Valid(c.reply.Body) {
		return
	}
	for _, id := range r.waiting() {
		if bytes.Contains(c.reply.Body, []byte(`"`+id+`"`)) {
			r.judge.Shown(id)
		}
	}
}

// offered judges that nothing is sold beside a stop that the exchange holds for
// the same coins. Each plan has one strategy for an instrument.
func (r *run) offered(instrument, side string) {
	if side == "sell" {
		r.judge.Beside(instrument+" is sold", r.waitingFor(instrument))
	}
}

// waitingFor are the stops that the exchange holds for an instrument.
func (r *run) waitingFor(instrument string) []string {
	var ids []string
	for _, s := range r.venue.Algos() {
		if s.Waits() && s.Instrument() == instrument {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// waiting are the stops that the exchange holds.
func (r *run) waiting() []string {
	var ids []string
	for _, s := range r.venue.Algos() {
		if s.Waits() {
			ids = append(ids, s.ID)
		}
	}
	return ids
}
