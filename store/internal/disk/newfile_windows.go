package disk

import (
	"os"
	"path/filepath"
	"time"
)

// CreateIn makes the file name in an open directory, for writing; fs.ErrExist if
// there is one.
func CreateIn(d *os.File, name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(d.Name(), name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
}

// SetTimeIn sets the modification time of a file in an open directory, and the
// access time to now.
func SetTimeIn(d *os.File, name string, mtime time.Time) error {
	return os.Chtimes(filepath.Join(d.Name(), name), time.Now(), mtime)
}
