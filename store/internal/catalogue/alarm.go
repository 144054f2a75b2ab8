package catalogue

import (
	"errors"
	"sync"
)

// alarm remembers that the database turned out to be damaged: whoever happens
// to meet the damage, somebody else has to act on it.
type alarm struct {
	once sync.Once
	rung chan struct{}
}

func newAlarm() *alarm { return &alarm{rung: make(chan struct{})} }

// heed rings if the error is ErrCorrupt, and returns it.
func (a *alarm) heed(err error) error {
	if a != nil && errors.Is(err, ErrCorrupt) {
		a.once.Do(func() { close(a.rung) })
	}
	return err
}

// Corrupt is closed when any method meets damage (ErrCorrupt): the database has
// to be moved aside and rebuilt.
func (c *Catalogue) Corrupt() <-chan struct{} { return c.alarm.rung }
