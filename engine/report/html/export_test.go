package html

// Pack makes a column.
func Pack(values []float64) (data string, scale int, err error) {
	c, err := newColumn(values)
	return c.Data, c.Scale, err
}

// CellText is a month's return as the page shows it.
func CellText(pct float64) string { return cell{Pct: pct, Known: true}.Text() }
