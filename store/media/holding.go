package media

import (
	"bytes"
	"encoding/binary"
)

// Holdings are half of all records, so they are written and read without
// reflection. holdingStart is what begins each that is not in other words: its
// kind, the tag of the item and its length, filled in later, the tag of the ID and its length.
var holdingStart = [...]byte{byte(KindHolding), 0x0a, 0, 0x0a, byte(len(ID{}))}

const (
	holdingLength = 2    // where the length of the item is
	sizeTag       = 0x10 // of the item's size, which is left out if it is 0
)

// Record returns the record that states h, as EncodeRecord does; nil if its item
// is too large for one.
func (h Holding) Record() Record {
	if h.Item.Size < 0 || h.Item.Size > MaxItemSize {
		return nil
	}
	r := make(Record, 0, len(holdingStart)+len(h.Item.ID)+1+binary.MaxVarintLen64)
	r = append(append(r, holdingStart[:]...), h.Item.ID[:]...)
	if h.Item.Size > 0 {
		r = binary.AppendUvarint(append(r, sizeTag), uint64(h.Item.Size))
	}
	r[holdingLength] = byte(len(r) - holdingLength - 1)
	return r
}

// IsPlain reports whether r states h in the words of Record. A later version of
// the program may say more in a Holding.
func (h Holding) IsPlain(r Record) bool { return len(r) > 0 && bytes.Equal(h.Record(), r) }

// plainHolding reads a Holding as Record writes it, and reports false for any
// other record.
func plainHolding(r Record) (h Holding, ok bool) {
	at := len(holdingStart) + len(h.Item.ID)
	if len(r) < at || r.Kind() != KindHolding {
		return h, false
	}
	copy(h.Item.ID[:], r[len(holdingStart):])
	if len(r) > at+1 {
		size, _ := binary.Uvarint(r[at+1:])
		h.Item.Size = int64(min(size, MaxItemSize))
	}
	return h, h.IsPlain(r)
}
