package media_test

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"homeroll/store/media"
	"homeroll/store/media/internal/recordpb"
)

// A Name is written by hand: the same bytes as the protobuf library's, and no record
// that nobody would read.
func TestNamesAreWrittenAsTheyAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := media.Name{
			Path: rapid.OneOf(
				rapid.StringMatching(`(DCIM/)?[a-zé☀]{1,9}(/IMG_[0-9]{4}\.jpg)?`),
				rapid.StringMatching(`[a./\x00\xff]{0,6}`),
				rapid.Map(rapid.IntRange(media.MaxPath-2, media.MaxPath+2), func(n int) string { return strings.Repeat("a", n) }),
			).Draw(t, "path"),
			MTime: time.Unix(
				rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(-9_223_372_036, 9_223_372_035), rapid.Int64Range(0, 4_000_000_000)).Draw(t, "seconds"),
				rapid.OneOf(rapid.Just(int64(0)), rapid.Int64Range(0, 999_999_999)).Draw(t, "nanoseconds"),
			).UTC(),
		}
		n.Item.Size = rapid.OneOf(
			rapid.Int64Range(0, 300), rapid.Int64Range(0, media.MaxItemSize),
			rapid.SampledFrom([]int64{-1, math.MinInt64, media.MaxItemSize, media.MaxItemSize + 1, math.MaxInt64}),
		).Draw(t, "size")
		copy(n.Folder[:], rapid.SliceOfN(rapid.Byte(), 0, len(n.Folder)).Draw(t, "folder"))
		copy(n.Item.ID[:], rapid.SliceOfN(rapid.Byte(), 0, len(n.Item.ID)).Draw(t, "hash"))

		body, err := proto.MarshalOptions{Deterministic: true}.Marshal(&recordpb.Name{
			Folder: n.Folder[:], Path: []byte(n.Path), Item: &recordpb.Item{Id: n.Item.ID[:], Size: uint64(n.Item.Size)},
			Mtime: &recordpb.Time{Sec: n.MTime.Unix(), Nsec: uint32(n.MTime.Nanosecond())},
		})
		if err != nil {
			t.Fatal(err)
		}
		want := append(media.Record{byte(media.KindName)}, body...)
		back, refused := want.Decode()
		r, err := media.EncodeRecord(n)
		if refused != nil {
			if !errors.Is(err, media.ErrRecord) || r != nil {
				t.Fatalf("%+v: %v, though nobody reads it: %v", n, err, refused)
			}
			return
		}
		if err != nil || !bytes.Equal(r, want) {
			t.Fatalf("%+v: %x (%v), not %x", n, r, err, want)
		}
		if !reflect.DeepEqual(back, n) {
			t.Fatalf("%+v became %+v", n, back)
		}
	})
}
