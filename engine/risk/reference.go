package risk

import (
	"fmt"
	"slices"
	"strings"
)

// Reference returns docs/risk.md: every check in its order, made from the
// tables that the checks themselves use.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	b.WriteString("| code | denies when | limit | when not written | passes |\n| --- | --- | --- | --- | --- |\n")
	for _, code := range checks {
		i := info(code)
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", code, code.Sentence(), i.key, i.otherwise, i.passes)
	}
	b.WriteString(referenceElse)
	for _, s := range sentences {
		if info(s.code) == (about{}) && !slices.ContainsFunc(posted[:], func(p after) bool { return p.code == s.code }) {
			fmt.Fprintf(&b, "| %s | %s |\n", s.code, s.text)
		}
	}
	b.WriteString(referencePosted)
	for _, p := range posted {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", p.code, p.code.Sentence(), p.acts)
	}
	b.WriteString(referenceHeld)
	return b.String()
}

// about is what people must know of a check beside its sentence.
type about struct{ key, otherwise, passes string }

const (
	fixed   = "fixed"
	nothing = "nothing"
	ending  = "exits and `close`"
	selling = "what sells"
)

// info describes a check; the zero value is of a code that no check gives.
func info(c Code) about {
	switch c {
	case CodeHalt:
		return about{"a halt of everything, of the instrument, or a pause", "", nothing}
	case CodeDailyLoss:
		return about{"`max_daily_loss`, of the file and of the strategy; at 1.5 times of the file's the bot halts", "20 %", selling}
	case CodeAllow:
		return about{"`allow`: instruments, sides, and kinds of orders where some are written", "every instrument of the file", "exits and `close`, of any kind"}
	case CodeListing:
		return about{fmt.Sprintf("listed as traded, and looked up at most %v ago, where the exchange runs elsewhere", listedAgeMax), fixed, "exits and `close`, of the age"}
	case CodeSession:
		return about{"reconciled with the exchange", fixed, nothing}
	case CodeUnproven:
		return about{fmt.Sprintf("%d in the instrument, %d in all", unprovenHere, unprovenTotal), fixed, nothing}
	case CodeBook:
		return about{fmt.Sprintf("valid, not crossed, at most %v old", bookAgeMax), fixed, nothing}
	case CodeInputs:
		return about{fmt.Sprintf("one interval of the bar and %v", barGrace), fixed, "exits, and what was decided earlier"}
	case CodeBalance:
		return about{"told within two of the periods at which the exchange is asked: 1m0s", fixed, selling}
	case CodeSteps:
		return about{"tick, lot, smallest and largest order and least value of the instrument", "as listed", "what sells more than the largest is divided"}
	case CodeQuantity:
		return about{"`max_order_quantity`", "any", "what sells more is divided"}
	case CodeValue:
		return about{"`max_order_value`", "the starting equity", "what sells more is divided"}
	case CodeCollar:
		return about{"`collar_pct`", "2 %", nothing}
	case CodeSpread:
		return about{"`max_spread_pct`", "1 %", ending}
	case CodeDepth:
		return about{"`max_depth_pct` of the other side within the collar", "10 %", "what sells, what rests, and where only the best is known"}
	case CodeShort:
		return about{"what the strategy holds, less its live sells", fixed, nothing}
	case CodeFunds:
		return about{fmt.Sprintf("the cash, less `funds_buffer_pct`, live buys and fees; %d buys refused for want of funds while the exchange's balance stays as it is", shortMost), "0.5 %", selling}
	default:
		return counted(c)
	}
}

// counted describes the checks of how much and how often.
func counted(c Code) about {
	switch c {
	case CodePosition:
		return about{"`max_position_value`, live buys as if they filled", "the starting equity", selling}
	case CodeExposure:
		return about{"`max_exposure`, live buys as if they filled", "the starting equity", selling}
	case CodeLiveOrders:
		return about{"`max_open_orders`", "10 in the instrument, 20 in all", "what sells and does not rest"}
	case CodeDuplicate:
		return about{fmt.Sprintf("same strategy, instrument, side, price and quantity within %v", TwinWindow), fixed, "exits, `close`, parts of a divided sale"}
	case CodeOwnCross:
		return about{"our best resting orders", fixed, "nothing; what is in the way of an exit is cancelled"}
	case CodeThrottle:
		return about{"`max_fires`; the rule stays off until `bot resume`", "3 a minute, 20 an hour, 100 a day", ending}
	case CodeRepeat:
		return about{"once a bar", fixed, "exits"}
	case CodeRate:
		return about{fmt.Sprintf("`max_orders`, and %d in an instrument within %v", burstOrders, BurstWindow), "5 a second, 60 a minute, 1000 a day", "exits and `close` have a fifth more"}
	case CodeRejects:
		return about{fmt.Sprintf("%d in the instrument within %v", rejectsMost, RejectWindow), fixed, ending}
	case CodeTraded:
		return about{"`max_daily_traded` in the UTC day, live orders included", "any", selling}
	case CodeSignal:
		return about{fmt.Sprintf("came at most %v ago", signalAgeMax), fixed, "exits, `close`, and what was decided earlier"}
	case CodeRatio:
		return about{fmt.Sprintf("%d orders that are over for each fill", ordersPerFill), fixed, ending}
	default:
		return about{}
	}
}

const referenceHead = `# Risk checks

<!-- Made from engine/risk: go test ./engine/risk -run Reference -update -->

Every order passes these checks, in this order, at the moment it would become one. The first that fails denies it, with its code, in
the journal. ` + "`bot explain ID`" + ` shows what each check looked at; ` + "`bot check FILE`" + ` prints the limits in force and where each is written.

Sums count every live order as if it filled completely. A limit of zero is an error, and live trading needs ` + "`allow`" + `,
` + "`max_order_quantity`, `max_order_value`, `max_position_value`, `max_exposure`, `max_daily_loss` and `max_drawdown_pct`" + ` written.

No cap on size or number keeps a position that is to end: the last column says what passes a check. What still denies an exit has
to: a halt, books that are not reconciled or an order in doubt (nobody knows what is held), a quote that nobody may believe (nobody
knows a price), and less than the exchange takes.

`

const referenceElse = `
These codes come from elsewhere in the engine:

| code | means |
| --- | --- |
`

const referencePosted = `
What was sent is looked at as well: each execution, what the exchange lists as ours, and what it holds for us. These codes are of alerts
(in the journal as notes of the decision behind the order, with the values; in the log; counted in the summary of a run) and of halts,
which R01 names from then on, until ` + "`bot resume`" + `.

| code | says | follows |
| --- | --- | --- |
`

const referenceHeld = `
Of what ` + "`bot halt --flatten`" + ` sells, where the file says ` + "`flatten: true`" + `, these are checked: R01 without the halt itself, R03, R05, R06, R07,
R11, R12, R13, R14, R18, R24 and R27. It sells what the strategies hold by the bot's own books, and nothing else.

Held without a code of their own: trading live needs the mode in the file, --live, and the account's name in the environment (R02, at the start);
market orders are sent as immediate-or-cancel limits at the collar (R15); each request waits for its share of the exchange's limits,
with a reserve for cancels (R28); an order later than 250 ms after its commit is not sent, so that R33 is a second in all (a rule's ` + "`max_age`" + ` is about the event);
a clock that is off pauses everything new (R10); a file is read once, at the start, which
first says what changed in it since the run before (R35).
`
