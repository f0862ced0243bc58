package main

import (
	"errors"
	"fmt"

	"rulebot/persist"
)

// The exit codes of the process.
const (
	exitDone      = 0
	exitFailed    = 1  // something failed, or findings
	exitMisused   = 2  // wrong flags or arguments
	exitInvariant = 70 // stopped by our own invariant
	exitInUse     = 75 // the store is in use
)

// coded is an error with an exit code.
type coded struct {
	code int
	err  error
}

// Error returns the text of the error behind.
func (c coded) Error() string { return c.err.Error() }

// Unwrap returns the error behind.
func (c coded) Unwrap() error { return c.err }

// ExitCode returns the code to exit with.
func (c coded) ExitCode() int { return c.code }

// misused is an error of the person at the keyboard.
func misused(format string, args ...any) error {
	return coded{exitMisused, fmt.Errorf(format, args...)}
}

// withCode gives errors that have a code of their own that code.
func withCode(err error) error {
	if errors.Is(err, persist.ErrInUse) {
		return coded{exitInUse, err}
	}
	return err
}
