//go:build !unix

package main

import "os"

// haltSignals is nothing where there is no SIGUSR1.
func haltSignals() (signals <-chan os.Signal, stop func()) { return nil, func() {} }

// outliveReaders is for systems that end a process whose reader went away.
func outliveReaders() {}
