// Package mutate measures tests: it makes many small mistakes in a package's
// source, each behind a number, so that one build holds all of them, and the
// tests are run once for each. A mistake that no test notices shows what the
// tests do not hold.
//
// The mistakes are those that people make: a comparison that is off by its
// equality or turned round, an and for an or, a condition that is negated, plus
// for minus, a count that is one more, true for false, a statement that is
// forgotten.
package mutate
