package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"time"

	"homeroll/node/internal/web/durable"
)

// version of the file. A later one is not read.
const version = 1

// maxFile bounds what is read of it, in bytes.
const maxFile = 1 << 20

// record is what outlives a restart.
type record struct {
	Version  int           `json:"version"`
	Instance string        `json:"instance"`
	Password *passwordHash `json:"password"`
	Sessions []session     `json:"sessions"`
}

func (r record) clone() record {
	r.Sessions = slices.Clone(r.Sessions)
	return r
}

// knownFor is how long an address is known after a browser that is signed in
// was seen there.
const knownFor = 7 * 24 * time.Hour

// seenFrom reports whether a browser that is signed in was seen at an address
// lately.
func (r record) seenFrom(from netip.Addr, now time.Time) bool {
	who := neighbourhood(from)
	return slices.ContainsFunc(r.Sessions, func(s session) bool {
		return !s.ended(now) && now.Sub(s.Seen) < knownFor && neighbourhood(s.From) == who
	})
}

// errDamaged is a file that no version wrote so.
var errDamaged = errors.New("it is damaged")

func readRecord(path string) (record, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return record{Version: version}, nil
	}
	if err != nil {
		return record{}, fmt.Errorf("read who may sign in: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return record{}, fmt.Errorf("read who may sign in: %w", err)
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return record{}, fmt.Errorf("read who may sign in: %s: %w: %w", path, errDamaged, err)
	}
	if r.Version != version {
		return record{}, fmt.Errorf("read who may sign in: %s is of version %d, which this homeroll does not read", path, r.Version)
	}
	if r.Password != nil {
		if err := r.Password.check(); err != nil {
			return record{}, fmt.Errorf("read who may sign in: %s: %w: %w", path, errDamaged, err)
		}
	}
	return r, nil
}

// setAside puts a damaged file where somebody may look at it. Nobody is signed
// in then, and the first set-up is done again.
func setAside(path string) error {
	if err := os.Rename(path, path+".damaged"); err != nil {
		return fmt.Errorf("set damaged file aside: %w", err)
	}
	return nil
}

func writeRecord(path string, r record) error {
	data, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("keep who may sign in: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("keep who may sign in: %w", err)
	}
	if err := durable.Write(path, append(data, '\n')); err != nil {
		return fmt.Errorf("keep who may sign in: %w", err)
	}
	return nil
}
