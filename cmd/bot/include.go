package main

import (
	"os"
	"path/filepath"

	"rulebot/strategies"
)

// including reads what a strategies file includes: patterns are relative to
// it.
func including(name string) strategies.Open {
	return func(pattern string) ([]strategies.Included, error) {
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(name), pattern)
		}
		names, err := filepath.Glob(pattern) // sorted
		if err != nil {
			return nil, err
		}
		var files []strategies.Included
		for _, n := range names {
			src, err := os.ReadFile(n)
			if err != nil {
				return nil, err
			}
			files = append(files, strategies.Included{Name: n, Src: src})
		}
		return files, nil
	}
}
