package history

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Format is what a file holds.
type Format uint8

// The formats of market data files.
const (
	FormatBars Format = iota + 1
	FormatTrades
	FormatRecording
)

// String returns bars, trades or recording.
func (f Format) String() string {
	if f < FormatBars || f > FormatRecording {
		return "unknown"
	}
	return [...]string{"bars", "trades", "recording"}[f-1]
}

// DetectBytes is how many bytes of a file Detect wants to see: a subscription
// in a recording makes a long first line, but the first is the connection's.
const DetectBytes = 64 << 10

// Detect tells from the first bytes of a file what it holds; name is for
// messages. It looks at the first line only, and expects it whole.
func Detect(name string, head []byte) (Format, error) {
	l, err := newLines(name, bytes.NewReader(head))
	if err != nil {
		return 0, err
	}
	first, err := l.next()
	if first == nil {
		if err != nil {
			return 0, err
		}
		return 0, fmt.Errorf("%s: the file is empty", name)
	}
	if first[0] == '{' {
		var line frameLine
		if err := json.Unmarshal(first, &line); err != nil || line.Dir == "" {
			return 0, l.wrap(fmt.Errorf("%q does not begin a recording", clip(string(first))))
		}
		return FormatRecording, nil
	}
	columns := strings.Split(string(first), ",")
	for i := range columns {
		columns[i] = strings.TrimSpace(columns[i])
	}
	switch {
	case hasAll(columns, "time", "open", "high", "low", "close"):
		return FormatBars, nil
	case hasAll(columns, "time", "price", "size"):
		return FormatTrades, nil
	}
	return 0, l.wrap(fmt.Errorf("%q begins neither bars, trades nor a recording", clip(string(first))))
}

func hasAll(columns []string, names ...string) bool {
	have := map[string]bool{}
	for _, c := range columns {
		have[c] = true
	}
	for _, n := range names {
		if !have[n] {
			return false
		}
	}
	return true
}
