package persist

import (
	"fmt"
	"slices"

	"rulebot/engine"
)

// Memory is a journal with the methods of [Store] that forgets everything with
// the process: for backtests and tests. It is durable as far as a test is
// concerned: Restart is a new process that finds what was committed. The zero
// value is an empty journal. One goroutine owns it.
type Memory struct {
	// Name is what ID returns.
	Name string

	boots   uint64
	changes []engine.Change
	durable int // how many of changes are committed
	blobs   map[string][]byte
	put     map[string][]byte // pending
	fail    error
	err     error
}

// ID returns Name.
func (m *Memory) ID() string { return m.Name }

// Boot counts the starts, or returns 40 of the bits given. It commits.
func (m *Memory) Boot(bits func() uint64) (uint64, error) {
	if err := m.commit(); err != nil {
		return 0, err
	}
	m.boots++
	if bits != nil {
		return bits() & (1<<bootBits - 1), nil
	}
	return m.boots, nil
}

// Replay calls fn with every committed change in order.
func (m *Memory) Replay(fn func(engine.Change) error) error {
	if m.err != nil {
		return m.err
	}
	for _, c := range m.changes[:m.durable] {
		own(&c)
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

// Append copies changes into the pending group.
func (m *Memory) Append(changes []engine.Change) {
	if m.err != nil {
		return
	}
	for _, c := range changes {
		own(&c)
		m.changes = append(m.changes, c)
	}
}

// PutBlob copies a blob into the pending group.
func (m *Memory) PutBlob(name string, data []byte) {
	if m.err != nil {
		return
	}
	if !blobName(name) {
		m.err = fmt.Errorf("persist: memory: blob name %q is not 1 to 64 of a-z 0-9 -", name)
		return
	}
	if m.put == nil {
		m.put = make(map[string][]byte)
	}
	m.put[name] = append([]byte{}, data...)
}

// Blob returns a copy of a blob, the pending one if there is one, or nil.
func (m *Memory) Blob(name string) ([]byte, error) {
	if m.err != nil {
		return nil, m.err
	}
	if data, ok := m.put[name]; ok {
		return slices.Clone(data), nil
	}
	return slices.Clone(m.blobs[name]), nil
}

// Pending returns how many changes and blobs wait for a commit.
func (m *Memory) Pending() int { return len(m.changes) - m.durable + len(m.put) }

// Len returns how many changes are committed.
func (m *Memory) Len() uint64 { return uint64(m.durable) }

// Commit makes what is pending survive a Restart.
func (m *Memory) Commit() error {
	if m.err != nil || m.Pending() == 0 {
		return m.err
	}
	return m.commit()
}

func (m *Memory) commit() error {
	if m.err == nil && m.fail != nil {
		m.err = fmt.Errorf("persist: memory: commit: %w", m.fail)
	}
	if m.err != nil {
		return m.err
	}
	m.durable = len(m.changes)
	for name, data := range m.put { // order cannot show: the target is a map
		if m.blobs == nil {
			m.blobs = make(map[string][]byte)
		}
		m.blobs[name] = data
	}
	clear(m.put)
	return nil
}

// Close commits what is pending. Until Restart every call returns ErrClosed.
func (m *Memory) Close() error {
	err := m.Commit()
	if m.err == nil {
		m.err = fmt.Errorf("persist: memory: %w", ErrClosed)
	}
	return err
}

// FailCommits makes every following commit fail with err, which poisons the
// journal like a failing disk; nil ends it for the time after a Restart.
func (m *Memory) FailCommits(err error) { m.fail = err }

// Restart is what a new process finds: what is pending is lost, and a poison
// is gone.
func (m *Memory) Restart() {
	clear(m.changes[m.durable:])
	m.changes = m.changes[:m.durable]
	clear(m.put)
	m.err = nil
}

// own gives a change lists of its own.
func own(c *engine.Change) {
	for _, list := range c.Explained() {
		*list = slices.Clone(*list)
	}
}
