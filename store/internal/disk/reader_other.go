//go:build !linux && !darwin

package disk

import (
	"fmt"
	"os"
)

// Reader reads a regular file from its start. It is not safe for concurrent use.
type Reader struct{ f *os.File }

// OpenReader is Open for what is only read.
func OpenReader(path string) (*Reader, Stamp, error) {
	f, s, err := Open(path)
	if err != nil {
		return nil, Stamp{}, err
	}
	return &Reader{f}, s, nil
}

// Read is that of io.Reader.
func (r *Reader) Read(b []byte) (int, error) { return r.f.Read(b) }

// File returns the open file for whatever else is to be done with it. Close closes it.
func (r *Reader) File() *os.File { return r.f }

// Close must be called once.
func (r *Reader) Close() error { return r.f.Close() }

func lstatStamp(path string) (Stamp, error) {
	fi, err := os.Lstat(path)
	if err != nil {
		return Stamp{}, err
	}
	if !fi.Mode().IsRegular() {
		return Stamp{}, fmt.Errorf("%s: %w", path, ErrNotRegular)
	}
	return StampOf(path, fi), nil
}
