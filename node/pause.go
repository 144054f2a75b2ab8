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

	"homeroll/node/policy"
)

// pause is whether media may travel: not while a person has paused, nor when
// the schedule says so and nobody has resumed since. It outlives a restart, in
// State/pause.json and State/resumed.json, and ends by itself when its time
// comes.
type pause struct {
	file        string
	resumedFile string
	schedule    policy.Schedule

	changed level

	mu      sync.Mutex
	on      bool      // by a person
	until   time.Time // zero = until resumed
	resumed time.Time // until when the schedule is passed over
	was     bool      // paused when last enforced
	// era governs the transfers that a pause ends; nil if none was begun since the last one.
	era    context.Context
	endEra context.CancelFunc
}

type pauseDoc struct {
	Until *time.Time `json:"until"` // null = until resumed
}

func openPause(state string, s policy.Schedule) (*pause, error) {
	p := &pause{file: filepath.Join(state, "pause.json"), resumedFile: filepath.Join(state, "resumed.json"), schedule: s}
	if err := p.readResumed(); err != nil {
		return nil, err
	}
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

// readResumed reads until when the schedule is passed over. What cannot be read
// is not worth a refusal: the schedule holds.
func (p *pause) readResumed() error {
	text, err := os.ReadFile(p.resumedFile)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read end of resumption: %w", err)
	}
	var doc pauseDoc
	if json.Unmarshal(text, &doc) == nil && doc.Until != nil {
		p.resumed = *doc.Until
	}
	return nil
}

// halt is a state of a pause.
type halt struct {
	on         bool
	until      time.Time // zero = until resumed, or for ever
	bySchedule bool
}

// state returns whether media are paused at now.
func (p *pause) state(now time.Time) halt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stateLocked(now)
}

func (p *pause) stateLocked(now time.Time) halt {
	if p.on && p.until.IsZero() {
		return halt{on: true}
	}
	if p.on && now.Before(p.until) {
		if after := p.scheduledLocked(p.until); after.on {
			return after
		}
		return halt{on: true, until: p.until}
	}
	return p.scheduledLocked(now)
}

// scheduledLocked is what the schedule says; until is its next border.
func (p *pause) scheduledLocked(now time.Time) halt {
	allowed, border := p.schedule.Allows(now.Local())
	return halt{on: !allowed && !now.Before(p.resumed), until: border, bySchedule: true}
}

// enforce ends the transfers of media when a pause has begun since it was last
// called. It returns the state at now, and when that ends by itself at the latest,
// zero for never.
func (p *pause) enforce(now time.Time) (h halt, wake time.Time) {
	p.mu.Lock()
	h = p.stateLocked(now)
	began, differs := h.on && !p.was, h.on != p.was
	p.was = h.on
	p.mu.Unlock()
	if began {
		p.interrupt()
	}
	if differs {
		p.changed.bump()
	}
	return h, h.until
}

// allow returns a context for a transfer of media that ends with ctx or at the
// next pause; false during one. The caller calls cancel.
func (p *pause) allow(ctx context.Context, now time.Time) (transfer context.Context, cancel func(), ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stateLocked(now).on {
		return nil, nil, false
	}
	if p.era == nil {
		p.era, p.endEra = context.WithCancel(context.Background())
	}
	transfer, end := context.WithCancel(ctx)
	release := context.AfterFunc(p.era, end)
	return transfer, func() { release(); end() }, true
}

// set pauses until a time; zero = until resumed.
func (p *pause) set(until time.Time) error {
	until = until.Round(0) // by the clock on the wall, which goes on while a computer sleeps
	if err := removeFile(p.resumedFile); err != nil {
		return fmt.Errorf("save pause: %w", err)
	}
	if err := saveUntil(p.file, until); err != nil {
		return fmt.Errorf("save pause: %w", err)
	}
	p.become(true, until, time.Time{})
	return nil
}

// foreverResumed is for how long the schedule is passed over if it would never
// let media travel again.
const foreverResumed = 24 * time.Hour

// clear resumes. Where the schedule pauses, it is passed over until it would
// have ended the pause.
func (p *pause) clear(now time.Time) error {
	p.mu.Lock()
	h := p.scheduledLocked(now)
	resumed := p.resumed
	p.mu.Unlock()
	if h.on {
		resumed = h.until
		if resumed.IsZero() {
			resumed = now.Add(foreverResumed)
		}
		resumed = resumed.Round(0)
		if err := saveUntil(p.resumedFile, resumed); err != nil {
			return fmt.Errorf("end pause: %w", err)
		}
	}
	if err := removeFile(p.file); err != nil {
		return fmt.Errorf("end pause: %w", err)
	}
	p.become(false, time.Time{}, resumed)
	return nil
}

// saveUntil writes a pauseDoc.
func saveUntil(file string, until time.Time) error {
	var doc pauseDoc
	if !until.IsZero() {
		utc := until.UTC()
		doc.Until = &utc
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return replaceFile(file, append(text, '\n'))
}

// removeFile removes a file that need not be there.
func removeFile(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (p *pause) become(on bool, until, resumed time.Time) {
	p.mu.Lock()
	p.on, p.until, p.resumed = on, until, resumed
	p.was = p.stateLocked(time.Now()).on
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
