package okx_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"rulebot/internal/realdata"
)

// documented returns the first row of data of a documented answer.
func documented(t *testing.T, file string) map[string]any {
	t.Helper()
	text, err := os.ReadFile(realdata.Path(t, "reference/okx-v5-samples/documented/"+file+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var samples []struct {
		Label string `json:"label"`
		JSON  struct {
			Data []map[string]any `json:"data"`
		} `json:"json"`
	}
	_ = json.Unmarshal(text, &samples) // rows that are no objects stay out
	for _, s := range samples {
		if len(s.JSON.Data) > 0 {
			return s.JSON.Data[0]
		}
	}
	t.Fatalf("%s has no rows", file)
	return nil
}

// TestShapes compares the members of answers with documented ones: none is
// unknown there, and each is of the same JSON type.
func TestShapes(t *testing.T) {
	t.Parallel()
	b := running(t)
	b.post("trade/order", order(`"side":"buy","ordType":"market","sz":"100","clOrdId":"h1"`))
	b.post("trade/order", order(`"side":"buy","ordType":"limit","px":"40000","sz":"0.01","clOrdId":"h2"`))
	b.post("trade/order-algo", order(`"side":"sell","ordType":"conditional","sz":"0.01","slTriggerPx":"45000","slOrdPx":"-1"`))
	for _, c := range []struct {
		sample string
		answer answer
		beside []string // members of newer descriptions than the sample
	}{
		{"system-time", b.get("public/time"), nil},
		{"books", b.get("market/books?instId=BTC-USDT"), nil},
		{"ticker", b.get("market/ticker?instId=BTC-USDT"), nil},
		{"account-instruments", b.get("account/instruments?instType=SPOT"), nil},
		{"account-config", b.get("account/config"), nil},
		{"balance", b.get("account/balance"), nil},
		{"trade-fee", b.get("account/trade-fee?instType=SPOT"), nil},
		{"max-avail-size", b.get("account/max-avail-size?instId=BTC-USDT&tdMode=cash"), nil},
		{"order-details", b.get("trade/order?instId=BTC-USDT&clOrdId=h1"), nil},
		{"orders-pending", b.get("trade/orders-pending"), nil},
		{"fills", b.get("trade/fills"), nil},
		{"algo-pending", b.get("trade/orders-algo-pending?ordType=conditional"), nil},
		{"place-order", b.post("trade/order", order(`"side":"buy","ordType":"limit","px":"40000","sz":"0.01"`)), nil},
		{"cancel-all-after", b.post("trade/cancel-all-after", `{"timeOut":"60"}`), nil},
	} {
		if c.answer.Code != "0" || len(c.answer.Data) == 0 {
			t.Errorf("%s: %s", c.sample, c.answer.body)
			continue
		}
		sample := documented(t, c.sample)
		for name, got := range c.answer.Data[0] {
			want, known := sample[name]
			if !known && !slices.Contains(c.beside, name) {
				t.Errorf("%s: %s is not documented", c.sample, name)
			}
			if known && kind(got) != kind(want) {
				t.Errorf("%s: %s is %v, documented %v", c.sample, name, got, want)
			}
		}
	}
}

func kind(v any) string {
	switch v.(type) {
	case string:
		return "text"
	case float64:
		return "number"
	case bool:
		return "flag"
	case []any:
		return "list"
	}
	return "object"
}
