package engine

import (
	"time"

	"rulebot/engine/market"
)

// How the exchange is asked, while everything seems well, whether it is: a
// stream may lose one frame and stay up.
const (
	auditFills   = 10               // audits from one look at the fills to the next
	auditOverlap = 10 * time.Minute // fills are read so far back
	auditRetry   = 5 * time.Second  // after one that was not answered
	auditCalm    = 5 * time.Second  // balances are compared when nothing moved for so long
	rebaseCalm   = time.Minute      // likewise before what the exchange holds is taken over: it may tell late
	auditedAges  = 2                // periods after which what the exchange holds for us is too old
)

// auditing is when the exchange was asked and is to be asked again, by the run
// clock.
type auditing struct {
	due   market.Time // 0 is never
	told  market.Time // when the newest balances were asked for
	moved market.Time // when one of our orders or balances last moved
	count int         // audits since the start
}

// audit asks what the exchange has open and holds for us, at the period that
// is configured, and now and then for everything that was executed.
func (e *Engine) audit() {
	a := &e.session.auditing
	if a.due == 0 || a.due > e.now || e.session.ended {
		return
	}
	a.due = e.now.Add(e.cfg.Audit)
	if !e.session.reconciled {
		return // a whole reconciliation is under way
	}
	c := Command{Kind: CommandAudit}
	if a.count++; a.count%auditFills == 0 {
		c.Since = e.now.Add(-auditOverlap)
	}
	e.out.Commands = append(e.out.Commands, c)
}

// onAudit ends an audit: what it said of orders and fills has been applied as
// if a stream had said it. Balances that differ while nothing moves lead to a
// whole reconciliation, and nothing new leaves until it is well.
func (e *Engine) onAudit(ev *Event) {
	s := &e.session
	if s.deaf || !s.reconciled || ev.Scan.Asked < s.heard {
		return // the reconciliation that follows says more
	}
	if !ev.Scan.Complete {
		s.auditing.due = e.now.Add(auditRetry) // when what is known is too old, R09 says so
		return
	}
	s.auditing.told = ev.Scan.Asked
	if ev.Scan.Asked.Sub(s.auditing.moved) < auditCalm {
		return
	}
	if err := e.agree(); err != nil {
		e.disagreed(err)
	}
}

// audited notes that a whole reconciliation succeeded.
func (e *Engine) audited(asked market.Time) {
	if a := &e.session.auditing; e.cfg.Audit > 0 {
		a.told, a.due = max(a.told, asked), e.now.Add(e.cfg.Audit)
	}
}
