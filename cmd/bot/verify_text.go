package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"rulebot/engine"
	"rulebot/engine/num"
	"rulebot/persist/tape"
)

// equityOf is what the account of a tape's run was worth when it began.
func equityOf(h *tape.Head) func(string) num.Money {
	return func(string) num.Money { return h.Equity }
}

// errDiffers is that a run came out otherwise than it went.
var errDiffers = errors.New("the run and its recording differ")

// tell prints the proofs; that one differs is an error.
func (o *verifyFlags) tell(all []*proof, w io.Writer) error {
	differ := false
	for _, v := range all {
		differ = differ || v.Parted != nil
	}
	var err error
	if o.json {
		err = json.NewEncoder(w).Encode(struct {
			Same       bool     `json:"same"`
			Recordings []*proof `json:"recordings"`
		}{!differ, all})
	} else {
		var b strings.Builder
		for _, v := range all {
			v.text(&b)
		}
		_, err = io.WriteString(w, b.String())
	}
	if err == nil && differ {
		err = errDiffers
	}
	return err
}

func (v *proof) text(b *strings.Builder) {
	fmt.Fprintf(b, "%s: %d entries, %s to %s\n", v.Recording, v.Entries, stamp(v.Begins), stamp(v.Ends))
	if now := version(); v.Version != now {
		fmt.Fprintf(b, "  it was run by version %s; this is version %s\n", v.Version, now)
	}
	fmt.Fprintf(b, "  %d changes of the journal come out the same, %d of them decisions\n", v.Same, v.Decisions)
	if v.Cut {
		fmt.Fprintf(b, "  the recording was cut off, as by kill -9; %d changes after its end are not proven\n", v.Unproven)
	}
	if v.Ahead > 0 {
		fmt.Fprintf(b, "  %d changes come out that the journal has not: the program ended before they were durable, and nothing of them left\n", v.Ahead)
	}
	if v.Parted == nil {
		fmt.Fprintf(b, "  decision chain    %s\nVERIFIED\n", v.Chain)
		return
	}
	v.Parted.text(b)
}

func (p *parting) text(b *strings.Builder) {
	fmt.Fprintf(b, "DIFFERENT from change %d of the journal on\n", p.Seq)
	if p.Now == nil || p.Run.Kind != engine.ChangeDecision || p.Now.Kind != engine.ChangeDecision {
		fmt.Fprintf(b, "\nthe run:\n  %s\nthe recording gives:\n  %s\n", changeText(p.Run), changeText(p.Now))
	}
	if p.RunTook == nil && p.NowTakes == nil {
		fmt.Fprintf(b, "\nno decision differs\n")
		return
	}
	fmt.Fprintf(b, "\nthe first decision that differs, of the run:\n%s\nand as the recording gives it:\n%s", decisionOrNone(p.RunTook), decisionOrNone(p.NowTakes))
}

func decisionOrNone(d *engine.Decision) string {
	if d == nil {
		return "  nothing any more\n"
	}
	return decisionExplained(d)
}

// changeText is a change as the journal writes it.
func changeText(c *engine.Change) string {
	if c == nil {
		return "nothing any more"
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
