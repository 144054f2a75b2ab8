package vault

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"homeroll/store/media"
)

// TestLargeItemIsWhole writes one past the cache, with memory that fits and that
// does not, and with a last group of an odd length.
func TestLargeItemIsWhole(t *testing.T) {
	v, err := Open(t.TempDir(), "someone")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	data := make([]byte, directFrom+12345)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(data)
	it, outline, err := media.Hash(context.Background(), bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	p, err := v.Partial(context.Background(), it)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SetOutline(outline); err != nil {
		t.Fatal(err)
	}
	buf, odd := make([]byte, media.GroupSize), make([]byte, media.GroupSize+1)
	for i := range media.Groups(it.Size) {
		group := buf[:media.GroupLen(it.Size, i)]
		if i%5 == 3 {
			group = odd[1 : 1+len(group)]
		}
		copy(group, data[i*media.GroupSize:])
		if err := p.Write(i, group); err != nil {
			t.Fatalf("group %d: %v", i, err)
		}
	}
	if n := len(v.chunks); n == 0 || n > fileChunks+1 {
		t.Errorf("%d chunks are being written", n)
	}
	groups := p.groups
	sync, err := p.Finish("", time.Unix(1_000_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	path, err := sync()
	if err != nil {
		t.Fatal(err)
	}
	if len(v.chunks) > 0 {
		t.Errorf("%d places were not given back", len(v.chunks))
	}
	t.Logf("can be written past the cache: %v", groups.wants)
	if got, err := os.ReadFile(v.Abs(path)); err != nil || !bytes.Equal(got, data) {
		t.Errorf("read %d bytes, %v; not what was written", len(got), err)
	}
}
