// Package vault keeps other devices' media as plain files below one directory:
// where they lie, how names that a filesystem cannot hold are bent, how
// partial downloads are kept and proven, and in which order things become
// durable. It knows nothing of the catalogue; its caller records what it did.
//
// Start with [Open]; docs/ondisk.md describes the layout. Every name that a
// peer supplied is used through an os.Root, so that none can lead outside.
package vault

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/volume"
	"homeroll/store/internal/walk"
	"homeroll/store/media"
)

// Places below the vault, as slash separated paths.
const (
	stateDir    = ".homeroll"
	partialDir  = stateDir + "/partial"
	namesFile   = stateDir + "/names"
	VersionsDir = ".versions"
)

// Vault is an open vault. It is safe for concurrent use, batches aside.
type Vault struct {
	dir      string // resolved
	root     *os.Root
	partials *workshop
	names    *namesLog
	fresh    bool
	absent   bool // this only stands for a vault (Absent)
	drafts   *drafts
	tide     *tide
	chunks   chan struct{} // see outbox
	// unsynced are directories that were changed, and that the next batch is to sync.
	unsynced unsynced
	// traits are what the filesystem can do.
	traits volume.Traits
}

// marker is what the marker file says.
type marker struct {
	Vault   string       `json:"vault"` // a random identity
	Device  media.Device `json:"device"`
	Created time.Time    `json:"created"`
}

// OtherDeviceError reports a vault that belongs to another device.
type OtherDeviceError struct {
	Dir    string
	Device media.Device
}

func (e *OtherDeviceError) Error() string {
	return fmt.Sprintf("%s is the vault of another device (%s); choose another directory for this one", e.Dir, e.Device.Short())
}

// ErrUnreadableMarker reports a vault whose marker is damaged.
var ErrUnreadableMarker = errors.New("vault marker is damaged")

// Open opens the vault of this device in dir, which it makes if it is absent.
// It refuses, as *OtherDeviceError, another device's vault, and any directory
// inside one.
func Open(dir string, device media.Device) (*Vault, error) {
	if err := disk.MakeDirs(dir, 0o777); err != nil {
		return nil, fmt.Errorf("make vault: %w", err)
	}
	dir = disk.Resolve(dir)
	if outer, ok := Above(filepath.Dir(dir)); ok {
		return nil, fmt.Errorf("vault %s lies inside the vault %s; choose a directory outside", dir, outer)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	v := &Vault{dir: dir, root: root, tide: newTide(), chunks: make(chan struct{}, vaultChunks)}
	v.drafts = &drafts{v: v, live: map[string]bool{}}
	if err := v.prepare(device); err != nil {
		_ = root.Close()
		return nil, err
	}
	return v, nil
}

func (v *Vault) prepare(device media.Device) (err error) {
	if err := v.claim(device); err != nil {
		return err
	}
	for _, d := range []string{partialDir, VersionsDir} {
		if err := v.root.MkdirAll(d, 0o777); err != nil {
			return fmt.Errorf("make vault: %w", err)
		}
	}
	if err := errors.Join(v.dropCopies(), v.dropProbes()); err != nil {
		return err
	}
	v.learnTraits()
	if v.names, err = openNames(v.root); err != nil {
		return err
	}
	v.partials = &workshop{v: v}
	// What is made here once must not be lost: the log that every batch syncs, above all.
	return errors.Join(v.syncDir(stateDir), v.syncDir("."))
}

// claim reads the marker, or writes it.
func (v *Vault) claim(device media.Device) error {
	b, err := v.root.ReadFile(walk.Marker)
	if errors.Is(err, fs.ErrNotExist) {
		v.fresh = true
		return v.writeMarker(device)
	}
	if err != nil {
		return fmt.Errorf("read vault marker: %w", err)
	}
	var m marker
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("read %s: %w: %w", filepath.Join(v.dir, walk.Marker), ErrUnreadableMarker, err)
	}
	if m.Device != device {
		return &OtherDeviceError{Dir: v.dir, Device: m.Device}
	}
	return nil
}

func (v *Vault) writeMarker(device media.Device) error {
	b, err := json.MarshalIndent(marker{Vault: randomName(), Device: device, Created: time.Now().UTC().Truncate(time.Second)}, "", "  ")
	if err != nil {
		return err
	}
	tmp := walk.Marker + ".new"
	if err := v.root.WriteFile(tmp, append(b, '\n'), 0o666); err != nil {
		return fmt.Errorf("write vault marker: %w", err)
	}
	if err := v.syncFile(tmp); err != nil {
		return err
	}
	if err := v.root.Rename(tmp, walk.Marker); err != nil {
		return fmt.Errorf("write vault marker: %w", err)
	}
	return v.syncDir(".")
}

// Close gives the directory back.
func (v *Vault) Close() error {
	if v.absent {
		return nil
	}
	v.drafts.close()
	v.drafts.late.Wait()
	return errors.Join(v.partials.close(), v.names.close(), v.root.Close())
}

// Dir returns the resolved directory.
func (v *Vault) Dir() string { return v.dir }

// Fresh reports whether Open found no marker.
func (v *Vault) Fresh() bool { return v.fresh }

// Abs returns where a path of the vault is.
func (v *Vault) Abs(p string) string { return filepath.Join(v.dir, filepath.FromSlash(p)) }

// Rel returns the path in the vault of a file, and false if it is none.
func (v *Vault) Rel(abs string) (string, bool) {
	if !disk.Within(abs, v.dir) || abs == v.dir {
		return "", false
	}
	rel, err := filepath.Rel(v.dir, abs)
	return filepath.ToSlash(rel), err == nil
}

// Here reports whether the directory that was opened is still in its place, and
// still a vault.
func (v *Vault) Here() bool {
	opened, err := v.root.Stat(".")
	if err != nil {
		return false
	}
	now, err := os.Stat(v.dir)
	return err == nil && os.SameFile(opened, now) && walk.HasMarker(v.dir)
}

// Lstat describes the file at a path of the vault.
func (v *Vault) Lstat(p string) (fs.FileInfo, error) { return v.root.Lstat(p) }

// Open opens a file of the vault for reading.
func (v *Vault) Open(p string) (*os.File, error) { return v.root.Open(p) }

// Above returns the nearest directory at or above dir that is a vault.
func Above(dir string) (string, bool) {
	for {
		if walk.HasMarker(dir) {
			return dir, true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", false
		}
		dir = up
	}
}

func (v *Vault) syncFile(p string) error {
	f, err := v.root.OpenFile(p, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("sync %s: %w", p, err)
	}
	return errors.Join(f.Sync(), f.Close())
}

func (v *Vault) syncDir(p string) error {
	d, err := v.root.Open(p)
	if err != nil {
		return fmt.Errorf("sync directory %s: %w", p, err)
	}
	return errors.Join(disk.SyncDir(d), d.Close())
}
