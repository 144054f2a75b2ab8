package disk

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// directAlign is what memory, offset and length of a direct write are multiples
// of: enough for every disk that is sold.
const directAlign = 4096

// DirectLen returns how many of the first bytes may be written past the system's
// cache at an offset.
func DirectLen(b []byte, at int64) int {
	address := uintptr(unsafe.Pointer(unsafe.SliceData(b))) //nolint:gosec // where it is, not what
	if at%directAlign != 0 || address%directAlign != 0 {
		return 0
	}
	return len(b) - len(b)%directAlign
}

// SetDirect lets writes to f go past the system's cache, or not any more
// (O_DIRECT, open(2)). ErrUnsupported where the filesystem cannot.
func SetDirect(f *os.File, on bool) error {
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil {
		return ErrUnsupported
	}
	want := flags &^ unix.O_DIRECT
	if on {
		want |= unix.O_DIRECT
	}
	if want == flags {
		return nil
	}
	if _, err := unix.FcntlInt(f.Fd(), unix.F_SETFL, want); err != nil {
		return ErrUnsupported
	}
	return nil
}
