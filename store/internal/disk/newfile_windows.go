package disk

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"
)

// CreateIn makes the file name in an open directory, for writing; fs.ErrExist if
// there is one.
func CreateIn(d *os.File, name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(d.Name(), name), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
}

// SetTimeOf sets the modification time of a file that is open for writing, and the
// access time to now. NTFS gives a file the time of what was written through a handle
// when that handle is closed, whatever another one has set meanwhile; a handle that
// has set the time itself leaves it alone (SetFileTime, FILE_BASIC_INFORMATION).
func SetTimeOf(f *os.File, mtime time.Time) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return &os.PathError{Op: "set time of", Path: f.Name(), Err: err}
	}
	read, written := windows.NsecToFiletime(time.Now().UnixNano()), windows.NsecToFiletime(mtime.UnixNano())
	var setErr error
	err = conn.Control(func(handle uintptr) {
		setErr = windows.SetFileTime(windows.Handle(handle), nil, &read, &written)
	})
	if err = errors.Join(err, setErr); err != nil {
		return &os.PathError{Op: "set time of", Path: f.Name(), Err: err}
	}
	return nil
}

// SetTimeIn sets the modification time of a file in an open directory, written
// through f, and the access time to now.
func SetTimeIn(_, f *os.File, _ string, mtime time.Time) error { return SetTimeOf(f, mtime) }
