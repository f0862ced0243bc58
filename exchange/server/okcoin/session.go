package okcoin

import (
	"net/http"

	"rulebot/exchange/server"
	"rulebot/exchange/server/front"
)

// session is one WebSocket connection and what its client may say.
type session struct {
	*front.Session[topic]
	front *Front
}

// serveSocket upgrades a request and serves the connection until it ends.
func (f *Front) serveSocket(w http.ResponseWriter, r *http.Request) {
	if f.Refuses() {
		http.Error(w, "Service Unavailable", http.StatusServiceUnavailable)
		return
	}
	if !f.Limits.Allow("connect", front.Host(r), connects()) {
		writeFault(w, &faultOften)
		return
	}
	wire := front.Wire[topic]{Binary: true, Command: f.command}
	f.x.With(func(*server.State) { wire.Pong = f.encoder.frame([]byte("pong")) })
	f.ServeSocket(w, r, &wire)
}

func (f *Front) command(s *front.Session[topic], text bool, message []byte) bool {
	return (&session{s, f}).command(text, message)
}
