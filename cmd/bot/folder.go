package main

import (
	"os"
	"path/filepath"
	"strings"

	"rulebot/strategies"
)

// inFolders puts the files of a folder in its place: one for each instrument
// that the rules read, by its name, BTC-USD.csv or BTC-USD.csv.gz.
func inFolders(f *strategies.File, args []string) ([]string, error) {
	var all []string
	for _, arg := range args {
		if info, err := os.Stat(arg); err != nil || !info.IsDir() {
			all = append(all, arg)
			continue
		}
		for _, id := range feedInstruments(f) {
			name, err := inFolder(arg, id)
			if err != nil {
				return nil, err
			}
			all = append(all, id+"="+name)
		}
	}
	return all, nil
}

func inFolder(dir, id string) (string, error) {
	for _, ending := range [...]string{".csv", ".csv.gz"} {
		name := filepath.Join(dir, id+ending)
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			return name, nil
		}
	}
	return "", misused("%s holds neither %s.csv nor %s.csv.gz, and the rules read %s", strings.TrimRight(dir, `/\`), id, id, id)
}
