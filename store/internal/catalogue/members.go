package catalogue

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"homeroll/store/media"
)

// SetProfile publishes what this device says of itself.
func (c *Catalogue) SetProfile(ctx context.Context, p media.Profile) error {
	r, err := media.EncodeRecord(p)
	if err != nil {
		return err
	}
	return c.change(ctx, durable, func(w *work) {
		have := rowsOf(w, scanFingerprint, `SELECT body FROM record INDEXED BY record_about WHERE author=? AND kind=? AND kind IN (3, 4)`, self, int(media.KindProfile))
		if slices.Contains(have, r.Fingerprint()) {
			return
		}
		for _, fp := range have {
			w.dropOwnRecord(fp)
		}
		w.addOwn(p)
	})
}

// SetMembers says whose roots are taken and whose holdings count: every active
// member. What is known of the others stays.
func (c *Catalogue) SetMembers(ctx context.Context, active []media.Device) error {
	if s := c.state.Load(); s.hasMembers(active) {
		return nil
	}
	return c.change(ctx, durable, func(w *work) {
		s := w.state
		for _, d := range active {
			if _, ok := s.bits[d]; ok {
				continue
			}
			if len(s.authors) == maxAuthors {
				w.fail(fmt.Errorf("%w: a home can have had %d", ErrFull, maxAuthors))
				return
			}
			s.addAuthor(d)
		}
		for bit := range s.authors {
			a := &s.authors[bit]
			a.active = bit == self || slices.Contains(active, a.device)
		}
		w.passOn(func(bit int) bool { return !s.authors[bit].active })
		for _, a := range s.authors {
			if s.unheard(a.device) != w.before.unheard(a.device) {
				w.keepFrom(a.device)
			}
		}
		w.signal = true
	})
}

// Member reports an active member, this device included.
func (c *Catalogue) Member(d media.Device) bool {
	s := c.state.Load()
	bit, ok := s.bits[d]
	return ok && s.authors[bit].active
}

func (s *state) hasMembers(active []media.Device) bool {
	for _, d := range active {
		if bit, ok := s.bits[d]; !ok || !s.authors[bit].active {
			return false
		}
	}
	return !slices.ContainsFunc(s.authors, func(a author) bool {
		return a.active && a.device != s.authors[self].device && !slices.Contains(active, a.device)
	})
}

// SetHome signs this device's root for the home h and forgets the manifests of
// all other devices; it does nothing if h is the home already. Vault files keep
// their origins' names as this device's Kept records.
func (c *Catalogue) SetHome(ctx context.Context, h media.Home) error {
	if c.state.Load().home == h {
		return nil
	}
	return c.change(ctx, durable, func(w *work) {
		w.passOn(func(bit int) bool { return bit != self })
		w.turnPage()
		w.dropLogs()
		w.forgetOthers()
		w.state.home = h
		w.publish = true
		w.state.counts.unplaced = 0
		w.state.authors = w.state.authors[:1]
		w.state.bits = map[media.Device]int{w.state.authors[self].device: self}
		w.keepEach(`SELECT id FROM item WHERE vault>? AND names=0 AND id>? ORDER BY id LIMIT ?`, 0)
	})
}

// forgetOthers removes every statement of other devices, and recounts.
func (w *work) forgetOthers() {
	w.withdrawn = true
	for _, query := range []string{
		`DELETE FROM record WHERE author != 0`,
		`DELETE FROM mark WHERE author != 0`,
		fmt.Sprintf(`DELETE FROM node WHERE id >= %d`, nodeIDOf(self+1, "")),
		`DELETE FROM due`,
		`UPDATE vault_file SET displaced=0 WHERE displaced=1`,
		`UPDATE item SET holders=holders & 1, names=own, want=0,
			kept=(SELECT count(*) FROM record r WHERE r.item=item.id AND r.author=0 AND r.kind=5)`,
		`UPDATE item SET pending=pending|2 WHERE id IN (SELECT b.item FROM picture p JOIN bond a ON a.item=p.item JOIN bond b ON b.key=a.key WHERE p.held=0)`,
		`DELETE FROM bond WHERE item IN (SELECT item FROM picture WHERE held=0)`,
		`DELETE FROM search WHERE rowid IN (SELECT doc FROM picture WHERE held=0)`,
		`DELETE FROM picture WHERE held=0`,
		`UPDATE item SET pending=7 WHERE holders=0`,
		`DELETE FROM month`,
		`INSERT INTO month (month, pictures, ratio) SELECT month, count(*), sum(ratio) FROM picture WHERE shown=1 GROUP BY month`,
		`DELETE FROM item WHERE holders=0 AND names=0 AND vault=0 AND kept=0 AND gone=0`,
		`DELETE FROM tally`,
		`INSERT INTO tally (holders, named, wanted, items, bytes)
			SELECT holders, names>0, gone=0 OR names>own, count(*), sum(size) FROM item WHERE trashed=0 AND (holders!=0 OR names>0) GROUP BY 1, 2, 3`,
	} {
		w.exec(query)
	}
	w.c.writer.forget()
	w.shows(0)
}

// Outrun is told of a root of this very device. If it is newer than its own, as
// after a restored database, or another one of the same number, the epoch is
// raised above it and the manifest published anew.
func (c *Catalogue) Outrun(ctx context.Context, seen media.Root) error {
	raised := false
	err := c.change(ctx, durable, func(w *work) {
		mine := &w.state.authors[self].root
		if seen.Device != mine.Device {
			w.fail(fmt.Errorf("root of %s is not this device's", seen.Device.Short()))
			return
		}
		if err := seen.Check(w.state.home); err != nil {
			w.fail(err)
			return
		}
		other := seen.Epoch == mine.Epoch && seen.Seq == mine.Seq && seen.Node != mine.Node
		if !seen.Newer(*mine) && !other {
			return
		}
		mine.Epoch, mine.Seq = seen.Epoch+1, 0
		w.publish, raised = true, true
	})
	if err == nil && raised {
		c.noteOutrun(seen)
	}
	return err
}

func (c *Catalogue) noteOutrun(seen media.Root) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.outruns++
	c.outrun = time.Now()
	c.log.Warn("a newer manifest of this device is known elsewhere; starting a new epoch",
		slog.Uint64("seenEpoch", seen.Epoch), slog.Uint64("seenSeq", seen.Seq), slog.Int("times", c.outruns))
}

// Outruns returns how often in this run a root of this device that it did not
// write has forced a new epoch, and when last. More than once means that two
// live instances use one key.
func (c *Catalogue) Outruns() (n int, last time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.outruns, c.outrun
}
