package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"rulebot/engine/num"
)

// heading is what the head of a run says beside what the file says.
type heading struct {
	first         string // what it is
	market, store string // no store in a backtest
	live          bool
	covered       []string // instruments that the market says something about; nil is all
	fine, data    string   // what finer bars there are, what data tells
}

// headline says what a run assumes, before anything happens.
func (s *setup) headline(w io.Writer, h heading) {
	fmt.Fprintln(w, h.first)
	for _, f := range s.facts(h) {
		fmt.Fprintf(w, "  %-10s %s\n", f.name, f.text)
	}
	fmt.Fprintln(w)
}

// fact is a line of the head.
type fact struct{ name, text string }

// facts are what a run assumes.
func (s *setup) facts(h heading) []fact {
	facts := []fact{{"market", h.market}, {"finer", h.fine}, {"data", h.data}, {"no data", s.idleText(h.covered)}}
	if h.live {
		facts = append(facts, fact{"account", s.file.Account.Alias})
	} else {
		facts = append(facts, fact{"account", s.accountText()}, fact{"costs", s.costText()}, fact{"fills", s.fillText()})
	}
	facts = append(facts, fact{"store", h.store}, fact{"limits", s.limitText()})
	return slices.DeleteFunc(facts, func(f fact) bool { return f.text == "" })
}

// idleText names the strategies whose instrument the market says nothing
// about: they will do nothing.
func (s *setup) idleText(covered []string) string {
	if covered == nil {
		return ""
	}
	var idle []string
	for i := range s.file.Strategies {
		one := &s.file.Strategies[i]
		if id := one.Series.Instrument; !slices.Contains(covered, id) {
			idle = append(idle, one.Name+" ("+id+")")
		}
	}
	if len(idle) == 0 {
		return ""
	}
	return "for " + strings.Join(idle, ", ")
}

func (s *setup) accountText() string {
	var parts []string
	for _, b := range s.file.Account.Balances {
		parts = append(parts, b.Amount.String()+" "+b.Currency)
	}
	return s.file.Account.Alias + ", begins with " + strings.Join(parts, ", ")
}

// limitText names the limits that the file leaves to their defaults, with
// what those are.
func (s *setup) limitText() string {
	if len(s.filled) == 0 {
		return ""
	}
	text, width := "not written, so at their defaults:", lineWidth
	for i, d := range s.filled {
		part := d.Key + " " + d.Value
		if i < len(s.filled)-1 {
			part += ","
		}
		if width += len(part) + 1; width > lineWidth {
			text, width = text+"\n"+strings.Repeat(" ", 12), len(part)
		}
		text += " " + part
	}
	return text
}

// lineWidth is where a line of the head is broken.
const lineWidth = 90

func bpsText(r num.Rate) string {
	var c num.Calc
	p := num.Mul(&c, r, num.MustRate("10000"))
	if c.Err() != nil {
		return r.String() + " × 10000"
	}
	return p.String()
}

// meanText is a mean price with as many digits as the prices it comes from.
func meanText(p num.Price, digits int) string { return num.RoundDown(p, max(2, digits)).String() }

// moneyText is an amount as people read it: to the cent where a currency has
// cents, in full elsewhere.
func moneyText(m num.Money, currency string) string {
	switch currency {
	case "USD", "EUR", "GBP", "USDT", "USDC", "USDK", "DAI", "SGD":
		return cents(m)
	}
	return m.String()
}

// cents rounds half away from zero to two digits and shows both.
func cents(m num.Money) string {
	var c num.Calc
	up := num.Add(&c, m.Abs(), num.MustMoney("0.005"))
	if c.Err() != nil {
		return m.String()
	}
	text := num.RoundDown(up, 2).String()
	whole, part, _ := strings.Cut(text, ".")
	text = whole + "." + (part + "00")[:2]
	if m.Sign() < 0 && strings.Trim(text, "0.") != "" {
		text = "-" + text
	}
	return text
}
