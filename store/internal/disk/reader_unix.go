//go:build linux || darwin

package disk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"homeroll/store/media"
)

// Reader reads a regular file from its start. The os package prepares each file for
// what only sockets and pipes need, which takes about as long as reading a small one.
// It is not safe for concurrent use.
type Reader struct {
	fd   int
	path string
	file *os.File // has taken fd over; nil until somebody asks for it
}

// OpenReader is Open for what is only read.
func OpenReader(path string) (*Reader, Stamp, error) {
	fd, err := uninterrupted(func() (int, error) { return openFD(path) })
	if err != nil {
		return nil, Stamp{}, &os.PathError{Op: "open", Path: path, Err: err}
	}
	r := &Reader{fd: fd, path: path}
	var st unix.Stat_t
	_, err = uninterrupted(func() (int, error) { return 0, unix.Fstat(fd, &st) })
	if err != nil {
		return nil, Stamp{}, errors.Join(&os.PathError{Op: "stat", Path: path, Err: err}, r.Close())
	}
	s, err := stampOfStat(path, &st)
	if err != nil {
		return nil, Stamp{}, errors.Join(err, r.Close())
	}
	return r, s, nil
}

// Read is that of io.Reader.
func (r *Reader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	n, err := uninterrupted(func() (int, error) { return unix.Read(r.fd, b) })
	if err != nil {
		return 0, &os.PathError{Op: "read", Path: r.path, Err: err}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// File returns the open file for whatever else is to be done with it. Close closes it.
func (r *Reader) File() *os.File {
	if r.file == nil {
		r.file = os.NewFile(uintptr(r.fd), r.path)
	}
	return r.file
}

// Close must be called once.
func (r *Reader) Close() error {
	if r.file != nil {
		return r.file.Close()
	}
	if err := unix.Close(r.fd); err != nil && !errors.Is(err, unix.EINTR) { // it is closed then, too
		return &os.PathError{Op: "close", Path: r.path, Err: err}
	}
	return nil
}

func lstatStamp(path string) (Stamp, error) {
	var st unix.Stat_t
	if _, err := uninterrupted(func() (int, error) { return 0, unix.Lstat(path, &st) }); err != nil {
		return Stamp{}, &os.PathError{Op: "lstat", Path: path, Err: err}
	}
	return stampOfStat(path, &st)
}

func stampOfStat(path string, st *unix.Stat_t) (Stamp, error) {
	if st.Mode&unix.S_IFMT != unix.S_IFREG {
		return Stamp{}, fmt.Errorf("%s: %w", path, ErrNotRegular)
	}
	s := Stamp{Size: st.Size, MTime: boundUnix(st.Mtim.Unix()), Changed: time.Unix(st.Ctim.Unix()).UTC()}
	if st.Ino != 0 {
		s.Inode = filesystems.mix(path, uint64(st.Dev), st.Ino)
	}
	return s, nil
}

func boundUnix(sec, nanos int64) time.Time { return media.BoundTime(time.Unix(sec, nanos).UTC()) }

// uninterrupted repeats a system call that a signal has interrupted, as happens on
// some network filesystems.
func uninterrupted(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); !errors.Is(err, unix.EINTR) {
			return n, err
		}
	}
}
