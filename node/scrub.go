package node

import (
	"context"
	"errors"
	"slices"
	"time"

	"homeroll/node/api"
	"homeroll/store"
	"homeroll/store/media"
)

// ErrReopen ends Run when the catalogue is to be built anew: the next Open does
// it. Whoever runs the node opens it again.
var ErrReopen = errors.New("the catalogue is to be rebuilt: open the node again")

// How long a repair may stand still before it is given up, and how often it is
// looked at.
const (
	repairPatience = 30 * time.Second
	repairPoll     = 250 * time.Millisecond
	damageShown    = 1000
)

// Verify reads all that this device holds again. What is damaged counts as a copy
// no more and is fetched again from another device, whether or not the caller
// waits for it.
func (c *commands) Verify(ctx context.Context, r api.VerifyRequest, emit func(api.VerifyEvent)) (*api.VerifyInfo, error) {
	scrub := &scrub{c: c, emit: emit, waited: r.Repair}
	switch {
	case r.Rebuilt:
		return scrub.rebuilt(ctx)
	case r.Full:
		return nil, scrub.rebuild(ctx)
	}
	done, err := c.store.Verify(ctx, scrub.told, func(d store.Damage) { scrub.found(ctx, d) })
	if err != nil {
		return nil, err
	}
	return scrub.end(ctx, done, false)
}

// scrub is one verification that somebody asked for.
type scrub struct {
	c      *commands
	emit   func(api.VerifyEvent)
	damage []store.Damage
	waited bool // for what was damaged to be fetched again
}

func (s *scrub) told(p store.VerifyProgress) {
	s.emit(api.VerifyEvent{Type: api.EventReading, Files: p.Files, Bytes: p.Bytes, TotalFiles: p.TotalFiles, TotalBytes: p.TotalBytes})
}

func (s *scrub) found(ctx context.Context, d store.Damage) {
	s.damage = append(s.damage, d)
	if len(s.damage) <= damageShown {
		doc, _ := s.describe(ctx, d)
		s.emit(api.VerifyEvent{Type: api.EventDamage, Damage: &doc})
	}
}

// describe tells who else holds a damaged item, and whether it is whole here
// again.
func (s *scrub) describe(ctx context.Context, d store.Damage) (doc api.Damage, whole bool) {
	doc = api.Damage{Path: d.Path, PathBase64: api.RawPath(d.Path), Hash: d.Item.ID.String(), Reason: d.Reason, Own: d.Own, Holders: []string{}, Copies: []string{}}
	info, err := s.c.store.Lookup(ctx, d.Item.ID.String())
	if err != nil {
		return doc, false
	}
	for _, h := range info.Holders {
		if h.Device != s.c.host.Device() {
			doc.Holders = append(doc.Holders, s.c.node().nameOf(h.Device))
			continue
		}
		doc.Repaired, doc.Copies = true, orEmpty(h.Paths)
	}
	return doc, doc.Repaired
}

// repair waits until what is damaged has been fetched again, as long as
// something moves.
func (s *scrub) repair(ctx context.Context) error {
	s.c.transfers.retry() // a person asked for it
	if err := s.c.store.Retry(ctx, nil); err != nil {
		return err
	}
	last, moved := -1, time.Now()
	for {
		left := s.left(ctx)
		if len(left) == 0 {
			return nil
		}
		if len(left) != last {
			last, moved = len(left), time.Now()
			s.emit(api.VerifyEvent{Type: api.EventRepairing, Left: last})
		}
		if s.c.transfers.inFlight() > 0 {
			moved = time.Now()
		}
		if !s.obtainable(left) || time.Since(moved) > repairPatience {
			return nil
		}
		if !sleep(ctx, repairPoll) {
			return ctx.Err()
		}
	}
}

// left returns the damaged items that are not whole here yet.
func (s *scrub) left(ctx context.Context) []store.Info {
	var left []store.Info
	for _, d := range s.damage {
		info, err := s.c.store.Lookup(ctx, d.Item.ID.String())
		if err != nil {
			left = append(left, store.Info{Item: d.Item}) // nobody knows it any more
		} else if !slices.ContainsFunc(info.Holders, func(h store.HolderInfo) bool { return h.Device == s.c.host.Device() }) {
			left = append(left, info)
		}
	}
	return left
}

// obtainable reports whether a device that is here holds one of them.
func (s *scrub) obtainable(left []store.Info) bool {
	online := map[media.Device]bool{}
	for _, m := range s.c.host.Members() {
		online[m.Device] = m.Online && !m.Self
	}
	return slices.ContainsFunc(left, func(i store.Info) bool {
		return slices.ContainsFunc(i.Holders, func(h store.HolderInfo) bool { return online[h.Device] })
	})
}

// end says what came of it. What is whole again was damaged all the same, unless
// the caller asked for its repair.
func (s *scrub) end(ctx context.Context, done store.VerifyProgress, full bool) (*api.VerifyInfo, error) {
	if s.waited {
		if err := s.repair(ctx); err != nil {
			return nil, err
		}
	}
	info := &api.VerifyInfo{
		Schema: api.Schema, Type: api.EventVerified, Full: full, Files: done.Files, Bytes: done.Bytes,
		Damaged: len(s.damage), Damage: []api.Damage{},
	}
	for _, d := range s.damage {
		doc, whole := s.describe(ctx, d)
		doc.Repaired = whole && s.waited
		if doc.Repaired {
			info.Repaired++
		} else {
			info.Unrepaired++
		}
		if len(info.Damage) < damageShown {
			info.Damage = append(info.Damage, doc)
		}
	}
	return info, ctx.Err()
}

// rebuild has the node opened again with a new catalogue.
func (s *scrub) rebuild(ctx context.Context) error {
	if s.c.store.Rebuilding() {
		s.emit(api.VerifyEvent{Type: api.EventRebuilding})
		return nil
	}
	if err := s.c.store.AskRebuild(ctx); err != nil {
		return err
	}
	s.emit(api.VerifyEvent{Type: api.EventRebuilding})
	s.c.stop(ErrReopen)
	return nil
}

// rebuilt waits until the catalogue has been built anew.
func (s *scrub) rebuilt(ctx context.Context) (*api.VerifyInfo, error) {
	for {
		changed := s.c.store.Changed()
		running := s.c.store.Rebuilding()
		s.told(s.c.store.RebuildProgress())
		if !running {
			break
		}
		tick := time.NewTimer(repairPoll)
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
		}
		tick.Stop()
		if !sleep(ctx, repairPoll) {
			return nil, ctx.Err()
		}
	}
	damage, err := s.c.store.Damages(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range damage {
		s.found(ctx, d)
	}
	return s.end(ctx, s.c.store.RebuildProgress(), true)
}
