package store

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"os"
	"path"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/walk"
)

// pageSize is how many rows are asked for at once.
const pageSize = 2000

// scan is one walk over a whole folder.
type scan struct {
	f       *folder
	ctx     context.Context // of this walk
	watch   func(abs string)
	seed    maphash.Seed
	known   map[uint64]uint64 // path to stamp, both hashed; what remains at the end is gone
	had     int64
	media   int64 // files seen
	started time.Time
	census  *census
	sure    bool         // whatever is not in known, or was found by this scan, is not on record
	inodes  *knownInodes // nil until the first new file is found
}

// scanAll compares the whole folder with the records. It is a walk that reads
// directories only; files that changed are queued to be hashed.
func (f *folder) scanAll(ctx context.Context, watch func(abs string)) error {
	f.s.hasher.burst.begin()
	defer f.s.hasher.burst.end()
	s := &scan{f: f, ctx: ctx, watch: watch, seed: maphash.MakeSeed(), known: map[uint64]uint64{}, started: time.Now(), census: f.newCensus()}
	s.sure = !f.progress.unfinished() && !f.s.recorder.busy()
	if err := s.loadKnown(); err != nil {
		return err
	}
	if away, err := f.absence(ctx, s.had); err != nil || away != (absence{}) {
		f.setAway(away)
		return err
	}
	f.guard.rememberDisk()
	f.progress.begin()
	f.skips.begin()
	f.setState(func() { f.missing, f.scanning = "", true })
	if err := walk.Walk(ctx, f.root, ".", f.rules, s); err != nil {
		return err
	}
	for _, file := range s.census.end() {
		s.found(file)
	}
	f.skips.end()
	f.s.problems.clearIf(func(p Problem) bool {
		rel, here := f.rel(p.Path)
		if !here {
			return false
		}
		_, err := os.Lstat(f.abs(rel))
		return err != nil && isGone(err)
	})
	return s.conclude()
}

// conclude leaves what was not seen to the guard, unless the folder has gone
// away while it was walked.
func (s *scan) conclude() error {
	if len(s.known) > 0 {
		if away, err := s.f.absence(s.ctx, s.had); err != nil || away != (absence{}) {
			s.f.setAway(away)
			return err
		}
	}
	gone, err := s.gone()
	if err != nil {
		return err
	}
	return s.f.guard.scanned(gone, s.media, s.had == 0)
}

func (s *scan) loadKnown() error {
	return s.f.eachFile(s.ctx, "", func(file catalogue.File) bool {
		s.known[s.pathHash(file.Path)] = s.stampHash(file.Item.Size, file.MTime, file.CTime, file.Inode)
		s.had++
		return true
	})
}

// eachFile calls yield for the recorded files after a path, until it returns
// false.
func (f *folder) eachFile(ctx context.Context, after string, yield func(catalogue.File) bool) error {
	for {
		page, err := f.s.cat.Files(ctx, f.id, after, pageSize)
		if err != nil {
			return err
		}
		for _, file := range page {
			if !yield(file) {
				return nil
			}
		}
		if len(page) < pageSize {
			return nil
		}
		after = page[len(page)-1].Path
	}
}

func (s *scan) pathHash(p string) uint64 { return maphash.String(s.seed, p) }

// stampHash hashes what unchanged compares.
func (s *scan) stampHash(size int64, mtime, ctime time.Time, inode uint64) uint64 {
	var b [40]byte
	binary.BigEndian.PutUint64(b[0:], uint64(size))
	binary.BigEndian.PutUint64(b[8:], uint64(mtime.Unix()))
	binary.BigEndian.PutUint64(b[16:], uint64(mtime.Nanosecond()))
	binary.BigEndian.PutUint64(b[24:], inode)
	if inode != 0 && !ctime.IsZero() {
		binary.BigEndian.PutUint64(b[32:], uint64(ctime.UnixNano()))
	}
	return maphash.Bytes(s.seed, b[:])
}

// Dir watches a directory before it is read, so that nothing is missed between.
func (s *scan) Dir(_, abs string) {
	s.f.s.problems.clear(abs)
	s.watch(abs)
}

// File compares one file with its record.
func (s *scan) File(file walk.File) error {
	if s.f.isStopped() {
		return context.Canceled
	}
	if file.Verdict.Class == walk.Skipped {
		s.f.skips.add(file.Path, file.Verdict.Type)
	}
	if file.Verdict.Class != walk.Media {
		return nil // if it is on record, its record is withdrawn at the end
	}
	s.media++
	h := s.pathHash(file.Path)
	old, ok := s.known[h]
	delete(s.known, h)
	if ok && old == s.stampHash(file.Stamp.Size, file.Stamp.MTime, file.Stamp.Changed, file.Stamp.Inode) {
		s.f.progress.unchanged(file.Stamp.Size)
		s.f.s.problems.settle(file.Abs)
		s.census.exact++
		return nil
	}
	if ok && s.census.traits.Zoned {
		row, known, err := s.f.s.cat.File(s.ctx, catalogue.FileKey{Folder: s.f.id, Path: file.Path})
		if err == nil && known && s.census.shifted(row, file) {
			return s.ctx.Err()
		}
	}
	if !ok && s.sure && !s.mayHaveMoved(file) {
		now := time.Now()
		s.f.skips.remove(file.Path)
		s.f.read(s.ctx, &job{f: s.f, file: file, w: waiting{path: file.Path, first: now, since: now}, new: true}, true)
		return s.ctx.Err()
	}
	s.found(file)
	return s.ctx.Err()
}

// mayHaveMoved reports whether a file on record has the inode of a new one.
func (s *scan) mayHaveMoved(file walk.File) bool {
	if s.inodes == nil {
		s.inodes = s.f.s.loadInodes(s.ctx)
	}
	return s.inodes.has(file.Stamp.Inode)
}

func (s *scan) found(file walk.File) {
	now := time.Now()
	s.f.found(s.ctx, file, waiting{path: file.Path, first: now, since: now}, true)
}

// Failed names a directory that cannot be read. Its files stay on record.
func (s *scan) Failed(_, abs string, err error) {
	if !isGone(err) {
		s.f.s.problems.raise(readProblem(abs, err))
	}
}

// gone returns the files on record that the walk has not seen, after a second
// look at each: one that only cannot be seen is none.
func (s *scan) gone() (paths []string, err error) {
	if len(s.known) == 0 {
		return nil, nil
	}
	err = s.f.eachFile(s.ctx, "", func(file catalogue.File) bool {
		if _, unseen := s.known[s.pathHash(file.Path)]; unseen && s.f.isWithdrawn(file.Path) {
			paths = append(paths, file.Path)
		}
		return s.ctx.Err() == nil
	})
	return paths, errors.Join(err, s.ctx.Err())
}

// isWithdrawn reports a recorded file that is gone, or no longer to be backed
// up.
func (f *folder) isWithdrawn(rel string) bool {
	fi, err := os.Lstat(f.abs(rel))
	if err != nil {
		return isGone(err)
	}
	return fi.IsDir() || !disk.Present(f.root, rel) || walk.Judge(f.root, rel, fi, f.rules).Verdict.Class != walk.Media ||
		!walk.Entered(f.root, path.Dir(rel), f.rules)
}

// subWalk is the walk over a directory that has just appeared.
type subWalk struct {
	f     *folder
	ctx   context.Context
	watch func(abs string)
}

func (s *subWalk) Dir(_, abs string) {
	s.f.s.problems.clear(abs)
	s.watch(abs)
}

func (s *subWalk) File(file walk.File) error {
	now := time.Now()
	s.f.found(s.ctx, file, waiting{path: file.Path, first: now, since: now}, false)
	return s.ctx.Err()
}

func (s *subWalk) Failed(_, abs string, err error) {
	if !isGone(err) {
		s.f.s.problems.raise(readProblem(abs, err))
	}
}
