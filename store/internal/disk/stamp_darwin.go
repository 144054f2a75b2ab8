package disk

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Flags of a file (sys/stat.h of macOS).
const (
	flagHidden   = 0x00008000 // UF_HIDDEN
	flagDataless = 0x40000000 // SF_DATALESS
)

func identity(fi fs.FileInfo) (changed time.Time, inode, dev uint64) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return time.Time{}, 0, 0
	}
	return time.Unix(st.Ctimespec.Unix()).UTC(), st.Ino, uint64(st.Dev)
}

func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

// openFD is open without an os.File.
func openFD(path string) (int, error) {
	return unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
}

func traits(fi fs.FileInfo) Traits {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return Traits{}
	}
	return Traits{Hidden: st.Flags&flagHidden != 0, Placeholder: st.Flags&flagDataless != 0}
}
