package store

import (
	"context"
	"errors"
	"fmt"
	"path"
	"sync"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// maxLabelTries bounds the search for a free directory name.
const maxLabelTries = 1000

// labelBook remembers which directories of the vault belong to which device
// and folder, and what devices are called.
type labelBook struct {
	mu    sync.Mutex
	names map[media.Device]string
	dirs  map[labelKey]string
}

type labelKey struct {
	device media.Device
	folder media.FolderID
}

// SetDeviceNames gives the friendly names from which vault directories of devices are
// named when first needed.
func (s *Store) SetDeviceNames(names map[media.Device]string) {
	s.labels.mu.Lock()
	defer s.labels.mu.Unlock()
	s.labels.names = make(map[media.Device]string, len(names))
	for d, name := range names {
		s.labels.names[d] = name
	}
}

// vaultDir returns the directory of the vault for a folder of a device, chosen
// now if this is the first need of it.
func (s *Store) vaultDir(ctx context.Context, d media.Device, f media.FolderID, label string) (string, error) {
	s.labels.mu.Lock()
	defer s.labels.mu.Unlock()
	name := s.labels.names[d]
	device, err := s.labelLocked(ctx, labelKey{d, media.FolderID{}}, name, "device-"+d.Short())
	if err != nil {
		return "", err
	}
	if f == (media.FolderID{}) {
		return path.Join(device, "Other"), nil
	}
	folder, err := s.labelLocked(ctx, labelKey{d, f}, label, "folder-"+f.String()[:8])
	if err != nil {
		return "", err
	}
	return path.Join(device, folder), nil
}

func (s *Store) labelLocked(ctx context.Context, k labelKey, label, fallback string) (string, error) {
	if dir, ok := s.labels.dirs[k]; ok {
		return dir, nil
	}
	dir, ok, err := s.cat.Label(ctx, k.device, k.folder)
	if err != nil {
		return "", err
	}
	if !ok {
		if dir, err = s.chooseLabel(ctx, k, label, fallback); err != nil {
			return "", err
		}
	}
	if s.labels.dirs == nil {
		s.labels.dirs = map[labelKey]string{}
	}
	s.labels.dirs[k] = dir
	return dir, nil
}

// chooseLabel makes the choice, once and for all.
func (s *Store) chooseLabel(ctx context.Context, k labelKey, label, fallback string) (string, error) {
	for n := 1; n < maxLabelTries; n++ {
		dir := vault.Label(label, fallback, n)
		err := s.cat.SetLabel(ctx, k.device, k.folder, dir)
		if errors.Is(err, catalogue.ErrTaken) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("name vault directory: %w", err)
		}
		return dir, s.vault().Log(vault.Line{Dir: dir, Device: k.device, Folder: k.folder, Label: label})
	}
	return "", fmt.Errorf("name vault directory for %q: no name is free", label)
}

// replayLabels takes the choices of earlier runs from the names log, so that a
// rebuilt catalogue knows the same directories.
func (s *Store) replayLabels(ctx context.Context) error {
	return s.vault().Names(func(l vault.Line) error {
		if l.Dir == "" {
			return ctx.Err()
		}
		if err := s.cat.SetLabel(ctx, l.Device, l.Folder, l.Dir); err != nil {
			s.log.Warn("replay vault directory", "dir", l.Dir, "err", err)
		}
		return ctx.Err()
	})
}
