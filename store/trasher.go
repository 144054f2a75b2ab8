package store

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"sync"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// Keeping the trash costs renames; nobody waits for it.
const (
	trashBatch = 256
	trashPause = time.Second      // between rounds
	trashRetry = 30 * time.Second // after a file could not be moved, or while it is not known what is trashed
	trashEvery = time.Hour        // between looks at what is old enough to go
)

// trasher has the vault's files follow what is said: those of trashed items lie
// below .trash, all others where they belong. What is there for longer than
// Config.TrashKeep is deleted.
type trasher struct {
	s       *Store
	token   chan struct{}
	working sync.Mutex // held while files are moved or deleted; before Store.placing
	seen    uint64     // of catalogue.Trashings, that was dealt with; only run's goroutine uses it
}

func newTrasher(s *Store) *trasher { return &trasher{s: s, token: make(chan struct{}, 1)} }

// wake asks for a round.
func (t *trasher) wake() {
	select {
	case t.token <- struct{}{}:
	default:
	}
}

// run works until ctx ends.
func (t *trasher) run(ctx context.Context) {
	for {
		seen, again := t.s.cat.Trashings(), trashEvery
		left, err := t.round(ctx)
		if err != nil && ctx.Err() == nil {
			t.s.log.Error("keep the trash", "err", err)
		}
		if left || err != nil {
			again = trashRetry
		} else {
			t.seen = seen
		}
		if !sleep(ctx, trashPause) || !t.wait(ctx, again) {
			return
		}
	}
}

// wait waits until there may be something to do, and reports false if ctx ended first.
func (t *trasher) wait(ctx context.Context, most time.Duration) bool {
	later := time.NewTimer(most)
	defer later.Stop()
	for {
		select {
		case <-t.token:
			if t.s.cat.Trashings() != t.seen {
				return true
			}
		case <-later.C:
			return true
		case <-ctx.Done():
			return false
		}
	}
}

// round does all that is to be done, and reports whether something is left for
// later.
func (t *trasher) round(ctx context.Context) (left bool, err error) {
	if t.s.Rebuilding() || !t.s.vaultHere() || t.s.VaultBusy() || t.s.cat.Walking() {
		return true, nil
	}
	failed, err := t.move(ctx)
	if err != nil {
		return true, err
	}
	if t.s.cfg.TrashKeep > 0 {
		_, err = t.purge(ctx, time.Now().Add(-t.s.cfg.TrashKeep))
	}
	return failed, err
}

// move moves files into the trash and out of it, and reports whether some could not
// be moved.
func (t *trasher) move(ctx context.Context) (failed bool, err error) {
	t.working.Lock()
	defer t.working.Unlock()
	for _, way := range []trashWay{
		{t.s.cat.ToTrash, t.planInto, "move to the trash"},
		{t.s.cat.FromTrash, t.planBack, "move out of the trash"},
	} {
		some, err := t.moveAll(ctx, way)
		if failed = failed || some; err != nil {
			return failed, err
		}
	}
	return failed, nil
}

// trashWay is into the trash, or out of it.
type trashWay struct {
	list func(ctx context.Context, dir string, after int64, limit int) ([]catalogue.Displaced, error)
	plan func(ctx context.Context, n *naming, f catalogue.VaultFile) error
	what string
}

func (t *trasher) moveAll(ctx context.Context, way trashWay) (failed bool, err error) {
	for after := int64(0); ctx.Err() == nil; {
		rows, err := way.list(ctx, vault.TrashDir, after, trashBatch)
		if err != nil || len(rows) == 0 {
			return failed, err
		}
		if !t.s.vaultHere() || t.s.VaultBusy() {
			return true, nil
		}
		after = rows[len(rows)-1].Row
		some, err := t.moveSome(ctx, way, rows)
		if failed = failed || some; err != nil {
			return failed, err
		}
	}
	return failed, ctx.Err()
}

func (t *trasher) moveSome(ctx context.Context, way trashWay, rows []catalogue.Displaced) (failed bool, err error) {
	n := t.s.beginNaming()
	defer n.end()
	fail := func(id media.ID, err error) {
		failed = true
		t.s.log.Warn(way.what, "item", id, "err", err)
	}
	for _, r := range rows {
		// It may have got another name, or have been restored, meanwhile.
		now, ok, err := t.s.cat.VaultFile(ctx, r.Path)
		if err != nil {
			return true, err
		}
		if !ok || now.Item != r.Item {
			continue
		}
		now.Verified = time.Time{}
		if err := way.plan(ctx, n, now); err != nil {
			fail(r.Item.ID, err)
		}
	}
	if err := n.execute(ctx); err != nil {
		return true, err
	}
	for _, m := range n.moves {
		if m.err != nil {
			fail(m.file.Item.ID, m.err)
		} else {
			n.batch.Prune(m.old)
		}
	}
	return failed, nil
}

// planInto gives a file its name below .trash.
func (t *trasher) planInto(ctx context.Context, n *naming, f catalogue.VaultFile) error {
	if trashed, err := t.s.cat.Trashed(ctx, f.Item.ID); !trashed || err != nil {
		return err
	}
	before := len(n.moves)
	err := t.plan(ctx, n, f, path.Join(vault.TrashDir, f.Path))
	if err == nil && !strings.HasPrefix(n.moves[before].file.Path, vault.TrashDir+"/") {
		n.moves = n.moves[:before]
		return fmt.Errorf("%s: %w: something else is in the place of the directory %s", f.Path, vault.ErrTaken, vault.TrashDir)
	}
	return err
}

// planBack gives a file the name that it had, or where that is taken one beside it.
func (t *trasher) planBack(ctx context.Context, n *naming, f catalogue.VaultFile) error {
	if trashed, err := t.s.cat.Trashed(ctx, f.Item.ID); trashed || err != nil {
		return err
	}
	want := strings.TrimPrefix(f.Path, vault.TrashDir+"/")
	if !f.Version {
		dir, err := t.s.vaultDir(ctx, f.Origin, f.Folder, f.Label)
		if err != nil {
			return err
		}
		want = path.Join(dir, f.Name)
	}
	return t.plan(ctx, n, f, want)
}

// plan adds the move of a file that is as it was recorded.
func (t *trasher) plan(ctx context.Context, n *naming, f catalogue.VaultFile, want string) error {
	if fi, err := t.s.vault().Lstat(f.Path); err != nil || !t.s.asRecorded(ctx, f, fi) {
		t.s.suspect(f.Path)
		return fmt.Errorf("%s: %w", f.Path, errOtherFile)
	}
	m := &move{from: f.Path, old: f.Path}
	if n.free(want) {
		n.add(target{VaultFile: f, want: want}, m, want)
		return nil
	}
	p, err := n.reserve(want, f.Item.ID)
	if err != nil {
		return err
	}
	n.add(target{VaultFile: f, want: want}, m, p)
	return nil
}

// purge deletes what this device knows to be in the trash since then or longer; the
// zero time deletes all. What is deleted is withdrawn before: no device may count a
// copy that is going.
func (t *trasher) purge(ctx context.Context, since time.Time) (n catalogue.Count, err error) {
	t.working.Lock()
	defer t.working.Unlock()
	for ctx.Err() == nil {
		gone, err := t.purgeSome(ctx, since)
		n.Items, n.Bytes = n.Items+gone.Count.Items, n.Bytes+gone.Count.Bytes
		if err != nil || len(gone.Paths) == 0 {
			return n, err
		}
	}
	return n, ctx.Err()
}

func (t *trasher) purgeSome(ctx context.Context, since time.Time) (catalogue.Emptied, error) {
	t.s.placing.Lock()
	defer t.s.placing.Unlock()
	if !t.s.vaultHere() {
		return catalogue.Emptied{}, ErrVaultMissing
	}
	gone, err := t.s.cat.DropTrash(ctx, vault.TrashDir, since, trashBatch)
	if err != nil || len(gone.Paths) == 0 {
		return gone, err
	}
	t.s.log.Info("delete from the trash", "files", gone.Count.Items, "bytes", gone.Count.Bytes)
	var errs []error
	for _, p := range gone.Paths {
		errs = append(errs, t.s.vault().Discard(p))
	}
	return gone, errors.Join(errs...)
}
