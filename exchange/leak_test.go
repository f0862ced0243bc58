package exchange_test

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"rulebot/exchange"
)

// TestReconnectsLeakNothing opens sessions one after the other, each ended in
// one of the ways in which they end, and wants goroutines and descriptors to be
// as many as before.
//
// Faults: PR-06.
func TestReconnectsLeakNothing(t *testing.T) {
	var n atomic.Int64 // sessions served, each on a goroutine of its own
	url := serve(t, func(c *websocket.Conn) {
		if n.Add(1)%3 == 0 {
			return // cut off by the other side
		}
		_ = c.WriteMessage(websocket.TextMessage, []byte("hello"))
		_, _, _ = c.ReadMessage() // until the client leaves
	})
	session := func() {
		s, err := exchange.Dial(t.Context(), exchange.SessionConfig{URL: url, PingAfter: time.Minute})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if text, err := s.Read(10 * time.Second); err == nil && string(text) != "hello" {
			t.Errorf("got %q", text)
		}
	}
	session()
	goroutines, descriptors := runtime.NumGoroutine(), openFiles()
	for range 300 {
		session()
	}
	back(t, "goroutines", runtime.NumGoroutine, goroutines+2)
	back(t, "descriptors", openFiles, descriptors+2)
}

// openFiles counts the descriptors of the process, where it can be asked.
func openFiles() int {
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(all)
}

// back waits until there are at most so many.
func back(t *testing.T, what string, count func() int, most int) {
	t.Helper()
	tick, late := time.NewTicker(time.Millisecond), time.After(20*time.Second)
	defer tick.Stop()
	for count() > most {
		select {
		case <-tick.C:
		case <-late:
			t.Errorf("%d %s are left, want at most %d", count(), what, most)
			return
		}
	}
}
