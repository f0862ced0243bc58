package conformance

import (
	"slices"
	"time"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// losing is what happens when the line does not hold.
var losing = []conversation{
	{name: "the feed reconnects", run: feedReconnects},
	{name: "the private stream reconnects", run: privateReconnects},
	{name: "a spoiled book is dropped and asked for again", run: spoiled},
	{name: "a spoiled first book is asked for again at once", run: spoiledFirst},
}

// link is a link event: whether it came up.
func link(up bool) func(ev *engine.Event) bool {
	return func(ev *engine.Event) bool { return ev.Kind == engine.KindLink && ev.Link.Up == up }
}

// resynchronised is the event of a book that may be believed again.
func resynchronised(ev *engine.Event) bool {
	return ev.Kind == engine.KindBook && ev.Book == market.BookResynchronised
}

func feedReconnects(s *session) {
	w := s.follow(s.x.Feed())
	s.trade(1, 5, true)
	s.trade(-1, 6, false)
	from := w.len()
	s.x.Line.Cut()
	invalid := w.until("the book to be dropped", from, func(ev *engine.Event) bool {
		return ev.Kind == engine.KindBook && ev.Book == market.BookInvalid
	})
	down := max(invalid, w.until("the link to go down", from, link(false))) // of several connections each says so
	if gone := of(w.since(from), engine.KindBook); len(gone) != 1 || gone[0].Book != market.BookInvalid {
		s.Errorf("with the link the book became %+v, want it invalid once", gone)
	}
	// The market goes on unseen.
	bids, asks := s.wandering(3)
	s.x.Market.Book(s.later(time.Second), bids, asks)
	s.trade(60, 7, true)
	s.x.Line.Mend()
	w.until("the link to come up", down, link(true))
	s.x.Market.Settle()
	events := w.since(down)
	if believed := of(events, engine.KindBook); len(believed) != 1 || !resynchronised(&believed[0]) {
		s.Errorf("after the link came up the book became %+v, want it resynchronised once", believed)
	}
	if got, want := quotes(events), []quoteAt{{s.now.Add(-time.Second), touch(bids, asks)}}; !slices.Equal(got, want) {
		s.Errorf("quotes after the link came up are %+v, want the one of the snapshot %+v", got, want)
	}
	bids, asks = s.wandering(4)
	s.x.Market.Book(s.later(time.Second), bids, asks)
	s.trade(70, 8, true)
	if last := quotes(w.since(down)); last[len(last)-1] != (quoteAt{s.now.Add(-time.Second), touch(bids, asks)}) {
		s.Errorf("the last quote is %+v, want %+v", last[len(last)-1], touch(bids, asks))
	}
	s.once(of(w.since(0), engine.KindTrade), 8)
}

// once wants trades that were each told once, in order, ending with a size.
func (s *session) once(trades []engine.Event, lots int64) {
	s.Helper()
	for i := range trades[1:] {
		if a, b := trades[i].Trade.ID, trades[i+1].Trade.ID; a >= b {
			s.Errorf("trade %d came after trade %d", b, a)
		}
	}
	if last := trades[len(trades)-1].Trade; last.Size != s.lots(lots) {
		s.Errorf("the last trade is %+v, want one of %s", last, s.lots(lots))
	}
}

func privateReconnects(s *session) {
	w := s.follow(s.x.Private())
	resting := s.place(order.Buy, order.GTC, 1, 5000) // takes 2000
	from := w.len()
	s.x.Line.Cut()
	down := w.until("the link to go down", from, link(false))
	s.trade(1, 1000, false) // unseen
	s.x.Line.Mend()
	w.until("the link to come up", down, link(true))
	s.x.Market.Settle()
	s.trade(1, 500, false)
	s.cancel(resting, order.Accepted)
	events := w.since(0)
	fills := pushed(events)
	asked := s.fills(resting.ExchangeID, 0)
	seen := map[string]bool{}
	for _, f := range fills {
		if seen[f.ID] {
			s.Errorf("fill %s was pushed twice", f.ID)
		}
		seen[f.ID] = true
		if !slices.Contains(bare(asked), bare([]order.Fill{f})[0]) {
			s.Errorf("pushed was\n%+v, which is none of\n%+v", f, asked)
		}
	}
	if len(asked) != 3 || len(fills) == 0 || len(fills) > 2 { // the one unseen cannot be pushed
		s.Errorf("%d fills were pushed and %d are asked for, want 1 or 2 of 3", len(fills), len(asked))
	}
	evidence := of(events, engine.KindEvidence)
	if last := evidence[len(evidence)-1].Account.Evidence; last.State != order.Canceled || last.Filled != s.lots(3500) {
		s.Errorf("pushed last was %+v, want it cancelled with %s filled", last, s.lots(3500))
	}
	s.stands(resting, order.Canceled, 3500)
	s.balancesAgree(events)
}

func spoiled(s *session) {
	w := s.follow(s.x.Feed())
	from := w.len()
	s.x.Line.Spoil()
	bids, asks := s.wandering(5)
	s.x.Market.Book(s.later(time.Second), bids, asks)
	invalid := w.until("the book to be dropped", from, func(ev *engine.Event) bool {
		return ev.Kind == engine.KindBook && ev.Book == market.BookInvalid
	})
	w.until("a fresh book", invalid, resynchronised)
	s.x.Market.Settle()
	at := s.now
	more, less := s.wandering(6)
	s.x.Market.Book(s.later(time.Second), more, less)
	want := []quoteAt{{at, touch(bids, asks)}, {s.now, touch(more, less)}}
	if got := quotes(w.since(from)); !slices.Equal(got, want) {
		s.Errorf("quotes are\n%+v, want\n%+v", got, want)
	}
	if links := of(w.since(from), engine.KindLink); len(links) != 0 {
		s.Errorf("a spoiled book cost the link: %+v", links)
	}
}

func spoiledFirst(s *session) {
	s.x.Line.Spoil()
	w := s.watch(s.x.Feed())
	w.until("the link to come up", 0, link(true))
	w.until("a fresh book", 0, resynchronised)
	s.x.Market.Settle()
	o := s.opening()
	if got, want := quotes(w.since(0)), []quoteAt{{s.now, touch(o.Bids, o.Asks)}}; !slices.Equal(got, want) {
		s.Errorf("quotes are\n%+v, want\n%+v", got, want)
	}
}
