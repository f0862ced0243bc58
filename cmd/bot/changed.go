package main

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"rulebot/strategies"
)

const (
	configBlob  = "config" // the files that ran last, as they were
	changedMost = 12       // lines that are shown of what is gone, and of what is new
)

// keptText is a file of strategies as a store keeps it.
type keptText struct {
	Name string `json:"name"` // without its folder: that another one has it changes nothing
	Text string `json:"text"`
}

// compareConfig compares what runs now with what the store ran before, and
// keeps it for the next start. It is durable with the next commit.
func (r *runner) compareConfig(texts []strategies.Text) error {
	if r.conn.fresh {
		return nil
	}
	data, err := r.store.Blob(configBlob)
	if err != nil {
		return err
	}
	var before, now []keptText
	if len(data) > 0 {
		if err := json.Unmarshal(data, &before); err != nil {
			return fmt.Errorf("the configuration of the store cannot be read: %w", err)
		}
	}
	for i := range texts {
		now = append(now, keptText{filepath.Base(texts[i].Name), texts[i].Text})
	}
	if before != nil {
		r.changed = append(changedLines("was", before, now), changedLines("now", now, before)...)
	}
	if data, err = json.Marshal(now); err == nil {
		r.store.PutBlob(configBlob, data)
	}
	return err
}

// changedLines are the lines of some files that others do not have, as often.
func changedLines(word string, of, others []keptText) (changed []string) {
	there := make(map[string]int)
	for i := range others {
		for line := range strings.Lines(others[i].Text) {
			there[meant(line)]++
		}
	}
	more := 0
	for i := range of {
		at := 0
		for line := range strings.Lines(of[i].Text) {
			at++
			text := meant(line)
			if there[text]--; there[text] >= 0 || text == "" {
				continue
			}
			if len(changed) == changedMost {
				more++
				continue
			}
			changed = append(changed, fmt.Sprintf("%s %s:%d: %s", word, of[i].Name, at, strings.TrimLeft(text, " ")))
		}
	}
	if more > 0 {
		changed = append(changed, fmt.Sprintf("%s: %s more", word, count(int64(more), "line")))
	}
	return changed
}

// meant is a line as far as it is read: where it begins belongs to that.
func meant(line string) string { return strings.TrimRight(line, " \t\r\n") }

// tellChanged says what changed, before anything is sent.
func (r *runner) tellChanged(w io.Writer) {
	if len(r.changed) == 0 {
		return
	}
	fmt.Fprintln(w, "the file is not as the last run had it:")
	for _, line := range r.changed {
		fmt.Fprintln(w, "  "+line)
	}
	fmt.Fprintln(w)
}
