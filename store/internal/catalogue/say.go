package catalogue

import (
	"bytes"
	"context"
	"slices"

	"homeroll/store/media"
)

// Say states marks of this device, each with a generation above all that are known
// of its subject; Generation is set here. Those that change nothing are left
// out. keep is called with the others, if there are any, before they count, and
// what it returns undoes it all.
func (c *Catalogue) Say(ctx context.Context, marks []media.Mark, keep func([]media.Mark) error) error {
	return c.change(ctx, durable, func(w *work) {
		said := w.newer(marks)
		for _, m := range said {
			w.stateMark(m)
		}
		if len(said) > 0 && w.err == nil {
			if err := keep(said); err != nil {
				w.fail(err)
			}
		}
	})
}

// newer returns the marks that say something else than what counts, the last one of
// each subject, with their generations.
func (w *work) newer(marks []media.Mark) (said []media.Mark) {
	seen := map[string]bool{}
	for _, m := range slices.Backward(marks) {
		subject := m.Subject()
		if seen[string(subject)] {
			continue
		}
		seen[string(subject)] = true
		now, ok := w.winner(subject)
		if !ok {
			now = emptyMark(subject)
			now.Maker = m.Maker
		}
		if now.Says(m) {
			continue
		}
		m.Generation, m.By = min(now.Generation, media.MaxGeneration-1)+1, ""
		said = append(said, m)
	}
	slices.Reverse(said)
	return said
}

// markBatch is how many marks are stated in one transaction of many.
const markBatch = 2000

// RestoreMarks states marks again that this device has stated before the catalogue
// was lost, as they were. What it has said since is newer.
func (c *Catalogue) RestoreMarks(ctx context.Context, marks []media.Mark) error {
	for batch := range slices.Chunk(marks, markBatch) {
		err := c.change(ctx, durable, func(w *work) {
			me := w.state.authors[self].device
			for _, m := range batch {
				_, body, ok := w.ownMark(m.Subject())
				if ok && bytes.Compare(w.markOf(body).Rank(me), m.Rank(me)) >= 0 {
					continue
				}
				w.stateMark(m)
				w.settle() // the log may have a subject twice
			}
		})
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

// OwnMarks returns up to limit marks that this device states, from the first after
// that row (0 = from the start), and the row to continue after.
func (c *Catalogue) OwnMarks(ctx context.Context, after int64, limit int) (marks []media.Mark, last int64, err error) {
	last = after
	marks, err = list(ctx, c.readers, func(r scanner) (m media.Mark, err error) {
		var body []byte
		if err = r.Scan(&last, &body); err != nil {
			return m, err
		}
		v, err := media.Record(body).Decode()
		m, _ = v.(media.Mark)
		return m, err
	}, `SELECT m.record, r.body FROM mark m JOIN record r ON r.id=m.record WHERE m.author=? AND m.record>? ORDER BY m.record LIMIT ?`, self, after, limit)
	return marks, last, err
}

// CountOwnMarks counts what OwnMarks returns in all.
func (c *Catalogue) CountOwnMarks(ctx context.Context) (int64, error) {
	n, _, err := one(ctx, c.readers, scanInt, `SELECT count(*) FROM mark WHERE author=?`, self)
	return n, err
}

// States reports whether this device states exactly this mark.
func (c *Catalogue) States(ctx context.Context, m media.Mark) (bool, error) {
	r, err := media.EncodeRecord(m)
	if err != nil {
		return false, err
	}
	_, ok, err := one(ctx, c.readers, scanInt, `SELECT 1 FROM mark m JOIN record r ON r.id=m.record WHERE m.subject=? AND m.author=? AND r.body=?`,
		m.Subject(), self, []byte(r))
	return ok, err
}

// PassedOn counts, in this run, the marks of devices that left the home which this
// device has taken over.
func (c *Catalogue) PassedOn() uint64 { return c.passedOn.Load() }

// passOn states, as this device's own, the marks that count and that only devices
// say which are gone: others that come later have nobody else to hear them from.
// They rank as before.
func (w *work) passOn(gone func(author int) bool) {
	type markRow struct {
		record        int64
		author        int
		subject, rank []byte
	}
	for last := int64(0); w.err == nil; {
		page := rowsOf(w, func(r scanner) (m markRow, err error) {
			err = r.Scan(&m.record, &m.author, &m.subject, &m.rank)
			return m, err
		}, `SELECT record, author, subject, rank FROM mark WHERE author != 0 AND record>? ORDER BY record LIMIT ?`, last, markBatch)
		for _, row := range page {
			last = row.record
			if !gone(row.author) {
				continue
			}
			best := rowsOf(w, func(r scanner) (m markRow, err error) {
				err = r.Scan(&m.author, &m.rank)
				return m, err
			}, `SELECT author, rank FROM mark WHERE subject=? ORDER BY rank DESC LIMIT ?`, row.subject, maxAuthors)
			counts := len(best) > 0 && bytes.Equal(best[0].rank, row.rank)
			if !counts || slices.ContainsFunc(best, func(b markRow) bool { return bytes.Equal(b.rank, row.rank) && !gone(b.author) }) {
				continue
			}
			w.takeOver(row.record, w.state.authors[row.author].device)
		}
		if len(page) < markBatch {
			return
		}
		w.turnPage()
	}
}

func (w *work) takeOver(record int64, from media.Device) {
	body, ok := rowOf(w, scanBytes, `SELECT body FROM record WHERE id=?`, record)
	if !ok {
		w.damaged("record %d of a mark is missing", record)
		return
	}
	m := w.markOf(body)
	if m.By == "" {
		m.By = from
	}
	w.stateMark(m)
	w.passed++
}

// turnPage settles what was done so far of a change of many pages, so that memory
// is bounded.
func (w *work) turnPage() {
	w.settle()
	w.retrie(self)
	delete(w.tries, self)
	w.dropLog(w.c.signer.Device())
}
