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

// outliveReaders has writing to a pipe that nobody reads fail, and not end the
// process.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }
