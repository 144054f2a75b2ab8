package media_test

import (
	"bytes"
	"context"
	"testing"

	"homeroll/store/media"
)

const benchBytes = 64 << 20

// What a receiver does once for an item, with the outline that a sender has from
// its one pass of hashing.
func BenchmarkProve(b *testing.B) {
	it, outline, err := media.Hash(context.Background(), bytes.NewReader(randomBytes(benchBytes, 3)))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := outline.Check(it); err != nil {
			b.Fatal(err)
		}
	}
}

// What a receiver does with each group that arrives.
func BenchmarkVerifyGroup(b *testing.B) {
	data := randomBytes(benchBytes, 4)
	it, outline, err := media.Hash(context.Background(), bytes.NewReader(data))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(it.Size)
	b.ReportAllocs()
	for b.Loop() {
		for i := range media.Groups(it.Size) {
			if err := outline.Verify(it, i, data[i*media.GroupSize:][:media.GroupLen(it.Size, i)]); err != nil {
				b.Fatal(err)
			}
		}
	}
}
