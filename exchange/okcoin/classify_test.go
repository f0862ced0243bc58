package okcoin_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"rulebot/engine/order"
	"rulebot/exchange/okcoin"
)

const ours = "rab1c2d3"

// TestSubmitAnswers, faults: OE-03 OE-04 OE-07 OE-08 OE-14 OE-15 OE-16 OE-17 OE-30 NW-10.
func TestSubmitAnswers(t *testing.T) {
	accepted := `{"client_oid":"rab1c2d3","code":"0","error_code":"0","error_message":"","message":"","order_id":"6715158324596736","result":true}`
	for _, c := range []struct {
		name   string
		status int
		body   string
		class  order.Class
		code   string
		halt   order.Halt
	}{
		{"accepted", 200, accepted, order.Accepted, "", 0},
		{"accepted, the old form", 200, `{"client_oid":"rab1c2d3","error_code":"","error_message":"","order_id":"7","result":true}`, order.Accepted, "", 0},
		{"accepted, true as text", 200, `{"client_oid":"rab1c2d3","order_id":7,"result":"true"}`, order.Accepted, "", 0},
		{"echo of another order", 200, strings.Replace(accepted, ours, "rother", 1), order.Unknown, "", 0},
		{"no echo", 200, strings.Replace(accepted, ours, "", 1), order.Unknown, "", 0},
		{"no order id", 200, strings.Replace(accepted, "6715158324596736", "", 1), order.Unknown, "", 0},
		{"order id -1", 200, strings.Replace(accepted, "6715158324596736", "-1", 1), order.Unknown, "", 0},
		{"accepted with a code", 200, strings.Replace(accepted, `"code":"0"`, `"code":"33017"`, 1), order.Unknown, "33017", order.HaltFunds},
		{"accepted under 400", 400, accepted, order.Unknown, "", 0},
		{"accepted under 500", 500, accepted, order.Unknown, "", 0},
		{"accepted under 201", 201, accepted, order.Unknown, "", 0},
		{"no balance, 200", 200, `{"client_oid":"","error_code":"33017","error_message":"Greater than the maximum available balance","order_id":"-1","result":false}`, order.Rejected, "33017", order.HaltFunds},
		{"no balance, 400", 400, `{"client_oid":"rab1c2d3","error_code":"33017","code":"33017","error_message":"x","order_id":"-1","result":false}`, order.Rejected, "33017", order.HaltFunds},
		{"refused, another's echo", 400, `{"client_oid":"rother","error_code":"33017","order_id":"-1","result":false}`, order.Unknown, "33017", order.HaltFunds},
		{"refused, and yet an order", 200, `{"client_oid":"rab1c2d3","error_code":"33017","order_id":"77","result":false}`, order.Unknown, "33017", order.HaltFunds},
		{"refused without a code", 200, `{"client_oid":"","error_code":"0","order_id":"-1","result":false}`, order.Unknown, "", 0},
		{"refused, unlisted code", 200, `{"error_code":"39999","order_id":"-1","result":false}`, order.Unknown, "39999", 0},
		{"two codes", 400, `{"error_code":"33017","code":"30024","result":false}`, order.Unknown, "", 0},
		{"true and a definitive code", 400, `{"error_code":"33017","order_id":"-1","result":"true"}`, order.Unknown, "33017", order.HaltFunds},
		{"plain error body", 400, `{"code":30024,"message":"\"price\" is an invalid parameter"}`, order.Rejected, "30024", 0},
		{"pair closed", 400, `{"code":30035,"message":"x"}`, order.Rejected, "30035", order.HaltInstrument},
		{"bad signature", 401, `{"code":30013,"message":"Invalid Sign"}`, order.Rejected, "30013", order.HaltAuth},
		{"account suspended", 400, `{"code":30029,"message":"x"}`, order.Rejected, "30029", order.HaltAuth},
		{"timestamp expired", 400, `{"error_message":"Request timestamp expired","code":30008,"error_code":"30008","message":"Request timestamp expired"}`, order.Unknown, "30008", order.HaltClock},
		{"placing failed", 400, `{"error_code":"33013","order_id":"-1","result":false}`, order.Unknown, "33013", 0},
		{"engine being upgraded", 400, `{"error_code":"30038","order_id":"-1","result":false}`, order.Unknown, "30038", order.HaltIncident},
		{"try again", 400, `{"code":30030,"message":"x"}`, order.Unknown, "30030", 0},
		{"system error", 500, `{"code":30009,"message":"System error"}`, order.Unknown, "30009", 0},
		{"a definitive code under 500", 503, `{"error_code":"33017","order_id":"-1","result":false}`, order.Unknown, "33017", order.HaltFunds},
		{"too many", 429, `{"code":30014,"message":"Too Many Requests"}`, order.Unknown, "30014", 0},
		{"too many, definitive code beside", 429, `{"code":33017,"message":"x"}`, order.Unknown, "33017", order.HaltFunds},
		{"too many, no body", 429, ``, order.Unknown, "", 0},
		{"over the call's limit", 400, `{"code":30026,"message":"x"}`, order.Unknown, "30026", 0},
		{"gateway", 503, `{"message":"name resolution failed"}`, order.Unknown, "", 0},
		{"gateway under 200", 200, `{"message":"Server is busy, please try again."}`, order.Unknown, "", 0},
		{"html", 200, `<html><body>Welcome to Hotel WiFi</body></html>`, order.Unknown, "", 0},
		{"html 403", 403, `<html>denied</html>`, order.Unknown, "", 0},
		{"empty", 200, ``, order.Unknown, "", 0},
		{"empty 400", 400, ``, order.Unknown, "", 0},
		{"truncated", 200, accepted[:60], order.Unknown, "", 0},
		{"an array", 200, `[` + accepted + `]`, order.Unknown, "", 0},
		{"null", 200, `null`, order.Unknown, "", 0},
		{"key twice", 200, strings.Replace(accepted, `"result":true`, `"result":false,"result":true`, 1), order.Unknown, "", 0},
		{"redirect", 307, accepted, order.Unknown, "", 0},
		{"redirect with a code", 302, `{"code":33017,"message":"x"}`, order.Unknown, "", 0},
		{"unlisted product line", 200, `{"error_message":"Order does not exist","result":"true","error_code":"35029","order_id":"-1"}`, order.Unknown, "35029", 0},
	} {
		got := okcoin.ClassifySubmit(c.status, []byte(c.body), ours)
		if got.Class != c.class || got.Code != c.code || got.Halt != c.halt {
			t.Errorf("%s: got %s code %q halt %d (%s), want %s code %q halt %d",
				c.name, got.Class, got.Code, got.Halt, got.Message, c.class, c.code, c.halt)
		}
		if (got.Class == order.Accepted) != (got.ExchangeID != "") {
			t.Errorf("%s: %s with exchange id %q", c.name, got.Class, got.ExchangeID)
		}
	}
}

// TestCancelAnswers, faults: OE-23.
func TestCancelAnswers(t *testing.T) {
	byOrder := order.Order{ClientID: ours, ExchangeID: "6715"}
	byClient := order.Order{ClientID: ours}
	for _, c := range []struct {
		name   string
		o      order.Order
		status int
		body   string
		class  order.Class
	}{
		{"taken", byOrder, 200, `{"client_oid":"rab1c2d3","error_code":"0","order_id":"6715","result":true}`, order.Accepted},
		{"taken, no client id", byOrder, 200, `{"client_oid":"","error_code":"0","order_id":"6715","result":true}`, order.Accepted},
		{"taken by client id", byClient, 200, `{"client_oid":"rab1c2d3","error_code":"0","order_id":"6715","result":true}`, order.Accepted},
		{"by client id, no echo", byClient, 200, `{"client_oid":"","error_code":"0","order_id":"6715","result":true}`, order.Unknown},
		{"another client id", byOrder, 200, `{"client_oid":"rother","error_code":"0","order_id":"6715","result":true}`, order.Unknown},
		{"another order", byOrder, 200, `{"client_oid":"","error_code":"0","order_id":"6716","result":true}`, order.Unknown},
		{"no echo at all", byOrder, 200, `{"error_code":"0","result":true}`, order.Unknown},
		{"not there", byOrder, 200, `{"client_oid":"","code":"33014","error_code":"33014","error_message":"Order does not exist","order_id":"6715","result":false}`, order.Gone},
		{"not there, 400", byClient, 400, `{"client_oid":"","code":"33014","error_code":"33014","order_id":"rab1c2d3","result":false}`, order.Gone},
		{"filled", byOrder, 400, `{"error_code":"33026","order_id":"6715","result":false}`, order.Gone},
		{"cancelled already", byOrder, 200, `{"error_code":"33027","order_id":"6715","result":false}`, order.Gone},
		{"cannot be cancelled", byOrder, 200, `{"error_code":"33035","order_id":"6715","result":false}`, order.Gone},
		{"failed", byOrder, 200, `{"error_code":"33012","order_id":"6715","result":false}`, order.Unknown},
		{"auction", byOrder, 400, `{"error_code":"33010","order_id":"6715","result":false}`, order.Unknown},
		{"bad parameter", byOrder, 400, `{"code":30024,"message":"x"}`, order.Rejected},
		{"gone under 502", byOrder, 502, `{"error_code":"33014","order_id":"6715","result":false}`, order.Unknown},
		{"html 404", byOrder, 404, `<html>not found</html>`, order.Unknown},
		{"bare 404", byOrder, 404, `{"message":"no Route matched with those values"}`, order.Unknown},
	} {
		if got := okcoin.ClassifyCancel(c.status, []byte(c.body), c.o); got.Class != c.class {
			t.Errorf("%s: got %s (%s), want %s", c.name, got.Class, got.Message, c.class)
		}
	}
}

// TestEveryCode holds the table against the rule that is decided: classes
// reject, auth, halt and gone are definitive on a write, except 33012 and
// 33013.
func TestEveryCode(t *testing.T) {
	listed := 0
	for code := range 40000 {
		body := fmt.Appendf(nil, `{"client_oid":"","code":"%d","error_code":"%d","message":"x","order_id":"-1","result":false}`, code, code)
		got := okcoin.ClassifySubmit(400, body, ours)
		var e *okcoin.Error
		if err := okcoin.ClassifyQuery(400, body); code != 0 && !errors.As(err, &e) {
			t.Fatalf("code %d: a query got %v", code, err)
		}
		want := order.Unknown
		if code != 0 && code != 33012 && code != 33013 {
			switch e.Class {
			case okcoin.ClassReject, okcoin.ClassAuth, okcoin.ClassHalt, okcoin.ClassGone:
				want = order.Rejected
			default:
			}
		}
		if want == order.Rejected {
			listed++
		}
		if got.Class != want {
			t.Errorf("code %d: got %s, want %s", code, got.Class, want)
		}
		if (got.Halt == order.HaltAuth) != (code != 0 && errors.Is(e, okcoin.ErrAuth)) {
			t.Errorf("code %d: halt %d, but auth %t", code, got.Halt, errors.Is(e, okcoin.ErrAuth))
		}
	}
	if listed < 80 {
		t.Errorf("got %d definitive codes, the reference lists more than 80", listed)
	}
}

// TestMessagesArePrintable, faults: SC-14.
func TestMessagesArePrintable(t *testing.T) {
	body := `{"code":"33017","message":"a\nb\u001b[31mred\u009b` + strings.Repeat("x", 500) + `"}`
	got := okcoin.ClassifySubmit(400, []byte(body), ours).Message
	if strings.ContainsAny(got, "\n\x1b\u009b") || len(got) > 260 {
		t.Errorf("got %q", got)
	}
}
