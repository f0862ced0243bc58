// Package synth is the generated market: quotes, trades and closed bars of a
// few instruments, drawn from a seed.
package synth
