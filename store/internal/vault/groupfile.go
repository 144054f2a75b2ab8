package vault

import (
	"errors"
	"os"

	"homeroll/store/internal/disk"
)

// directFrom is the size, in bytes, from which items are written past the system's
// cache: nobody reads a large video again at once, and copying it through the cache
// costs most of the processor time of receiving it
// (docs/decisions/2026-11-23-large-files-past-the-cache.md).
const directFrom = 32 << 20

// groupFile writes the groups of a partial file.
type groupFile struct {
	*os.File
	wants  bool // the item is large, and nothing has spoken against it
	direct bool // as the file is set now
}

// write writes a group at its place: past the cache where that is possible, else
// like any file. The last group of an item seldom has a length that fits.
func (f *groupFile) write(b []byte, at int64) error {
	if direct := f.wants && disk.CanWriteDirect(b, at); direct != f.direct {
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
