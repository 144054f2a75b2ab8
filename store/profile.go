package store

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// Disk identifies the filesystem of an existing path: on a network share by the share, so that
// two nodes on it count once; else by the filesystem, the machine, and the network it lives in.
func Disk(path string) (media.Disk, error) {
	m, err := disk.MountOf(disk.Resolve(path))
	if err != nil {
		return media.Disk{}, fmt.Errorf("identify disk: %w", err)
	}
	if m.Remote != "" {
		return media.DiskOf("share", m.Remote), nil
	}
	return media.DiskOf(slices.Concat([]string{"local"}, m.ID, disk.Machine())...), nil
}

// profileBook remembers what was last said, to say it again when the disks change.
type profileBook struct {
	mu   sync.Mutex
	last media.Profile
	set  bool
}

// SetProfile publishes what this device says of itself; Disks are filled in.
func (s *Store) SetProfile(ctx context.Context, p media.Profile) error {
	s.profile.mu.Lock()
	defer s.profile.mu.Unlock()
	s.profile.last, s.profile.set = p, true
	return s.publishProfileLocked(ctx)
}

// publishProfile says again what SetProfile said, with the disks of now.
func (s *Store) publishProfile(ctx context.Context) error {
	s.profile.mu.Lock()
	defer s.profile.mu.Unlock()
	if !s.profile.set {
		return nil
	}
	return s.publishProfileLocked(ctx)
}

func (s *Store) publishProfileLocked(ctx context.Context) error {
	p := s.profile.last
	p.Disks = s.disks()
	if err := s.cat.SetProfile(ctx, p); err != nil {
		return fmt.Errorf("publish profile: %w", err)
	}
	return nil
}

// maxDisks is what a profile holds.
const maxDisks = 32

// disks returns every filesystem that holdings are on; of one that is not
// connected, what it was, since the place shows another one.
func (s *Store) disks() []media.Disk {
	var disks []media.Disk
	add := func(path string, here bool) {
		d, err := s.diskOf(path, here)
		if err != nil {
			s.log.Warn("identify disk", "path", path, "err", err)
		} else if !slices.Contains(disks, d) && len(disks) < maxDisks {
			disks = append(disks, d)
		}
	}
	add(s.vault().Dir(), s.vaultHere())
	for _, f := range s.watched() {
		state, _ := f.state()
		add(f.root, state != FolderMissing && state != FolderHalted)
	}
	return disks
}

func (s *Store) diskOf(path string, here bool) (media.Disk, error) {
	if !here {
		if d, ok := s.places.disk(path); ok {
			return d, nil
		}
	}
	d, err := s.cfg.Disk(path)
	if err == nil && here {
		err = s.places.setDisk(path, d)
	}
	return d, err
}
