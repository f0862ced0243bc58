package venue

import "time"

// Habits are what an OKX does now and then, besides what every venue does.
// Shares are in a hundred.
type Habits struct {
	Again int // pushes of orders that come twice, a millisecond apart
	Bare  int // pushes of what stops placed that name no trade, though they traded
}

const (
	beat      = time.Minute     // after which a book that does not change says so
	regular   = 5 * time.Second // between pushes of the whole account
	forgotten = 2 * time.Hour   // until an order cancelled without a trade is known no more
)

// Beat says of a book that it stands, where that is told.
func (m *Market) Beat() {
	v := m.venue
	if v.cfg.Face == OKX && v.now-m.told >= beat {
		m.told = v.now
		v.publish("books:"+m.ID, m.frameOKX("update", [2][]level{}, m.seq))
	}
}

// Restart lets the numbers of the book begin again; its chain holds.
func (m *Market) Restart() { m.restarts = true }

// next is the number of the next state of a book.
func (m *Market) next() int64 {
	if m.restarts {
		m.restarts = false
		return 1 + m.seq%7
	}
	return m.seq + 1 + m.venue.now.Milliseconds()%7
}

// Upgrade says on a connection that it will be closed soon.
func (s *Stream) Upgrade() {
	s.out([]byte(`{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"storm"}`))
}

// repeats reports whether something with a share of a hundred happens. Where it
// cannot, nothing is drawn.
func (v *Venue) repeats(share int) bool { return share > 0 && v.chance(share) }

// forgets reports whether an order is known no more.
func (v *Venue) forgets(s *moment) bool {
	gone := s.state == stateCancelled && s.filled == 0 && v.now-s.at > forgotten
	v.forgot = v.forgot || gone
	return gone
}

// Forgot reports whether somebody asked for an order that is known no more.
func (v *Venue) Forgot() bool { return v.forgot }

// wholeOKX pushes the account now and then, what of it is not zero.
func (v *Venue) wholeOKX() {
	if v.now-v.whole < regular {
		return
	}
	v.whole = v.now
	v.publish("account:", v.accountOKX())
}

// accountOKX is the whole account.
func (v *Venue) accountOKX() []byte {
	var b []byte
	for i := range v.wallets {
		w := &v.wallets[i]
		if w.total == 0 {
			continue
		}
		if len(b) > 0 {
			b = append(b, ',')
		}
		b = append(b, w.detail(balance{v.now, w.total, w.hold})...)
	}
	return accountOKX("snapshot", b, v.now)
}
