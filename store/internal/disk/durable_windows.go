package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// Directories cannot be synced; MOVEFILE_WRITE_THROUGH makes a rename durable
// itself.
const canSyncDir = false

func isUnsupportedSync(error) bool { return false }

// isUnsyncable: FlushFileBuffers wants a file that is open for writing.
func isUnsyncable(err error) bool { return errors.Is(err, windows.ERROR_ACCESS_DENIED) }

func renameNew(src *os.File, from string, dst *os.File, to string) error {
	old, err := windows.UTF16PtrFromString(filepath.Join(src.Name(), from))
	if err != nil {
		return err
	}
	name, err := windows.UTF16PtrFromString(filepath.Join(dst.Name(), to))
	if err != nil {
		return err
	}
	err = windows.MoveFileEx(old, name, windows.MOVEFILE_WRITE_THROUGH)
	if errors.Is(err, windows.ERROR_ALREADY_EXISTS) || errors.Is(err, windows.ERROR_FILE_EXISTS) {
		return fs.ErrExist
	}
	return err
}

// Link makes the entry to of dst a hard link to the entry from of src.
func Link(src *os.File, from string, dst *os.File, to string) error {
	return os.Link(filepath.Join(src.Name(), from), filepath.Join(dst.Name(), to))
}

// Clone is not offered here.
func Clone(_, _ *os.File) error { return ErrUnsupported }

// StartWriteback does nothing here.
func StartWriteback(*os.File) {}

// IsFull reports an error that means that the disk or the user's quota is used
// up.
func IsFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// IsUnnameable reports an error that means that the filesystem cannot hold the
// name.
func IsUnnameable(err error) bool {
	return errors.Is(err, windows.ERROR_INVALID_NAME) || errors.Is(err, windows.ERROR_FILENAME_EXCED_RANGE) ||
		errors.Is(err, windows.ERROR_BAD_PATHNAME)
}

// IsUnlinkable reports an error that means that the filesystem gives a file no
// further name, now or later.
func IsUnlinkable(err error) bool {
	return errors.Is(err, windows.ERROR_TOO_MANY_LINKS) || errors.Is(err, windows.ERROR_NOT_SAME_DEVICE) ||
		errors.Is(err, windows.ERROR_NOT_SUPPORTED) || errors.Is(err, windows.ERROR_INVALID_FUNCTION)
}

// IsUnaligned reports no: there are no direct writes here.
func IsUnaligned(error) bool { return false }

// IsNotDir reports an error that means that an element of the path is no
// directory.
func IsNotDir(err error) bool { return errors.Is(err, windows.ERROR_DIRECTORY) }
