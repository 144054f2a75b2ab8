package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/vault"
	"homeroll/store/internal/walk"
	"homeroll/store/media"
)

// FolderConfig is one watched folder.
type FolderConfig struct {
	Path   string   // absolute
	Ignore []string // glob patterns on the path inside the folder, or on a base name
}

// Folder is a watched folder as it is now.
type Folder struct {
	ID     media.FolderID
	Path   string
	Label  string
	Ignore []string
	Items  int64 // distinct items
	Files  int64
	Bytes  int64 // of the distinct items
	State  FolderState
	Detail string // why, where the state is not watching
	Lost   int64  // files that are gone, where it is halted
}

// FolderState says what a folder is doing.
type FolderState string

// The states of a folder.
const (
	FolderScanning FolderState = "scanning"
	FolderWatching FolderState = "watching"
	FolderPolling  FolderState = "polling" // no file events here; rescanned instead
	FolderMissing  FolderState = "missing" // not there, or not readable: records stay
	FolderHalted   FolderState = "halted"  // too much is gone at once: records stay until ConfirmFolder
)

// OverlapError reports a directory that cannot be watched because of another.
type OverlapError struct {
	Path  string
	Other string // the folder or vault
	How   string // "is the same directory as the folder", "lies inside the vault", …
}

func (e *OverlapError) Error() string { return fmt.Sprintf("%s %s %s", e.Path, e.How, e.Other) }

// AddFolder starts watching; an error says which folder or vault it overlaps. A folder that
// was watched before, by its path, keeps its identity and records, also while it is missing.
func (s *Store) AddFolder(ctx context.Context, cfg FolderConfig) error {
	if !filepath.IsAbs(cfg.Path) {
		return fmt.Errorf("add folder %s: not an absolute path", cfg.Path)
	}
	s.adding.Lock()
	defer s.adding.Unlock()
	cfg.Path = filepath.Clean(cfg.Path)
	id, label, known, err := s.folderIdentity(ctx, cfg.Path)
	if err != nil {
		return err
	}
	if err := s.checkFolder(cfg.Path, known); err != nil {
		return err
	}
	f, err := s.newFolder(id, cfg, label)
	if err != nil {
		return err
	}
	if err := s.cat.PutFolder(ctx, media.Folder{ID: id, Label: label}, cfg.Path); err != nil {
		return fmt.Errorf("add folder %s: %w", cfg.Path, err)
	}
	if h := f.guard.halted(); h != nil {
		f.tellHalt(h)
	}
	if err := f.recallDamages(ctx); err != nil {
		return err
	}
	s.mu.Lock()
	s.folders = append(s.folders, f)
	if s.start != nil {
		s.start(f)
	}
	s.mu.Unlock()
	s.changed.fire()
	return s.publishProfile(ctx)
}

// folderIdentity finds the folder in the records of earlier runs.
func (s *Store) folderIdentity(ctx context.Context, path string) (id media.FolderID, label string, known bool, err error) {
	folders, err := s.cat.Folders(ctx)
	if err != nil {
		return id, "", false, err
	}
	for _, f := range folders {
		if f.Path == path {
			return f.ID, f.Label, true, nil
		}
	}
	return media.FolderIDOf(s.cfg.Signer.Device(), path), folderLabel(path), false, nil
}

// folderLabel is what people call the folder.
func folderLabel(path string) string {
	label := filepath.Base(path)
	if label == string(filepath.Separator) || label == "." {
		label = "disk"
	}
	valid := []rune(label)
	for len(string(valid)) > media.MaxLabel {
		valid = valid[:len(valid)-1]
	}
	return string(valid)
}

// checkFolder refuses what cannot be watched.
func (s *Store) checkFolder(path string, known bool) error {
	fi, err := os.Stat(path)
	switch {
	case err != nil && !known:
		return fmt.Errorf("add folder: %w", err)
	case err == nil && !fi.IsDir():
		return fmt.Errorf("add folder %s: not a directory", path)
	case err == nil:
		if _, err := os.ReadDir(path); err != nil && !known {
			return fmt.Errorf("add folder: %w", err)
		}
	}
	for _, f := range s.watched() {
		if how := overlap(path, f.path); how != "" {
			return &OverlapError{Path: path, Other: f.path, How: how + " the folder"}
		}
	}
	for _, own := range s.ownDirs() {
		if disk.Inside(path, own) {
			return &OverlapError{Path: path, Other: own, How: "is or lies inside homeroll's own directory"}
		}
	}
	if disk.Inside(path, s.vault().Dir()) {
		return &OverlapError{Path: path, Other: s.vault().Dir(), How: "is or lies inside the vault"}
	}
	if other, ok := vault.Above(disk.Resolve(path)); ok {
		return &OverlapError{Path: path, Other: other, How: "is or lies inside the vault (it has a " + walk.Marker + " file)"}
	}
	return nil
}

func overlap(path, other string) string {
	in, out := disk.Inside(path, other), disk.Inside(other, path)
	switch {
	case in && out:
		return "is the same directory as"
	case in:
		return "lies inside"
	case out:
		return "contains"
	}
	return ""
}

// RemoveFolder stops watching; its records are withdrawn, its files stay. It also
// withdraws the records of a folder that an earlier run watched.
func (s *Store) RemoveFolder(ctx context.Context, path string) error {
	s.adding.Lock()
	defer s.adding.Unlock()
	path = filepath.Clean(path)
	id, _, known, err := s.folderIdentity(ctx, path)
	if err != nil {
		return err
	}
	if !known {
		return fmt.Errorf("remove folder %s: it is not watched", path)
	}
	s.mu.Lock()
	i := slices.IndexFunc(s.folders, func(f *folder) bool { return f.id == id })
	var f *folder
	if i >= 0 {
		f = s.folders[i]
		s.folders = slices.Delete(slices.Clone(s.folders), i, i+1)
	}
	s.mu.Unlock()
	if f != nil {
		close(f.stop)
		if f.stopped != nil {
			<-f.stopped
		}
		s.problems.clearIf(func(p Problem) bool { return disk.Within(p.Path, f.root) })
		s.problems.clear(haltSlot(f.path))
	}
	if err := s.cat.DropFolder(ctx, id); err != nil {
		return fmt.Errorf("remove folder %s: %w", path, err)
	}
	if err := s.places.dropFolder(id); err != nil {
		return fmt.Errorf("remove folder %s: %w", path, err)
	}
	s.changed.fire()
	return s.publishProfile(ctx)
}

// Forgotten returns the paths of folders that an earlier run watched and that were not
// added again: their records stand until RemoveFolder.
func (s *Store) Forgotten(ctx context.Context) ([]string, error) {
	folders, err := s.cat.Folders(ctx)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, f := range folders {
		if !s.isWatched(f.ID) {
			paths = append(paths, f.Path)
		}
	}
	return paths, nil
}

// Folders returns what is watched, in the order of adding.
func (s *Store) Folders() []Folder {
	counts := map[media.FolderID]Folder{}
	recorded, err := s.cat.Folders(context.Background())
	if err != nil {
		s.log.Error("count folders", "err", err)
	}
	for _, f := range recorded {
		counts[f.ID] = Folder{Items: f.Items, Files: f.Files, Bytes: f.Bytes}
	}
	var list []Folder
	for _, f := range s.watched() {
		c := counts[f.id]
		c.ID, c.Path, c.Label, c.Ignore = f.id, f.path, f.label, slices.Clone(f.ignore)
		c.State, c.Detail = f.state()
		if h := f.guard.halted(); h != nil {
			c.Lost = h.Lost
		}
		list = append(list, c)
	}
	return list
}

func (s *Store) watched() []*folder {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.folders
}

// folderOf returns the watched folder that an absolute path lies in.
func (s *Store) folderOf(abs string) (f *folder, rel string, ok bool) {
	for _, f := range s.watched() {
		if rel, ok := f.rel(abs); ok {
			return f, rel, true
		}
	}
	return nil, "", false
}
