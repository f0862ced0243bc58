package okcoin

import (
	"net/http"
	"strconv"
)

// fault is a refusal in the protocol's terms.
type fault struct {
	code int
	text string
}

func newFault(code int, text string) *fault { return &fault{code, text} }

// missing and invalid name the parameter they are about.
func missing(name string) *fault { return newFault(30023, name+" parameter is required") }
func invalid(name string) *fault { return newFault(30024, `"`+name+`" is an invalid parameter`) }

func noCurrency(currency string) *fault { return newFault(30031, currency+" is an invalid token") }

var (
	faultRight      = fault{30012, "Invalid authorization"}
	faultLimit      = fault{30014, "Too Many Requests"}
	faultOften      = fault{30026, "Requested too frequent; endpoint limit exceeded"}
	faultNoPair     = fault{30032, "The currency pair does not exist"}
	faultNoOrder    = fault{33014, "Order does not exist"}
	faultFilled     = fault{33026, "Order has been completed"}
	faultCancelled  = fault{33027, "Order is being cancelled or has been cancelled"}
	faultBatch      = fault{33015, "Batch is too large"}
	faultNoID       = fault{33059, "Client_oid or order_id is required"}
	faultBothIDs    = fault{33060, "Only one of client_oid and order_id may be given"}
	faultAlgos      = fault{33036, "Too many algo orders are live"}
	faultAlgoBuy    = fault{33037, "The price of a buy must be at most 130% of its trigger"}
	faultAlgoSell   = fault{33038, "The price of a sell must be at least 70% of its trigger"}
	faultTrailBuy   = fault{33040, "The trigger of a trailing buy must be below the last price"}
	faultTrailSell  = fault{33041, "The trigger of a trailing sell must be above the last price"}
	faultMarketMax  = fault{33061, "A market order must not be worth more than 100000 USD"}
	faultBalance    = fault{33017, "Greater than the maximum available balance"}
	faultMinimum    = fault{33024, "Amount is below the minimum"}
	faultPricePlace = fault{33028, "Price has too many decimals"}
	faultSizePlace  = fault{33029, "Size has too many decimals"}
	faultUpgrade    = fault{30038, "Matching engine is being upgraded. Please try in about 1 minute."}
	faultPath       = fault{1, "No such path"}
)

// What an algo order's parameters may be. The table gives 33037 to 33051 to
// them and says of four which is which; the others are our choice.
var (
	faultAlgoCallback = fault{33039, "callback_rate must be 0.001 to 0.05"}
	faultAlgoVariance = fault{33042, "algo_variance must be 0.0001 to 0.01"}
	faultAlgoAverage  = fault{33043, "avg_amount must be a thousandth of the size to all of it"}
	faultAlgoRange    = fault{33044, "sweep_range must be 0.005 to 0.01"}
	faultAlgoRatio    = fault{33045, "sweep_ratio must be 0.01 to 1"}
	faultAlgoSingle   = fault{33046, "single_limit must be a thousandth of the size to all of it"}
	faultAlgoInterval = fault{33047, "time_interval must be 5 to 120 seconds"}
)

// status returns the HTTP status that goes with the code of a plain error.
func (e *fault) status() int {
	switch e.code {
	case 30010, 30012, 30013, 30022, 30027:
		return http.StatusUnauthorized
	case 30014, 30026:
		return http.StatusTooManyRequests
	case 30009:
		return http.StatusInternalServerError
	case faultPath.code:
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

// errorBody is the answer to a refused query: both spellings at once.
type errorBody struct {
	ErrorMessage string `json:"error_message"`
	Code         int    `json:"code"`
	ErrorCode    string `json:"error_code"`
	Message      string `json:"message"`
}

func (e *fault) body() errorBody {
	return errorBody{e.text, e.code, strconv.Itoa(e.code), e.text}
}

// orderResult is the answer to placing and cancelling.
type orderResult struct {
	ClientOID    string `json:"client_oid"`
	Code         string `json:"code"`
	ErrorCode    string `json:"error_code"`
	ErrorMessage string `json:"error_message"`
	Message      string `json:"message"`
	OrderID      string `json:"order_id"`
	Result       bool   `json:"result"`
}

// refused reports whether nothing was done.
func (r orderResult) refused() bool { return !r.Result }

func accepted(clientOID, orderID string) orderResult {
	return orderResult{ClientOID: clientOID, Code: "0", ErrorCode: "0", OrderID: orderID, Result: true}
}

func (e *fault) refusal(clientOID, orderID string) orderResult {
	code := strconv.Itoa(e.code)
	return orderResult{
		ClientOID: clientOID, Code: code, ErrorCode: code,
		ErrorMessage: e.text, Message: e.text, OrderID: orderID,
	}
}
