// Package engine decides. Step takes one event and returns what should
// happen; it does nothing itself, knows no clock, no exchange and no file, and
// gives the same outcome for the same events, byte for byte.
//
// # One event, one direction
//
//	frame → an adapter decodes it → Event → one bounded queue
//	      → the driver stamps Seen, the time of its run clock
//	      → Step: the state is folded, rules and exits are evaluated,
//	        intents are sized, each passes risk or is denied
//	      → Outcome: Changes, then Commands
//	      → the driver journals the changes, and commits them before any
//	        command is carried out
//	      → the driver carries the commands out; acknowledgements, fills,
//	        refusals and silence come back as events
//	      → observers see the outcome: they print and count
//
// Two drivers do this. live puts it behind sockets and a clock; backtest reads
// a source in virtual time. A dry run is the live driver with the simulated
// exchange at its desk (package paper), which the backtest uses as well. The
// engine cannot tell which of them calls it.
//
// # Two times
//
// At is the exchange's time of a fact; rules, bars and what is journaled use
// it. Seen is the run clock when the driver took the event; only ages and
// waiting use it. Both never run backwards within the engine. When the engine
// wants to be called although nothing happens, the outcome's Wake says at
// which time of the run clock; a KindTimer event answers.
//
// # What a step does
//
// A bar of the base timeframe is folded into every feed of its instrument.
// When that closes a bar of a feed, the program's slots are updated and the
// rules of the strategies on it are read, in the order of the file: a rule
// fires when its condition rose from false to true, or, where it is written
// so, while it is true. Other rules are read with a trade, with another best
// bid or ask, once an execution of their own was booked, or when a timer or a
// schedule is due; who is concerned by what is found out once, so that an
// event nobody waits for costs nothing. A strategy may wait a while for the bar
// of another instrument. All rules of an event see the same; what they set is
// seen from the next event on.
//
// A trade or a closed base bar moves the exits and the account's equity, and
// with it the limits on losses. Intents are collected, exits first, then rules; each is sized and
// checked after the one before it, so that two of them cannot race to one
// limit. Bars of the past (KindHistory) do the same folding and reading, and
// nothing fires on them.
//
// A backtest of bars knows the path inside a bar before it walks it. Where
// nothing on the path can matter ([Engine.Glides]) it comes as one event, a
// [Stretch]; what becomes true is the same, and a test holds it to that.
//
// An edge that we denied is tried again with the rule's next events, 1, 2 and 4
// bars later; where those may be far away (a fill, a schedule), by the clock.
//
// What a rule counts in bars (cooldown, once_per, the pauses before a denied
// edge is tried again) is counted in bars of its strategy's series: in the bar
// that closed, or for other events in the one under way. The last known truth
// of a rule is durable, but not that of a rule on trades or on the book, nor
// that of a timer which missed a reading: nobody knows what it was meanwhile,
// and an edge that rose while we were away does not fire.
//
// An order that rests is cancelled when its time is over. What is left of it is
// what was not filled once its end is proven, never before; then: market places
// that as a new order. What the engine holds and has not sent is a [Standing],
// durable by itself: a stop until the last trade reaches it, a close until the
// sells that rest on the position are over. A denied one is tried again, what
// sells for as long as there is something to sell. No order may trade
// with one of ours that rests (R24): a limit order that would is denied, and a
// market order stops a tick short of it.
//
// No count and no size keeps a position that is to end: a sale that is larger
// than one order may be is held and sold in parts (see part), R22 does not count
// against what does not rest, and exits and closes have a reserve of R27. What
// still denies them has to: a halt, books that are not reconciled or not proven,
// a quote that nobody may believe, and less than the exchange takes.
//
// A stop loss may be held by the exchange ([HeldStop]). The exchange gives it an
// id of its own and takes none of ours, so that a lost answer is resolved by
// looking for a stop that is as ours is and is no other; that there is none is
// proven as for an order, and one that shows all the same within a day is
// adopted. It is for all that the strategy holds; nothing else
// of the strategy is sold before it is proven over, and what it became is
// adopted as the strategy's exit. The engine stands in wherever the exchange is
// not proven to hold it, and where the exchange does not act for a while on a
// price that was reached.
//
// Decide, then do: a step never sends. An approved order is a change, so that
// it is durable, and after it a command. A [risk.Approved] is made by package
// risk alone, and executors take nothing else.
//
// # Three answers
//
// A submit is accepted, refused or unknown. What is not proven is unknown:
// nothing else leaves in that instrument, the engine asks for the order by its
// client order id until what became of it is proven, and never submits it
// again. Evidence may come twice, late and out of order; orders only move
// forward, and fills are booked once. Evidence that contradicts the books is
// a conflict, and halts.
//
// # State
//
// The durable state is the fold of the changes and of nothing else: Step and
// Restore both go through apply. Start-up is recovery, after a crash and after
// a clean stop alike: Restore every journaled change, Restored, then events.
// Nothing leaves before a reconciliation, and a rule is not ready before its
// feed has closed as many bars as it reads.
//
// # Why
//
// A decision holds what it read, as a tree of readings: see [Reading]. With
// Config.Trace the engine also writes down how each rule stands whenever that
// changes ([Evaluation]), with the readings when one thing alone stood between
// it and firing, and what each order was checked against ([Checks]). Both ask
// the functions that decide, change nothing, and are not read back: a start
// names the marks of each rule again.
//
// The engine belongs to one goroutine. It allocates nothing per market event
// in the steady state; an outcome's slices are its own and valid until the
// next step.
package engine
