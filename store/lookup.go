package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// Info is what is known of an item.
type Info struct {
	Item    media.Item
	Holders []HolderInfo
	Names   []NameInfo
	Gone    bool // this device's user deleted it here
	// Picture is what was read of it, nil if it is not held here or was not read yet.
	Picture *media.Picture
	Group   *Group // nil if it is in none
	Note    string // why it cannot be shown, one of the Reason constants; "" if nothing says so
}

// Group is one picture to people, in several items or with several parts.
type Group struct {
	Kind    media.GroupKind
	Members []media.ID // what is shown first, then by hash
}

// HolderInfo says that a device holds an item.
type HolderInfo struct {
	Device   media.Device
	Verified time.Time // of its last known verification; zero = unknown
	Paths    []string  // absolute, on this device only
	Away     bool      // none of them is there now, on this device only
}

// NameInfo is one name of an item.
type NameInfo struct {
	Device media.Device
	Folder string // label
	Path   string
	MTime  time.Time
	Kept   bool
}

// Lookup returns all that is known of an item by its hash, or of a file by its absolute path in
// a folder or the vault; media.ErrNotHeld if nothing is. The path of a deleted file that another
// device keeps still finds its item.
func (s *Store) Lookup(ctx context.Context, pathOrHash string) (Info, error) {
	id, err := media.ParseID(pathOrHash)
	if err != nil {
		if id, err = s.itemAt(ctx, pathOrHash); err != nil {
			return Info{}, err
		}
	}
	found, err := s.cat.Lookup(ctx, id)
	if err != nil {
		return Info{}, err
	}
	info := s.info(found)
	return info, s.addPicture(ctx, &info)
}

// Show is Lookup of an item that is read now, if it was not yet.
func (s *Store) Show(ctx context.Context, pathOrHash string) (Info, error) {
	info, err := s.Lookup(ctx, pathOrHash)
	if err != nil {
		return Info{}, err
	}
	if err := s.index.now(ctx, info.Item); err != nil {
		return Info{}, err
	}
	return info, s.addPicture(ctx, &info)
}

func (s *Store) addPicture(ctx context.Context, info *Info) error {
	p, ok, err := s.cat.Picture(ctx, info.Item)
	if err != nil || !ok {
		return err
	}
	info.Picture, info.Group, info.Note = &p.Picture, nil, noteReasons[p.Note]
	if p.Kind == "" {
		return nil
	}
	members, err := s.cat.GroupOf(ctx, p)
	info.Group = &Group{Kind: p.Kind}
	for _, m := range members {
		info.Group.Members = append(info.Group.Members, m.ID)
	}
	return err
}

// itemAt returns the item that is recorded for a file.
func (s *Store) itemAt(ctx context.Context, path string) (media.ID, error) {
	for _, p := range []string{filepath.Clean(path), disk.Resolve(path)} {
		if f, rel, ok := s.folderOf(p); ok {
			key := catalogue.FileKey{Folder: f.id, Path: rel}
			file, ok, err := s.cat.File(ctx, key)
			if ok || err != nil {
				return file.Item.ID, err
			}
			if id, ok, err := s.cat.LetGo(ctx, key); ok || err != nil {
				return id, err
			}
		}
		if rel, err := filepath.Rel(s.vault().Dir(), p); err == nil && disk.Within(p, s.vault().Dir()) {
			file, ok, err := s.cat.VaultFile(ctx, filepath.ToSlash(rel))
			if ok || err != nil {
				return file.Item.ID, err
			}
		}
	}
	return media.ID{}, fmt.Errorf("%s is no file of a watched folder or the vault that is on record: %w", path, media.ErrNotHeld)
}

func (s *Store) info(found catalogue.Info) Info {
	info := Info{Item: found.Item, Gone: found.Gone}
	me := s.cfg.Signer.Device()
	for _, d := range found.Holders {
		h := HolderInfo{Device: d}
		if d == me {
			h.Verified, h.Paths = found.Verified, s.pathsOf(found)
			h.Away = !slices.ContainsFunc(h.Paths, isFile)
		}
		info.Holders = append(info.Holders, h)
	}
	for _, n := range found.Names {
		info.Names = append(info.Names, NameInfo{Device: n.Device, Folder: n.Label, Path: n.Path, MTime: n.MTime, Kept: n.Kept})
	}
	return info
}

func isFile(abs string) bool {
	fi, err := os.Lstat(abs)
	return err == nil && fi.Mode().IsRegular()
}

func (s *Store) pathsOf(found catalogue.Info) []string {
	var paths []string
	for _, f := range found.Files {
		paths = append(paths, s.absOf(f.Folder, f.Path))
	}
	for _, v := range found.Vault {
		paths = append(paths, s.vault().Abs(v.Path))
	}
	return paths
}
