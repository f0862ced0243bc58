package okx

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Place is where an account lives: everything that must go together.
type Place struct {
	Region      string // global, us, eea or okcoin
	Environment string // live or demo
	REST        string
	Public      string // addresses of the streams
	Business    string
	Private     string
	Demo        bool // every request carries the header of demo trading
}

// region is a part of the world with accounts, keys and hosts of its own.
type region struct {
	name, rest, live, demo string // demo is "" where there is none
	oneStream              bool   // candles come with the public data
}

var regions = [...]region{
	{name: "global", rest: "https://openapi.okx.com", live: "wss://ws.okx.com:8443", demo: "wss://wspap.okx.com:8443"},
	{name: "us", rest: "https://us.okx.com", live: "wss://wsus.okx.com:8443", demo: "wss://wsuspap.okx.com:8443"},
	{name: "eea", rest: "https://eea.okx.com", live: "wss://wseea.okx.com:8443", demo: "wss://wseeapap.okx.com:8443"},
	{name: "okcoin", rest: "https://www.okcoin.com", live: "wss://real.okcoin.com:8443", oneStream: true},
}

// The environments.
const (
	live = "live"
	demo = "demo"
)

// PlaceOf returns the hosts of a region and an environment.
func PlaceOf(name, environment string) (Place, error) {
	i := slices.IndexFunc(regions[:], func(r region) bool { return r.name == name })
	if i < 0 {
		return Place{}, fmt.Errorf("region %q: write global, us or eea: where the account was opened (www.okx.com, app.okx.com, my.okx.com)", name)
	}
	r := regions[i]
	p := Place{Region: name, Environment: environment, REST: r.rest, Demo: environment == demo}
	ws := r.live
	switch {
	case environment == demo && r.demo == "":
		return Place{}, fmt.Errorf("environment: region %s has no demo trading; write live", name)
	case environment == demo:
		ws = r.demo
	case environment != live:
		return Place{}, fmt.Errorf("environment %q: write demo or live", environment)
	}
	p.Public, p.Business, p.Private = ws+wsPublic, ws+wsBusiness, ws+wsPrivate
	if r.oneStream {
		p.Business = p.Public
	}
	return p, nil
}

// The paths of the streams.
const (
	wsPublic   = "/ws/v5/public"
	wsBusiness = "/ws/v5/business"
	wsPrivate  = "/ws/v5/private"
)

// At returns a place at other hosts, as of a built-in exchange: both are given.
func At(environment, rest, ws string) (Place, error) {
	if environment != demo && environment != live {
		return Place{}, fmt.Errorf("environment %q: write demo or live", environment)
	}
	ws = strings.TrimSuffix(ws, "/")
	return Place{
		Environment: environment, REST: strings.TrimSuffix(rest, "/"), Demo: environment == demo,
		Public: ws + wsPublic, Business: ws + wsBusiness, Private: ws + wsPrivate,
	}, nil
}

// oneStream reports whether candles come with the public data. Who still does
// it so has fewer channels.
func (p *Place) oneStream() bool { return p.Public == p.Business }

// Check refuses a place whose parts belong to different regions or
// environments. Hosts of nobody that is listed are for who named them.
func (p *Place) Check() error {
	for _, r := range regions {
		for _, environment := range [...]string{live, demo} {
			known, err := PlaceOf(r.name, environment)
			if err != nil {
				continue
			}
			if p.mixes(&known) {
				return fmt.Errorf("okx: %s, %s, %s and %s (demo %t) are not of one region and environment: of %s, %s they are %s, %s, %s and %s (demo %t)",
					p.REST, p.Public, p.Business, p.Private, p.Demo, r.name, environment,
					known.REST, known.Public, known.Business, known.Private, known.Demo)
			}
		}
	}
	return nil
}

// mixes reports whether a place has a stream of a listed one, or its REST host
// in its environment, but not all of it.
func (p *Place) mixes(known *Place) bool {
	shares := p.Private == known.Private || p.Public == known.Public || p.Business == known.Business ||
		p.REST == known.REST && p.Demo == known.Demo
	whole := p.Private == known.Private && p.Public == known.Public && p.Business == known.Business &&
		p.REST == known.REST && p.Demo == known.Demo
	return shares && !whole
}

// mark adds the header of demo trading, without which a request reads and
// trades live markets.
func (p *Place) mark(h http.Header) http.Header {
	if p.Demo {
		h["X-Simulated-Trading"] = []string{"1"}
	}
	return h
}
