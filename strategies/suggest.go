package strategies

import (
	"strings"
)

// nearest returns the known name that got is most likely meant to be, or "".
// Of equally near names the first counts, so the order of known decides.
func nearest(got string, known []string) string {
	best, bound := "", 1+len(got)/3
	if len(got) < 3 {
		bound = 0 // of two letters, one other makes another word
	}
	if len(got) > 64 {
		return ""
	}
	for _, k := range known {
		if strings.EqualFold(got, k) {
			return k
		}
		if d := distance(got, k); d <= bound && d > 0 && d < len(k) {
			best, bound = k, d-1
		}
	}
	for _, k := range known {
		if best == "" && len(got) > 2 && strings.HasPrefix(k, got) {
			return k
		}
	}
	return best
}

// didYouMean makes a hint of nearest, or lists what is known.
func didYouMean(got string, known []string) string {
	if n := nearest(got, known); n != "" {
		return "did you mean " + n + "?"
	}
	if len(known) > 0 && len(known) <= 24 {
		return "known here: " + strings.Join(known, ", ")
	}
	return ""
}

// distance counts the edits (insert, delete, replace, swap of neighbours)
// that make b of a.
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	row := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
