// Package live drives the engine in real time: one loop, which owns the
// engine and the journal, and around it the goroutines that wait for sockets.
//
// Feeds and answers come into the loop through one bounded queue, a frame at
// a time. For each event the loop calls the engine, appends its changes to
// the journal, commits them before any command that depends on them, and only
// then carries the commands out: by the desk of a dry run on the same
// goroutine, or by lanes that call the exchange and put the answer back into
// the queue. Nothing else touches the engine.
//
// Start-up is recovery, after a crash and after a clean stop alike: restore
// from the journal, bring the streams up and hold back what they say, fetch
// the bars of warm-up, reconcile, then trade.
//
// After the market stream was down, the bars that closed meanwhile are fetched,
// and a bar that does not follow the last one waits for them.
package live
