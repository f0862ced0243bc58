package okcoin_test

import (
	"encoding/json"
	"strings"
	"testing"

	"rulebot/engine"
	"rulebot/exchange/history"
	"rulebot/exchange/server/okcoin"
)

// FuzzRequestBody: any body is read or refused by a code.
func FuzzRequestBody(f *testing.F) {
	for _, body := range []string{
		`{"type":"limit","side":"buy","instrument_id":"BTC-USD","size":"0.001","price":50000}`,
		`{"price":1e5}`, `{"price":null}`, `[]`, `{}`, ``, `{"price":"\ud800"}`, `{"price":{}}`, "null",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		text, code := okcoin.ParseFields(body, "price")
		if code == 0 && !json.Valid(body) {
			t.Errorf("%q is no JSON, got %q", body, text)
		}
		if code != 0 && (text != "" || code < 30000) {
			t.Errorf("%q: got %q with code %d", body, text, code)
		}
	})
}

// FuzzWSCommand: any message is a command or refused by a code, and a topic
// that is known reads back as itself.
func FuzzWSCommand(f *testing.F) {
	for _, message := range []string{
		`{"op":"subscribe","args":["spot/trade:BTC-USD","spot/candle60s:BTC-USD"]}`, `{"op":"login","args":["a","b","c","d"]}`,
		`{"op":"unsubscribe","args":["spot/candle21600:X"]}`, `{"op":1}`, `ping`, `{}`, `{"op":"subscribe","args":["spot/candle-60s:Y"]}`,
	} {
		f.Add([]byte(message))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		op, args, code := okcoin.ParseCommand(message)
		if (op == "") == (code == 0) {
			t.Fatalf("%q: op %q with code %d", message, op, code)
		}
		for _, arg := range args {
			name, known := okcoin.ParseTopic(arg)
			if !known {
				continue
			}
			again, still := okcoin.ParseTopic(name)
			if !still || again != name {
				t.Errorf("%q reads as %q, which reads as %q", arg, name, again)
			}
			if _, filter, _ := strings.Cut(arg, ":"); filter == "" && arg != "system/status" {
				t.Errorf("%q has no filter", arg)
			}
		}
	})
}

// FuzzTimestamp: whatever is accepted is within the range of times.
func FuzzTimestamp(f *testing.F) {
	for _, s := range []string{"2021-04-17T16:49:25.365Z", "1618678165.365", "1618678165", "-1", "9999999999.999999999", "1.5", "99999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, err := okcoin.ParseTimestamp(s)
		if err == nil && at.Std().Year() > 9999 {
			t.Errorf("%q is %s", s, at)
		}
	})
}

// FuzzReplay: any recorded frame gives events or an error.
func FuzzReplay(f *testing.F) {
	for _, text := range []string{partial, change, past, fresh, "pong", `{"event":"error"}`, `{"table":"spot/depth","data":[{}]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, deflated := range []bool{false, true} {
			r := okcoin.NewReplay("fuzz", &frames{
				{At: begin, Dir: history.Received, Payload: []byte(partial)},
				{At: begin, Dir: history.Received, Payload: text, Deflated: deflated},
			})
			r.Instruments()
			var ev engine.Event
			for more, err := r.Next(&ev); more && err == nil; more, err = r.Next(&ev) {
				if ev.Instrument == "" && ev.Kind == engine.KindQuote && ev.Quote.Crossed() {
					continue // what was recorded is told
				}
			}
		}
	})
}
