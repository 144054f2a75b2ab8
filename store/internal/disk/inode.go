package disk

import (
	"encoding/binary"
	"hash/fnv"
	"path/filepath"
	"strings"
	"sync"
)

// filesystems remembers the identity of each filesystem by its device number,
// which changes from one start of the machine to the next and so is no identity
// itself.
var filesystems = saltCache{salts: map[uint64]uint64{}}

type saltCache struct {
	mu    sync.Mutex
	salts map[uint64]uint64 // 0: its inodes mean nothing
}

// mix returns the inode's number on this machine, 0 if its filesystem makes
// inodes up.
func (c *saltCache) mix(path string, dev, inode uint64) uint64 {
	c.mu.Lock()
	salt, ok := c.salts[dev]
	c.mu.Unlock()
	if !ok {
		salt = saltOf(filepath.Dir(path))
		c.mu.Lock()
		c.salts[dev] = salt
		c.mu.Unlock()
	}
	if salt == 0 {
		return 0
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], inode)
	h := fnv.New64a()
	_, _ = h.Write(b[:])
	return max(1, (salt^h.Sum64())>>1) // databases know signed integers only
}

func saltOf(dir string) uint64 {
	m, err := MountOf(Resolve(dir))
	if err != nil || !m.Inodes {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(m.ID, "\x00")))
	return h.Sum64() | 1
}
