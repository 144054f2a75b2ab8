package store

import (
	"sync"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/volume"
	"homeroll/store/internal/walk"
)

// FAT keeps local times. After a change of the zone or of daylight saving, or in
// another computer, all files of a card have other times than are on record,
// all by the same quarters of an hour. Nobody wrote to them, so they are neither
// read nor recorded anew. One file alone that is off by just that may have been
// edited: a shift is believed once so many files of a folder agree in it, or
// all that there are.
const shiftQuorum = 3

// shifts are those that the last scan of a folder has found. It is safe for
// concurrent use.
type shifts struct {
	mu       sync.Mutex
	traits   volume.Traits // of the folder's filesystem, as it was mounted then
	believed map[time.Duration]bool
}

func (s *shifts) set(t volume.Traits, believed map[time.Duration]bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.traits, s.believed = t, believed
}

// explain reports whether the filesystem explains that a file has another time
// than is on record.
func (s *shifts) explain(was, is time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	by, ok := s.traits.Shift(was, is)
	return s.traits.Truncated(was, is) || (ok && s.believed[by])
}

// unchanged reports a file that nobody has written to since it was hashed, also
// where its filesystem shows another time than then.
func (f *folder) unchanged(old catalogue.File, now disk.Stamp) bool {
	if unchanged(old, now) {
		return true
	}
	// A filesystem with inodes of its own is precise.
	return old.Item.Size == now.Size && old.Inode == 0 && now.Inode == 0 && f.shifts.explain(old.MTime, now.MTime)
}

// isUnchanged is unchanged of whichever folder the file is in.
func (s *Store) isUnchanged(old catalogue.File, now disk.Stamp) bool {
	for _, f := range s.watched() {
		if f.id == old.Folder {
			return f.unchanged(old, now)
		}
	}
	return unchanged(old, now)
}

// census counts, during one scan, by how much times are shifted.
type census struct {
	f       *folder
	traits  volume.Traits
	exact   int // files with the time on record
	seen    map[time.Duration]int
	waiting map[time.Duration][]walk.File // at most shiftQuorum for each
}

func (f *folder) newCensus() *census {
	return &census{
		f: f, traits: volume.Guess(f.root),
		seen: map[time.Duration]int{}, waiting: map[time.Duration][]walk.File{},
	}
}

// shifted reports a file that needs no look now: its time is what remains of
// the recorded one, or may be shifted, which the others decide.
func (c *census) shifted(old catalogue.File, file walk.File) bool {
	if old.Item.Size != file.Stamp.Size || old.Inode != 0 || file.Stamp.Inode != 0 {
		return false
	}
	if c.traits.Truncated(old.MTime, file.Stamp.MTime) {
		c.accept(file)
		return true
	}
	by, ok := c.traits.Shift(old.MTime, file.Stamp.MTime)
	if !ok {
		return false
	}
	c.seen[by]++
	if c.seen[by] > shiftQuorum {
		c.accept(file)
		return true
	}
	c.waiting[by] = append(c.waiting[by], file)
	if c.seen[by] == shiftQuorum {
		c.release(by)
	}
	return true
}

func (c *census) release(by time.Duration) {
	for _, file := range c.waiting[by] {
		c.accept(file)
	}
	delete(c.waiting, by)
}

func (c *census) accept(file walk.File) {
	c.f.progress.unchanged(file.Stamp.Size)
	c.f.s.problems.settle(file.Abs)
}

// end returns the files of shifts that were not believed.
func (c *census) end() (suspects []walk.File) {
	if c.exact == 0 && len(c.seen) == 1 {
		for by := range c.waiting {
			c.release(by) // all agree
			c.seen[by] = shiftQuorum
		}
	}
	believed := map[time.Duration]bool{}
	for by, n := range c.seen {
		believed[by] = n >= shiftQuorum
		suspects = append(suspects, c.waiting[by]...)
	}
	c.f.shifts.set(c.traits, believed)
	return suspects
}
