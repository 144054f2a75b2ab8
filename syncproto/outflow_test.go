package syncproto

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// writes remembers what was written at once, and fails when told to.
type writes struct {
	lens []int
	all  bytes.Buffer
	err  error
}

func (w *writes) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	w.lens = append(w.lens, len(p))
	return w.all.Write(p)
}

func TestPiecesAreWholeUntilFlushed(t *testing.T) {
	content := bytes.Repeat([]byte("0123456789abcdefg"), 1<<15)
	rapid.Check(t, func(t *rapid.T) {
		var w writes
		var want bytes.Buffer
		b := newOutflow(&w)
		for range rapid.IntRange(1, 12).Draw(t, "writes") {
			p := content[:rapid.OneOf(rapid.IntRange(0, 20), rapid.SampledFrom([]int{pieceLen - 1, pieceLen, pieceLen + 1, 1 << 18, len(content)})).Draw(t, "bytes")]
			want.Write(p)
			if n, err := b.Write(p); n != len(p) || err != nil {
				t.Fatal(n, err)
			}
			for _, n := range w.lens {
				if n%pieceLen != 0 {
					t.Fatalf("%d bytes were written at once", n)
				}
			}
			if want.Len()-w.all.Len() >= pieceLen {
				t.Fatal("a whole piece waits")
			}
		}
		if err := b.Flush(); err != nil || !bytes.Equal(w.all.Bytes(), want.Bytes()) {
			t.Fatalf("%d bytes of %d, %v", w.all.Len(), want.Len(), err)
		}
		w.err = errors.New("gone")
		_, _ = b.Write(content)
		if err := b.Flush(); !errors.Is(err, w.err) {
			t.Fatal(err)
		}
		if n, err := b.Write(nil); n != 0 || !errors.Is(err, w.err) {
			t.Fatal(n, err)
		}
	})
}
