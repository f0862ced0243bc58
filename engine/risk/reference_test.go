package risk_test

import (
	"flag"
	"os"
	"testing"

	"rulebot/engine/risk"
)

var update = flag.Bool("update", false, "write docs/risk.md")

// TestReference holds docs/risk.md against the checks it is made from.
func TestReference(t *testing.T) {
	const name = "../../docs/risk.md"
	want := risk.Reference()
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is old: go test ./engine/risk -run Reference -update", name)
	}
}
