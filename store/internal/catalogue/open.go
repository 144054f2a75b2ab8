package catalogue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"homeroll/store/media"
)

var errClosed = errors.New("catalogue is closed")

// Catalogue is safe for concurrent use. Changes are made one at a time; reads
// run beside them and see the last one committed.
type Catalogue struct {
	signer  media.Signer
	log     *slog.Logger
	readers *pool
	alarm   *alarm
	state   atomic.Pointer[state]

	withdrawals atomic.Uint64 // see Withdrawals
	passedOn    atomic.Uint64
	trashings   atomic.Uint64
	shown       atomic.Pointer[versions]
	types       wordBook
	shelf       shelf
	pins        pins
	counted     counted

	writing sync.Mutex // held for each transaction, and taken before mu
	writer  *writer    // guarded by writing
	closed  bool       // guarded by writing

	facets struct {
		sync.Mutex
		last    *Facets
		version uint64
		at      time.Time
	}

	mu       sync.Mutex
	changed  chan struct{}
	pictured chan struct{}
	deltas   deltaLog
	outruns  int
	outrun   time.Time // the last
}

// Open opens or creates the database at path. With ErrCorrupt it is unusable:
// move it and its -wal and -shm files aside and open again. A home other than
// the stored one is taken as by SetHome.
func Open(ctx context.Context, path string, signer media.Signer, home media.Home, log *slog.Logger) (*Catalogue, error) {
	w, err := openWriter(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open catalogue %s: %w", path, err)
	}
	c := &Catalogue{signer: signer, log: log, writer: w, alarm: newAlarm(), changed: make(chan struct{}), pictured: make(chan struct{})}
	c.shown.Store(&versions{months: map[int64]uint64{}})
	w.alarm = c.alarm
	if err := c.start(ctx, path, home); err != nil {
		return nil, errors.Join(fmt.Errorf("open catalogue %s: %w", path, err), c.Close())
	}
	return c, nil
}

func (c *Catalogue) start(ctx context.Context, path string, home media.Home) (err error) {
	if err := prepareSchema(ctx, c.writer, path); err != nil {
		return err
	}
	if c.readers, err = openPool(path); err != nil {
		return err
	}
	c.readers.alarm = c.alarm
	s, err := loadState(ctx, c.writer)
	if err != nil {
		return err
	}
	if s == nil {
		return c.found(ctx, home)
	}
	if len(s.authors) == 0 || s.authors[self].device != c.signer.Device() {
		return fmt.Errorf("%w: it belongs to another device", ErrCorrupt)
	}
	if err := s.authors[self].root.Check(s.home); err != nil || !s.authors[self].complete() {
		return fmt.Errorf("%w: it does not recompute to its own root", ErrCorrupt)
	}
	c.state.Store(s)
	return c.SetHome(ctx, home)
}

// found makes the first rows of a new database.
func (c *Catalogue) found(ctx context.Context, home media.Home) error {
	me := c.signer.Device()
	c.state.Store(&state{home: home, bits: map[media.Device]int{}})
	return c.change(ctx, durable, func(w *work) {
		w.exec(`INSERT INTO home (id, home) VALUES (1, ?)`, home[:])
		w.before = &state{home: home, authors: []author{{}}}
		w.state.addAuthor(me)
		w.state.authors[self].active = true
	})
}

// addAuthor gives a device its bit.
func (s *state) addAuthor(d media.Device) {
	s.bits[d] = len(s.authors)
	s.authors = append(s.authors, author{device: d, root: media.Root{Home: s.home, Device: d}})
}

// Close waits for the running change.
func (c *Catalogue) Close() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	var err error
	if c.readers != nil {
		err = c.readers.close()
	}
	return errors.Join(err, c.writer.close())
}

// publish makes a committed transaction visible. Called with writing held.
func (c *Catalogue) publish(w *work) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Store(w.state)
	if w.withdrawn {
		c.withdrawals.Add(1)
	}
	c.passedOn.Add(w.passed)
	c.trashings.Add(w.trashings)
	c.noteShown(w)
	for _, by := range w.broken {
		c.deltas.forget(by)
	}
	for _, d := range w.deltas {
		c.deltas.append(d)
	}
	if w.signal {
		close(c.changed)
		c.changed = make(chan struct{})
	}
}

// Changed is closed at the next change of any manifest known here: a level,
// not a queue. Take it before looking.
func (c *Catalogue) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}
