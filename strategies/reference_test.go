package strategies_test

import (
	"os"
	"testing"

	"rulebot/strategies"
)

// TestReference holds the reference page against the tables it is made from.
func TestReference(t *testing.T) {
	const name = "../docs/rules.md"
	want := strategies.Reference()
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
		t.Errorf("%s is old: go test ./strategies -run Reference -update", name)
	}
}
