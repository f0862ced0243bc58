package okx

import (
	"net/http"

	"rulebot/exchange/sim"
)

// fault is a refusal in the protocol's terms.
type fault struct {
	code string
	text string
	http int // status of a plain answer; 0 is 200
}

func (e *fault) status() int {
	if e.http == 0 {
		return http.StatusOK
	}
	return e.http
}

// missing and invalid name the parameter they are about.
func missing(name string) *fault {
	return &fault{"50014", "Parameter " + name + " can not be empty.", http.StatusBadRequest}
}

func invalid(name string) *fault {
	return &fault{"51000", "Parameter " + name + " error", http.StatusBadRequest}
}

var (
	faultBody        = fault{"50002", "JSON syntax error", http.StatusBadRequest}
	faultNoBody      = fault{"50000", "Body for POST request can not be empty.", http.StatusBadRequest}
	faultMedia       = fault{"50006", "Invalid Content-Type, please use \"application/json\".", http.StatusBadRequest}
	faultBusy        = fault{"50013", "Systems are busy. Please try again later.", http.StatusTooManyRequests}
	faultDown        = fault{"50001", "Service temporarily unavailable. Please try again later.", http.StatusServiceUnavailable}
	faultLimit       = fault{"50011", "Too Many Requests", http.StatusTooManyRequests}
	faultRight       = fault{"50120", "This API key doesn't have permission to use this function", 0}
	faultPath        = fault{"50404", "Not Found", http.StatusNotFound}
	faultLate        = fault{"50036", "The expTime can't be earlier than the current system time. Please adjust the expTime and try again.", 0}
	faultExpTime     = fault{"51000", "Parameter expTime error", http.StatusBadRequest}
	faultEnvironment = fault{"50101", "APIKey does not match current environment.", http.StatusUnauthorized}
	faultFrozen      = fault{"50102", "Timestamp request expired", http.StatusUnauthorized}
	faultNoKey       = fault{"50103", "Request header OK-ACCESS-KEY can not be empty.", http.StatusUnauthorized}
	faultNoPass      = fault{"50104", "Request header OK-ACCESS-PASSPHRASE can not be empty.", http.StatusUnauthorized}
	faultPass        = fault{"50105", "Request header OK-ACCESS-PASSPHRASE incorrect.", http.StatusUnauthorized}
	faultNoSign      = fault{"50106", "Request header OK-ACCESS-SIGN can not be empty.", http.StatusUnauthorized}
	faultNoStamp     = fault{"50107", "Request header OK-ACCESS-TIMESTAMP can not be empty.", http.StatusUnauthorized}
	faultStamp       = fault{"50112", "Invalid OK-ACCESS-TIMESTAMP", http.StatusUnauthorized}
	faultSign        = fault{"50113", "Invalid Sign", http.StatusUnauthorized}
	faultKey         = fault{"50119", "API key doesn't exist", 0}

	faultInstrument = fault{"51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.", 0}
	faultMode       = fault{"51010", "You can't complete this request under your current account mode.", 0}
	faultFunds      = fault{"51008", "Order failed. Insufficient balance in account.", 0}
	faultTwin       = fault{"51016", "Client order ID already exists.", 0}
	faultMinimum    = fault{"51020", "Your order should meet or exceed the minimum order amount.", 0}
	faultTooMany    = fault{"51025", "Order count exceeds the limit", 0}
	faultTags       = fault{"51071", "You've reached the maximum limit for tag level cancel all after timers.", 0}
	faultNoMatch    = fault{"51109", "No available offer", 0}
	faultLot        = fault{"51121", "Order quantity must be a multiple of the lot size.", 0}
	faultTick       = fault{"51150", "Trading price must be a multiple of the tick size.", 0}
	faultMarketMax  = fault{"51201", "The value of a market order can't exceed the maximum.", 0}
	faultLarge      = fault{"51202", "Order quantity exceeds the maximum.", 0}
	faultTrigger    = fault{"51280", "The trigger price is on the wrong side of the last price.", 0}
	faultTgtCcy     = fault{"51281", "tgtCcy is not supported by trigger orders.", 0}
	faultLastOnly   = fault{"51415", "Trigger price type must be last.", 0}
	faultGone       = fault{"51400", "Order cancellation failed as the order has been filled, canceled or does not exist.", 0}
	faultBatch      = fault{"51501", "Number of orders must be from 1 to 20.", http.StatusBadRequest}
	faultNoID       = fault{"51000", "Either ordId or clOrdId is required.", http.StatusBadRequest}
	faultAmendGone  = fault{"51503", "Order modification failed as the order has been filled, canceled or does not exist.", 0}
	faultNoOrder    = fault{"51603", "Order does not exist", 0}
)

// outcomes of elements together.
var (
	allFailed  = fault{"1", "All operations failed", 0}
	someFailed = fault{"2", "Bulk operation partially succeeded.", 0}
)

// refusedBy translates the matching engine's reasons.
func refusedBy(r *sim.Refusal) *fault {
	switch r.Reason {
	case sim.BadInstrument:
		return &faultInstrument
	case sim.BadTick:
		return &faultTick
	case sim.BadLot:
		return &faultLot
	case sim.BelowMinimum:
		return &faultMinimum
	case sim.Funds:
		return &faultFunds
	case sim.TooLarge:
		return &faultLarge
	case sim.UnknownOrder, sim.AlreadyFilled, sim.AlreadyCancelled:
		return &faultGone
	case sim.TooValuable:
		return &faultMarketMax
	case sim.TooMany:
		return &faultTooMany
	case sim.WrongSide:
		return &faultTrigger
	case sim.BadAccount, sim.BadOrder, sim.BadPrice, sim.BadNotional, sim.BadTerms:
	}
	return &fault{"51000", r.Text, http.StatusBadRequest}
}
