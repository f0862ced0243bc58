//go:build killpoints && unix

package killpoint

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Armed says whether the program was built to be killed.
const Armed = true

// state is what the process counts.
type state struct {
	mu     sync.Mutex
	point  Point
	left   int     // how often it must still be reached
	inside []Point // of the transaction under way
}

var process = sync.OnceValue(func() *state {
	name, times, _ := strings.Cut(os.Getenv(Variable), ":")
	n, err := strconv.Atoi(times)
	if name != "" && (err != nil || n < 1) {
		panic(fmt.Sprintf("%s=%q is not a moment and a count, as in 03:1", Variable, os.Getenv(Variable)))
	}
	return &state{point: Point(name), left: n}
})

// Reach ends the process here if a test wants it.
func Reach(p Point) {
	s := process()
	if p != s.point {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left--; s.left != 0 {
		return
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		panic(err)
	}
	select {} // the signal is on its way: nothing of this goroutine happens any more
}

// Enter names the moments that are inside the transaction that is committed
// next.
func Enter(inside ...Point) {
	s := process()
	s.mu.Lock()
	s.inside = inside
	s.mu.Unlock()
}

// Watch makes a bbolt database reach what Enter named between the pages of a
// transaction and its meta page. It takes the place of the function by which
// bbolt writes, which no option reaches: the two meta pages come first in the
// file, and a transaction writes one of them last, after its other pages were
// synced.
func Watch(db any) {
	v := reflect.ValueOf(db).Elem()
	data := v.FieldByName("file")
	hook := v.FieldByName("ops").FieldByName("writeAt")
	file := *(**os.File)(data.Addr().UnsafePointer())
	*(*func([]byte, int64) (int, error))(hook.Addr().UnsafePointer()) = func(b []byte, at int64) (int, error) {
		if at < int64(2*os.Getpagesize()) {
			s := process()
			s.mu.Lock()
			inside := s.inside
			s.inside = nil
			s.mu.Unlock()
			for _, p := range inside {
				Reach(p)
			}
		}
		return file.WriteAt(b, at)
	}
}

// conn is a connection on which requests leave, each in one write.
type conn struct{ net.Conn }

// Conn makes a connection for orders reach the moments of a request.
func Conn(c net.Conn) net.Conn { return conn{c} }

// Write writes a request in two halves.
func (c conn) Write(b []byte) (int, error) {
	line, _, _ := bytes.Cut(b, []byte("\r\n"))
	cancel := bytes.Contains(line, []byte("cancel"))
	switch {
	case !bytes.HasPrefix(line, []byte("POST ")) || bytes.Contains(line, []byte("algo")):
		return c.Conn.Write(b)
	case cancel:
		n, err := c.Conn.Write(b)
		Reach(CancelWritten)
		return n, err
	}
	half, err := c.Conn.Write(b[:len(b)/2])
	if err != nil {
		return half, err
	}
	Reach(PartWritten)
	rest, err := c.Conn.Write(b[half:])
	Reach(RequestWritten)
	return half + rest, err
}
