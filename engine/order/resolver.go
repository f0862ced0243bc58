package order

import (
	"hash/fnv"
	"time"

	"rulebot/engine/market"
)

// The rule by which an unproven order may be taken for never accepted.
const (
	signatureWindow = 30 * time.Second // a copy of the request still on its way dies after it
	proofMargin     = 5 * time.Second
	incidentWindow  = 10 * time.Minute // instead of both, while the exchange is in trouble
	missingAnswers  = 3                // well-formed "no such order", one of them after the window
	queryEvery      = 30 * time.Second
)

// Probe is what we asked about an order whose submit was not answered, and
// what the exchange said. Plain data; times are of the run clock. The zero
// value asks nothing.
//
// It concludes nothing from time alone. An order was never accepted when a
// question asked after the window, in which a late copy of the request could
// still be accepted, was answered with "no such order"; when it was the third
// such answer at least; and when a complete scan of open orders and fills that
// began after the window, with the private stream unbroken since, did not show
// it. Whatever does show it ends the probe, because the order is not unproven
// any more.
type Probe struct {
	sent        market.Time // latest moment the request may have left
	next        market.Time // when to ask again
	asked       int
	missing     int         // "no such order" answers
	lastMissing market.Time // when the latest question with that answer was asked
	lastScan    market.Time // when the latest complete scan began
	deaf        market.Time // until when pushes may have been missed
	incident    bool
	doubted     bool // something at the exchange could be the order under another name
	seed        uint64
}

// NewProbe starts asking about an order whose request left at the latest at
// sent. seed spreads the questions of many orders: see Seed.
func NewProbe(sent market.Time, seed uint64) Probe {
	p := Probe{sent: sent, seed: seed}
	p.next = sent.Add(p.pause())
	return p
}

// Seed is a number for NewProbe that depends on the order alone.
func Seed(clientID string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(clientID)) // a hash never fails
	return h.Sum64()
}

// Began notes that the process began at a time, or that its clock was set to it:
// what was sent left earlier, and how much is not known, whatever the clock said.
func (p *Probe) Began(now market.Time) {
	if p.Active() {
		p.sent = now
		p.next = min(p.next, now.Add(p.pause()))
	}
}

// Active reports whether the probe was started.
func (p *Probe) Active() bool { return p.sent != 0 }

// pause is the time to the next question: 0.2, 0.5, 1, 2, 4, 8, 16, 32 s, then
// every 30 s, each up to a fifth longer or shorter.
func (p *Probe) pause() time.Duration {
	steps := [...]time.Duration{
		200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second,
		4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second,
	}
	d := queryEvery
	if p.asked < len(steps) {
		d = steps[p.asked]
	}
	spread := int64((p.seed>>(p.asked%32))%401) - 200 // thousandths
	return d + d/1000*time.Duration(spread)
}

// Due returns when to ask next; 0 is never.
func (p *Probe) Due() market.Time { return p.next }

// Asked notes that a question leaves now.
func (p *Probe) Asked(now market.Time) {
	p.asked++
	p.next = now.Add(p.pause())
}

// Missing notes a well-formed "no such order" to a question asked at a time.
func (p *Probe) Missing(asked market.Time) {
	p.missing++
	p.lastMissing = max(p.lastMissing, asked)
}

// Scanned notes a complete scan of open orders and fills that began at a time
// and did not show the order.
func (p *Probe) Scanned(asked market.Time) { p.lastScan = max(p.lastScan, asked) }

// Deaf notes that the private stream was not heard until a time: only a scan
// that begins after it can prove anything.
func (p *Probe) Deaf(until market.Time) { p.deaf = max(p.deaf, until) }

// Incident notes that the exchange reports maintenance or trouble: the window
// becomes ten minutes.
func (p *Probe) Incident() { p.incident = true }

// Doubt notes that the exchange shows something without our id that could be
// this order: its absence can no longer be proven, and a person looks.
func (p *Probe) Doubt() { p.doubted = true }

// Trust takes the doubt back: what is shown is another order of ours.
func (p *Probe) Trust() { p.doubted = false }

// WantsScan reports whether only a complete scan is missing to the proof.
func (p *Probe) WantsScan(now market.Time) bool {
	return p.Active() && p.answered() && !p.scanned() && now >= p.windowEnd()
}

// Proven reports whether the order is proven never accepted.
func (p *Probe) Proven() bool { return p.Active() && !p.doubted && p.answered() && p.scanned() }

func (p *Probe) answered() bool {
	return p.missing >= missingAnswers && p.lastMissing >= p.windowEnd()
}

func (p *Probe) scanned() bool { return p.lastScan >= p.windowEnd() && p.lastScan >= p.deaf }

func (p *Probe) windowEnd() market.Time {
	if p.incident {
		return p.sent.Add(incidentWindow)
	}
	return p.sent.Add(signatureWindow + proofMargin)
}
