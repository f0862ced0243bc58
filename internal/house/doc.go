// Package house holds the rules of the house that no linter holds, as tests
// over the source of the whole module: which package may import which, where
// goroutines start, what the pure packages must not touch, and how large
// things may grow. CONTRIBUTING.md says why.
package house
