package main

import (
	"errors"

	"rulebot/engine/live"
	"rulebot/engine/num"
	"rulebot/exchange"
	"rulebot/exchange/okcoin"
	"rulebot/exchange/server"
	okcoinserver "rulebot/exchange/server/okcoin"
	"rulebot/exchange/sim"
	"rulebot/strategies"
)

// The real exchange's hosts.
const (
	okcoinREST = "https://www.okcoin.com"
	okcoinWS   = "wss://real.okcoin.com:8443/ws/v3"
)

func okcoinAdapter() adapter {
	return adapter{
		hosts:    func(*strategies.Exchange) (door, error) { return door{rest: okcoinREST, ws: okcoinWS}, nil },
		own:      func(address string) bool { return below(address, "okcoin.com") },
		commands: okcoin.NewCommands,
		caller: func(cfg callerConfig) (caller, error) {
			return okcoin.NewClient(okcoin.ClientConfig{
				Base: cfg.rest, TLS: cfg.tls, Keys: okcoin.Keys(cfg.keys), Now: cfg.now, Pace: cfg.pace, Behind: cfg.behind, Timing: cfg.timing,
			})
		},
		feed:    okcoinFeed,
		private: okcoinPrivate,
		lasting: func(err error) bool {
			var refused *okcoin.Error
			return errors.As(err, &refused) && refused.Class != okcoin.ClassRetry && refused.Class != okcoin.ClassRate
		},
		abilities: okcoin.Abilities,
		pageMax:   okcoin.BarPageMax,
	}
}

func okcoinStream(cfg *streamConfig) okcoin.StreamConfig {
	return okcoin.StreamConfig{
		Session:  exchange.SessionConfig{URL: cfg.ws, TLS: cfg.tls},
		Commands: cfg.budget, Now: cfg.now, Timing: cfg.timing, Backoff: cfg.backoff, Dial: cfg.dial, Report: cfg.report,
	}
}

func okcoinFeed(cfg feedConfig) (live.Feed, error) {
	f := okcoin.FeedConfig{StreamConfig: okcoinStream(&cfg.streamConfig), Instruments: cfg.instruments, Depth: cfg.depth}
	if cfg.announce != nil {
		f.OnStatus = func(m okcoin.Maintenance) {
			if m.Product <= 1 { // of what we trade
				cfg.announce(okcoinMaintenance(&m))
			}
		}
	}
	return okcoin.NewFeed(f), nil
}

func okcoinMaintenance(m *okcoin.Maintenance) maintenance {
	phase := map[okcoin.Phase]phase{okcoin.Announced: announced, okcoin.Running: running, okcoin.Over: over}
	return maintenance{title: m.Title, phase: phase[m.Phase], from: m.Start, to: m.End}
}

func okcoinPrivate(cfg privateConfig) (live.Feed, error) {
	p := okcoin.PrivateConfig{
		StreamConfig: okcoinStream(&cfg.streamConfig), Keys: okcoin.Keys(cfg.keys), Stamp: cfg.stamp, Instruments: cfg.instruments, Currencies: cfg.currencies,
	}
	if cfg.stops {
		p.OnAlgo = func(okcoin.Algo) {} // the events that come with it are enough
	}
	return okcoin.NewPrivate(p), nil
}

func okcoinFace() face {
	return face{
		ws: okcoinserver.Path,
		front: func(cfg faceConfig) func(*server.Exchange) (server.Front, error) {
			return okcoinserver.New(okcoinserver.Options{
				Accounts: cfg.Accounts, Speed: cfg.Speed, Pace: cfg.Pace, Faults: cfg.Faults, Farewell: cfg.Farewell,
			})
		},
		rules: okcoinserver.Rules,
		fees:  builtinFees,
	}
}

// builtinFees are what Okcoin charged by default in 2020.
func builtinFees() sim.Fees {
	return sim.Fees{Maker: num.MustRate("0.001"), Taker: num.MustRate("0.002")}
}
