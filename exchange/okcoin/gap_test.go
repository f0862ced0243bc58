package okcoin_test

import (
	"bytes"
	"testing"

	"rulebot/exchange"
	"rulebot/exchange/okcoin"
)

// lost is a copy of a book that did not get one update.
type lost struct {
	at    int // its message
	books *okcoin.Books
}

// gapCount is what became of updates that were left out.
type gapCount struct {
	updates     int
	next, later int // noticed at the book's next message, or at a later one
	undone      int // what followed made the copy whole again
	below       int // different at the end, below the levels that are trusted
}

// TestUpdateRemoved leaves each update of the recorded books out, one at a time.
// A message that verifies after that proves the 25 best levels a side, so a copy
// that lacks the update is either found out or right as far as it is trusted:
// at the book's next message nearly always, and never later than it matters.
//
// Faults: MD-04.
func TestUpdateRemoved(t *testing.T) {
	for _, c := range []struct {
		file string
		want gapCount
	}{
		{"okcoin-2021-07-22-a.jsonl.gz", gapCount{updates: 1010, next: 780, undone: 217, below: 13}},
		{"okcoin-2021-07-22-b.jsonl.gz", gapCount{updates: 1010, next: 780, undone: 217, below: 13}},
		{"okcoin-2021-07-22-c.jsonl.gz", gapCount{updates: 1078, next: 829, later: 1, undone: 235, below: 13}},
		{"okex-2021-04-17-a.jsonl.gz", gapCount{updates: 2374, next: 2159, later: 24, undone: 163, below: 28}},
	} {
		if got := removeEach(t, c.file); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.file, got, c.want)
		}
	}
}

func removeEach(t *testing.T, file string) (n gapCount) {
	t.Helper()
	books, inflater := okcoin.NewBooks(), exchange.NewInflater(4<<20)
	without := map[string][]lost{}
	seen := map[string]int{} // messages of each book
	for i, raw := range frames(t, file) {
		text, err := inflater.Inflate(raw)
		if err != nil {
			t.Fatal(err)
		}
		name := okcoin.BookOf(text)
		update := name != "" && seen[name] > 0 && !bytes.Contains(text, []byte(`"bids":[],"asks":[]`)) && !bytes.Contains(text, []byte(`"asks":[],"bids":[]`))
		var fork *okcoin.Books
		if update {
			fork = books.Fork(name)
		}
		if _, err := books.Apply(text); err != nil {
			t.Fatalf("%s: message %d: %v", file, i, err)
		}
		if name == "" {
			continue
		}
		seen[name]++
		var left []lost
		for _, l := range without[name] {
			if _, err := l.books.Apply(text); err != nil {
				if l.at+1 == seen[name] {
					n.next++
				} else {
					n.later++
				}
				continue
			}
			switch proven, below := l.books.Differs(name, books); {
			case proven:
				t.Fatalf("%s: message %d verifies over a wrong book", file, i)
			case below:
				left = append(left, l)
			default:
				n.undone++
			}
		}
		without[name] = left
		if update {
			n.updates++
			without[name] = append(without[name], lost{seen[name], fork})
		}
	}
	for _, left := range without {
		n.below += len(left)
	}
	return n
}
