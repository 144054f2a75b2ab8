package media_test

import (
	"bytes"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"homeroll/store/media"
	"homeroll/store/media/internal/recordpb"
)

// A Holding that is written and read by hand is what protobuf makes of it, and
// whatever else protobuf takes for one stays what protobuf says.
func TestHoldingsAreWrittenAsProtobufDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var it media.Item
		copy(it.ID[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "id"))
		it.Size = rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, media.MaxItemSize), rapid.Int64Range(0, 300)).Draw(t, "size")
		h := media.Holding{Item: it}
		r, err := media.EncodeRecord(h)
		if err != nil || !bytes.Equal(r, h.Record()) || !h.IsPlain(r) {
			t.Fatalf("%x, by hand %x: %v", r, h.Record(), err)
		}
		changed := slices.Clone(r)
		switch rapid.IntRange(0, 3).Draw(t, "change") {
		case 1:
			changed = append(changed, rapid.SliceOf(rapid.Byte()).Draw(t, "more")...)
		case 2:
			changed[rapid.IntRange(1, len(changed)-1).Draw(t, "at")] ^= rapid.Byte().Draw(t, "by")
		case 3:
			changed = changed[:rapid.IntRange(1, len(changed)).Draw(t, "end")]
		}
		got, err := changed.Decode()
		m := &recordpb.Holding{}
		valid := proto.Unmarshal(changed[1:], m) == nil && len(m.GetItem().GetId()) == 32 && m.GetItem().GetSize() <= media.MaxItemSize
		if valid != (err == nil) {
			t.Fatalf("%x is valid: %v, decoded: %v", changed, valid, err)
		}
		if valid && got != (media.Holding{Item: media.Item{ID: media.ID(m.GetItem().GetId()), Size: int64(m.GetItem().GetSize())}}) {
			t.Fatalf("%x is %v", changed, got)
		}
		if valid && got.(media.Holding).IsPlain(changed) != bytes.Equal(changed, got.(media.Holding).Record()) {
			t.Fatalf("%x", changed)
		}
	})
	for _, size := range []int64{-1, media.MaxItemSize + 1} {
		if r := (media.Holding{Item: media.Item{Size: size}}).Record(); r != nil {
			t.Errorf("an item of %d bytes has the record %x", size, r)
		}
	}
}
