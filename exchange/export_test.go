package exchange

import (
	"net/http"
	"time"
)

// What the external tests need beside the exported API.

// SetClock gives a bucket another clock.
func (b *Bucket) SetClock(now func() time.Time) { b.now = now }

// Transport returns the transport of a caller.
func (c *Caller) Transport() *http.Transport { return c.client.Transport.(*http.Transport) }
