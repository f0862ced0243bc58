package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rulebot/internal/realdata"
)

const recordedFile = `version: 1
exchange: {name: okcoin, endpoint: builtin}
account: {alias: rec, balances: {USD: 100000}, fees: {maker_pct: 0.1, taker_pct: 0.2}}
strategies:
  - name: ltc
    instrument: LTC-USD
    timeframe: 1m
    rules:
      - name: in
        for: flat
        when: close > 0
        do: {buy: {size: {quote: 1000}, type: market}}
`

// TestRunOverRecordings runs the bot over half a minute of recorded frames, on
// paper and live: it follows every book, trades nothing, and says why.
func TestRunOverRecordings(t *testing.T) {
	const samples = "reference/okcoin-v3-samples/recordings/okcoin-2021-07-22-"
	for name, quotes := range map[string]int{
		samples + "a.jsonl.gz": 464, samples + "b.jsonl.gz": 464, samples + "c.jsonl.gz": 496,
		"data/ticks/okcoin_v3_20210722_ws.jsonl.gz": 496,
	} {
		for _, mode := range []string{"--live=false", "--live"} {
			t.Run(filepath.Base(name)+" "+mode, func(t *testing.T) {
				dir := t.TempDir()
				config := filepath.Join(dir, "rec.yaml")
				if err := os.WriteFile(config, []byte(recordedFile), 0o600); err != nil {
					t.Fatal(err)
				}
				var stdout, stderr bytes.Buffer
				args := []string{"run", mode, "--config", config, "--state", filepath.Join(dir, "state"), "--market", realdata.Path(t, name)}
				if code := start(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != 0 {
					t.Fatalf("exit code %d\n%s", code, stderr.String())
				}
				for _, want := range []string{
					fmt.Sprintf("0 bars and %d quotes of verified books", quotes),
					"no bar closed", "sent no candle, so no rule on bars was evaluated",
					"0 orders, 0 fills",
				} {
					if !strings.Contains(stdout.String(), want) {
						t.Errorf("the summary lacks %q:\n%s", want, stdout.String())
					}
				}
			})
		}
	}
}
