package main

import (
	"context"
	"io"
	"strings"
)

// Run is the command run, for tests that look at the program from outside
// while it runs inside theirs.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return runRun(ctx, args, strings.NewReader(""), stdout, stderr)
}
