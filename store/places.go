package store

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// placesFile is what was last seen of the folders and the vault. It is no part
// of the catalogue, so that a disk which is away is missed also when the
// catalogue was lost.
const placesFile = "places.json"

// placeBook keeps that file. It is safe for concurrent use.
type placeBook struct {
	log  *slog.Logger
	dir  string
	mu   sync.Mutex
	seen places
}

// places is the file's content.
type places struct {
	Folders map[string]seenFolder `json:"folders"` // by folder ID
	Vault   seenVault             `json:"vault"`
	Move    *vaultMove            `json:"move,omitempty"` // of the vault, if one has begun
	Disks   map[string]string     `json:"disks"`          // by path, as published; of those that are away, too
}

// seenVault is the last look at the vault.
type seenVault struct {
	Dir    string `json:"dir"`   // resolved
	ID     string `json:"id"`    // of its marker
	Disk   string `json:"disk"`  // what tells its mount from others
	Files  int64  `json:"files"` // when it was opened, but not 0 once there were any
	Losses losses `json:"losses,omitempty"`
}

// seenFolder is the last look at a folder that was whole.
type seenFolder struct {
	Path   string    `json:"path"`
	Disk   string    `json:"disk"`  // what tells its mount from others
	Files  int64     `json:"files"` // media files
	Seen   time.Time `json:"seen"`
	Halt   *halt     `json:"halt,omitempty"` // why nothing is concluded since
	Losses losses    `json:"losses,omitempty"`
}

// openPlaces reads the file; a damaged one is as good as none.
func openPlaces(dir string, log *slog.Logger) (*placeBook, error) {
	b := &placeBook{log: log, dir: dir}
	raw, err := os.ReadFile(filepath.Join(dir, placesFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read places: %w", err)
	}
	if err == nil {
		if err := json.Unmarshal(raw, &b.seen); err != nil {
			log.Error("what was last seen of folders and vault cannot be read; it is learned anew", "file", placesFile, "err", err)
			b.seen = places{}
		}
	}
	if b.seen.Folders == nil {
		b.seen.Folders = map[string]seenFolder{}
	}
	return b, nil
}

// folder returns what was last seen of a folder, zero if nothing was.
func (b *placeBook) folder(id media.FolderID) seenFolder {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen.Folders[id.String()]
}

// setFolder changes what is known of a folder, durably.
func (b *placeBook) setFolder(id media.FolderID, set func(f *seenFolder)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.seen.Folders[id.String()]
	set(&f)
	b.seen.Folders[id.String()] = f
	return b.saveLocked()
}

// vault returns what was last seen of the vault, zero if nothing was.
func (b *placeBook) vault() seenVault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen.Vault
}

// setVault changes what is known of the vault, durably.
func (b *placeBook) setVault(set func(v *seenVault)) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	set(&b.seen.Vault)
	return b.saveLocked()
}

// move returns the move of the vault that has begun, nil if none has.
func (b *placeBook) move() *vaultMove {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen.Move == nil {
		return nil
	}
	m := *b.seen.Move
	return &m
}

// setMove remembers it, or nil: that there is none.
func (b *placeBook) setMove(m *vaultMove) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen.Move = nil
	if m != nil {
		now := *m
		b.seen.Move = &now
	}
	return b.saveLocked()
}

func (b *placeBook) dropFolder(id media.FolderID) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.seen.Folders[id.String()]; !ok {
		return nil
	}
	delete(b.seen.Disks, b.seen.Folders[id.String()].Path)
	delete(b.seen.Folders, id.String())
	return b.saveLocked()
}

// disk returns what was last published as the disk of a path.
func (b *placeBook) disk(path string) (d media.Disk, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	raw, err := hex.DecodeString(b.seen.Disks[path])
	return d, err == nil && copy(d[:], raw) == len(d)
}

func (b *placeBook) setDisk(path string, d media.Disk) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	text := hex.EncodeToString(d[:])
	if b.seen.Disks[path] == text {
		return nil
	}
	if b.seen.Disks == nil {
		b.seen.Disks = map[string]string{}
	}
	b.seen.Disks[path] = text
	return b.saveLocked()
}

// saveLocked replaces the file by a whole and synced one.
func (b *placeBook) saveLocked() error {
	raw, err := json.MarshalIndent(b.seen, "", "  ")
	if err != nil {
		return err
	}
	if err := disk.Replace(filepath.Join(b.dir, placesFile), append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write places: %w", err)
	}
	return nil
}

// identify tells the filesystem that a directory lies on from others, and the
// directory's place on it, "" if the system cannot say. It stays the same when
// the machine starts again where the filesystem has an identity of its own.
func (s *Store) identify(root string) string {
	m, err := s.mountOf(root)
	if err != nil {
		return ""
	}
	if m.Remote != "" {
		return m.Remote
	}
	_, place, _ := strings.Cut(m.Real, ":") // without the device's number
	return strings.Join(append(m.ID, place), ":")
}
