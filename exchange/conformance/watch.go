package conformance

import (
	"context"
	"errors"
	"slices"
	"sync"

	"rulebot/engine"
	"rulebot/engine/market"
	"rulebot/engine/order"
)

// watch is a stream being followed.
type watch struct {
	s    *session
	done chan struct{}
	err  error // why the stream ended, once done is closed

	mu     sync.Mutex
	more   *sync.Cond
	events []engine.Event
}

// watch follows a stream until the conversation is over.
func (s *session) watch(stream Stream) *watch {
	ctx, cancel := context.WithCancel(s.ctx)
	w := &watch{s: s, done: make(chan struct{})}
	w.more = sync.NewCond(&w.mu)
	stop := context.AfterFunc(ctx, w.wake)
	go func() {
		defer w.wake()
		defer close(w.done)
		w.err = stream.Run(ctx, w.take)
	}()
	s.Cleanup(func() {
		cancel()
		<-w.done
		stop()
	})
	return w
}

// follow follows a stream and waits until it is up and its snapshots came.
func (s *session) follow(stream Stream) *watch {
	s.Helper()
	w := s.watch(stream)
	w.until("the link to come up", 0, func(ev *engine.Event) bool { return ev.Kind == engine.KindLink && ev.Link.Up })
	s.x.Market.Settle()
	return w
}

func (w *watch) take(events []engine.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, events...)
	w.more.Broadcast()
}

func (w *watch) wake() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.more.Broadcast()
}

// until waits for an event at or after a position, and returns the position
// after it.
func (w *watch) until(what string, from int, is func(ev *engine.Event) bool) int {
	w.s.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := from; ; i++ {
		for i >= len(w.events) {
			if w.over() {
				w.s.Fatalf("waited for %s in vain: %v", what, w.err)
			}
			w.more.Wait()
		}
		if is(&w.events[i]) {
			return i + 1
		}
	}
}

// over reports whether nothing more will come. The watch is locked.
func (w *watch) over() bool {
	select {
	case <-w.done:
		return true
	default:
		return w.s.ctx.Err() != nil
	}
}

// ended waits for the end of the stream and returns why it ended, nil when
// only the conversation was given up.
func (w *watch) ended() error {
	select {
	case <-w.done:
		if !errors.Is(w.err, context.Canceled) {
			return w.err
		}
	case <-w.s.ctx.Done():
	}
	return nil
}

// since returns what came at or after a position.
func (w *watch) since(from int) []engine.Event {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events[from:])
}

func (w *watch) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.events)
}

// of returns the events of a kind.
func of(events []engine.Event, kind engine.Kind) []engine.Event {
	return slices.DeleteFunc(slices.Clone(events), func(ev engine.Event) bool { return ev.Kind != kind })
}

// quotes returns the quotes among events with their times.
func quotes(events []engine.Event) []quoteAt {
	var list []quoteAt
	for _, ev := range of(events, engine.KindQuote) {
		list = append(list, quoteAt{ev.At, ev.Quote})
	}
	return list
}

type quoteAt struct {
	at market.Time
	q  market.Quote
}

// pushed returns the fills among events, as far as a push tells them: not
// whether they were made or taken.
func pushed(events []engine.Event) []order.Fill {
	var list []order.Fill
	for _, ev := range of(events, engine.KindFill) {
		list = append(list, ev.Account.Fill)
	}
	return list
}
