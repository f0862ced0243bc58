//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestNoDescriptors takes a run's file descriptors away while its connections
// are cut: it tries again, keeps its store, and trades on once it has some.
//
// Faults: PR-07.
func TestNoDescriptors(t *testing.T) {
	t.Parallel()
	x, dir := served(t, "--speed", "100", "--seed", "3"), t.TempDir()
	w := newWire(t, x.REST)
	config := fmt.Sprintf(churning, w.at(t, x.REST), w.at(t, x.WS))
	if err := os.WriteFile(filepath.Join(dir, "holder.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd, err := self(ctx, dir, "run", "--config", "holder.yaml", "--speed", "100")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Args[0] = "starved"
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	turn := func() {
		if err := cmd.Process.Signal(syscall.SIGUSR2); err != nil {
			t.Error(err)
		}
	}
	heard := make(chan bool)
	go func() {
		defer close(heard)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			if strings.Contains(lines.Text(), "too many open files") || lines.Text() == "descriptors: 3" {
				heard <- true
			}
		}
	}()
	before, after := false, false
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		switch fill := strings.Contains(lines.Text(), "  fill "); {
		case fill && !before:
			before = true
			turn()
			<-heard // it has none now
			w.cut()
			if !<-heard {
				t.Error("no dial was refused")
			}
			turn()
			go func() {
				for range heard { // of dials that were under way
				}
			}()
		case fill && !after:
			after = true
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || !after {
		t.Errorf("the run ended with %v; filled before %v, after %v", err, before, after)
	}
	if got := botSays(t, "fills", "--state", filepath.Join(dir, "state")); !strings.Contains(got, " buy ") || !strings.Contains(got, " sell ") {
		t.Errorf("bot fills:\n%s", got)
	}
}

// churning buys and sells in turn.
const churning = `version: 1
exchange: {name: okcoin, endpoint: {rest: %q, ws: %q}}
account: {balances: {USD: 10000}}
strategies:
  - name: holder
    instrument: BTC-USD
    timeframe: 1m
    rules:
      - {name: in, for: flat, when: close > 0, fire: while_true, do: {buy: {size: {quote: 500}}}}
      - {name: out, for: long, when: close > 0, fire: while_true, do: close}
`

// starved is bot with another tongue: at SIGUSR2 it may have no more file
// descriptors than it has, and at the next as many as before.
func starved() {
	var most syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &most); err != nil {
		panic(err)
	}
	none, turns := most, make(chan os.Signal, 1)
	none.Cur = 3
	signal.Notify(turns, syscall.SIGUSR2)
	go func() {
		for limits := []syscall.Rlimit{none, most}; ; limits[0], limits[1] = limits[1], limits[0] {
			<-turns
			if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limits[0]); err != nil {
				panic(err)
			}
			fmt.Fprintln(os.Stderr, "descriptors:", limits[0].Cur)
		}
	}()
	program()
}

// wire passes connections on, and can cut them.
type wire struct {
	listener net.Listener
	mu       sync.Mutex
	open     []net.Conn
}

func newWire(t *testing.T, to string) *wire {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", u.Host)
			if err != nil {
				_ = near.Close() // the bot dials again
				continue
			}
			w.mu.Lock()
			w.open = append(w.open, near, far)
			w.mu.Unlock()
			all.Go(func() { pass(near, far) })
			all.Go(func() { pass(far, near) })
		}
	})
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		w.cut()
		all.Wait()
	})
	return w
}

func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	_ = errors.Join(err, to.Close(), from.Close()) // cut, or over
}

// at is an address behind the wire.
func (w *wire) at(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = w.listener.Addr().String()
	return u.String()
}

// cut ends every connection.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.open {
		_ = c.Close() // it may be over
	}
	w.open = nil
}
