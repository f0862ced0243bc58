package venue

import "time"

// Face is the protocol that a venue speaks. What it is, it is behind either.
type Face uint8

// The protocols.
const (
	Okcoin Face = iota // v3
	OKX                // v5
)

// face is what of a venue depends on its protocol.
type face struct {
	call    func(*Venue, *Request) Reply
	receive func(*Stream, []byte)
	tape    func(*Market, *traded)
	candle  func(*Market, *candle)
	book    func(m *Market, before [2][]level)
	balance func(*Venue, *wallet)
	order   func(v *Venue, o *Order, fills bool)
	algo    func(*Venue, *Algo)
}

// traded is a trade on the tape.
type traded struct {
	price, size Amount
	buyer       bool
}

func faceOf(f Face) face {
	if f == OKX {
		return face{
			call: (*Venue).callOKX, receive: (*Stream).receiveOKX, tape: (*Market).tapeOKX, candle: (*Market).candleOKX,
			book: (*Market).bookOKX, balance: (*Venue).balanceOKX, order: (*Venue).orderOKX, algo: func(*Venue, *Algo) {},
		}
	}
	return face{
		call: (*Venue).call, receive: (*Stream).receive, tape: (*Market).tellTrade, candle: (*Market).tellCandle,
		book: (*Market).tellBook, balance: (*Venue).tellBalance, order: (*Venue).tellOrder, algo: (*Venue).tellAlgo,
	}
}

// Call answers one request.
func (v *Venue) Call(r *Request) Reply { return v.face.call(v, r) }

// Receive takes a message of the client.
func (s *Stream) Receive(text []byte) {
	if string(text) == "ping" {
		s.out([]byte("pong"))
		return
	}
	s.venue.face.receive(s, text)
}

// changedBalance keeps what a wallet is now, and tells of it.
func (v *Venue) changedBalance(w *wallet) {
	w.remember(v.now)
	v.face.balance(v, w)
}

// crowded counts a call of a kind, and reports whether there were more than may
// be in two seconds: twice what is allowed, for the network may deliver in
// bunches what left evenly.
func (v *Venue) crowded(kind string, most int) bool {
	list := v.calls[kind]
	for len(list) > 0 && list[0] <= v.now-2*time.Second {
		list = list[1:]
	}
	if len(list) >= 2*most {
		v.strikes++
		return true
	}
	v.calls[kind] = append(list, v.now)
	return false
}
