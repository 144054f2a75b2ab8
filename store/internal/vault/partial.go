package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"homeroll/store/media"
)

// Partial is an item on its way: a file named by its hash, written group by
// group as each is proven, with the item's outline beside it. It is not safe
// for concurrent use.
type Partial struct {
	v       *Vault
	item    media.Item
	outline media.Outline
	f       *os.File   // nil until the first group
	groups  *groupFile // f, as groups are written to it
	out     *outbox    // what of a large item is being written
	have    bitmap     // proven, and written or being written
	resumed bool       // an earlier run has made the file
}

// outlineFrom is the size, in bytes, from which the outline of an item is kept beside
// it. That of a smaller one is asked for again with what is missing: it is a few
// hundred bytes, and making and removing a file for it costs more.
const outlineFrom = 32 << 20

func partialPath(id media.ID) string { return path.Join(partialDir, id.String()) }
func outlinePath(id media.ID) string { return partialPath(id) + ".outline" }

// Partial opens what there is of an item. Nothing of it is trusted: each group
// on the disk is verified again.
func (v *Vault) Partial(ctx context.Context, it media.Item) (*Partial, error) {
	if it.Size < 0 || it.Size > media.MaxItemSize {
		return nil, fmt.Errorf("item of %d bytes", it.Size)
	}
	p := &Partial{v: v, item: it, have: newBitmap(media.Groups(it.Size))}
	if err := p.readOutline(); err != nil {
		return nil, err
	}
	if p.have.n == 1 {
		return p, nil // what there may be of a single group is soon fetched again
	}
	f, err := v.root.OpenFile(p.path(), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open partial file: %w", err)
	}
	p.f, p.resumed = f, true
	if err := p.prove(ctx); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return p, nil
}

func (p *Partial) path() string { return partialPath(p.item.ID) }

// readOutline takes the outline of an earlier run if it is the item's.
func (p *Partial) readOutline() error {
	groups := media.Groups(p.item.Size)
	if p.item.Size < outlineFrom {
		return nil
	}
	f, err := p.v.root.Open(outlinePath(p.item.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open outline: %w", err)
	}
	defer func() { _ = f.Close() }()
	b, err := io.ReadAll(io.LimitReader(f, groups*32+1))
	if err != nil {
		return fmt.Errorf("read outline: %w", err)
	}
	if int64(len(b)) != groups*32 {
		return nil
	}
	o := make(media.Outline, groups)
	for i := range o {
		copy(o[i][:], b[32*i:])
	}
	if o.Check(p.item) == nil {
		p.outline = o
	}
	return nil
}

// prove marks the groups of the file that verify.
func (p *Partial) prove(ctx context.Context) error {
	fi, err := p.f.Stat()
	if err != nil || !p.HasOutline() {
		return err
	}
	buf := make([]byte, media.GroupSize)
	for i := range media.Groups(p.item.Size) {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := i * media.GroupSize
		group := buf[:media.GroupLen(p.item.Size, i)]
		if at+int64(len(group)) > fi.Size() {
			return nil
		}
		if _, err := p.f.ReadAt(group, at); err != nil && !errors.Is(err, io.EOF) {
			return nil // the disk cannot read it: fetched again
		}
		if p.outline.Verify(p.item, i, group) == nil {
			p.have.set(i)
		}
	}
	return nil
}

// Item returns the item.
func (p *Partial) Item() media.Item { return p.item }

// Outline returns the item's outline, empty for one of one group.
func (p *Partial) Outline() media.Outline { return p.outline }

// HasOutline reports whether groups can be verified.
func (p *Partial) HasOutline() bool {
	return len(p.outline) > 0 || media.Groups(p.item.Size) == 1
}

// SetOutline takes the item's outline; that of a large one is kept for a later run.
func (p *Partial) SetOutline(o media.Outline) error {
	if err := o.Check(p.item); err != nil {
		return err
	}
	if p.HasOutline() {
		return nil
	}
	if p.item.Size >= outlineFrom {
		if err := p.keepOutline(o); err != nil {
			return err
		}
	}
	p.outline = append(media.Outline(nil), o...)
	if p.f == nil {
		return nil
	}
	return p.prove(context.Background())
}

func (p *Partial) keepOutline(o media.Outline) error {
	b := make([]byte, 0, len(o)*32)
	for i := range o {
		b = append(b, o[i][:]...)
	}
	if err := p.v.root.WriteFile(outlinePath(p.item.ID), b, 0o666); err != nil {
		_ = p.v.root.Remove(outlinePath(p.item.ID))
		return noSpace(fmt.Errorf("write outline: %w", err))
	}
	return nil
}

// NextMissing returns the first run of groups at or after from that are not
// proven, and n == 0 when there is none.
func (p *Partial) NextMissing(from int64) (first, n int64) {
	return p.have.nextClear(max(0, from))
}

// Missing returns how many bytes are not proven.
func (p *Partial) Missing() int64 {
	clear := p.have.n - p.have.count
	if clear == 0 {
		return 0
	}
	missing := clear * media.GroupSize
	if last := p.have.n - 1; !p.have.get(last) {
		missing -= media.GroupSize - int64(media.GroupLen(p.item.Size, last))
	}
	return missing
}

// Finish ends the writing of a whole item. sync makes it durable with this
// modification time and closes the file, which then waits under the path from for
// its name.
func (p *Partial) Finish(_ string, mtime time.Time) (sync func() (from string, err error), err error) {
	if _, n := p.NextMissing(0); n > 0 {
		return nil, fmt.Errorf("%s is not whole", p.item.ID)
	}
	if err := p.create(); err != nil {
		return nil, err
	}
	return func() (string, error) { return p.sync(mtime) }, nil
}

func (p *Partial) sync(mtime time.Time) (from string, err error) {
	if err := p.settle(); err != nil {
		return "", err
	}
	if p.resumed {
		err = p.trim()
	}
	if err == nil {
		err = p.v.partials.in(func(dir *os.Root) error { return p.v.setOpenTime(dir, p.item.ID.String(), p.f, mtime) })
	}
	if err == nil {
		err = p.f.Sync()
	}
	err = errors.Join(err, p.f.Close())
	p.f = nil
	if err != nil {
		// After a failed sync nobody knows which bytes are on the disk.
		p.Discard()
		return "", noSpace(fmt.Errorf("sync partial file: %w", err))
	}
	return p.path(), nil
}

// trim cuts off what an earlier run may have left beyond the item's bytes.
func (p *Partial) trim() error {
	fi, err := p.f.Stat()
	if err != nil || fi.Size() == p.item.Size {
		return err // not every filesystem knows how to cut a file
	}
	return p.f.Truncate(p.item.Size)
}

// Placed forgets the outline file, once the item has its name and is recorded.
func (p *Partial) Placed() {
	if p.item.Size >= outlineFrom {
		_ = p.v.root.Remove(outlinePath(p.item.ID))
	}
}

// Close keeps what is proven for a later run.
func (p *Partial) Close() error {
	if p.f == nil {
		return nil
	}
	err := p.settle()
	f := p.f
	p.f = nil
	return errors.Join(err, f.Close())
}

// Discard removes the partial file and its outline.
func (p *Partial) Discard() {
	_ = p.Close()
	_ = p.v.root.Remove(p.path())
	_ = p.v.root.Remove(outlinePath(p.item.ID))
	p.have = newBitmap(p.have.n)
}

// PartialFile is what there is of an item.
type PartialFile struct {
	ID    media.ID
	Bytes int64     // that the file is long, more than it may take on the disk
	MTime time.Time // when something of it last arrived
}

// Partials returns what there is of items, of at most limit of them.
func (v *Vault) Partials(limit int) ([]PartialFile, error) {
	d, err := v.root.Open(partialDir)
	if err != nil {
		return nil, fmt.Errorf("read partial files: %w", err)
	}
	defer func() { _ = d.Close() }()
	found := map[media.ID]PartialFile{}
	for len(found) < limit {
		names, err := d.Readdirnames(256)
		for _, name := range names {
			id, idErr := media.ParseID(strings.TrimSuffix(name, ".outline"))
			fi, statErr := v.root.Lstat(path.Join(partialDir, name))
			if idErr != nil || statErr != nil {
				continue
			}
			f := found[id]
			f.ID, f.Bytes = id, f.Bytes+fi.Size()
			if fi.ModTime().After(f.MTime) {
				f.MTime = fi.ModTime()
			}
			found[id] = f
		}
		if err != nil || len(names) == 0 {
			break
		}
	}
	return slices.Collect(maps.Values(found)), nil
}

// DropPartial removes what there is of an item.
func (v *Vault) DropPartial(id media.ID) {
	_ = v.root.Remove(partialPath(id))
	_ = v.root.Remove(outlinePath(id))
}

// dropCopies removes what Copy and Share had begun before a crash.
func (v *Vault) dropCopies() error {
	d, err := v.root.Open(partialDir)
	if err != nil {
		return fmt.Errorf("read partial files: %w", err)
	}
	defer func() { _ = d.Close() }()
	names, err := d.Readdirnames(-1)
	for _, name := range names {
		if strings.HasPrefix(name, copyPrefix) {
			_ = v.root.Remove(path.Join(partialDir, name))
		}
	}
	return err
}
