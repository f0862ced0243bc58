//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// haltSignals is where SIGUSR1 arrives, which halts everything.
func haltSignals() (signals <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 1)
	signal.Notify(c, syscall.SIGUSR1)
	return c, func() { signal.Stop(c) }
}
