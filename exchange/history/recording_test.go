package history_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"rulebot/engine/market"
	"rulebot/exchange/history"
	"rulebot/internal/realdata"
)

// frame is a copy of a frame that lasts.
type frame struct {
	At       market.Time
	Dir      history.Direction
	Deflated bool
	Payload  string
}

func frames(t testing.TB, r *history.Recording) []frame {
	t.Helper()
	var out []frame
	var f history.Frame
	for {
		more, err := r.Next(&f)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return out
		}
		out = append(out, frame{f.At, f.Dir, f.Deflated, string(f.Payload)})
	}
}

func TestRecordingForms(t *testing.T) {
	forms := []string{
		`{"t":"1626995795.98289511","dir":"open","url":"wss://host/ws"}
{"t":"1626995796","dir":"out","text":"{\"op\":\"subscribe\"}"}

{"t":1626995796.5,"dir":"in","raw":"q1ZK"}
{"t":"1626995796.5","dir":"in","text":"pong"}`,
		`{"recv_us":1626995795982895,"dir":"connect","url":"wss://host/ws"}
{"recv_us":1626995796000000,"dir":"send","text":"{\"op\":\"subscribe\"}"}
{"recv_us":1626995796500000,"dir":"recv","text":"ignored","deflate_b64":"q1ZK"}
{"recv_us":1626995796500000,"dir":"recv","text":"pong"}`,
	}
	for i, text := range forms {
		var zipped bytes.Buffer
		z := gzip.NewWriter(&zipped)
		if _, err := io.WriteString(z, text); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := history.OpenRecording("r.jsonl.gz", &zipped)
		if err != nil {
			t.Fatal(err)
		}
		start := market.Time(1626995795982895110)
		if i == 1 {
			start = 1626995795982895000
		}
		want := []frame{
			{start, history.Opened, false, "wss://host/ws"},
			{1626995796000000000, history.Sent, false, `{"op":"subscribe"}`},
			{1626995796500000000, history.Received, true, "\xab\x56\x4a"},
			{1626995796500000000, history.Received, false, "pong"},
		}
		if diff := cmp.Diff(want, frames(t, r)); diff != "" {
			t.Errorf("form %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestRecordingErrors(t *testing.T) {
	const first = `{"t":"5.5","dir":"in","text":"x"}` + "\n"
	cases := []struct{ name, text, want string }{
		{"no object", first + "hello", "r:2: not a frame"},
		{"no time", `{"dir":"in","text":"x"}`, "r:1: time recv_us 0 is out of range"},
		{"bad time", `{"t":"soon","dir":"in","text":"x"}`, `r:1: time t "soon" is not Unix seconds`},
		{"bad fraction", `{"t":"5.-1","dir":"in","text":"x"}`, `r:1: time t "5.-1" is not Unix seconds`},
		{"time goes back", first + `{"t":"5.4","dir":"in","text":"x"}`, "r:2: time 1970-01-01T00:00:05.400Z is before"},
		{"direction", `{"t":"5","dir":"up","text":"x"}`, `r:1: direction "up" is not known`},
		{"no content", `{"t":"5","dir":"in"}`, "r:1: frame without content"},
		{"no base64", `{"t":"5","dir":"in","raw":"?"}`, "r:1: frame: illegal base64"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := history.OpenRecording("r", strings.NewReader(c.text))
			var f history.Frame
			for more := err == nil; more; {
				more, err = r.Next(&f)
			}
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

// TestRealRecordings reads what was recorded from exchanges: every frame in
// order, every payload one complete stream of DEFLATE, and the same when
// written again.
func TestRealRecordings(t *testing.T) {
	const samples = "reference/okcoin-v3-samples/recordings/"
	files := []struct {
		name string
		want map[history.Direction]int
	}{
		{samples + "okcoin-2021-07-22-a.jsonl.gz", map[history.Direction]int{history.Opened: 1, history.Sent: 1, history.Received: 1092}},
		{samples + "okcoin-2021-07-22-b.jsonl.gz", map[history.Direction]int{history.Opened: 1, history.Sent: 1, history.Received: 1092}},
		{samples + "okcoin-2021-07-22-c.jsonl.gz", map[history.Direction]int{history.Opened: 1, history.Sent: 1, history.Received: 1160}},
		{"data/ticks/okcoin_v3_20210722_ws.jsonl.gz", map[history.Direction]int{history.Opened: 1, history.Sent: 1, history.Received: 1160}},
	}
	for _, file := range files {
		t.Run(file.name, func(t *testing.T) {
			f, err := os.Open(realdata.Path(t, file.name))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r, err := history.OpenRecording(file.name, f)
			if err != nil {
				t.Fatal(err)
			}
			all := frames(t, r)
			got := map[history.Direction]int{}
			for _, f := range all {
				got[f.Dir]++
				if f.Dir == history.Received {
					inflate(t, f)
				}
			}
			if diff := cmp.Diff(file.want, got); diff != "" {
				t.Errorf("frames (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(all, rewritten(t, all)); diff != "" {
				t.Errorf("written and read again (-want +got):\n%s", diff)
			}
		})
	}
}

func inflate(t *testing.T, f frame) {
	t.Helper()
	text, err := io.ReadAll(flate.NewReader(strings.NewReader(f.Payload)))
	if err != nil || !f.Deflated || len(text) == 0 || text[0] != '{' {
		t.Fatalf("frame at %s: got %q, %v, want a deflated object", f.At, text, err)
	}
}

func rewritten(t testing.TB, all []frame) []frame {
	t.Helper()
	var text []byte
	for _, f := range all {
		var err error
		text, err = history.AppendFrame(text, &history.Frame{At: f.At, Dir: f.Dir, Deflated: f.Deflated, Payload: []byte(f.Payload)})
		if err != nil {
			t.Fatal(err)
		}
	}
	r, err := history.OpenRecording("again", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return frames(t, r)
}

func TestAppendFrameRefuses(t *testing.T) {
	for _, f := range []history.Frame{
		{At: 0, Dir: history.Sent, Payload: []byte("x")},
		{At: 1, Dir: history.Sent, Payload: []byte("\xff")},
		{At: 1, Payload: []byte("x")},
	} {
		if _, err := history.AppendFrame(nil, &f); err == nil {
			t.Errorf("%+v: got no error", f)
		}
	}
}

func TestDetect(t *testing.T) {
	cases := []struct {
		head, want string
	}{
		{header, "bars"},
		{"time,id,price,size,side\r\n1", "trades"},
		{`{"t":"1","dir":"open"}`, "recording"},
		{`{"recv_us":1,"dir":"connect"}` + "\n{", "recording"},
		{"", "f: the file is empty"},
		{`{"table":"spot/order"}`, `f:1: "{\"table\":\"spot/order\"}" does not begin a recording`},
		{"a,b,c", `f:1: "a,b,c" begins neither bars, trades nor a recording`},
	}
	for _, c := range cases {
		format, err := history.Detect("f", []byte(c.head))
		got := format.String()
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%q: got %s, want %s", c.head, got, c.want)
		}
	}
}

func TestDetectRealFiles(t *testing.T) {
	for name, want := range map[string]history.Format{
		"data/demo/btc-usd-1m.csv":                                            history.FormatBars,
		"data/ohlcv/bitfinex_btcusd_1m_2017.csv.gz":                           history.FormatBars,
		"data/demo/btc-usdt-trades.csv":                                       history.FormatTrades,
		"data/ticks/okcoin_v3_20210722_ws.jsonl.gz":                           history.FormatRecording,
		"reference/okcoin-v3-samples/recordings/okcoin-2021-07-22-a.jsonl.gz": history.FormatRecording,
	} {
		text, err := os.ReadFile(realdata.Path(t, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := history.Detect(name, text[:min(len(text), history.DetectBytes)])
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", name, got, err, want)
		}
	}
}
