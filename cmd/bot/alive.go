package main

import (
	"context"
	"time"

	"github.com/sirupsen/logrus"
)

// aliveEvery is how often a run on an exchange says in its log that it lives:
// an alert is worth nothing where nobody would have noticed that none can come.
const aliveEvery = time.Hour

// alive says so until ctx is done. beat is the loop's, two for each event; a
// count that stands still means that no event came.
func alive(ctx context.Context, beat func() uint64, log logrus.FieldLogger) {
	begun, before := time.Now(), beat()
	tick := time.NewTicker(aliveEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			now := beat()
			log.Infof("alive for %v, %s in the last hour", time.Since(begun).Round(time.Minute), count(int64(now-before)/2, "event"))
			before = now
		case <-ctx.Done():
			return
		}
	}
}
