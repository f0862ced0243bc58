package okcoin

import (
	"math"
	"strconv"
)

// pageMax is the default and the largest number of rows of a page.
const pageMax = 100

// span of ids a client asks for: older than after, newer than before.
type page struct {
	after, before int64
	limit         int
}

func (q *request) page() (p page, no *fault) {
	if p.limit, no = q.count("limit", 1, pageMax); no != nil {
		return p, no
	}
	if p.after, no = q.id("after", "to", math.MaxInt64); no != nil {
		return p, no
	}
	p.before, no = q.id("before", "from", math.MinInt64)
	return p, no
}

// id reads one end of the span, which had an older name.
func (q *request) id(name, older string, absent int64) (int64, *fault) {
	text := q.query(name, "")
	if text == "" {
		name, text = older, q.query(older, "")
	}
	if text == "" {
		return absent, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, invalid(name)
	}
	return n, nil
}

// cut keeps the newest rows within the page. Rows come newest first.
func cut[R any](rows []R, p page, id func(*R) int64) []R {
	kept := rows[:0]
	for i := range rows {
		if n := id(&rows[i]); n < p.after && n > p.before && len(kept) < p.limit {
			kept = append(kept, rows[i])
		}
	}
	return kept
}

// pageHeaders tells the ids with which the neighbouring pages are asked for.
func pageHeaders[R any](q *request, rows []R, id func(*R) int64) {
	if len(rows) == 0 {
		return
	}
	q.header.Set("OK-BEFORE", strconv.FormatInt(id(&rows[0]), 10))
	q.header.Set("OK-AFTER", strconv.FormatInt(id(&rows[len(rows)-1]), 10))
}
