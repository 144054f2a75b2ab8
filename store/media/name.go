package media

import (
	"encoding/binary"
	"fmt"
)

// Names are most of what a first scan states, so they are written without reflection.
// nameRoom is more than all of one takes but its path.
const (
	nameRoom  = 128
	folderTag = 0x0a // of a Name; its other fields follow
	pathTag   = 0x12
	itemTag   = 0x1a
	mtimeTag  = 0x22
	idTag     = 0x0a // of an Item
	secTag    = 0x08 // of a Time, zigzag; a number that is 0 is left out
	nsecTag   = 0x10
)

// Record returns the record that states n, as EncodeRecord does, and ErrRecord for
// what Decode would refuse.
func (n Name) Record() (Record, error) {
	if n.Item.Size < 0 || n.Item.Size > MaxItemSize {
		return nil, fmt.Errorf("encode record: %w: item of %d bytes", ErrRecord, n.Item.Size)
	}
	if err := ValidPath(n.Path); err != nil {
		return nil, fmt.Errorf("encode record: %w: %w", ErrRecord, err)
	}
	r := make(Record, 0, nameRoom+len(n.Path))
	r = append(r, byte(KindName), folderTag, byte(len(n.Folder)))
	r = append(append(r, n.Folder[:]...), pathTag)
	r = append(binary.AppendUvarint(r, uint64(len(n.Path))), n.Path...)
	r = append(r, itemTag, 0)
	item := len(r)
	r = append(append(r, idTag, byte(len(n.Item.ID))), n.Item.ID[:]...)
	if n.Item.Size > 0 {
		r = binary.AppendUvarint(append(r, sizeTag), uint64(n.Item.Size))
	}
	r[item-1] = byte(len(r) - item)
	r = append(r, mtimeTag, 0)
	mtime := len(r)
	if sec := n.MTime.Unix(); sec != 0 {
		r = binary.AppendVarint(append(r, secTag), sec)
	}
	if nsec := n.MTime.Nanosecond(); nsec != 0 {
		r = binary.AppendUvarint(append(r, nsecTag), uint64(nsec))
	}
	r[mtime-1] = byte(len(r) - mtime)
	return r, nil
}
