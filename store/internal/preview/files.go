package preview

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"homeroll/store/media"
)

// recipe is raised when previews or looks are made differently; all are then
// made anew.
const recipe = 1

// refusedKind is the kind of file that says why there is no preview.
const refusedKind = "none"

// touchAfter is how old a file's time of use may be before it is set anew.
const touchAfter = time.Hour

// files are those of the cache: DIR/v<recipe>/<2 digits of the ID>/<the others>.<kind>.
// The time of modification is the time of use.
type files struct {
	root     string
	limit    int64
	now      func() time.Time
	used     atomic.Int64 // bytes, as far as they are counted
	sweeping sync.Mutex   // held by whoever walks all files
}

func openFiles(dir string, limit int64) (*files, error) {
	if dir == "" {
		return nil, errors.New("open previews: no directory is given")
	}
	f := &files{root: filepath.Join(dir, "v"+strconv.Itoa(recipe)), limit: limit, now: time.Now}
	if err := os.MkdirAll(f.root, 0o700); err != nil {
		return nil, fmt.Errorf("make directory of previews: %w", err)
	}
	return f, nil
}

func (s Size) kind() string { return strconv.Itoa(int(s)) }

func (f *files) path(id media.ID, kind string) string {
	name := id.String()
	return filepath.Join(f.root, name[:2], name[2:]+"."+kind)
}

// read returns a preview and notes that it is used; ErrNotMade.
func (f *files) read(id media.ID, s Size) (entry, error) { return f.readKind(id, s.kind()) }

func (f *files) readKind(id media.ID, kind string) (entry, error) {
	path := f.path(id, kind)
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return entry{}, ErrNotMade
	}
	if err != nil {
		return entry{}, fmt.Errorf("open preview: %w", err)
	}
	defer func() { _ = file.Close() }() // only read
	info, err := file.Stat()
	if err != nil {
		return entry{}, fmt.Errorf("open preview: %w", err)
	}
	if info.Size() > maxEntry || !info.Mode().IsRegular() {
		return entry{}, f.discard(path, info)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(file, data); err != nil {
		return entry{}, fmt.Errorf("read preview: %w", err)
	}
	e, err := parseEntry(id, kind, data)
	if err != nil {
		return entry{}, f.discard(path, info)
	}
	if now := f.now(); now.Sub(info.ModTime()) > touchAfter || info.ModTime().After(now) {
		_ = os.Chtimes(path, time.Time{}, now) // it is then forgotten sooner, that is all
	}
	return e, nil
}

// discard removes a file that is not what was written; then it is not made.
func (f *files) discard(path string, info fs.FileInfo) error {
	if err := os.Remove(path); err == nil {
		f.used.Add(-footprint(info.Size()))
	}
	return ErrNotMade
}

// has reports whether a file is there, without reading it.
func (f *files) has(id media.ID, s Size) bool {
	info, err := os.Lstat(f.path(id, s.kind()))
	return err == nil && info.Mode().IsRegular() && info.Size() > trailerSize
}

// write puts a file in its place, whole or not at all. It is not synced: what a
// power cut garbles is found when it is read.
func (f *files) write(id media.ID, kind string, e entry) error {
	path := f.path(id, kind)
	temp, err := os.CreateTemp(filepath.Dir(path), tempPattern)
	if errors.Is(err, fs.ErrNotExist) { // the first of its shard, or the cache was removed
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("make directory of previews: %w", err)
		}
		temp, err = os.CreateTemp(filepath.Dir(path), tempPattern)
	}
	if err != nil {
		return fmt.Errorf("make preview file: %w", err)
	}
	data := e.marshal(id, kind)
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Close()); err == nil {
		var before int64
		if old, err := os.Lstat(path); err == nil {
			before = footprint(old.Size())
		}
		if err = os.Rename(temp.Name(), path); err == nil {
			f.used.Add(footprint(int64(len(data))) - before)
			return nil
		}
	}
	return errors.Join(fmt.Errorf("write preview: %w", err), os.Remove(temp.Name()))
}

// tempPattern names what is being written.
const tempPattern = "new-*.tmp"

// footprint is what a file takes on most filesystems.
func footprint(size int64) int64 {
	const block = 4096
	return (size + block - 1) / block * block
}
