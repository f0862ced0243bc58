package strategies

import (
	"net/url"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// The exchanges there are, and the parts of the world and the environments of
// the one that has them.
var (
	exchangeNames        = [...]string{"okcoin", "okx"}
	exchangeRegions      = [...]string{"global", "us", "eea", "okcoin"}
	exchangeEnvironments = [...]string{"live", "demo"}
)

func (s *source) exchange(n *yaml.Node, x *Exchange) {
	keys := map[string]field{}
	for _, e := range s.fields(n, &exchangeKeys) {
		keys[e.name] = e
		switch e.name {
		case "name":
			x.Name = s.choice(e.value, "name", exchangeNames[:]...)
		case "region":
			x.Region = s.choice(e.value, "region", exchangeRegions[:]...)
		case "environment":
			x.Environment = s.choice(e.value, "environment", exchangeEnvironments[:]...)
		case "endpoint":
			s.endpoint(e.value, x)
		case "market":
			s.market(e.value, &x.Market)
		case "cancel_after":
			x.CancelAfter = s.cancelAfter(e.value)
		case "unsafe_key":
			x.UnsafeKey = s.choice(e.value, "unsafe_key", "refuse", "warn") == "warn"
		}
	}
	s.required(n, false, "name", "")
	if e, written := keys["market"]; written && !x.Builtin {
		s.report(e.key, CodeValue, "market belongs to 'endpoint: builtin' only", "")
	}
	s.whereabouts(keys, x)
}

// whereabouts holds region, environment and endpoint together, and settles those
// that are not written.
func (s *source) whereabouts(keys map[string]field, x *Exchange) {
	region, regional := keys["region"]
	environment, staged := keys["environment"]
	after, timed := keys["cancel_after"]
	unsafe, told := keys["unsafe_key"]
	_, elsewhere := keys["endpoint"]
	if x.Name != "okx" {
		for _, e := range [...]field{region, environment} {
			if e.name != "" && x.Name != "" {
				s.report(e.key, CodeValue, e.name+" is of exchange okx; "+x.Name+" has one place", "remove it, or write 'name: okx'")
			}
		}
		if timed && x.Name != "" {
			s.report(after.key, CodeValue, "cancel_after is of exchange okx; "+x.Name+" never cancels by itself", "remove it, or write 'name: okx'")
		}
		if told && x.Name != "" {
			s.report(unsafe.key, CodeValue, "unsafe_key is of exchange okx; "+x.Name+" does not tell what a key may do", "remove it, or write 'name: okx'")
		}
		return
	}
	if !timed {
		x.CancelAfter = cancelAfter
	}
	switch {
	case elsewhere && regional:
		s.report(region.key, CodeValue, "region names the hosts, and so does endpoint", "remove one of them")
	case elsewhere && !staged:
		x.Environment = "demo"
	case !elsewhere && !regional:
		x.Region = "global"
	}
	if x.Environment == "" && !staged {
		x.Environment = "live"
	}
	if x.Region == "okcoin" && x.Environment == "demo" {
		s.report(environment.key, CodeValue, "region okcoin has no demo trading", "write 'environment: live', or another region")
	}
	x.Staged = staged
}

// How long an exchange that can cancel our orders by itself waits for a word of
// ours: unless written, and at least and at most.
const (
	cancelAfter      = time.Minute
	cancelAfterLeast = 10 * time.Second
	cancelAfterMost  = 2 * time.Minute
)

func (s *source) cancelAfter(n *yaml.Node) time.Duration {
	if n.Kind == yaml.ScalarNode && n.Value == "off" {
		return 0
	}
	d := s.duration(n, "cancel_after", positive)
	if d != 0 && (d < cancelAfterLeast || d > cancelAfterMost || d%time.Second != 0) {
		s.report(at(n), CodeValue, "cancel_after must be whole seconds from 10s to 120s, got "+clip(n.Value), "write 60s, or off to leave the orders of a bot that is gone")
	}
	return d
}

func (s *source) endpoint(n *yaml.Node, x *Exchange) {
	if n.Kind == yaml.ScalarNode {
		x.Builtin = s.choice(n, "endpoint", "builtin") == "builtin"
		return
	}
	for _, e := range s.fields(n, &endpointKeys) {
		switch e.name {
		case "rest":
			x.REST = s.elsewhere(e, "https", "http")
		case "ws":
			x.WS = s.elsewhere(e, "wss", "ws")
		case "ca":
			x.CA, _ = s.word(e.value, "ca")
		}
	}
	s.required(n, false, "rest", "")
	s.required(n, false, "ws", "")
}

// elsewhere is an address of an exchange that is not where region and
// environment would find it. OKX's own hosts are named by those alone: a mixture
// of them would trade with real money by the name of a demo.
func (s *source) elsewhere(e field, schemes ...string) string {
	address := s.url(e.value, e.name, schemes...)
	if u, err := url.Parse(address); err == nil && (u.Hostname() == "okx.com" || strings.HasSuffix(u.Hostname(), ".okx.com")) {
		s.report(at(e.value), CodeValue, e.name+" is a host of OKX", "leave endpoint out, and write region and environment")
	}
	return address
}

// staged refuses to trade live where nobody said whether with real money.
func (s *source) staged(n *yaml.Node, f *File) {
	x := &f.Exchange
	if f.Mode == Live && x.Name == "okx" && x.Region != "" && !x.Staged {
		s.report(at(n), CodeMissing, "environment is missing: mode is live", "write 'environment: demo' or, for real money, 'environment: live'")
	}
}
