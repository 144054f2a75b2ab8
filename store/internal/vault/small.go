package vault

import (
	"fmt"
	"sync"
	"time"

	"homeroll/store/media"
)

// Small is an item of one group on its way, in memory until it is whole. It is
// not safe for concurrent use.
type Small struct {
	v     *Vault
	item  media.Item
	buf   *[]byte // nil until the group is here
	draft string  // once it is written
}

// Small begins an item of one group.
func (v *Vault) Small(it media.Item) (*Small, error) {
	if it.Size < 0 || it.Size > media.GroupSize {
		return nil, fmt.Errorf("item of %d bytes", it.Size)
	}
	return &Small{v: v, item: it}, nil
}

// buffers are as long as most small items need, or as any can be.
var buffers = [...]struct {
	size int
	pool sync.Pool
}{{size: 64 << 10}, {size: media.GroupSize}}

// bufferFor returns the pool of the buffers for n bytes, and their length.
func bufferFor(n int) (pool *sync.Pool, size int) {
	i := 0
	if n > buffers[0].size {
		i = 1
	}
	return &buffers[i].pool, buffers[i].size
}

// BufferSize returns the memory that a small item of n bytes takes, in bytes.
func BufferSize(n int) int64 {
	_, size := bufferFor(n)
	return int64(size)
}

// Item returns the item.
func (p *Small) Item() media.Item { return p.item }

// Outline returns the outline of an item of one group, which is empty.
func (p *Small) Outline() media.Outline { return nil }

// HasOutline reports that the group can be verified.
func (p *Small) HasOutline() bool { return true }

// SetOutline takes the empty outline.
func (p *Small) SetOutline(o media.Outline) error { return o.Check(p.item) }

// NextMissing returns the group if it is missing, else n == 0.
func (p *Small) NextMissing(from int64) (first, n int64) {
	if p.buf != nil || p.draft != "" || from > 0 {
		return 0, 0
	}
	return 0, 1
}

// Missing returns how many bytes are not on the disk.
func (p *Small) Missing() int64 {
	if p.draft != "" {
		return 0
	}
	return p.item.Size
}

// Write verifies the group and keeps a copy of it.
func (p *Small) Write(i int64, group []byte) error {
	var outline media.Outline
	if err := outline.Verify(p.item, i, group); err != nil || p.buf != nil || p.draft != "" {
		return err
	}
	pool, size := bufferFor(len(group))
	if p.buf, _ = pool.Get().(*[]byte); p.buf == nil {
		b := make([]byte, size)
		p.buf = &b
	}
	copy(*p.buf, group)
	return nil
}

// Finish writes the bytes, with this modification time, to a file in the directory
// of the path want, and gives their memory back. sync makes it durable; then it
// waits under the path from for its name. After an error the group is missing.
func (p *Small) Finish(want string, mtime time.Time) (sync func() (from string, err error), err error) {
	if p.draft != "" {
		p.v.EndDraft(p.draft, false) // of a commit that failed
		p.draft = ""
	}
	if p.buf == nil {
		return nil, fmt.Errorf("%s is not whole", p.item.ID)
	}
	d, err := p.v.Draft(want, (*p.buf)[:p.item.Size], mtime)
	p.release()
	if err != nil {
		return nil, err
	}
	return func() (string, error) {
		p.draft, err = d.Sync()
		return p.draft, err
	}, nil
}

// Placed is called once the item has its name and is recorded.
func (p *Small) Placed() { p.end(true) }

// Close forgets the bytes, and the file that found no name.
func (p *Small) Close() error {
	p.end(false)
	p.release()
	return nil
}

func (p *Small) release() {
	if p.buf != nil {
		pool, _ := bufferFor(int(p.item.Size))
		pool.Put(p.buf)
		p.buf = nil
	}
}

func (p *Small) end(named bool) {
	if p.draft != "" {
		p.v.EndDraft(p.draft, named)
		p.draft = ""
	}
}
