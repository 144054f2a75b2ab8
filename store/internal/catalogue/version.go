package catalogue

import "maps"

// versions count the changes of what the timeline shows, in this run: of all, and
// of each month that has changed.
type versions struct {
	all    uint64
	months map[int64]uint64
}

// shows notes that what a month shows changes in this transaction.
func (w *work) shows(month int64) {
	if w.shown == nil {
		w.shown = map[int64]bool{}
	}
	w.shown[month] = true
}

// noteShown counts what a committed transaction has changed. Called with mu held.
func (c *Catalogue) noteShown(w *work) {
	if len(w.shown) == 0 {
		return
	}
	v := c.shown.Load()
	next := &versions{all: v.all + 1, months: maps.Clone(v.months)}
	for month := range w.shown {
		next.months[month] = next.all
	}
	c.shown.Store(next)
	close(c.pictured)
	c.pictured = make(chan struct{})
}

// Shown counts the changes of pictures and of what is said of them, in this run.
func (c *Catalogue) Shown() uint64 { return c.shown.Load().all }

// ShownIn counts those of a month: as Shown was when that last changed.
func (c *Catalogue) ShownIn(m MonthKey) uint64 { return c.shown.Load().months[m.number()] }

// Pictured is closed when Shown changes. Take it before looking.
func (c *Catalogue) Pictured() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pictured
}
