// Package killpoint names the moments at which the process may die without any
// harm done, and lets a test end it with SIGKILL at exactly one of them.
//
// The code of the bot says where each moment is. In the program that people run
// all of that is empty and costs nothing; built with -tags killpoints the
// variable RULEBOT_KILLPOINT=03:2 kills the process the second time that it
// reaches moment 03.
package killpoint

// Point is one of the moments.
type Point string

// The moments. What must be true after a restart stands behind each.
const (
	BeforeIntent    Point = "01" // an order is decided, not stored: nothing sent, nothing stored
	InIntent        Point = "02" // its pages are written and the meta page is not: as before
	IntentDurable   Point = "03" // it is stored, and not sent: unproven, then proven absent
	PartWritten     Point = "04" // half of the request was written: by evidence
	RequestWritten  Point = "05" // all of it, and no answer came: by evidence
	AnswerReceived  Point = "06" // the answer came, and is not stored: by evidence
	InOutcome       Point = "07" // its pages are written and the meta page is not: as before
	OutcomeDurable  Point = "08" // it is stored: as it says
	FillReceived    Point = "09" // a fill came, and is not stored: fetched again, booked once
	InFill          Point = "10" // its pages are written and the meta page is not: as before
	FillDurable     Point = "11" // it is stored, and nobody was told: the rules see it from the state
	CancelDurable   Point = "12" // a cancel is stored, and not sent: sent again
	CancelWritten   Point = "13" // it was sent, and no answer came: asked about
	Reconciling     Point = "14" // some of the account was read: all of it is read again
	HaltUnstored    Point = "15" // a halt of everything holds, and is not stored: its cause is still there
	InBackup        Point = "16" // while a copy of the store is made and named: the store is whole
	ConfigUnsettled Point = "17" // a changed file was read, and nothing of it is stored: read again
	Stopping        Point = "18" // while a run ends: as it stood
	Creating        Point = "19" // while the store is first made: made again
)

// Points returns every moment.
func Points() []Point {
	return []Point{
		BeforeIntent, InIntent, IntentDurable, PartWritten, RequestWritten, AnswerReceived, InOutcome, OutcomeDurable,
		FillReceived, InFill, FillDurable, CancelDurable, CancelWritten, Reconciling, HaltUnstored, InBackup,
		ConfigUnsettled, Stopping, Creating,
	}
}

// Variable is what names the moment and which time it counts.
const Variable = "RULEBOT_KILLPOINT"
