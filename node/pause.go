package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// pause is whether media may travel. It outlives a restart, in State/pause.json,
// and ends by itself when its time comes.
type pause struct {
	file string

	changed level

	mu    sync.Mutex
	on    bool
	until time.Time // zero = until resumed
	// era governs the transfers that a pause ends; nil if none was begun since the last one.
	era    context.Context
	endEra context.CancelFunc
}

type pauseDoc struct {
	Until *time.Time `json:"until"` // null = until resumed
}

func openPause(state string) (*pause, error) {
	p := &pause{file: filepath.Join(state, "pause.json")}
	text, err := os.ReadFile(p.file)
	if errors.Is(err, os.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read pause: %w", err)
	}
	var doc pauseDoc
	// A file that a crash left empty means that somebody paused: stay so.
	_ = json.Unmarshal(text, &doc)
	p.on = true
	if doc.Until != nil {
		p.until = *doc.Until
	}
	return p, nil
}

// state returns whether media are paused at now, and until when.
func (p *pause) state(now time.Time) (on bool, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.on || !p.until.IsZero() && !now.Before(p.until) {
		return false, time.Time{}
	}
	return true, p.until
}

// allow returns a context for a transfer of media that ends with ctx or at the
// next pause; false during one. The caller calls cancel.
func (p *pause) allow(ctx context.Context, now time.Time) (transfer context.Context, cancel func(), ok bool) {
	if on, _ := p.state(now); on {
		return nil, nil, false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.era == nil {
		p.era, p.endEra = context.WithCancel(context.Background())
	}
	transfer, end := context.WithCancel(ctx)
	release := context.AfterFunc(p.era, end)
	return transfer, func() { release(); end() }, true
}

// set pauses until a time; zero = until resumed.
func (p *pause) set(until time.Time) error {
	var doc pauseDoc
	if !until.IsZero() {
		utc := until.UTC()
		doc.Until = &utc
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return fmt.Errorf("encode pause: %w", err)
	}
	if err := replaceFile(p.file, append(text, '\n')); err != nil {
		return fmt.Errorf("save pause: %w", err)
	}
	p.become(true, until)
	return nil
}

// clear resumes.
func (p *pause) clear() error {
	if err := os.Remove(p.file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("end pause: %w", err)
	}
	p.become(false, time.Time{})
	return nil
}

func (p *pause) become(on bool, until time.Time) {
	p.mu.Lock()
	p.on, p.until = on, until
	p.mu.Unlock()
	if on {
		p.interrupt()
	}
	p.changed.bump()
}

// interrupt ends the transfers of media that run; others may begin at once.
func (p *pause) interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.era != nil {
		p.endEra()
		p.era, p.endEra = nil, nil
	}
}

// replaceFile writes a small file as a whole or not at all.
func replaceFile(path string, text []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, text, 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, path)
}
