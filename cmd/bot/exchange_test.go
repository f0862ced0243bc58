package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// served runs bot exchange until the test ends and returns its ready line.
func served(t *testing.T, args ...string) ready {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	var stderr bytes.Buffer
	go func() {
		err := runExchange(ctx, args, strings.NewReader(""), in, &stderr)
		ended <- errors.Join(err, in.CloseWithError(io.EOF))
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("bot exchange %v: %v", args, err)
		}
	})
	var line ready
	if err := json.NewDecoder(out).Decode(&line); err != nil {
		t.Fatalf("ready line: %v, stderr %q", err, stderr.String())
	}
	return line
}

// asked sends a signed query and returns the answer.
func asked(t *testing.T, base, path, key, secret, passphrase string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	stamp := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "GET" + path))
	r.Header.Set("OK-ACCESS-KEY", key)
	r.Header.Set("OK-ACCESS-PASSPHRASE", passphrase)
	r.Header.Set("OK-ACCESS-TIMESTAMP", stamp)
	r.Header.Set("OK-ACCESS-SIGN", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestExchangeSpeaksOKX is the same exchange behind OKX's calls, in both
// environments.
func TestExchangeSpeaksOKX(t *testing.T) {
	t.Parallel()
	for environment, want := range map[string]string{"live": `{"code":"0","msg":"","data":[{"uid":`, "demo": `{"code":"50101",`} {
		line := served(t, "--protocol", "okx-v5", "--environment", environment, "--days", "1")
		if line.Protocol != "okx-v5" || line.WS != "ws"+strings.TrimPrefix(line.REST, "http")+"/ws/v5" {
			t.Errorf("ready line is %+v", line)
		}
		if got := asked(t, line.REST, "/api/v5/account/config", "test-key", "test-secret", "test-pass"); !strings.HasPrefix(got, want) {
			t.Errorf("%s: config is %s", environment, got)
		}
	}
	for _, args := range [][]string{
		{"--protocol", "fix"}, {"--environment", "demo"}, {"--protocol", "okx-v5", "--environment", "test"},
	} {
		if err := runExchange(t.Context(), args, strings.NewReader(""), io.Discard, io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}

// TestExchangeServes is the generated market behind the well-known keys.
func TestExchangeServes(t *testing.T) {
	line := served(t, "--seed", "7", "--days", "1", "--balance", "usd=2500,BTC=0.5")
	if line.Protocol != "okcoin-v3" || line.Market != "generated seed 7" || line.Speed != 1 ||
		!strings.HasPrefix(line.REST, "http://127.0.0.1:") || line.WS != "ws"+strings.TrimPrefix(line.REST, "http")+"/ws/v3" {
		t.Errorf("ready line is %+v", line)
	}
	if shift, err := time.ParseDuration(line.Shift); err != nil || shift%time.Minute != 0 {
		t.Errorf("shift is %q, want whole minutes", line.Shift)
	}
	got := asked(t, line.REST, "/api/spot/v3/accounts", "test-key", "test-secret", "test-pass")
	for _, want := range []string{`"currency":"BTC","balance":"0.5"`, `"currency":"USD","balance":"2500"`} {
		if !strings.Contains(got, want) {
			t.Errorf("accounts are %s, want %s", got, want)
		}
	}
	candles := asked(t, line.REST, "/api/spot/v3/instruments/SOL-USD/candles?granularity=3600", "", "", "")
	if rows := strings.Count(candles, "Z\""); rows < 168 {
		t.Errorf("%d hours of history, want a week", rows)
	}
}

// TestExchangeKeys come from the environment and leave it.
func TestExchangeKeys(t *testing.T) {
	own := map[string]string{"BOT_EXCHANGE_KEY": "k", "BOT_EXCHANGE_SECRET": "s", "BOT_EXCHANGE_PASSPHRASE": "p"}
	for name, value := range own {
		t.Setenv(name, value)
	}
	line := served(t, "--days", "1", "--speed", "100")
	for name := range own {
		if got, there := os.LookupEnv(name); there {
			t.Errorf("%s is still %q in the environment", name, got)
		}
	}
	if got := asked(t, line.REST, "/api/spot/v3/accounts", "k", "s", "p"); !strings.Contains(got, `"balance":"100000"`) {
		t.Errorf("accounts are %s", got)
	}
	if got := asked(t, line.REST, "/api/spot/v3/accounts", "test-key", "test-secret", "test-pass"); !strings.Contains(got, "30006") {
		t.Errorf("the default keys still serve: %s", got)
	}
}

// TestExchangePlaysFile serves a file of bars as the instrument it is said to
// be.
func TestExchangePlaysFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bars.csv")
	rows := "time,open,high,low,close,volume\n2025-01-18T00:00:00Z,100,101,99,100.5,1\n2025-01-18T00:01:00Z,100.5,102,100,101,2\n"
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	line := served(t, "--market", "LTC-USD="+path)
	if !strings.Contains(line.Market, "bars.csv") {
		t.Errorf("market is %q", line.Market)
	}
	if got := asked(t, line.REST, "/api/spot/v3/instruments/LTC-USD/ticker", "", "", ""); !strings.Contains(got, `"instrument_id":"LTC-USD"`) {
		t.Errorf("ticker is %s", got)
	}
}

// TestExchangeRefuses is misuse, told before anything listens.
func TestExchangeRefuses(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--listen", "0.0.0.0:0"}, "the default keys serve loopback only"},
		{[]string{"--listen", ":0"}, "the default keys serve loopback only"},
		{[]string{"--listen", "[::]:0"}, "the default keys serve loopback only"},
		{[]string{"--protocol", "fix"}, `--protocol "fix" is not in this version`},
		{[]string{"--speed", "0"}, "--speed 0 is not between 1 and 100"},
		{[]string{"--speed", "101"}, "--speed 101 is not between 1 and 100"},
		{[]string{"--days", "-1"}, "--days -1 is negative"},
		{[]string{"--balance", "USD"}, `"USD" is not CURRENCY=AMOUNT`},
		{[]string{"--balance", "USD=-1"}, `"USD=-1" is not CURRENCY=AMOUNT`},
		{[]string{"--tls-cert", "x.pem"}, "--tls-cert and --tls-key go together"},
		{[]string{"--market", "none.csv"}, "none.csv"},
		{[]string{"more"}, `unexpected argument "more"`},
		{[]string{"--accounts", "none.yaml"}, "none.yaml"},
		{[]string{"--faults", "none.yaml"}, "none.yaml"},
	} {
		var stdout, stderr bytes.Buffer
		err := runExchange(t.Context(), c.args, strings.NewReader(""), &stdout, &stderr)
		var code coded
		if !errors.As(err, &code) || code.code != exitMisused {
			t.Errorf("%v: got %v, want misuse", c.args, err)
			continue
		}
		if said := err.Error() + stderr.String(); !strings.Contains(said, c.want) {
			t.Errorf("%v: got %q, want %q", c.args, said, c.want)
		}
		if stdout.Len() > 0 {
			t.Errorf("%v: printed %q", c.args, stdout.String())
		}
	}
}

// TestExchangeModels: an exchange of its own charges and fills as the account
// of a strategies file says.
func TestExchangeModels(t *testing.T) {
	t.Parallel()
	config := written(t, "models.yaml", strings.Replace(brisk, "{maker_pct: 0.1, taker_pct: 0.2}", "{maker_pct: 0.03, taker_pct: 0.07, tiers: [{traded: 1000, maker_pct: 0.01, taker_pct: 0.05}]}\n  fills: {queue: book, volume_pct: 10}", 1))
	x := served(t, "--config", config, "--speed", "100")
	fee := asked(t, x.REST, "/api/spot/v3/trade_fee?instrument_id=BTC-USD", "test-key", "test-secret", "test-pass")
	if !strings.Contains(fee, `"maker":"0.0003","taker":"0.0007"`) {
		t.Errorf("fees are %s", fee)
	}
	err := runExchange(t.Context(), []string{"--config", filepath.Join(t.TempDir(), "none.yaml")}, strings.NewReader(""), io.Discard, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("a file that is not there: %v", err)
	}
}
