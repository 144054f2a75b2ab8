package node

import (
	"context"
	"slices"
	"sync"
	"time"

	"homeroll/node/policy"
	"homeroll/store"
	"homeroll/store/media"
	"homeroll/syncproto"
)

// borrower gathers small previews of pictures that are not here yet, or will
// never be, the newest first, beside the fetching of originals: so that all
// pictures of the home can be looked at long before they have come. One
// goroutine runs it; each peer is asked for one batch at a time.
type borrower struct {
	node   *Node
	demand chan struct{} // a token for each preview that a person waits for

	// Of the loop alone.
	lacked time.Time // since when there is something to fetch; zero = there is nothing
	whole  time.Time // when a pass last came to the end

	mu      sync.Mutex // guards what follows
	refused map[media.ID]refused
	later   map[media.ID]later
	silent  map[media.ID]bool          // items whose preview has come, of which a holder may have said nothing
	resting map[media.Device]time.Time // not to be asked before
	broken  brokenPreviews
}

// refused says who has no preview of an item. It holds as long as the same
// devices hold it.
type refused struct{ holders, by []media.Device }

// later says when to ask for a preview again that is not made yet.
type later struct {
	times int
	until time.Time
}

// wishes are the items of which each peer is to be asked for a preview.
type wishes map[media.Device][]store.Lacking

// Limits of a borrower.
const (
	lackedPage     = 256
	maxRefused     = 20_000 // items remembered; beyond that they are asked for again
	maxLater       = 20_000
	newestPages    = 2                // that are looked at where there is no reason to look at all
	borrowEvery    = time.Second      // between two looks at the newest, at least
	borrowAgain    = 30 * time.Second // between two looks at all, if nothing was missing
	borrowRarely   = time.Minute      // where nothing has changed
	borrowRest     = 20               // times what looking took is rested
	borrowCPU      = 25               // percent of a core, for decoding what comes
	requestTime    = 2 * time.Minute  // for one request
	laterFirst     = 2 * time.Second  // doubling
	laterMost      = 2 * time.Minute  //
	restOfPaused   = 10 * time.Second // of a peer
	restOfLost     = 30 * time.Second
	maxDemand      = 3 // requests for which people wait; others wait for them
	demandPatience = 20 * time.Second
)

func newBorrower(n *Node) *borrower {
	return &borrower{
		node: n, demand: make(chan struct{}, maxDemand),
		refused: map[media.ID]refused{}, later: map[media.ID]later{}, silent: map[media.ID]bool{}, resting: map[media.Device]time.Time{}, broken: brokenPreviews{},
	}
}

// run gathers until ctx ends.
func (b *borrower) run(ctx context.Context) error {
	for ctx.Err() == nil {
		levels := b.node.transfers.levels()
		again := b.pass(ctx)
		if !sleep(ctx, borrowEvery) {
			break
		}
		timer := time.NewTimer(again)
		select {
		case <-ctx.Done():
		case <-levels[0]:
		case <-levels[1]:
		case <-levels[2]:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// queue is what there is to fetch now.
func (b *borrower) queue(now time.Time) policy.Queue {
	q := b.node.transfers.queue()
	q.Paused = b.node.pause.state(now).on
	q.Pace, _ = b.node.exchange.Pace()
	switch {
	case q.Incoming.Items == 0:
		b.lacked = time.Time{}
	case b.lacked.IsZero():
		b.lacked = now
	default:
		q.Waited = now.Sub(b.lacked)
	}
	return q
}

// pass goes from the newest picture that is not here to the oldest, and asks for
// what is missing. It returns early where newer ones may have come, and when to
// pass again if nothing changes.
func (b *borrower) pass(ctx context.Context) time.Duration {
	changed, began := b.node.store.Changed(), time.Now()
	var at store.Cursor
	var looked time.Duration
	news := false
	for pages := 0; ctx.Err() == nil; pages++ {
		now := time.Now()
		least, worth := b.queue(now).Borrow()
		peers := b.peers(now)
		if !worth || len(peers) == 0 {
			return b.idle()
		}
		page, err := b.node.store.Lacking(ctx, peers, at, lackedPage)
		if err != nil {
			if ctx.Err() == nil {
				b.node.log.Error("look for pictures without a preview", "error", err)
			}
			return borrowRarely
		}
		wishes, next := b.choose(now, page, peers, least, at)
		looked += time.Since(now)
		asked := len(wishes) > 0
		if asked {
			b.ask(ctx, wishes)
		} else if !sleep(ctx, borrowRest*time.Since(now)) {
			break
		}
		if len(page) == 0 {
			b.whole = time.Now()
			return b.pause(b.whole)
		}
		news = news || asked
		if pages >= newestPages && (b.node.store.PreviewsCrowded() || !news && time.Since(b.whole) < borrowAgain) {
			return min(b.pause(time.Now()), borrowAgain)
		}
		at = next
		if asked && time.Since(began) > max(borrowEvery, borrowRest*looked) && (isClosed(changed) || b.pause(time.Now()) < borrowEvery) {
			return 0
		}
	}
	return borrowRarely
}

// idle is when to look again whether previews are worth it.
func (b *borrower) idle() time.Duration {
	if b.lacked.IsZero() {
		return borrowRarely
	}
	return borrowEvery
}

// pause returns when the first peer or item may be asked again.
func (b *borrower) pause(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := borrowRarely
	for _, l := range b.later {
		first = min(first, max(0, l.until.Sub(now)))
	}
	for _, until := range b.resting {
		first = min(first, max(0, until.Sub(now)))
	}
	return first
}

// peers returns the members that may be asked now.
func (b *borrower) peers(now time.Time) (list []media.Device) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for d, until := range b.resting {
		if !now.Before(until) {
			delete(b.resting, d)
		}
	}
	for _, m := range b.node.host.Members() {
		_, rests := b.resting[m.Device]
		if m.Online && !m.Self && !rests && !b.broken.rests(now, m.Device) && b.node.exchange.CanPreview(m.Device) {
			list = append(list, m.Device)
		}
	}
	return list
}

// choose shares what of a page has no preview out among the peers, a batch each,
// and returns the place up to which it came.
func (b *borrower) choose(now time.Time, page []store.Lacking, peers []media.Device, least int64, at store.Cursor) (wishes, store.Cursor) {
	wishes, room := wishes{}, map[media.Device]int{}
	for _, d := range peers {
		room[d] = policy.Batch(b.node.exchange.Speed(d), syncproto.MaxPreviews)
	}
	for _, l := range page {
		if l.Item.Size >= least && b.lacks(l) {
			from := b.askable(now, l, peers)
			best := media.Device("")
			for _, d := range from {
				if room[d] > 0 && (best == "" || room[d] > room[best]) {
					best = d
				}
			}
			if best == "" && len(from) > 0 {
				return wishes, at // the batches are full
			}
			if best != "" {
				room[best]--
				wishes[best] = append(wishes[best], l)
			}
		}
		at = l.At
	}
	return wishes, at
}

// lacks reports whether a preview, or what its holders say of it, is missing.
func (b *borrower) lacks(l store.Lacking) bool {
	if b.node.store.LacksPreview(l.Item.ID, store.PreviewSmall) {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.node.store.LacksFacts(l) && !b.silent[l.Item.ID]
}

// askable returns who may have a preview of an item.
func (b *borrower) askable(now time.Time, l store.Lacking, peers []media.Device) (from []media.Device) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Before(b.later[l.Item.ID].until) {
		return nil
	}
	r := b.refused[l.Item.ID]
	if !slices.Equal(r.holders, l.Holders) {
		delete(b.refused, l.Item.ID)
		r = refused{}
	}
	for _, d := range l.Holders {
		if slices.Contains(peers, d) && !slices.Contains(r.by, d) {
			from = append(from, d)
		}
	}
	return from
}

// ask asks each peer for its batch, all at once.
func (b *borrower) ask(ctx context.Context, wishes wishes) {
	ctx, release, ok := b.node.pause.allow(ctx, time.Now())
	if !ok {
		return
	}
	defer release()
	var all sync.WaitGroup
	for peer, items := range wishes {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, requestTime)
			defer cancel()
			b.batch(ctx, peer, items)
		})
	}
	all.Wait()
}
