package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// errHeld: another process holds the lock.
var errHeld = errors.New("lock is held")

// LockedError says who holds the state directory.
type LockedError struct {
	State string
	PID   int    // 0 = unknown
	Since string // local time, "" = unknown
}

// Error says who, since when, and where.
func (e *LockedError) Error() string {
	who := ""
	if e.PID != 0 {
		who = fmt.Sprintf(" (pid %d since %s)", e.PID, e.Since)
	}
	return "node already runs" + who + " on " + e.State
}

// holder is what the lock file says; the lock itself is the system's, so it
// ends with the process however that ends.
type holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
}

// lockState takes the state directory for this process until the file is
// closed.
func lockState(state string, now time.Time) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(state, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock of state directory: %w", err)
	}
	if err := tryLock(f); err != nil {
		defer f.Close()
		if errors.Is(err, errHeld) {
			return nil, lockedBy(f, state)
		}
		return nil, fmt.Errorf("lock state directory: %w", err)
	}
	text, err := json.Marshal(holder{os.Getpid(), now.UTC().Truncate(time.Second)})
	if err == nil {
		err = f.Truncate(0)
	}
	if err == nil {
		_, err = f.WriteAt(append(text, '\n'), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write lock of state directory: %w", err), f.Close())
	}
	return f, nil
}

func lockedBy(f *os.File, state string) error {
	e := &LockedError{State: state}
	var h holder
	text, err := io.ReadAll(io.LimitReader(f, 1<<10))
	if err == nil && json.Unmarshal(text, &h) == nil {
		e.PID, e.Since = h.PID, h.Since.Local().Format(time.DateTime)
	}
	return e
}
