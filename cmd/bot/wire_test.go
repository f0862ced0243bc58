package main_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// wire carries connections between streams and an exchange, and can lose them
// or damage what they carry.
type wire struct {
	tb       testing.TB
	listener net.Listener
	target   string
	serving  sync.WaitGroup
	spoil    atomic.Bool
	tap      func(text []byte) // is shown every message to a stream; may be nil

	mu    sync.Mutex
	pairs []*pair
	whole chan struct{} // closed while connections are let through
}

// pair is one connection carried.
type pair struct {
	client, server *net.TCPConn
	drained        chan struct{} // closed when the server has ended its side
}

func newWire(tb testing.TB, target string) *wire {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	w := &wire{tb: tb, listener: l, target: target, whole: make(chan struct{})}
	close(w.whole)
	w.serving.Go(w.accept)
	tb.Cleanup(func() {
		_ = l.Close() // ends accept
		w.hangUp()
		w.serving.Wait()
	})
	return w
}

func (w *wire) addr() string { return w.listener.Addr().String() }

func (w *wire) accept() {
	for {
		c, err := w.listener.Accept()
		if err != nil {
			return
		}
		s, err := net.Dial("tcp", w.target)
		if err != nil {
			_ = c.Close() // the exchange is gone
			continue
		}
		p := &pair{client: c.(*net.TCPConn), server: s.(*net.TCPConn), drained: make(chan struct{})}
		w.mu.Lock()
		w.pairs = append(w.pairs, p)
		w.mu.Unlock()
		w.serving.Go(func() {
			_, _ = io.Copy(p.server, p.client) // until either side is closed
			_ = p.server.CloseWrite()
		})
		w.serving.Go(func() {
			defer close(p.drained)
			_ = w.carry(p) // until either side is closed
			_ = p.client.Close()
		})
	}
}

// carry copies from the exchange to the stream, frame by frame.
func (w *wire) carry(p *pair) error {
	from := bufio.NewReader(p.server)
	for { // the answer to the upgrade
		line, err := from.ReadSlice('\n')
		if err != nil {
			return err
		}
		if _, err := p.client.Write(line); err != nil {
			return err
		}
		if len(line) == 2 {
			break
		}
	}
	for {
		head, payload, err := readFrame(from)
		if err != nil {
			return err
		}
		if head == 0x82 && (w.spoil.Load() || w.tap != nil) {
			payload = w.inspect(payload)
		}
		if head == 0x81 && bytes.Contains(payload, []byte(`"prevSeqId":`)) && w.spoil.CompareAndSwap(true, false) {
			payload = breakChain(payload)
		}
		if _, err := p.client.Write(appendFrame(nil, head, payload)); err != nil {
			return err
		}
	}
}

// readFrame reads a frame without a mask, as servers send them.
func readFrame(r io.Reader) (head byte, payload []byte, err error) {
	var b [8]byte
	if _, err = io.ReadFull(r, b[:2]); err != nil {
		return 0, nil, err
	}
	head, n := b[0], uint64(b[1])
	switch n {
	case 126:
		_, err = io.ReadFull(r, b[:2])
		n = uint64(binary.BigEndian.Uint16(b[:]))
	case 127:
		_, err = io.ReadFull(r, b[:])
		n = binary.BigEndian.Uint64(b[:])
	}
	if err != nil || n > 1<<24 {
		return 0, nil, errors.Join(err, errors.New("frame"))
	}
	payload = make([]byte, n)
	_, err = io.ReadFull(r, payload)
	return head, payload, err
}

func appendFrame(b []byte, head byte, payload []byte) []byte {
	b = append(b, head)
	switch n := len(payload); {
	case n < 126:
		b = append(b, byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, payload...)
}

// inspect shows a message to the tap, and damages a book message if that is
// wanted.
func (w *wire) inspect(payload []byte) []byte {
	text, err := io.ReadAll(flate.NewReader(bytes.NewReader(payload)))
	if err != nil {
		w.tb.Errorf("inflate: %v", err)
		return payload
	}
	if w.tap != nil {
		w.tap(text)
	}
	if !w.spoil.Load() || !bytes.Contains(text, []byte(`"checksum":`)) {
		return payload
	}
	w.spoil.Store(false)
	digit := &text[len(text)-len(`}]}`)-1] // the last of the checksum
	*digit = '0' + (*digit-'0'+1)%10
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err == nil {
		_, err = z.Write(text)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		w.tb.Errorf("deflate: %v", err)
	}
	return packed.Bytes()
}

// hangUp ends every connection. The exchange is the first to know, and has
// forgotten the client when hangUp returns.
func (w *wire) hangUp() {
	w.mu.Lock()
	pairs := w.pairs
	w.pairs = nil
	w.mu.Unlock()
	for _, p := range pairs {
		_ = p.server.CloseWrite() // it may be closed already
		<-p.drained
	}
}

// Cut loses every connection and lets none through until Mend.
func (w *wire) Cut() {
	w.mu.Lock()
	w.whole = make(chan struct{})
	w.mu.Unlock()
	w.hangUp()
}

// Mend lets connections through again.
func (w *wire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.whole)
}

// Spoil damages the next book message.
func (w *wire) Spoil() { w.spoil.Store(true) }

// wait is the pause of a stream between two attempts: as long as the wire is
// cut.
func (w *wire) wait(ctx context.Context, _ time.Duration) error {
	w.mu.Lock()
	whole := w.whole
	w.mu.Unlock()
	select {
	case <-whole:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
