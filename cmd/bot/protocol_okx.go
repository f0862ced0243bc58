package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"rulebot/engine/live"
	"rulebot/engine/num"
	"rulebot/exchange"
	"rulebot/exchange/okx"
	"rulebot/exchange/server"
	okxserver "rulebot/exchange/server/okx"
	"rulebot/exchange/sim"
	"rulebot/strategies"
)

// okxName is OKX in a strategies file: the one with regions and a demo.
const okxName = "okx"

// okxStreams is what the paths of the streams begin with. An address that
// somebody names may end with it or not.
const okxStreams = "/ws/v5"

func okxAdapter() adapter {
	return adapter{
		hosts: func(x *strategies.Exchange) (door, error) {
			p, err := okx.PlaceOf(x.Region, x.Environment)
			return door{rest: p.REST, ws: p.Public, region: x.Region}, err
		},
		own:      func(address string) bool { return below(address, "okx.com") || below(address, "okcoin.com") },
		commands: okx.NewCommands,
		caller: func(cfg callerConfig) (caller, error) {
			place, err := okxPlace(&cfg.door)
			if err != nil {
				return nil, err
			}
			return okx.NewClient(okx.ClientConfig{
				Place: place, TLS: cfg.tls, Keys: okx.Keys(cfg.keys), Now: cfg.now, Pace: cfg.pace, Behind: cfg.behind, Timing: cfg.timing,
			})
		},
		feed:    okxFeed,
		private: okxPrivate,
		status:  okxStatus,
		account: okxAccount,

		cancelAfter: okxCancelAfter,
		lasting: func(err error) bool {
			var refused *okx.Error
			return errors.As(err, &refused) && refused.Class != okx.ClassRetry && refused.Class != okx.ClassSlow
		},
		abilities: okx.Abilities,
		pageMax:   okx.BarPageMax,
	}
}

// okxPlace is where a door leads: to a region, or to an address that somebody
// named.
func okxPlace(d *door) (okx.Place, error) {
	if d.region != "" {
		return okx.PlaceOf(d.region, d.environment)
	}
	return okx.At(d.environment, d.rest, strings.TrimSuffix(strings.TrimSuffix(d.ws, "/"), okxStreams))
}

func okxStream(cfg *streamConfig) (okx.StreamConfig, error) {
	place, err := okxPlace(&cfg.door)
	return okx.StreamConfig{
		Place: place, Session: exchange.SessionConfig{TLS: cfg.tls},
		Commands: cfg.budget, Now: cfg.now, Timing: cfg.timing, Backoff: cfg.backoff, Dial: cfg.dial, Report: cfg.report,
	}, err
}

func okxFeed(cfg feedConfig) (live.Feed, error) {
	stream, err := okxStream(&cfg.streamConfig)
	if err != nil {
		return nil, err
	}
	feed := okx.FeedConfig{StreamConfig: stream, Instruments: cfg.instruments, Depth: cfg.depth}
	if cfg.announce != nil {
		feed.Announce = func(m okx.Maintenance) {
			if told, concerns := okxMaintenance(&m); concerns {
				cfg.announce(told)
			}
		}
	}
	return okx.NewFeed(feed)
}

func okxPrivate(cfg privateConfig) (live.Feed, error) {
	stream, err := okxStream(&cfg.streamConfig)
	if err != nil {
		return nil, err
	}
	return okx.NewPrivate(okx.PrivateConfig{
		StreamConfig: stream, Keys: okx.Keys(cfg.keys), Stamp: cfg.stamp, Instruments: cfg.instruments, Currencies: cfg.currencies,
	}), nil
}

// okxAccount asks what the account and the key may do.
func okxAccount(ctx context.Context, c caller, unsafe bool) (warnings []string, err error) {
	client, ok := c.(*okx.Client)
	if !ok {
		return nil, errNoOKX
	}
	a, err := client.Account(ctx)
	if err != nil {
		return nil, err
	}
	return a.Check(unsafe)
}

func okxCancelAfter(ctx context.Context, c caller, tag string, within time.Duration) error {
	client, ok := c.(*okx.Client)
	if !ok {
		return errNoOKX
	}
	return client.CancelAllAfter(ctx, tag, within)
}

var errNoOKX = errors.New("no client of OKX")

// okxStatus asks for the maintenance that concerns trading.
func okxStatus(ctx context.Context, c caller) ([]maintenance, error) {
	client, ok := c.(*okx.Client)
	if !ok {
		return nil, errNoOKX
	}
	list, err := client.Status(ctx)
	var told []maintenance
	for i := range list {
		if m, concerns := okxMaintenance(&list[i]); concerns {
			told = append(told, m)
		}
	}
	return told, err
}

// okxMaintenance is how far a maintenance is; not all of it concerns trading.
func okxMaintenance(m *okx.Maintenance) (told maintenance, concerns bool) {
	phases := map[string]phase{"scheduled": announced, "ongoing": running, "pre_open": running, "completed": over, "canceled": over}
	at, known := phases[m.State]
	return maintenance{title: m.Title, phase: at, from: m.Start, to: m.End}, known && m.Service != okxOtherService
}

// okxOtherService is the number of services that we do not use.
const okxOtherService = 99

func okxFace() face {
	return face{
		ws: okxStreams,
		front: func(cfg faceConfig) func(*server.Exchange) (server.Front, error) {
			return okxserver.New(okxserver.Options{
				Accounts: cfg.Accounts, Demo: cfg.environment != environmentLive,
				Speed: cfg.Speed, Pace: cfg.Pace, Faults: cfg.Faults, Farewell: cfg.Farewell,
			})
		},
		rules: okxserver.Rules,
		fees:  okxFees,
	}
}

// okxFees are what OKX charges by default.
func okxFees() sim.Fees {
	return sim.Fees{Maker: num.MustRate("0.0008"), Taker: num.MustRate("0.001")}
}
