package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"homeroll/store/media"
)

// work is one transaction. It gathers what a change touches, and settle
// brings everything that follows from it up to date: each step costs by what
// was touched, never by what there is.
//
// The first error sticks: later calls do nothing, and the transaction is
// rolled back with it.
type work struct {
	ctx    context.Context // of the whole transaction; never cancelled midway
	c      *Catalogue
	before *state
	state  *state
	err    error

	items      map[media.Item]*itemRow
	byID       map[int64]*itemRow
	nextID     int64 // of a new item; 0 = not asked yet
	nextRecord int64

	own      map[media.Fingerprint]*statement // own records to add
	ownGone  map[media.Fingerprint]bool       // own records to remove
	tries    map[int]*trieChange              // by author, rows already written
	keys     map[int64]bool                   // of names and vault files to settle
	newNames map[int64]*itemRow               // keys of names that came, and nothing else yet
	holdings map[holding]bool                 // removed; another record may still state them
	kept     map[int64]bool                   // items whose Kept records to settle
	uploads  map[int64]bool                   // items whose names as uploads to settle
	subjects map[string]bool                  // of marks to settle
	origins  map[origin]int64

	records inserts // of the table record
	newRows inserts // of the table item
	// Of the table node: of none of them is another asked for while a trie is brought up to its records.
	newNodes inserts

	walking int  // author whose names may be incomplete, 0 = none
	publish bool // sign a new root even if the manifest is the same
	deltas  []media.Delta
	broken  []media.Device // authors whose log of deltas ends here
	signal  bool           // a manifest known here has changed

	withdrawn bool           // other devices' names are gone
	shown     map[int64]bool // months of which what they show has changed
	noTrash   bool           // nothing is in the trash
	passed    uint64         // marks of others that were taken over
	trashings uint64         // files of the vault that may have to move
}

type holding struct {
	author int
	item   int64
}

// durability says whether a transaction must survive a power failure. What
// other devices say can be asked again.
type durability int

const (
	durable durability = iota
	relaxed
	learned // relaxed, if it does not change this device's own manifest: what is signed must not be forgotten
)

// change runs do and what follows in one transaction.
func (c *Catalogue) change(ctx context.Context, d durability, do func(*work)) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.closed {
		return errClosed
	}
	err := c.transact(context.WithoutCancel(ctx), d, do)
	if errors.Is(err, errSigned) {
		err = c.transact(context.WithoutCancel(ctx), durable, do)
	}
	return err
}

// errSigned rolls a transaction back that was not to change this device's own
// manifest.
var errSigned = errors.New("this device's own manifest changes")

// transact is change with the lock held.
func (c *Catalogue) transact(ctx context.Context, d durability, do func(*work)) error {
	w := c.newWork(ctx)
	w.synchronous(d)
	w.exec("BEGIN IMMEDIATE")
	if w.err != nil {
		return w.err
	}
	do(w)
	w.settle()
	w.sign()
	if d == learned && w.state.authors[self].root.Seq != w.before.authors[self].root.Seq {
		w.fail(errSigned)
	}
	if w.err == nil {
		w.state.save(w, w.before)
	}
	w.exec("COMMIT")
	if w.err != nil {
		return errors.Join(w.err, c.rollback(w.ctx))
	}
	c.publish(w)
	return nil
}

func (c *Catalogue) newWork(ctx context.Context) *work {
	before := c.state.Load()
	w := &work{ctx: ctx, c: c, before: before, state: before.clone(), tries: map[int]*trieChange{}, records: recordInserts, newRows: itemInserts, newNodes: nodeInserts}
	w.forget()
	return w
}

// forget drops what settle has dealt with.
func (w *work) forget() {
	w.items, w.byID = map[media.Item]*itemRow{}, map[int64]*itemRow{}
	w.own, w.ownGone = map[media.Fingerprint]*statement{}, map[media.Fingerprint]bool{}
	w.keys, w.holdings, w.kept = map[int64]bool{}, map[holding]bool{}, map[int64]bool{}
	w.subjects, w.uploads = map[string]bool{}, map[int64]bool{}
	w.newNames, w.origins = map[int64]*itemRow{}, map[origin]int64{}
}

// synchronous sets it for this transaction, unless the one before had the same.
func (w *work) synchronous(d durability) {
	if d == learned {
		d = relaxed
	}
	last := &w.c.writer.last
	if *last != nil && **last == d {
		return
	}
	*last = nil
	if d == durable {
		w.exec("PRAGMA synchronous = FULL")
	} else {
		w.exec("PRAGMA synchronous = NORMAL")
	}
	if w.err == nil {
		*last = &d
	}
}

// settle brings up to date what follows from the rows written so far. The
// order matters: holdings decide own records, rows decide placement, and items
// are written when nothing can change them any more.
func (w *work) settle() {
	w.records.flush(w)
	w.settleHoldings()
	w.settleNoted()
	w.settleReplaced()
	w.settleUploads()
	w.settleOwn()
	w.writeOwn()
	w.settleMarks()
	w.settlePlacement()
	w.writeItems()
	if w.err == nil {
		w.forget()
	}
}

func (c *Catalogue) rollback(ctx context.Context) error {
	c.writer.forget()
	stmt, err := c.writer.prepare(ctx, "ROLLBACK")
	if err != nil {
		return err
	}
	// A failed COMMIT may have rolled back already; nothing is lost by asking.
	_, _ = stmt.ExecContext(ctx)
	return nil
}

func (w *work) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}

// damaged fails with ErrCorrupt: rows contradict each other.
func (w *work) damaged(format string, args ...any) {
	w.fail(w.c.alarm.heed(fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))))
}

func (w *work) classify(err error) error { return w.c.writer.classify(err) }

func (w *work) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	return w.c.writer.prepare(ctx, query)
}

// exec returns the number of rows changed.
func (w *work) exec(query string, args ...any) int64 {
	if w.err != nil {
		return 0
	}
	stmt, err := w.prepare(w.ctx, query)
	if err != nil {
		w.fail(err)
		return 0
	}
	res, err := stmt.ExecContext(w.ctx, args...)
	if err != nil {
		w.fail(fmt.Errorf("change catalogue: %w", w.classify(err)))
		return 0
	}
	n, err := res.RowsAffected()
	if err != nil {
		w.fail(err)
	}
	return n
}

// rowsOf is list within a transaction.
func rowsOf[T any](w *work, scan func(scanner) (T, error), query string, args ...any) []T {
	if w.err != nil {
		return nil
	}
	all, err := list(w.ctx, w, scan, query, args...)
	if err != nil {
		w.fail(fmt.Errorf("read catalogue: %w", err))
	}
	return all
}

// rowOf is one within a transaction.
func rowOf[T any](w *work, scan func(scanner) (T, error), query string, args ...any) (v T, ok bool) {
	all := rowsOf(w, scan, query, args...)
	if len(all) == 0 {
		return v, false
	}
	return all[0], true
}
