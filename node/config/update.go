package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// lockName is the file beside the settings that is locked while they are
// changed. It stays, empty: removing it would let two hold different ones.
const lockName = ".config.lock"

// How long another process may take for its change, and how often it is asked.
const (
	lockPatience = 10 * time.Second
	lockPoll     = 5 * time.Millisecond
)

// errHeld: another process, or another Update of this one, holds the lock.
var errHeld = errors.New("lock is held")

// Update changes the file by what change does to its settings as they are now,
// the defaults if there is no file yet. Changes made at the same time, by other
// processes too, all take effect. An error of change leaves the file alone.
func Update(path string, change func(*Config) error) (Config, error) {
	unlock, err := lockFile(path)
	if err != nil {
		return Default(), fmt.Errorf("lock settings: %w", err)
	}
	defer unlock()
	c, err := Load(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	if err := change(&c); err != nil {
		return c, err
	}
	return c, Save(path, c)
}

// lockFile waits for its turn to change the settings.
func lockFile(path string) (unlock func(), err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := waitLock(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() { _ = f.Close() }, nil // which releases the lock
}

// waitLock tries until it has the lock; errHeld if that takes too long.
func waitLock(f *os.File) error {
	again := time.NewTicker(lockPoll)
	defer again.Stop()
	enough := time.After(lockPatience)
	for {
		err := tryLock(f)
		if !errors.Is(err, errHeld) {
			return err
		}
		select {
		case <-again.C:
		case <-enough:
			return err
		}
	}
}
