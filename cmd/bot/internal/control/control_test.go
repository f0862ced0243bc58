package control_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rulebot/cmd/bot/internal/control"
)

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestKillSwitch(t *testing.T) {
	state := t.TempDir()
	if k, err := control.Thrown(state); k != nil || err != nil {
		t.Fatalf("before: got %v, %v; want not thrown", k, err)
	}
	noError(t, control.Throw(state, " prices look\nwrong \x1b[31m"))
	k, err := control.Thrown(state)
	noError(t, err)
	if k == nil || k.Reason != "prices look wrong  [31m" {
		t.Fatalf("got %+v, want the reason in one line without control characters", k)
	}
	info, err := os.Stat(filepath.Join(state, "HALT"))
	noError(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o, want 600", info.Mode().Perm())
	}
	other := *k
	other.At = k.At.Add(time.Second)
	if err := control.Release(state, &other); err == nil {
		t.Error("a switch that was thrown again was released")
	}
	noError(t, control.Release(state, k))
	if k, _ := control.Thrown(state); k != nil {
		t.Error("still thrown after its release")
	}
}

// TestTouchedHalt is what a person without the program can do.
func TestTouchedHalt(t *testing.T) {
	for name, make := range map[string]func(string) error{
		"empty":     func(f string) error { return os.WriteFile(f, nil, 0o644) },
		"directory": func(f string) error { return os.Mkdir(f, 0o700) },
		"huge":      func(f string) error { return os.WriteFile(f, []byte(strings.Repeat("x", 1<<20)), 0o600) },
		"secret":    func(f string) error { return os.WriteFile(f, []byte("no"), 0o000) },
	} {
		state := t.TempDir()
		noError(t, make(filepath.Join(state, "HALT")))
		if k, err := control.Thrown(state); k == nil || err != nil {
			t.Errorf("%s: got %v, %v; want thrown", name, k, err)
		}
	}
}

func TestRequestIsObeyedOnce(t *testing.T) { // SC-07
	store, now := t.TempDir(), time.Now()
	id, err := control.Ask(store, control.Resume, "looked at it", now)
	noError(t, err)
	ask := filepath.Join(store, "control", id+".ask")
	sent, err := os.ReadFile(ask)
	noError(t, err)
	got, err := control.Requests(store, now)
	noError(t, err)
	if len(got) != 1 || got[0].ID != id || got[0].Reason != "looked at it" {
		t.Fatalf("got %+v, want the request", got)
	}
	noError(t, control.Reply(store, control.Answer{ID: id, Final: true, Lifted: []string{"it"}}))
	noError(t, os.WriteFile(ask, sent, 0o600))
	if got, err := control.Requests(store, now.Add(20*time.Second)); len(got) != 0 || err != nil {
		t.Errorf("sent twice: got %v, %v; want nothing to obey", got, err)
	}
	a, err := control.Answered(store, id)
	noError(t, err)
	if a == nil || len(a.Lifted) != 1 {
		t.Errorf("the answer is %+v, want what was answered first", a)
	}
}

// TestRequestsThatAreRefused, faults: SC-13.
func TestRequestsThatAreRefused(t *testing.T) {
	now := time.Now()
	at := now.UTC().Format(time.RFC3339Nano)
	for _, c := range []struct{ name, text, want string }{
		{"torn", `{"id":"00000000000000aa","comm`, "cannot be read"},
		{"huge", `{"reason":"` + strings.Repeat("x", 1<<20) + `"}`, "not a small file"},
		{"other id", `{"id":"00000000000000bb","command":"halt","at":"` + at + `"}`, "another id"},
		{"other command", `{"id":"00000000000000aa","command":"sell","at":"` + at + `"}`, `no command "sell"`},
		{"old", `{"id":"00000000000000aa","command":"halt","at":"` + now.Add(-time.Minute).UTC().Format(time.RFC3339Nano) + `"}`, "1m0s old"},
		{"early", `{"id":"00000000000000aa","command":"halt","at":"` + now.Add(time.Minute).UTC().Format(time.RFC3339Nano) + `"}`, "another moment"},
		{"no reason", `{"id":"00000000000000aa","command":"resume","at":"` + at + `"}`, "no reason"},
	} {
		store := t.TempDir()
		noError(t, os.Mkdir(filepath.Join(store, "control"), 0o700))
		noError(t, os.WriteFile(filepath.Join(store, "control", "00000000000000aa.ask"), []byte(c.text), 0o600))
		got, err := control.Requests(store, now)
		noError(t, err)
		a, err := control.Answered(store, "00000000000000aa")
		noError(t, err)
		if len(got) != 0 || a == nil || !a.Final || !strings.Contains(a.Refused, c.want) {
			t.Errorf("%s: got %v, answered %+v; want it refused with %q", c.name, got, a, c.want)
		}
	}
}

func TestOldAnswersAreCleared(t *testing.T) {
	store, now := t.TempDir(), time.Now()
	id, err := control.Ask(store, control.Halt, "", now)
	noError(t, err)
	noError(t, control.Withdraw(store, id))
	noError(t, control.Reply(store, control.Answer{ID: id, Final: true}))
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{time.Minute - time.Second, true}, {2 * time.Minute, false}} {
		_, err := control.Requests(store, now.Add(c.after))
		noError(t, err)
		a, err := control.Answered(store, id)
		noError(t, err)
		if (a != nil) != c.want {
			t.Errorf("after %v there is an answer: %t, want %t", c.after, a != nil, c.want)
		}
	}
}
