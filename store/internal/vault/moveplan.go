package vault

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"homeroll/store/internal/volume"
	"homeroll/store/media"
)

// movePlan says under which path each file of a vault is kept on another
// filesystem: under its own, if that is held there and no other file has it, else
// under the one that Batch.Reserve would choose. It depends on the vault and the
// filesystem alone, so that an interrupted move finds what it copied.
type movePlan struct {
	src    *os.Root
	traits volume.Traits
	asker  *volume.Asker
	dirs   map[string]string // directories that get another path
	files  map[string]string // files that do
	begun  map[string]string // directories there, by key
	taken  map[uint64]bool   // keys of files there; all of them only where names fold
	left   []string          // files whose own paths cannot be theirs
}

func newMovePlan(src *os.Root, traits volume.Traits, asker *volume.Asker) *movePlan {
	p := &movePlan{
		src: src, traits: traits, asker: asker,
		dirs: map[string]string{}, files: map[string]string{}, begun: map[string]string{}, taken: map[uint64]bool{},
	}
	p.begun[p.key(stateDir)] = stateDir
	return p
}

// target returns the path that a file or directory of the vault gets.
func (p *movePlan) target(rel string) string {
	for _, m := range []map[string]string{p.files, p.dirs} {
		if to, ok := m[rel]; ok {
			return to
		}
	}
	return rel
}

// key is equal for paths that the filesystem takes for one.
func (p *movePlan) key(rel string) string {
	if p.traits.Folds() {
		return volume.Fold(rel)
	}
	return rel
}

func sumOf(key string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key))
	return h.Sum64()
}

// holds reports whether the filesystem keeps a name as it is. What it refuses
// beyond what was known of it is bent from then on.
func (p *movePlan) holds(name string) bool {
	if p.traits.Exact() {
		return p.traits.Holds(name)
	}
	for _, r := range p.asker.Refused(name) {
		if !strings.ContainsRune(p.traits.Refuses, r) {
			p.traits.Refuses += string(r)
		}
	}
	return p.traits.Holds(name)
}

// make chooses all paths. each calls its argument for everything in the vault, a
// directory before what is in it.
func (p *movePlan) make(ctx context.Context, each func(visit func(rel string, fi fs.FileInfo) error) error, names func(func(Line) error) error) error {
	if !p.traits.Exact() {
		// First all names are asked about: what is bent, is bent alike.
		if err := each(func(rel string, _ fs.FileInfo) error { p.holds(path.Base(rel)); return nil }); err != nil {
			return err
		}
	}
	err := each(func(rel string, fi fs.FileInfo) error {
		if fi.IsDir() {
			p.dir(rel)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := each(func(rel string, fi fs.FileInfo) error { p.keep(rel, fi); return nil }); err != nil || len(p.left) == 0 {
		return err
	}
	ids, err := idsOf(ctx, p.left, names)
	if err != nil {
		return err
	}
	for _, rel := range p.left {
		if _, err := p.bend(rel, ids[rel], ""); err != nil {
			return err
		}
	}
	return nil
}

// dir chooses a directory's path as Batch.makeDirs does. Two that the filesystem
// takes for one become one.
func (p *movePlan) dir(rel string) {
	parent, name := p.target(path.Dir(rel)), path.Base(rel)
	if !p.holds(name) {
		bent := bentDir(rel, name, p.traits.Bend)
		if name = bent; !p.holds(name) {
			name = bentDir(rel, path.Base(rel), volume.Plain)
		}
	}
	to := path.Join(parent, name)
	if first, ok := p.begun[p.key(to)]; ok {
		to = first
	}
	p.begun[p.key(to)] = to
	if to != rel {
		p.dirs[rel] = to
	}
}

// keep lets a file have its own path, if it can.
func (p *movePlan) keep(rel string, fi fs.FileInfo) {
	if fi.IsDir() {
		return
	}
	dir := path.Dir(rel)
	if p.target(dir) == dir && p.holds(path.Base(rel)) && p.claim(rel, true) {
		return
	}
	p.left = append(p.left, rel)
}

// claim takes a path that no other file or directory has. own says that it is the
// path of that file in the vault.
func (p *movePlan) claim(to string, own bool) bool {
	key := p.key(to)
	if _, dir := p.begun[key]; dir {
		return false
	}
	if !p.traits.Folds() {
		if own {
			return true
		}
		if _, err := p.src.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
			return false // it keeps its path, or may
		}
	}
	if p.taken[sumOf(key)] {
		return false
	}
	p.taken[sumOf(key)] = true
	return true
}

// bend gives a file the nearest path that is free, of those after not, which
// turned out not to be.
func (p *movePlan) bend(rel string, id media.ID, not string) (string, error) {
	dir, name := p.target(path.Dir(rel)), path.Base(rel)
	names := []string{name}
	for _, digits := range []int{8, 16, 64} {
		names = append(names, suffixed(name, id, digits, p.traits.Bend))
	}
	names = append(names, plainSuffixed(name, id), suffixed(name, id, 64, volume.Plain))
	if i := slices.Index(names, path.Base(not)); not != "" && i >= 0 {
		names = names[i+1:]
	}
	for _, n := range names {
		if to := path.Join(dir, n); p.holds(n) && p.claim(to, false) {
			p.files[rel] = to
			return to, nil
		}
	}
	return "", fmt.Errorf("%s: %w", rel, ErrTaken)
}

// idsOf returns by which items' hashes these files of the vault are called; one of
// somebody else's goes by its path.
func idsOf(ctx context.Context, rels []string, names func(func(Line) error) error) (map[string]media.ID, error) {
	ids := make(map[string]media.ID, len(rels))
	for _, rel := range rels {
		ids[rel] = sha256.Sum256([]byte(rel))
	}
	err := names(func(l Line) error {
		if _, ok := ids[l.Path]; ok && !l.Noted && !l.Item.ID.IsZero() {
			ids[l.Path] = l.Item.ID
		}
		return ctx.Err()
	})
	return ids, err
}
