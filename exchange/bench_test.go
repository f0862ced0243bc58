package exchange_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"rulebot/exchange"
)

// BenchmarkRoundTrip is a query over HTTP/1.1 and over HTTP/2, both with TLS on
// this machine, to a server that does nothing: one after the other, and eight
// at once. The ratio is how many times as long HTTP/2 takes.
func BenchmarkRoundTrip(b *testing.B) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // what is missing shows at the client
		_, _ = w.Write(bytes.Repeat([]byte("x"), 500))
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	b.Cleanup(server.Close)
	known := x509.NewCertPool()
	known.AddCert(server.Certificate())
	conf := &tls.Config{RootCAs: known, MinVersion: tls.VersionTLS12}
	two, err := exchange.NewQueryCaller(conf)
	if err != nil {
		b.Fatal(err)
	}
	one, err := exchange.NewOrderCaller(conf)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		atOnce int
	}{{"one", 1}, {"eight", 8}} {
		b.Run(c.name, func(b *testing.B) {
			var took [2][]time.Duration
			for b.Loop() {
				for i, caller := range []*exchange.Caller{one, two} {
					began := time.Now()
					callAtOnce(b, caller, server.URL, c.atOnce)
					took[i] = append(took[i], time.Since(began))
				}
			}
			var half [2]float64
			for i, name := range []string{"http1-p50-µs", "http2-p50-µs"} {
				slices.Sort(took[i])
				half[i] = float64(took[i][len(took[i])/2].Nanoseconds()) / 1000
				b.ReportMetric(half[i], name)
			}
			b.ReportMetric(half[1]/half[0], "http2/http1")
			b.ReportMetric(0, "ns/op") // an operation here is both together
		})
	}
}

func callAtOnce(b *testing.B, caller *exchange.Caller, url string, n int) {
	b.Helper()
	var g errgroup.Group
	for range n {
		g.Go(func() error {
			_, err := caller.Do(b.Context(), exchange.Call{Method: http.MethodGet, URL: url})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
}
