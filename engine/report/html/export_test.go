package html

// Pack makes a column.
func Pack(values []float64) (data string, scale int, err error) {
	c, err := newColumn(values)
	return c.Data, c.Scale, err
}
