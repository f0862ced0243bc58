package main

import (
	"context"
	"io"

	"rulebot"
	"rulebot/strategies"
)

// runSchema prints the JSON Schema by which editors complete and check a
// strategies file.
func runSchema(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	fs := newFlags("schema", "schema > strategies.schema.json",
		"Print the JSON Schema of a strategies file. An editor uses it when the file begins with\n# yaml-language-server: $schema=strategies.schema.json")
	if help, err := parse(fs, args, stderr); help || err != nil {
		return err
	}
	if err := noArguments(fs); err != nil {
		return err
	}
	_, err := stdout.Write(strategies.Schema())
	return err
}

// runExample prints the example that bot run plays, to begin from.
func runExample(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) error {
	fs := newFlags("example", "example > my.yaml", "Print the example strategies file, which bot run plays when it is given none: a file to begin from.")
	if help, err := parse(fs, args, stderr); help || err != nil {
		return err
	}
	if err := noArguments(fs); err != nil {
		return err
	}
	_, err := stdout.Write(rulebot.Example())
	return err
}
