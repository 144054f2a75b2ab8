//go:build unix

package disk

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// CreateIn makes the file name in an open directory, for writing; fs.ErrExist if
// there is one. It costs one call, whatever the path of the directory.
func CreateIn(d *os.File, name string) (*os.File, error) {
	const flags = unix.O_RDWR | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC
	for {
		fd, err := unix.Openat(int(d.Fd()), name, flags, 0o666)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "create", Path: name, Err: err}
		}
		return os.NewFile(uintptr(fd), name), nil
	}
}

// SetTimeOf is not offered: a time set by a file's name stays whoever has it open.
func SetTimeOf(*os.File, time.Time) error { return ErrUnsupported }

// SetTimeIn sets the modification time of a file in an open directory, written
// through f, and the access time to now.
func SetTimeIn(d, _ *os.File, name string, mtime time.Time) error {
	var at [2]unix.Timespec
	for i, t := range []time.Time{time.Now(), mtime} {
		ts, err := unix.TimeToTimespec(t)
		if err != nil {
			return &os.PathError{Op: "set time of", Path: name, Err: err}
		}
		at[i] = ts
	}
	if err := unix.UtimesNanoAt(int(d.Fd()), name, at[:], unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return &os.PathError{Op: "set time of", Path: name, Err: err}
	}
	return nil
}
