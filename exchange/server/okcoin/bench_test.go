package okcoin_test

import (
	"net/http"
	"testing"

	"github.com/gorilla/websocket"

	"rulebot/engine"
	"rulebot/exchange/server"
	"rulebot/exchange/synth"
)

// limited ends a source after n events.
type limited struct {
	server.Source
	left int
}

func (l *limited) Next(ev *engine.Event) (bool, error) {
	if l.left == 0 {
		return false, nil
	}
	l.left--
	return l.Source.Next(ev)
}

// BenchmarkPublish plays the generated market to one client of its book,
// trades and candles that keeps up: one operation is one event of the market,
// sent as a frame and received.
func BenchmarkPublish(b *testing.B) {
	m := synth.New(synth.Config{Seed: 1, Instruments: []string{"BTC-USD"}})
	clock := newStepped(synth.DefaultStart)
	cfg := config(&limited{m, b.N}, clock)
	cfg.Instruments = m.Instruments()
	x := start(b, cfg)
	ws, res, err := websocket.DefaultDialer.DialContext(b.Context(), "ws://"+x.x.Addr()+"/ws/v3", http.Header{})
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	defer ws.Close()
	const topics = `{"op":"subscribe","args":["spot/depth_l2_tbt:BTC-USD","spot/trade:BTC-USD","spot/candle60s:BTC-USD"]}`
	if err := ws.WriteMessage(websocket.TextMessage, []byte(topics)); err != nil {
		b.Fatal(err)
	}
	frames, size := 0, 0
	go func() {
		for {
			_, frame, err := ws.ReadMessage()
			if err != nil {
				return
			}
			frames++
			size += len(frame)
			if clock.End(); frames == 4 { // three acks and the empty book
				clock.End()
			}
		}
	}()
	b.ReportAllocs()
	b.ResetTimer()
	<-x.x.Done()
	b.StopTimer()
	b.ReportMetric(float64(frames)/b.Elapsed().Seconds(), "frames/s")
	b.ReportMetric(float64(size)/float64(frames), "B/frame")
}
