package media_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/zeebo/blake3"

	"homeroll/store/media"
)

func randomBytes(n int, seed byte) []byte {
	p := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(p)
	return p
}

func TestHashIsPlainBLAKE3AtEveryTreeShape(t *testing.T) {
	g := media.GroupSize
	for _, size := range []int{0, 1, 1023, 1024, 1025, 16 << 10, 16<<10 + 1, g - 1, g, g + 1, 2 * g, 2*g + 1, 3 * g, 5*g + 4097, 8 * g, 9*g - 1} {
		data := randomBytes(size, byte(size))
		it, outline, err := media.Hash(context.Background(), bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if want := media.ID(blake3.Sum256(data)); it.ID != want || it.Size != int64(size) {
			t.Errorf("%d bytes: %v (%d), want %v", size, it.ID, it.Size, want)
		}
		if err := outline.Check(it); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		for i := range media.Groups(it.Size) {
			group := data[i*int64(g):][:media.GroupLen(it.Size, i)]
			if err := outline.Verify(it, i, group); err != nil {
				t.Errorf("%d bytes: %v", size, err)
			}
			if len(group) == 0 {
				continue
			}
			flipped := bytes.Clone(group)
			flipped[rand.IntN(len(flipped))] ^= 1
			if err := outline.Verify(it, i, flipped); !errors.Is(err, media.ErrCorrupt) {
				t.Errorf("%d bytes, group %d with a bit flipped: %v", size, i, err)
			}
		}
	}
}

func TestForgedOutlineIsRefused(t *testing.T) {
	data := randomBytes(5*media.GroupSize+9, 1)
	it, outline, _ := media.Hash(context.Background(), bytes.NewReader(data))
	for name, forged := range map[string]media.Outline{
		"empty": nil, "short": outline[:4], "long": append(outline[:len(outline):len(outline)], outline[0]),
		"swapped": {outline[1], outline[0], outline[2], outline[3], outline[4], outline[5]},
	} {
		if err := forged.Check(it); !errors.Is(err, media.ErrCorrupt) {
			t.Errorf("%s outline: %v", name, err)
		}
	}
}

func BenchmarkHash(b *testing.B) {
	data := randomBytes(64<<20, 2)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, _, err := media.Hash(context.Background(), bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
