// Package disk is what differs between operating systems and filesystems:
// what a file's identity is, how it is opened without harm, renamed without
// overwriting, cloned and made durable, and how much room is left. It knows
// nothing of pictures.
//
// Start with [Stamp] and [Open].
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"homeroll/store/media"
)

// Stamp tells whether a file is still the one that was read. Two equal stamps
// mean that no byte needs to be read again.
type Stamp struct {
	Size    int64
	MTime   time.Time
	Changed time.Time // status change (ctime); zero where the system has none
	// Inode is mixed with its filesystem's identity, so that it is unique on
	// the machine, and survives a restart; 0 where there is no stable one.
	Inode uint64
}

// Same reports whether size, modification time and inode are equal: what is
// compared between two scans.
func (s Stamp) Same(t Stamp) bool {
	return s.Size == t.Size && s.MTime.Equal(t.MTime) && s.Inode == t.Inode
}

// Untouched reports whether not even the status changed: what is compared
// before and after reading.
func (s Stamp) Untouched(t Stamp) bool { return s.Same(t) && s.Changed.Equal(t.Changed) }

// ErrNotRegular reports a path that is no regular file: a link, directory,
// socket, pipe or device.
var ErrNotRegular = errors.New("not a regular file")

// Stat returns the stamp of a regular file; it follows no link.
func Stat(path string) (Stamp, error) { return lstatStamp(path) }

// StampOf returns the stamp that the information of the file at path holds.
func StampOf(path string, fi fs.FileInfo) Stamp {
	s := Stamp{Size: fi.Size(), MTime: media.BoundTime(fi.ModTime().UTC())}
	changed, inode, dev := identity(fi)
	s.Changed = changed
	if inode != 0 {
		s.Inode = filesystems.mix(path, dev, inode)
	}
	return s
}

// IDOf returns what tells a file from the others of this machine until it starts
// again: device and inode, 0 where the system does not say.
func IDOf(fi fs.FileInfo) (dev, inode uint64) {
	_, inode, dev = identity(fi)
	return dev, inode
}

// Open opens a regular file for reading: it follows no link in the last
// element, never waits for a pipe, and leaves the access time alone where the
// system allows it.
func Open(path string) (*os.File, Stamp, error) {
	f, err := open(path)
	if err != nil {
		return nil, Stamp{}, err
	}
	s, err := stampOpen(f)
	if err != nil {
		_ = f.Close()
		return nil, Stamp{}, err
	}
	return f, s, nil
}

func stampOpen(f *os.File) (Stamp, error) {
	fi, err := f.Stat()
	if err != nil {
		return Stamp{}, err
	}
	if !fi.Mode().IsRegular() {
		return Stamp{}, fmt.Errorf("%s: %w", f.Name(), ErrNotRegular)
	}
	return StampOf(f.Name(), fi), nil
}

// Traits are attributes of a directory entry beyond its mode.
type Traits struct {
	Hidden      bool
	Placeholder bool // the bytes are in a cloud; opening it would fetch them
}

// TraitsOf returns the traits of the file named name.
func TraitsOf(name string, fi fs.FileInfo) Traits {
	t := traits(fi)
	t.Hidden = t.Hidden || (len(name) > 0 && name[0] == '.')
	return t
}
