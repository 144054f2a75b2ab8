package store

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"time"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// Placing names costs no transfer, but may cost a copy on the disk.
const (
	placeBatch = 256
	placeRetry = time.Minute // after a name could not be placed
)

// placer gives each name of another device whose content is here its file in
// the vault, and sets aside what a name no longer stands for.
type placer struct {
	s     *Store
	token chan struct{}
	// unlinkable are items that the filesystem refused one more name, of which
	// a file can have a limited number. Only run's goroutine uses it.
	unlinkable map[media.ID]bool
	working    sync.Mutex // held by a round; before Store.placing
}

func newPlacer(s *Store) *placer {
	return &placer{s: s, token: make(chan struct{}, 1), unlinkable: map[media.ID]bool{}}
}

// wake asks for a round.
func (p *placer) wake() {
	select {
	case p.token <- struct{}{}:
	default:
	}
}

// run places until ctx ends.
func (p *placer) run(ctx context.Context) {
	for {
		if p.s.Rebuilding() { // what a name stands for may be here, and not on record yet
			if !sleep(ctx, rebuildPoll) {
				return
			}
			continue
		}
		failures, err := p.round(ctx)
		if err != nil && ctx.Err() == nil {
			p.s.log.Error("place names in the vault", "err", err)
		}
		var retry <-chan time.Time
		if failures > 0 || err != nil {
			retry = time.After(placeRetry)
		}
		select {
		case <-p.token:
		case <-retry:
		case <-ctx.Done():
			return
		}
	}
}

// round goes once through everything that is out of place.
func (p *placer) round(ctx context.Context) (failures int, err error) {
	p.working.Lock()
	defer p.working.Unlock()
	if !p.s.vaultHere() {
		return 0, nil // it is placed when the vault is back
	}
	for after := int64(0); ; {
		rows, err := p.s.cat.Displaced(ctx, after, placeBatch)
		if err != nil || len(rows) == 0 {
			if err != nil {
				return 0, err
			}
			break
		}
		after = rows[len(rows)-1].Row
		if err := p.setAside(ctx, rows); err != nil {
			return 0, err
		}
	}
	for after := int64(0); ; {
		rows, err := p.s.cat.Unplaced(ctx, after, placeBatch)
		if err != nil || len(rows) == 0 {
			return failures, err
		}
		if p.s.VaultBusy() {
			return 0, nil // the rest, where the vault is then
		}
		after = rows[len(rows)-1].Row
		failed, err := p.placeAll(ctx, rows)
		if err != nil {
			return failures, err
		}
		failures += failed
	}
}

func (p *placer) setAside(ctx context.Context, rows []catalogue.Displaced) error {
	n := p.s.beginNaming()
	defer n.end()
	for _, r := range rows {
		// It may have been set aside by a commit meanwhile.
		if now, ok, err := p.s.cat.VaultFile(ctx, r.Path); err != nil || !ok || now.Item != r.Item || now.Version {
			if err != nil {
				return err
			}
			continue
		}
		if err := n.setAside(ctx, r.VaultFile); err != nil {
			p.s.log.Warn("set version aside", "item", r.Item.ID, "err", err)
		}
	}
	return n.execute(ctx)
}

// placeAll places a page of names. Copies are made first, since they take
// time, and named together.
func (p *placer) placeAll(ctx context.Context, rows []catalogue.Unplaced) (failed int, err error) {
	var sources []*source
	defer func() {
		for _, src := range sources {
			src.discard(p.s.vault())
		}
	}()
	used := map[string]bool{}
	for _, r := range rows {
		if err := ctx.Err(); err != nil {
			return failed, err
		}
		src, err := p.source(ctx, r, used)
		if err != nil {
			failed++
			p.report(r, err)
			continue
		}
		if src != nil {
			sources = append(sources, src)
		}
	}
	unnamed, err := p.nameAll(ctx, sources)
	return failed + unnamed, err
}

func (p *placer) nameAll(ctx context.Context, sources []*source) (failed int, err error) {
	n := p.s.beginNaming()
	defer n.end()
	for _, src := range sources {
		if src.inPlace {
			n.moves = append(n.moves, src.move)
			continue
		}
		if src.noted {
			n.notes = append(n.notes, src.target.VaultFile)
			continue
		}
		src.move.err = p.plan(ctx, n, src)
	}
	if err := n.execute(ctx); err != nil {
		return failed, err
	}
	for _, src := range sources {
		switch err := src.move.err; {
		case err == nil:
			src.tmp = ""
			p.s.problems.clear(src.target.Item.ID.String())
		case src.move.link && disk.IsUnlinkable(err):
			p.unlinkable[src.target.Item.ID] = true
			p.wake()
		default: // the disk may be better next time
			failed++
			p.s.log.Warn("place name in the vault", "item", src.target.Item.ID, "err", err)
		}
	}
	return failed, nil
}

// plan takes the file that is under the name already, if it has these very bytes
// and no record: a batch that failed at its last step has left it.
func (p *placer) plan(ctx context.Context, n *naming, src *source) error {
	t, m := src.target, src.move
	if m.old != "" || n.free(t.want) || n.promised[t.want] {
		return n.plan(ctx, t, m)
	}
	_, recorded, err := p.s.cat.VaultFile(ctx, t.want)
	if err != nil {
		return err
	}
	if recorded || !p.s.isSame(ctx, t.want, t.Item) {
		return n.plan(ctx, t, m)
	}
	if err := p.s.vault().Settle(t.want); err != nil {
		return err
	}
	m.from, m.link = "", false
	if tmp := src.tmp; tmp != "" {
		m.after = func() { p.s.vault().Forget(tmp) }
	}
	n.add(t, m, t.want)
	return nil
}

// report names an item that cannot have its file, unless its source is only
// just changing.
func (p *placer) report(r catalogue.Unplaced, err error) {
	p.s.log.Warn("place name in the vault", "item", r.Item.ID, "err", err)
	switch {
	case errors.Is(err, ErrNoSpace):
		p.s.problems.raise(Problem{
			Item: r.Item.ID, Reason: ReasonNoSpace, Detail: "the vault has no room for a copy under the name " + r.Path,
			Hint: "free space on the vault's disk, or raise vault.budget",
		})
	case errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist):
		p.s.problems.raise(Problem{
			Item: r.Item.ID, Reason: ReasonVault, Detail: plainError(err), Hint: "check that the vault can be written: homeroll vault show",
		})
	}
}
