package main

import (
	"context"
	"io"
)

func runOrders(context.Context, []string, io.Reader, io.Writer, io.Writer) error    { return nil }
func runFills(context.Context, []string, io.Reader, io.Writer, io.Writer) error     { return nil }
func runPositions(context.Context, []string, io.Reader, io.Writer, io.Writer) error { return nil }
