package store

import (
	"context"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/media"
)

// How long withdrawals are gathered before they are judged, so that a whole
// deletion is seen as one.
const (
	gatherQuiet  = 2               // parts of Config.Settle without another one make a second
	gatherAtMost = 5 * time.Minute // however long they go on
	newHomes     = time.Minute     // for which lost files may be found elsewhere before that is said
)

// guard stands between files that are gone and the withdrawal of their records:
// a deletion passes, the loss of a disk does not. Files that are gone wait in
// it until they are judged together.
type guard struct {
	f *folder

	judging sync.Mutex // held while one judgement is made; before mu

	mu      sync.Mutex
	pending map[string]bool // paths that seem gone
	since   time.Time       // the first of them
	due     time.Time       // when to judge; zero = nothing is to be judged
	doubt   time.Time       // since when too much seems lost; zero = it does not
	media   int64           // files that the last scan saw, until they are noted; -1 then
	halt    *halt
}

func newGuard(f *folder) *guard {
	return &guard{f: f, pending: map[string]bool{}, media: -1, halt: f.s.places.folder(f.id).Halt}
}

// hold takes paths that seem gone. They are judged once no more come.
func (g *guard) hold(paths []string, now time.Time) {
	if len(paths) == 0 {
		return
	}
	g.mu.Lock()
	if len(g.pending) == 0 {
		g.since = now
	}
	for _, p := range paths {
		g.pending[p] = true
	}
	g.due = now.Add(g.f.s.cfg.Settle / gatherQuiet)
	if latest := g.since.Add(gatherAtMost); g.due.After(latest) {
		g.due = latest
	}
	g.mu.Unlock()
	g.f.s.changed.fire()
}

// scanned takes what a full scan found: the files on record that are gone, and
// how many files are there. Without anything on record before, all that is known
// is how many there were. What is gone is judged at once.
func (g *guard) scanned(gone []string, media int64, unrecorded bool) error {
	seen := g.f.s.places.folder(g.f.id)
	h := g.halted()
	if h != nil && h.Kind == haltFewer || h == nil && unrecorded && seen.Files > 0 {
		had := seen.Files
		if h != nil {
			had = h.Had
		}
		if l := (loss{had: had, lost: had - media, gone: had - media}); media < had && l.tooMuch() {
			g.f.setAway(g.f.absent(haltFewer, had-media, had))
			return nil
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.media = media
	if len(g.pending) == 0 {
		g.since = time.Now()
	}
	for _, p := range gone {
		g.pending[p] = true
	}
	if len(g.pending) > 0 || g.halt != nil {
		g.due = time.Now()
		return nil
	}
	return g.rememberLocked(0, 0)
}

// rememberDisk notes where the folder lies as soon as that is known.
func (g *guard) rememberDisk() {
	now := g.f.s.identify(g.f.root)
	if g.f.s.places.folder(g.f.id).Disk == now {
		return
	}
	err := g.f.s.places.setFolder(g.f.id, func(f *seenFolder) { f.Path, f.Disk = g.f.path, now })
	if err != nil {
		g.f.s.log.Error("remember disk of folder", "folder", g.f.path, "err", err)
	}
}

// rememberLocked notes what a scan found and what was lost. Most of the time
// there is nothing new to note.
func (g *guard) rememberLocked(gone, lost int64) error {
	seen := g.f.s.places.folder(g.f.id)
	count := max(0, seen.Files-gone)
	if g.media >= 0 {
		count, g.media = g.media, -1
	}
	if count == seen.Files && lost == 0 {
		return nil
	}
	now := time.Now()
	return g.f.s.places.setFolder(g.f.id, func(f *seenFolder) {
		f.Path, f.Files, f.Seen = g.f.path, count, now.UTC()
		if lost > 0 {
			f.Losses = f.Losses.add(now, lost)
		}
	})
}

// next returns when to judge, zero if there is nothing to.
func (g *guard) next() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.due
}

// again asks for another judgement.
func (g *guard) again(due time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.due = due
}

// undecided reports whether files wait to be judged.
func (g *guard) undecided() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.halt == nil && len(g.pending) > 0
}

// halted returns why nothing is concluded, nil if something may be.
func (g *guard) halted() *halt {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.halt
}

// judge decides about all that waits.
func (g *guard) judge(ctx context.Context) error {
	g.judging.Lock()
	defer g.judging.Unlock()
	g.mu.Lock()
	g.due = time.Time{}
	waiting := slices.Collect(maps.Keys(g.pending))
	g.mu.Unlock()
	had, err := g.f.recorded(ctx)
	if err != nil {
		return err
	}
	away, err := g.f.absence(ctx, had)
	if err != nil {
		return err
	}
	if away != (absence{}) && !g.lastOne(away, had) {
		g.f.setAway(away)
		return nil
	}
	c, err := g.sort(ctx, waiting)
	if err != nil {
		return err
	}
	c.loss.had, c.loss.recent = had, g.recent()
	if c.loss.tooMuch() {
		return g.refuse(ctx, c.loss)
	}
	return g.allow(ctx, c, waiting)
}

// lastOne reports that all that is wrong with a folder is that its only file was
// deleted, before the eyes of the watcher.
func (g *guard) lastOne(away absence, had int64) bool {
	return had <= 1 && g.halted() == nil && away.halt != nil && away.halt.Kind == haltEmptied &&
		!g.f.otherDisk(g.f.s.places.folder(g.f.id))
}

// conclusion is what is to be withdrawn.
type conclusion struct {
	drop []catalogue.FileKey
	loss loss
}

// sort leaves out what is there after all, and tells files that are lost from
// those whose content has another name in the folders.
func (g *guard) sort(ctx context.Context, waiting []string) (c conclusion, err error) {
	gone := map[catalogue.FileKey]media.Item{}
	for _, p := range waiting {
		key := catalogue.FileKey{Folder: g.f.id, Path: p}
		file, ok, err := g.f.s.cat.File(ctx, key)
		if err != nil {
			return c, err
		}
		if !ok || !g.f.isWithdrawn(p) {
			continue
		}
		c.drop = append(c.drop, key)
		if _, err := os.Lstat(g.f.abs(p)); err != nil {
			gone[key] = file.Item
		}
	}
	elsewhere := map[media.Item]bool{}
	for _, it := range gone {
		if _, known := elsewhere[it]; known {
			continue
		}
		names, err := g.f.s.cat.FilesOf(ctx, it)
		if err != nil {
			return c, err
		}
		elsewhere[it] = slices.ContainsFunc(names, func(f catalogue.File) bool {
			_, alsoGone := gone[catalogue.FileKey{Folder: f.Folder, Path: f.Path}]
			return !alsoGone
		})
	}
	c.loss.gone = int64(len(gone))
	for _, it := range gone {
		if !elsewhere[it] {
			c.loss.lost++
		}
	}
	return c, nil
}

// recent returns what was lost before: up to now, or up to the halt, which time
// does not end.
func (g *guard) recent() int64 {
	end := time.Now()
	if h := g.halted(); h != nil {
		end = h.At
	}
	return g.f.s.places.folder(g.f.id).Losses.within(end)
}

// refuse halts the folder, once it is clear that the files have not only moved:
// their new places may still have to be found and read.
func (g *guard) refuse(ctx context.Context, l loss) error {
	now, looking := time.Now(), g.f.s.looking()
	g.mu.Lock()
	first := g.doubt.IsZero()
	if first {
		g.doubt = now
	}
	wait := g.halt == nil && (first || looking && now.Sub(g.doubt) < newHomes)
	if wait {
		g.due = now.Add(g.f.s.cfg.Settle)
	}
	g.mu.Unlock()
	if first {
		g.f.s.rescanPolled()
	}
	if wait || ctx.Err() != nil {
		return ctx.Err()
	}
	kind := haltMassLoss
	if l.gone >= l.had {
		kind = haltEmptied
	}
	g.f.setAway(absence{halt: &halt{Kind: kind, Lost: l.lost, Had: l.had, At: now.UTC()}})
	return nil
}

// allow withdraws the records. What was lost counts from then on.
func (g *guard) allow(ctx context.Context, c conclusion, judged []string) error {
	g.mu.Lock()
	err := g.rememberLocked(c.loss.gone, c.loss.lost)
	g.mu.Unlock()
	if err != nil {
		return err
	}
	for part := range slices.Chunk(c.drop, recordBatch) {
		g.f.s.recorder.record(ctx, fileChange{drop: part})
	}
	for _, k := range c.drop {
		g.f.s.problems.clear(g.f.abs(k.Path))
	}
	g.mu.Lock()
	g.doubt = time.Time{}
	for _, p := range judged {
		delete(g.pending, p)
	}
	g.mu.Unlock()
	if g.halted() != nil {
		g.f.setAway(absence{})
	}
	g.f.s.changed.fire()
	return nil
}

// recorded returns how many files of the folder are on record.
func (f *folder) recorded(ctx context.Context) (int64, error) {
	folders, err := f.s.cat.Folders(ctx)
	if err != nil {
		return 0, err
	}
	for _, row := range folders {
		if row.ID == f.id {
			return row.Files, nil
		}
	}
	return 0, nil
}

// setAway says why nothing is concluded from now on, or that all is well again.
func (f *folder) setAway(a absence) {
	g := f.guard
	before := g.halted()
	after := a.halt
	switch {
	case a.missing != "":
		after = before // a folder that cannot be looked at stays halted
	case after != nil && before != nil:
		after.At = before.At
	}
	changed := !sameHalt(before, after)
	if changed && after == nil {
		f.rememberHalt(nil)
	}
	g.mu.Lock()
	g.halt = after
	if after == nil {
		g.doubt = time.Time{}
	}
	g.mu.Unlock()
	f.setState(func() { f.missing = a.missing })
	if changed {
		if after != nil { // whoever sees the problem sees the folder halted
			f.rememberHalt(after)
		}
		f.s.changed.fire()
	}
}

// rememberHalt makes the halt a problem, or ends that, and keeps it for the next
// start.
func (f *folder) rememberHalt(h *halt) {
	f.tellHalt(h)
	err := f.s.places.setFolder(f.id, func(seen *seenFolder) { seen.Path, seen.Halt = f.path, h })
	if err != nil {
		f.s.log.Error("remember halted folder", "folder", f.path, "err", err)
	}
}

func (f *folder) tellHalt(h *halt) {
	if h == nil {
		f.s.problems.clear(haltSlot(f.path))
		return
	}
	f.s.problems.raise(Problem{slot: haltSlot(f.path), Path: f.path, Reason: ReasonHalted, Detail: h.detail(), Hint: h.advice(f.path)})
	f.s.log.Warn("folder is halted", "folder", f.path, "why", h.detail())
}

func haltSlot(path string) string { return "halted " + path }

func sameHalt(a, b *halt) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// looking reports whether files may be found that have only moved.
func (s *Store) looking() bool {
	for _, f := range s.watched() {
		if f.working() {
			return true
		}
	}
	return false
}

// rescanPolled looks at the folders of whose changes nothing tells.
func (s *Store) rescanPolled() {
	for _, f := range s.watched() {
		f.mu.Lock()
		polled := f.polling != ""
		f.mu.Unlock()
		if polled {
			f.rescan()
		}
	}
}
