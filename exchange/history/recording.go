package history

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"rulebot/engine/market"
)

// Direction says who sent a frame.
type Direction uint8

// The directions of frames.
const (
	Opened   Direction = iota + 1 // the connection was opened; the payload is the address
	Sent                          // the client sent it; the payload is text
	Received                      // the exchange sent it
)

// Frame is one line of a recording. Its payload belongs to the recording and
// is valid until the next frame is read.
type Frame struct {
	At       market.Time // when the recorder saw it
	Dir      Direction
	Deflated bool   // the payload is raw DEFLATE, one complete stream, as it came; else it is text
	Payload  []byte // bytes of the message
}

// Recording reads recorded frames of one connection. A line is one object of
// either form:
//
//	{"t": "UNIX SECONDS", "dir": "open"|"out"|"in", "url"|"text": TEXT, "raw": BASE64}
//	{"recv_us": UNIX MICROSECONDS, "dir": "connect"|"send"|"recv", "url"|"text": TEXT, "deflate_b64": BASE64}
//
// A deflated payload is preferred to its text. Times do not go back.
type Recording struct {
	lines   *lines
	last    market.Time
	payload []byte
}

// OpenRecording reads frames from r; name is for messages.
func OpenRecording(name string, r io.Reader) (*Recording, error) {
	l, err := newLines(name, r)
	if err != nil {
		return nil, err
	}
	return &Recording{lines: l}, nil
}

// frameLine is a line of a recording as it is written.
type frameLine struct {
	T       secondsText `json:"t,omitzero"`
	RecvUs  int64       `json:"recv_us,omitzero"`
	Dir     string      `json:"dir"`
	URL     *string     `json:"url,omitempty"`
	Text    *string     `json:"text,omitempty"`
	Raw     *string     `json:"raw,omitempty"`
	Deflate *string     `json:"deflate_b64,omitempty"`
}

// secondsText is Unix seconds with decimals, as a string or a number.
type secondsText string

// UnmarshalJSON keeps the digits, which a float64 would round.
func (s *secondsText) UnmarshalJSON(b []byte) error {
	*s = secondsText(strings.Trim(string(b), `"`))
	return nil
}

// Next fills f with the next frame and reports false at the end.
func (r *Recording) Next(f *Frame) (bool, error) {
	text, err := r.lines.next()
	if text == nil {
		return false, err
	}
	if err := r.parse(text, f); err != nil {
		return false, r.lines.wrap(err)
	}
	if f.At < r.last {
		return false, r.lines.wrap(fmt.Errorf("time %s is before %s", f.At, r.last))
	}
	r.last = f.At
	return true, nil
}

func (r *Recording) parse(text []byte, f *Frame) error {
	var line frameLine
	if err := json.Unmarshal(text, &line); err != nil {
		return fmt.Errorf("not a frame: %w", err)
	}
	at, err := line.at()
	if err != nil {
		return err
	}
	*f = Frame{At: at}
	switch line.Dir {
	case "open", "connect":
		f.Dir = Opened
		return r.take(f, line.URL, nil)
	case "out", "send":
		f.Dir = Sent
		return r.take(f, line.Text, nil)
	case "in", "recv":
		f.Dir = Received
		if line.Raw == nil {
			line.Raw = line.Deflate
		}
		return r.take(f, line.Text, line.Raw)
	}
	return fmt.Errorf("direction %q is not known", clip(line.Dir))
}

// take puts the payload into f.
func (r *Recording) take(f *Frame, text, deflated *string) (err error) {
	switch {
	case deflated != nil:
		f.Deflated = true
		if r.payload, err = base64.StdEncoding.AppendDecode(r.payload[:0], []byte(*deflated)); err != nil {
			return fmt.Errorf("frame: %w", err)
		}
	case text != nil:
		r.payload = append(r.payload[:0], *text...)
	default:
		return errors.New("frame without content")
	}
	f.Payload = r.payload
	return nil
}

func (l *frameLine) at() (market.Time, error) {
	if l.T == "" {
		const limit = lastMilli * 1000
		if l.RecvUs <= 0 || l.RecvUs > limit {
			return 0, fmt.Errorf("time recv_us %d is out of range", l.RecvUs)
		}
		return market.Time(l.RecvUs * 1000), nil
	}
	whole, fraction, _ := strings.Cut(string(l.T), ".")
	digits := (fraction + "000000000")[:9]
	s, err := strconv.ParseUint(whole, 10, 63)
	ns, err2 := strconv.ParseUint(digits, 10, 63)
	if err != nil || err2 != nil || s+ns == 0 || s >= uint64(lastMilli/1000) {
		return 0, fmt.Errorf("time t %q is not Unix seconds", clip(string(l.T)))
	}
	return market.Time(s*1e9 + ns), nil
}

// AppendFrame appends f as a line of the first form, with its newline. Text
// that is not UTF-8 is refused, for JSON would change it.
func AppendFrame(dst []byte, f *Frame) ([]byte, error) {
	if f.At <= 0 || !f.Deflated && !utf8.Valid(f.Payload) {
		return dst, errors.New("history: frame without a time, or of text that is not UTF-8")
	}
	line := frameLine{T: secondsText(fmt.Sprintf("%d.%09d", f.At/1e9, f.At%1e9))}
	payload := string(f.Payload)
	switch f.Dir {
	case Opened:
		line.Dir, line.URL = "open", &payload
	case Sent:
		line.Dir, line.Text = "out", &payload
	case Received:
		line.Dir, line.Text = "in", &payload
	default:
		return dst, fmt.Errorf("history: frame of direction %d", f.Dir)
	}
	if f.Deflated {
		payload = base64.StdEncoding.EncodeToString(f.Payload)
		line.Text, line.Raw = nil, &payload
	}
	text, err := json.Marshal(&line)
	if err != nil {
		return dst, fmt.Errorf("history: frame: %w", err)
	}
	return append(append(dst, text...), '\n'), nil
}
