// Package realdata finds recorded market data for tests. The data is other
// people's and is never committed; without it such tests skip.
package realdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Variable names the environment variable that holds the data folder.
const Variable = "RULEBOT_DATA"

// Path returns the path of a file of the data folder. It skips the test when
// no folder is given, and fails it when the folder lacks the file.
func Path(tb testing.TB, name string) string {
	tb.Helper()
	root := os.Getenv(Variable)
	if root == "" {
		tb.Skip("real data: set " + Variable + " to the data folder to run this test")
	}
	path := filepath.Join(root, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		tb.Fatalf("real data: %v", err)
	}
	return path
}
