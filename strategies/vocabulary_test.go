package strategies_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"rulebot/strategies"
)

// TestVocabularyIsWhole holds that every row of the vocabulary says all that
// is told of a function.
func TestVocabularyIsWhole(t *testing.T) {
	for _, f := range strategies.Functions() {
		v := reflect.ValueOf(f)
		for i := range v.NumField() {
			if v.Field(i).String() == "" {
				t.Errorf("%s: %s is empty", f.Name, v.Type().Field(i).Name)
			}
		}
	}
	for _, problem := range strategies.VocabularyGaps() {
		t.Error(problem)
	}
}

// TestFirstBar holds that a function's first bar with a value is the one that
// its row names.
func TestFirstBar(t *testing.T) {
	const n = 7
	for _, f := range strategies.Functions() {
		if f.First == "with its arguments" {
			continue
		}
		call := strings.NewReplacer("[, n]", ", 7", "x", "close", "(a, b", "(close, open", "(n)", "(7)", ", n", ", 7").Replace(f.Usage)
		s := single(t, f.Name+call[strings.Index(call, "("):])
		if want := firstBar(t, f.First, n); s.Feed.WarmUp != want {
			t.Errorf("%s: ready after %d bars, its row says %s = %d", f.Usage, s.Feed.WarmUp, f.First, want)
		}
	}
}

// firstBar computes "n", "n + 1" or "2".
func firstBar(t *testing.T, formula string, n int) int {
	t.Helper()
	total := 0
	for part := range strings.SplitSeq(formula, " + ") {
		if part == "n" {
			total += n
			continue
		}
		x, err := strconv.Atoi(part)
		if err != nil {
			t.Fatalf("first bar %q: %v", formula, err)
		}
		total += x
	}
	return total
}
