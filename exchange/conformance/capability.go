package conformance

import (
	"slices"
	"testing"
)

// Capability is something that not every exchange can do.
type Capability string

// The capabilities.
const (
	Amends      Capability = "amends"  // a resting order gets another price and quantity
	HoldsStops  Capability = "held"    // sales that the exchange keeps for the engine
	KeepsStops  Capability = "stops"   // orders that wait for a price at the exchange
	KeepsPairs  Capability = "pairs"   // a take profit and a stop loss of which one is placed
	KeepsTrails Capability = "trails"  // stops that follow the price
	KeepsParts  Capability = "parts"   // large orders of which a part is shown at a time
	HasLedger   Capability = "ledger"  // the changes of each balance
	HasFees     Capability = "fees"    // what trading costs the account
	HasWallet   Capability = "wallet"  // money beside what trades
	HasOutages  Capability = "outages" // when the exchange is closed
)

// offers reports whether the adapter has the calls for something.
func (s *session) offers(c Capability) bool {
	switch c {
	case Amends:
		return s.x.Amend != nil
	case HoldsStops:
		return s.x.Holder != nil
	case KeepsStops, KeepsPairs, KeepsTrails, KeepsParts:
		return s.x.Keeper != nil
	case HasLedger:
		return s.x.Ledger != nil
	case HasFees:
		return s.x.Fees != nil
	case HasWallet:
		return s.x.Wallet != nil
	case HasOutages:
		return s.x.Outages != nil
	default:
		return true
	}
}

// lacking holds that what a case declares to lack is not offered: neither a
// forgotten part of an adapter nor one that came later passes unseen.
func (c *Case) lacking(t *testing.T, what Capability) {
	t.Helper()
	s := c.start(t, c.opening())
	offers := s.offers(what)
	switch what {
	case KeepsStops, KeepsPairs, KeepsTrails, KeepsParts:
		offers = offers && s.keeps(s.terms(what)) // the same calls are for all of them
	default:
	}
	if offers {
		t.Errorf("the adapter offers %s, and the case says that the exchange lacks it", what)
	}
	t.Logf("the exchange lacks %s", what)
}

// lacks reports whether the case declares that the exchange cannot do what a
// conversation is about.
func (c *Case) lacks(talk *conversation) bool {
	return talk.needs != "" && slices.Contains(c.Lacks, talk.needs)
}
