// Package engine decides. Step takes one event and returns what should
// happen; it does nothing itself, knows no clock, no exchange and no file, and
// gives the same outcome for the same events, byte for byte.
package engine
