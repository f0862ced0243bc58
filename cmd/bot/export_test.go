package main

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

// Deadman arms a switch, renews it until the first renewal was asked for, and
// stops it.
func Deadman(ctx context.Context, arm func(context.Context, time.Duration) error, renewed <-chan struct{}, clean bool, log logrus.FieldLogger) {
	d := &deadman{arm: arm, within: time.Minute, every: time.Millisecond, log: log}
	d.start(ctx)
	<-renewed
	d.stop(ctx, clean)
}

// Run is the command run, for tests that look at the program from outside
// while it runs inside theirs.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return runRun(ctx, args, strings.NewReader(""), stdout, stderr)
}
