// Package wire reads the JSON that exchanges send: bounded, exact and without
// guessing. Values that two parsers could read in two ways are refused, numbers
// are plain decimals from strings and JSON numbers alike, and a [Row] keeps the
// first error, so that an adapter's decoders read as lists of fields.
package wire
