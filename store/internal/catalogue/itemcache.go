package catalogue

import (
	"math"

	"homeroll/store/media"
)

// itemCacheMost bounds, in items of about 110 bytes, what the writer remembers of
// the table item. An item that a device states is soon held here, and one that is
// found here is soon held by others: each is changed several times.
const itemCacheMost = 64 << 10

// itemCache are rows of the table item as this connection has read or written them
// last: what a transaction that fails has written must be forgotten with it. Its
// zero value is ready.
type itemCache struct {
	rows map[media.Item]cachedItem
	all  bool // every row there is is remembered
	most int  // 0 = itemCacheMost
}

// cachedItem is an itemState in less memory.
type cachedItem struct {
	id, verified, newest             int64
	holders                          uint64
	names, own, vault, kept, damaged uint8
	gone, trashed                    bool
}

func (c *itemCache) limit() int {
	if c.most > 0 {
		return c.most
	}
	return itemCacheMost
}

// get returns a new itemRow as stored, nil if it is not remembered. absent reports that there
// is no such row.
func (c *itemCache) get(it media.Item) (row *itemRow, absent bool) {
	r, ok := c.rows[it]
	if !ok {
		return nil, c.all
	}
	s := itemState{
		holders: r.holders, names: int64(r.names), own: int64(r.own), vault: int64(r.vault), kept: int64(r.kept),
		gone: r.gone, trashed: r.trashed, verified: r.verified, damaged: int64(r.damaged), newest: r.newest,
	}
	return &itemRow{id: r.id, item: it, cur: s, old: s, stored: true}, false
}

// put remembers what is stored of an item, unless it has hundreds of files.
func (c *itemCache) put(id int64, it media.Item, s itemState) {
	if max(s.names, s.own, s.vault, s.kept, s.damaged) > math.MaxUint8 {
		c.all = false
		delete(c.rows, it)
		return
	}
	if c.rows == nil {
		c.rows = map[media.Item]cachedItem{}
	}
	if _, ok := c.rows[it]; !ok && len(c.rows) >= c.limit() {
		c.shrink()
	}
	c.rows[it] = cachedItem{
		id: id, holders: s.holders, names: uint8(s.names), own: uint8(s.own), vault: uint8(s.vault), kept: uint8(s.kept),
		gone: s.gone, trashed: s.trashed, verified: s.verified, damaged: uint8(s.damaged), newest: s.newest,
	}
}

// shrink forgets rows, whichever, until a quarter of the room is free.
func (c *itemCache) shrink() {
	c.all = false
	for it := range c.rows {
		if len(c.rows) <= c.limit()*3/4 {
			return
		}
		delete(c.rows, it)
	}
}

// forget forgets a row that may still be stored.
func (c *itemCache) forget(it media.Item) {
	if _, ok := c.rows[it]; ok {
		c.all = false
		delete(c.rows, it)
	}
}

// drop notes that a row is deleted.
func (c *itemCache) drop(it media.Item) { delete(c.rows, it) }

func (c *itemCache) clear() { *c = itemCache{most: c.most} }
