package vault

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"homeroll/store/internal/disk"
)

// A draft is the file of a small item, written beside the name that it will get:
// then one directory is to be synced instead of two, and files of many
// directories do not all pass through one
// (docs/decisions/2026-11-23-small-files-are-written-beside-their-names.md).
const (
	draftPrefix = ".homeroll-"
	draftSuffix = ".part"
	draftRandom = 8 // bytes
)

// IsDraft reports whether a file of this name is a draft, of this run or of one
// that a crash ended.
func IsDraft(name string) bool {
	digits, begins := strings.CutPrefix(name, draftPrefix)
	digits, ends := strings.CutSuffix(digits, draftSuffix)
	if !begins || !ends || len(digits) != 2*draftRandom {
		return false
	}
	_, err := hex.DecodeString(digits)
	return err == nil && strings.ToLower(digits) == digits
}

func draftName() string {
	var b [draftRandom]byte
	_, _ = rand.Read(b[:])
	return draftPrefix + hex.EncodeToString(b[:]) + draftSuffix
}

// drafts are those of this run, and the directories that they are written to,
// which stay open for a while. It is safe for concurrent use.
type drafts struct {
	v     *Vault
	using sync.RWMutex // held for reading while one of the directories is used

	late sync.WaitGroup // the call that timer makes

	mu    sync.Mutex // guards what follows; after using
	live  map[string]bool
	left  []string    // paths of drafts that could not be removed
	dirs  *Batch      // nil while none is open
	timer *time.Timer // closes them
}

// keepDrafts is how long directories stay open: one that somebody moved elsewhere
// is soon missed, and none keeps a disk from being taken out.
const keepDrafts = 2 * time.Second

// write makes a new file in the directory that the path want will be in, with the
// directory if there is none. The file is returned even if it is incomplete.
func (d *drafts) write(want string, b []byte, mtime time.Time) (one *Draft, err error) {
	for try := 0; ; try++ {
		d.trim(try > 0)
		if one, err = d.tryWrite(want, b, mtime); one != nil || try > 0 || !errors.Is(err, fs.ErrNotExist) {
			return one, err
		}
	}
}

func (d *drafts) tryWrite(want string, b []byte, mtime time.Time) (*Draft, error) {
	d.using.RLock()
	defer d.using.RUnlock()
	name := draftName()
	dir, at, err := d.dir(want, name)
	if err != nil {
		return nil, err
	}
	f, err := disk.CreateIn(dir, name)
	if err != nil {
		d.end(name)
		return nil, err
	}
	one := &Draft{v: d.v, f: f, order: d.v.tide.opened(), path: path.Join(at, name), size: int64(len(b))}
	_, err = f.Write(b)
	if err == nil && !d.v.traits.Timeless {
		err = disk.SetTimeIn(dir, f, name, d.v.traits.Settable(mtime))
	}
	return one, err
}

// dir opens the directory of want, and counts the draft name as live. The caller
// holds using.
func (d *drafts) dir(want, name string) (f *os.File, at string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dirs == nil {
		d.dirs = d.v.Batch()
		d.late.Add(1)
		d.timer = time.AfterFunc(keepDrafts, func() {
			defer d.late.Done()
			d.close()
		})
	}
	at, err = d.dirs.makeDirs(path.Dir(d.v.shorten(want)))
	d.dirs.leave() // whoever records the item syncs what was made
	if err == nil {
		f, err = d.dirs.dir(at)
	}
	if err == nil {
		d.live[name] = true
	}
	return f, at, err
}

// takeUnsynced returns the directories that nobody has synced yet. One that a
// draft is making this moment is among them: who finds it there may count on it.
func (v *Vault) takeUnsynced() map[string]bool {
	if v.drafts != nil {
		v.drafts.mu.Lock()
		defer v.drafts.mu.Unlock()
	}
	return v.unsynced.take()
}

// trim closes the directories once they are many, or at once.
func (d *drafts) trim(all bool) {
	d.mu.Lock()
	due := d.dirs != nil && (all || len(d.dirs.open) >= openDirs())
	d.mu.Unlock()
	if due {
		d.close()
	}
}

func (d *drafts) close() {
	d.using.Lock()
	defer d.using.Unlock()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dirs == nil {
		return
	}
	d.dirs.Close()
	d.dirs = nil
	if d.timer.Stop() {
		d.late.Done() // it will not
	}
}

// end forgets a draft that has its name, or is removed.
func (d *drafts) end(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.live, name)
}

// Draft is the open file of a draft that is not durable yet.
type Draft struct {
	v     *Vault
	f     *os.File
	order int64 // see tide
	path  string
	size  int64
}

// Draft makes a file with these bytes and this modification time in the directory
// of the path want. Call Sync.
func (v *Vault) Draft(want string, b []byte, mtime time.Time) (*Draft, error) {
	d, err := v.drafts.write(want, b, mtime)
	if d == nil {
		return nil, noSpace(fmt.Errorf("make file: %w", err))
	}
	if err != nil {
		return nil, d.discard(err)
	}
	return d, nil
}

// Sync makes the draft durable and closes it; the file waits under the returned
// path for its name. Call EndDraft. After an error there is no file.
func (d *Draft) Sync() (string, error) {
	if err := d.v.tide.sync(d.f, d.order, d.size); err != nil {
		// Nobody knows which bytes are on the disk.
		return "", d.discard(err)
	}
	if err := d.f.Close(); err != nil {
		d.v.EndDraft(d.path, false)
		return "", noSpace(fmt.Errorf("close file: %w", err))
	}
	return d.path, nil
}

func (d *Draft) discard(err error) error {
	err = errors.Join(err, d.f.Close())
	d.v.EndDraft(d.path, false)
	return noSpace(fmt.Errorf("write file: %w", err))
}

// EndDraft removes a draft that has not found its name. What the disk refuses to
// remove is tried again when the next one ends.
func (v *Vault) EndDraft(p string, named bool) {
	gone := v.drafts.takeLeft()
	if !named {
		gone = append(gone, p)
	}
	for _, p := range gone {
		if err := v.root.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
			v.drafts.leave(p)
		}
	}
	v.drafts.end(path.Base(p))
}

// maxLeft bounds what is remembered of drafts that could not be removed; the
// others go when the vault is next looked through.
const maxLeft = 256

func (d *drafts) leave(p string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.left) < maxLeft {
		d.left = append(d.left, p)
	}
}

func (d *drafts) takeLeft() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	left := d.left
	d.left = nil
	return left
}

// SweepDraft removes a draft that a crash has left. Those of this run, and other
// files, stay.
func (v *Vault) SweepDraft(p string) {
	name := path.Base(p)
	v.drafts.mu.Lock()
	live := v.drafts.live[name]
	v.drafts.mu.Unlock()
	if !live && IsDraft(name) {
		_ = v.root.Remove(p)
	}
}
