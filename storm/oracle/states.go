package oracle

import (
	"strings"
	"time"
)

// leads are the transitions of the contract, section 2.2. From UNKNOWN on,
// every state may be followed by itself, with more filled. CONFLICT may follow
// anything.
func leads(from string) string {
	switch from {
	case "":
		return "INTENT DENIED"
	case "INTENT":
		return "INTENT DENIED OPEN REJECTED UNKNOWN PARTIAL CANCELING FILLED CANCELED"
	case "UNKNOWN":
		return "UNKNOWN OPEN PARTIAL CANCELING FILLED CANCELED REJECTED NOT_FOUND"
	case "OPEN":
		return "OPEN PARTIAL CANCELING FILLED CANCELED REJECTED"
	case "PARTIAL":
		return "PARTIAL CANCELING FILLED CANCELED"
	case "CANCELING":
		return "CANCELING OPEN PARTIAL FILLED CANCELED"
	case "CANCELED":
		return "CANCELED FILLED"
	case "NOT_FOUND":
		return "NOT_FOUND OPEN PARTIAL FILLED CANCELED CANCELING"
	case "FILLED", "REJECTED", "DENIED", "CONFLICT":
		return from
	}
	return ""
}

func live(state string) bool {
	return contains("INTENT UNKNOWN OPEN PARTIAL CANCELING CONFLICT", state)
}

func over(state string) bool {
	return contains("FILLED CANCELED REJECTED DENIED NOT_FOUND", state)
}

// proof is how long an order stays unproven at least, in truth: the 30 s in
// which a late copy of the request is still taken. The bot waits for 35 s by a
// clock that it measures; half of the difference is left to the measuring.
const proof = 32500 * time.Millisecond

// transition judges what an order became: I6, I7, and the proof of NOT_FOUND.
func (j *Judge) transition(o *Order) {
	before, known := j.memory.orders[o.Client]
	from := before.State
	if !known {
		from = ""
	}
	if _, stop := j.memory.stops[o.Client]; stop && !known {
		from = "OPEN" // what the exchange made of a stop is an order at once
	}
	if o.State != "CONFLICT" && !contains(leads(from), o.State) {
		j.Violated("I7", "order %s went from %s to %s", o.Client, from, o.State)
	}
	if rat(o.Filled).Cmp(rat(o.Size)) > 0 && o.State != "CONFLICT" || rat(o.Filled).Cmp(rat(before.Filled)) < 0 {
		j.Violated("I6", "order %s of %s has %s filled, after %s", o.Client, o.Size, o.Filled, before.Filled)
	}
	if rat(o.Booked).Cmp(rat(before.Booked)) < 0 {
		j.Violated("I6", "order %s has %s booked, after %s", o.Client, o.Booked, before.Booked)
	}
	t := j.ours[o.Client]
	switch {
	case o.State == "NOT_FOUND" && from != "NOT_FOUND":
		j.absent(o, t)
	case from != o.State && (o.State == "FILLED" || o.State == "CANCELED") && (t == nil || !over(t.State)):
		j.Violated("I7", "order %s is %s for the bot, and not for the exchange", o.Client, o.State)
	case from != o.State && (o.State == "REJECTED" || o.State == "DENIED") && t != nil && t.State != "REJECTED":
		j.Violated("I2", "order %s is %s for the bot, and %s at the exchange", o.Client, o.State, t.State)
	}
}

// absent judges that an order was taken for never accepted.
func (j *Judge) absent(o *Order, t *truth) {
	s := j.sent[o.Client]
	switch {
	case t != nil && j.honest:
		j.Violated("I2", "order %s was taken for never accepted, and the exchange had it since %s", o.Client, t.Since)
	case s != nil && j.now-s.signed < proof:
		j.Violated("I1", "order %s was taken for never accepted %s after it was signed", o.Client, j.now-s.signed)
	}
}

func contains(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}
