package html

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"math"
)

// missing stands for a number that is not there.
const missing = math.MinInt32

// column is a series of numbers as the page carries it: whole numbers of
// 10^-Scale, each as its difference to the one before, deflated. A year of
// minutes takes about a megabyte.
type column struct {
	Scale int    `json:"scale"`
	Count int    `json:"count"`
	Data  string `json:"data"` // base64 of raw deflate of little-endian int32
}

// newColumn keeps as many digits, eight at most, as the largest number leaves
// room for.
func newColumn(values []float64) (column, error) {
	largest := 0.0
	for _, v := range values {
		if !math.IsNaN(v) {
			largest = max(largest, math.Abs(v))
		}
	}
	scale := 0
	for scale < 8 && largest*math.Pow10(scale+1) < math.MaxInt32/2 { // so that a difference fits as well
		scale++
	}
	for scale > -300 && largest*math.Pow10(scale) >= math.MaxInt32/2 {
		scale--
	}
	whole := make([]int32, len(values))
	var before int32
	for i, v := range values {
		if math.IsNaN(v) {
			whole[i] = missing
			continue
		}
		n := int32(math.Round(v * math.Pow10(scale)))
		whole[i], before = n-before, n
	}
	data, err := deflated(whole)
	return column{Scale: scale, Count: len(values), Data: data}, err
}

func deflated(whole []int32) (string, error) {
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return "", err
	}
	if err := binary.Write(z, binary.LittleEndian, whole); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}
