package vault

import (
	"errors"
	"os"
	"sync"

	"homeroll/store/internal/disk"
)

// directFrom is the size, in bytes, from which items are written past the system's
// cache: copying them through it costs most of the processor time of receiving, and
// pushes out what others need there
// (docs/decisions/2026-11-23-large-files-past-the-cache.md).
const directFrom = 1 << 20

// writeback is after how many bytes in the cache the system is asked to begin writing.
const writeback = 8 << 20

// groupFile writes the groups of a partial file. It is safe for concurrent use.
type groupFile struct {
	*os.File

	mu     sync.Mutex // guards what follows
	wants  bool       // the item is large, and nothing has spoken against it
	direct bool       // as the file is set now
	dirty  int64      // bytes through the cache since the last StartWriteback
}

// write writes groups at their place: past the cache where that is possible, else
// like any file. What the last group has beyond whole blocks goes through the cache.
func (f *groupFile) write(b []byte, at int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wants {
		if n := disk.DirectLen(b, at); n > 0 {
			if err := f.putLocked(b[:n], at, true); err != nil {
				return err
			}
			b, at = b[n:], at+int64(n)
		}
	}
	if len(b) == 0 {
		return nil
	}
	err := f.putLocked(b, at, false)
	if f.dirty += int64(len(b)); f.dirty >= writeback {
		f.dirty = 0
		disk.StartWriteback(f.File)
	}
	return err
}

func (f *groupFile) putLocked(b []byte, at int64, direct bool) error {
	if direct != f.direct {
		if disk.SetDirect(f.File, direct) == nil {
			f.direct = direct
		} else {
			f.wants = false
		}
	}
	_, err := f.WriteAt(b, at)
	if err == nil || !f.direct || !disk.IsUnaligned(err) {
		return err
	}
	f.wants = false
	if offErr := disk.SetDirect(f.File, false); offErr != nil {
		return errors.Join(err, offErr)
	}
	f.direct = false
	_, err = f.WriteAt(b, at)
	return err
}
