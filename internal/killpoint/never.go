//go:build !killpoints || !unix

package killpoint

import "net"

// Armed says whether the program was built to be killed.
const Armed = false

// Reach ends the process here if a test wants it.
func Reach(Point) {}

// Enter names the moments that are inside the transaction that is committed
// next.
func Enter(...Point) {}

// Watch makes a bbolt database reach what Enter named between the pages of a
// transaction and its meta page.
func Watch(any) {}

// Conn makes a connection for orders reach the moments of a request.
func Conn(c net.Conn) net.Conn { return c }
