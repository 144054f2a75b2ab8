package syncproto

import (
	"context"
	"errors"

	"homeroll/store/media"
)

// chains sorts deltas into runs that follow on each other, of one device each.
// A run is applied in one transaction, so its size is bounded.
func chains(deltas []media.Delta) [][]media.Delta {
	var all [][]media.Delta
	last := map[media.Device]int{}
	bytes := map[media.Device]int{}
	for _, d := range deltas {
		by, size := d.To.Device, deltaSize(d)
		at, ok := last[by]
		if ok && all[at][len(all[at])-1].To.Node == d.From && bytes[by]+size <= maxDelta {
			all[at] = append(all[at], d)
			bytes[by] += size
			continue
		}
		last[by], bytes[by] = len(all), size
		all = append(all, []media.Delta{d})
	}
	return all
}

// apply tries pushed deltas that follow on each other. Of what does not fit, the
// offer of its root stays and is walked.
func (f *follower) apply(ctx context.Context, chain []media.Delta) error {
	by := chain[0].To.Device
	if by == f.e.cfg.Self {
		return nil
	}
	release := f.e.authors.tryLock(by)
	if release == nil {
		return nil
	}
	defer release()
	err := f.e.cfg.Library.Apply(ctx, media.MergeDeltas(chain))
	if len(chain) > 1 && errors.Is(err, media.ErrStale) {
		for _, d := range chain { // another peer may have told the first of them
			err = f.e.cfg.Library.Apply(ctx, d)
		}
	}
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !errors.Is(err, media.ErrStale) {
		f.e.cfg.Log.Debug("pushed records refused", "peer", f.peer, "author", by, "error", err)
	}
	return nil
}
