package vault

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// contentOf returns bytes that are an item of their own for each seed.
func contentOf(t *testing.T, size int, seed byte) (media.Item, media.Outline, []byte) {
	t.Helper()
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	it, o, err := media.Hash(t.Context(), bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return it, o, b
}

// finish makes an item durable.
func finish(p *Partial) (string, error) {
	sync, err := p.Finish("", time.Unix(1_000_000_000, 0))
	if err != nil {
		return "", err
	}
	return sync()
}

// TestGroupsComeInAnyOrder receives several items at once, more than there are chunks
// for, closes and opens them meanwhile, and expects each whole.
func TestGroupsComeInAnyOrder(t *testing.T) {
	type known struct {
		item    media.Item
		outline media.Outline
		content []byte
	}
	var items []known
	for i, size := range []int{directFrom, directFrom - 1, 9*media.GroupSize + 4097, 21*media.GroupSize - 1, 3*media.GroupSize + 5} {
		it, o, b := contentOf(t, size, byte(i))
		items = append(items, known{it, o, b})
	}
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		v, err := Open(dir, "someone")
		if err != nil {
			rt.Fatal(err)
		}
		defer v.Close()
		v.chunks = make(chan struct{}, rapid.IntRange(0, 5).Draw(rt, "chunks"))
		partials := make([]*Partial, len(items))
		open := func(i int) {
			if partials[i], err = v.Partial(t.Context(), items[i].item); err != nil {
				rt.Fatal(err)
			}
			if err := partials[i].SetOutline(items[i].outline); err != nil {
				rt.Fatal(err)
			}
		}
		for i := range items {
			open(i)
		}
		left := func() (list []int) {
			for i, p := range partials {
				if _, n := p.NextMissing(0); n > 0 {
					list = append(list, i)
				}
			}
			return list
		}
		for todo := left(); len(todo) > 0; todo = left() {
			i := rapid.SampledFrom(todo).Draw(rt, "item")
			p, known := partials[i], items[i]
			first, n := p.NextMissing(rapid.Int64Range(0, p.have.n-1).Draw(rt, "from"))
			if n == 0 {
				first, n = p.NextMissing(0)
			}
			for g := first; g < first+min(n, rapid.Int64Range(1, 7).Draw(rt, "run")); g++ {
				at := int(g) * media.GroupSize
				if err := p.Write(g, slices.Clone(known.content[at:at+media.GroupLen(known.item.Size, g)])); err != nil {
					rt.Fatal(err)
				}
			}
			if rapid.IntRange(0, 9).Draw(rt, "again") > 0 {
				continue
			}
			missing := p.Missing()
			if err := p.Close(); err != nil {
				rt.Fatal(err)
			}
			if open(i); partials[i].Missing() != missing {
				rt.Fatalf("%d bytes are missing after it was opened again, %d before", partials[i].Missing(), missing)
			}
		}
		for i, p := range partials {
			path, err := finish(p)
			if err != nil {
				rt.Fatal(err)
			}
			if got, err := os.ReadFile(v.Abs(path)); err != nil || !bytes.Equal(got, items[i].content) {
				rt.Fatalf("item %d: %d bytes, %v; not what was written", i, len(got), err)
			}
		}
		if len(v.chunks) > 0 {
			rt.Fatalf("%d places were not given back", len(v.chunks))
		}
	})
}

// TestWhatIsNotWrittenIsMissing has a file that nothing can be written to: although
// groups were taken before that was seen, the item is not whole.
func TestWhatIsNotWrittenIsMissing(t *testing.T) {
	v, err := Open(t.TempDir(), "someone")
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	it, o, b := contentOf(t, 30*media.GroupSize, 1)
	p, err := v.Partial(t.Context(), it)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.SetOutline(o); err != nil {
		t.Fatal(err)
	}
	if err := p.create(); err != nil {
		t.Fatal(err)
	}
	whole := p.f
	if p.f, err = os.Open(whole.Name()); err != nil {
		t.Fatal(err)
	}
	var failed error
	for i := int64(0); i < p.have.n && failed == nil; i++ {
		failed = p.Write(i, b[i*media.GroupSize:(i+1)*media.GroupSize])
	}
	if failed == nil {
		t.Error("more was taken than may be on its way")
	}
	if path, err := finish(p); err == nil {
		t.Errorf("%s is called whole", path)
	}
	_ = p.settle() // what was put before the failure was seen
	if p.Missing() != it.Size || len(v.chunks) > 0 {
		t.Errorf("%d bytes are missing, %d places taken", p.Missing(), len(v.chunks))
	}
	if err := whole.Close(); err != nil {
		t.Error(err)
	}
}
