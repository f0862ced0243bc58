package exchange_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"strings"
	"testing"

	"rulebot/exchange"
)

func deflate(tb testing.TB, text string) []byte {
	tb.Helper()
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = z.Write([]byte(text))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// TestInflate, faults: MD-21.
func TestInflate(t *testing.T) {
	const limit = 100_000
	f := exchange.NewInflater(limit)
	for _, size := range []int{0, 1, 20_000, limit - 1, limit, 5} {
		want := strings.Repeat("x", size)
		if got, err := f.Inflate(deflate(t, want)); err != nil || string(got) != want {
			t.Errorf("%d bytes: got %d, %v", size, len(got), err)
		}
	}
	for _, size := range []int{limit + 1, 100 * limit} {
		if _, err := f.Inflate(deflate(t, strings.Repeat("x", size))); !errors.Is(err, exchange.ErrTooLarge) {
			t.Errorf("%d bytes: got %v, want %v", size, err, exchange.ErrTooLarge)
		}
	}
	whole := deflate(t, "hello, hello, hello")
	for name, b := range map[string][]byte{"nothing": {}, "truncated": whole[:len(whole)-3], "garbage": []byte("\xff\xff\xff")} {
		if got, err := f.Inflate(b); err == nil {
			t.Errorf("%s: got %q, want an error", name, got)
		}
	}
	if got, err := f.Inflate(whole); err != nil || string(got) != "hello, hello, hello" {
		t.Errorf("after errors: got %q, %v", got, err)
	}
}

func FuzzInflate(f *testing.F) {
	f.Add(deflate(f, "hello, hello, hello"))
	f.Add([]byte("\x00\x05\x00\xfa\xffhello"))
	inflater := exchange.NewInflater(1 << 16)
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := inflater.Inflate(b); err == nil && len(got) > 1<<16 {
			t.Errorf("got %d bytes", len(got))
		}
	})
}
