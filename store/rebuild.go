package store

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// A catalogue is rebuilt from the folders, the vault and its names log, and from
// the other devices' manifests. Two files in the state directory lead through it:
// the first asks the next Open for it and carries over what only the old catalogue
// knows, JSON lines of the items that this device's user let go; it is renamed to
// the second once the new catalogue is begun, and that goes when all is read.
const (
	rebuildAsked  = "catalogue.rebuild"
	rebuildRuns   = "catalogue.rebuilding"
	catalogueName = "catalogue.db"
	replacedName  = "catalogue.db.replaced"
)

// ErrCorrupt reports a damaged catalogue. The next Open rebuilds it.
var ErrCorrupt = catalogue.ErrCorrupt

// letGoLine is a line of the file that asks for a rebuild.
type letGoLine struct {
	Hash media.ID `json:"hash"`
	Size int64    `json:"size"`
}

// AskRebuild makes the next Open build the catalogue anew. Of a catalogue that
// cannot be read, nothing is carried over.
func (s *Store) AskRebuild(ctx context.Context) error {
	items, err := s.cat.LetGoItems(ctx)
	if err != nil && !errors.Is(err, ErrCorrupt) {
		return fmt.Errorf("ask for a new catalogue: %w", err)
	}
	if err := writeLetGo(s.cfg.State, rebuildAsked, items); err != nil {
		return fmt.Errorf("ask for a new catalogue: %w", err)
	}
	s.asked.Store(true)
	return nil
}

func writeLetGo(state, name string, items []media.Item) error {
	f, err := os.CreateTemp(state, "."+name+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is left there once it is renamed
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for _, it := range items {
		err = errors.Join(err, enc.Encode(letGoLine{it.ID, it.Size}))
	}
	err = errors.Join(err, w.Flush())
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), filepath.Join(state, name)); err != nil {
		return err
	}
	return syncDirectory(state)
}

func readLetGo(path string) ([]media.Item, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var items []media.Item
	for lines := bufio.NewScanner(f); ; {
		if !lines.Scan() {
			return items, lines.Err()
		}
		var l letGoLine
		if json.Unmarshal(lines.Bytes(), &l) == nil && !l.Hash.IsZero() {
			items = append(items, media.Item{ID: l.Hash, Size: l.Size})
		}
	}
}

func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(disk.SyncDir(d), d.Close())
}

// openCatalogue opens the catalogue. One that is damaged, or of which a rebuild
// was asked for, is moved aside; begun reports that a new one was made.
func openCatalogue(ctx context.Context, cfg Config) (cat *catalogue.Catalogue, begun bool, err error) {
	if err := beginRebuild(cfg.State); err != nil {
		return nil, false, err
	}
	name := filepath.Join(cfg.State, catalogueName)
	_, statErr := os.Lstat(name)
	cat, err = catalogue.Open(ctx, name, cfg.Signer, cfg.Home, cfg.Log)
	if !errors.Is(err, catalogue.ErrCorrupt) {
		return cat, errors.Is(statErr, fs.ErrNotExist), err
	}
	aside := name + corruptInfix + time.Now().UTC().Format(corruptTime)
	cfg.Log.Error("catalogue is damaged; it is rebuilt from the folders and the vault", "err", err, "kept", aside)
	if err := moveCatalogue(cfg.State, aside); err != nil {
		return nil, false, err
	}
	if err := dropCorrupt(cfg.State); err != nil {
		cfg.Log.Warn("older damaged catalogues cannot be removed", "err", err)
	}
	cat, err = catalogue.Open(ctx, name, cfg.Signer, cfg.Home, cfg.Log)
	return cat, true, err
}

// How damaged catalogues are called, after the name of the catalogue, and how many are kept: on
// a failing disk they must not be what fills it.
const (
	corruptInfix = ".corrupt-"
	corruptTime  = "20060102T150405Z"
	keptCorrupt  = 2
)

// dropCorrupt removes all but the newest damaged catalogues.
func dropCorrupt(state string) error {
	entries, err := os.ReadDir(state) // in the order of their names, so the oldest first
	if err != nil {
		return err
	}
	var aside []string
	for _, e := range entries {
		if at, ok := strings.CutPrefix(e.Name(), catalogueName+corruptInfix); ok && len(at) == len(corruptTime) {
			aside = append(aside, e.Name())
		}
	}
	var errs []error
	for _, name := range aside[:max(0, len(aside)-keptCorrupt)] {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			if err := os.Remove(filepath.Join(state, name+suffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// beginRebuild puts the old catalogue aside if a rebuild was asked for.
func beginRebuild(state string) error {
	asked := filepath.Join(state, rebuildAsked)
	if _, err := os.Lstat(asked); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := moveCatalogue(state, filepath.Join(state, replacedName)); err != nil {
		return err
	}
	if err := os.Rename(asked, filepath.Join(state, rebuildRuns)); err != nil {
		return fmt.Errorf("begin a new catalogue: %w", err)
	}
	return syncDirectory(state)
}

// moveCatalogue renames the database and what belongs to it.
func moveCatalogue(state, aside string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		err := os.Rename(filepath.Join(state, catalogueName)+suffix, aside+suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("move the old catalogue aside: %w", err)
		}
	}
	return nil
}

// resumeRebuild notes whether a rebuild is going on, begins one if the catalogue
// has been lost, and gives a new catalogue what was carried over.
func (s *Store) resumeRebuild(ctx context.Context, lost bool) error {
	running := filepath.Join(s.cfg.State, rebuildRuns)
	items, err := readLetGo(running)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !lost:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		if err := writeLetGo(s.cfg.State, rebuildRuns, nil); err != nil {
			return fmt.Errorf("begin a new catalogue: %w", err)
		}
	case err != nil:
		return fmt.Errorf("begin a new catalogue: %w", err)
	}
	s.log.Info("the catalogue is rebuilt from the folders and the vault")
	s.rebuilding.Store(true)
	return s.cat.SetLetGo(ctx, items)
}

// Rebuilding reports whether the catalogue is being rebuilt, or is to be: until the vault
// and every folder that is there have been read, nothing should be fetched, since
// it may be here.
func (s *Store) Rebuilding() bool {
	select {
	case <-s.cat.Corrupt(): // it begins in a moment
		return true
	default:
		return s.rebuilding.Load() || s.asked.Load()
	}
}

// rebuildPoll is how often it is looked whether a rebuild is over.
const rebuildPoll = 200 * time.Millisecond

// settleIn waits until every folder has been looked at once since the start and,
// where the catalogue is rebuilt, the vault has been read.
func (s *Store) settleIn(ctx context.Context) {
	for s.scanning() || s.rebuilding.Load() && !s.compared.Load() {
		if !sleep(ctx, rebuildPoll) {
			return
		}
	}
	s.looked.Store(true)
	if s.rebuilding.Load() {
		s.finishRebuild()
	}
	s.changed.fire()
}

func (s *Store) finishRebuild() {
	replaced := filepath.Join(s.cfg.State, replacedName)
	for _, path := range []string{replaced, replaced + "-wal", replaced + "-shm", filepath.Join(s.cfg.State, rebuildRuns)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.log.Warn("remove the old catalogue", "err", err)
		}
	}
	s.log.Info("the catalogue is rebuilt")
	s.rebuilding.Store(false)
}

// scanning reports whether a folder is still being read for the first time.
func (s *Store) scanning() bool {
	for _, f := range s.watched() {
		if state, _ := f.state(); state == FolderScanning {
			return true
		}
	}
	return false
}

// catalogueEvery is how often it is looked whether the catalogue is in its place.
const catalogueEvery = 5 * time.Second

// watchCatalogue ends Run when the catalogue turns out to be damaged, or was
// removed: what is written to a removed file is lost at the end.
func (s *Store) watchCatalogue(ctx context.Context, fail func(error)) {
	look := time.NewTicker(catalogueEvery)
	defer look.Stop()
	for {
		select {
		case <-s.cat.Corrupt():
			err := writeLetGo(s.cfg.State, rebuildAsked, nil)
			s.log.Error("the catalogue is damaged; it is rebuilt from the folders and the vault")
			fail(errors.Join(fmt.Errorf("use the catalogue: %w", ErrCorrupt), err))
			return
		case <-look.C:
			if _, err := os.Lstat(filepath.Join(s.cfg.State, catalogueName)); !errors.Is(err, fs.ErrNotExist) {
				continue
			}
			err := s.AskRebuild(ctx)
			s.log.Error("the catalogue was removed; it is rebuilt from the folders and the vault")
			fail(errors.Join(fmt.Errorf("find the catalogue: %w", ErrCorrupt), err))
			return
		case <-ctx.Done():
			return
		}
	}
}

// RebuildProgress counts the files that the catalogue knows, which a rebuild finds
// again one by one. There are no totals.
func (s *Store) RebuildProgress() VerifyProgress {
	var p VerifyProgress
	for _, f := range s.Folders() {
		p.Files += f.Files
		p.Bytes += f.Bytes
	}
	if n, err := s.cat.VaultCount(context.Background()); err == nil {
		p.Files += n.Files
		p.Bytes += n.FileBytes
	}
	return p
}
