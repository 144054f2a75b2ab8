package store

import (
	"errors"
	"io"
	"slices"
	"testing"

	"homeroll/store/media"
)

// The road of one preview: the holder makes it when it is asked, another borrows
// and shows it, and has its own once it holds the item.
func TestPreviewIsBorrowedUntilTheItemIsHere(t *testing.T) {
	ctx := t.Context()
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	write(t, a.in("a.jpg"), photo(t, 1))
	write(t, a.in("note.xmp"), []byte("<x:xmpmeta/>"))
	var page []Lacking
	wait(t, "both files are known", func() bool {
		err := r.manifest(ctx, a, b)
		if err == nil {
			page, err = b.Lacking(ctx, []media.Device{a.device()}, Cursor{}, 10)
		}
		if err != nil && !errors.Is(err, media.ErrStale) {
			t.Fatal(err)
		}
		return len(page) == 2
	})
	i := slices.IndexFunc(page, func(l Lacking) bool { return l.Item.Size > 100 })
	id, note := page[i].Item.ID, page[1-i].Item.ID
	if !b.LacksPreview(id, PreviewSmall) || b.PreviewOrigin(id) != PreviewNone {
		t.Error("there is a preview before there is one")
	}
	if _, _, err := b.Preview(ctx, id, PreviewSmall); !errors.Is(err, media.ErrNotHeld) {
		t.Error(err)
	}

	if err := a.MakePreview(ctx, id, true); err != nil {
		t.Fatal(err)
	}
	made, err := a.MadePreview(ctx, id, PreviewSmall)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.MakePreview(ctx, note, true); err != nil && !errors.Is(err, ErrNoPreview) {
		t.Error(err)
	}
	if _, err := a.MadePreview(ctx, note, PreviewSmall); !errors.Is(err, ErrNoPreview) {
		t.Error(err)
	}
	if _, err := b.MadePreview(ctx, id, PreviewSmall); !errors.Is(err, media.ErrNotHeld) {
		t.Error(err)
	}

	if err := b.BorrowPreview(ctx, id, PreviewSmall, []byte("no picture")); !errors.Is(err, ErrPreviewBroken) {
		t.Error(err)
	}
	if err := b.BorrowPreview(ctx, id, PreviewSmall, made); err != nil {
		t.Fatal(err)
	}
	b.checkPreview(id)
	if b.PreviewOrigin(id) != PreviewBorrowed || b.LacksPreview(id, PreviewSmall) {
		t.Errorf("it is %s", b.PreviewOrigin(id))
	}
	if _, err := b.MadePreview(ctx, id, PreviewSmall); !errors.Is(err, media.ErrNotHeld) {
		t.Errorf("a borrowed preview is passed on: %v", err)
	}

	r.converge()
	wait(t, "b has looked at it", func() bool { return b.PreviewOrigin(id) == PreviewOwn })
	rd, origin, err := b.Preview(ctx, id, PreviewLarge)
	if err != nil || origin != PreviewOwn {
		t.Fatal(origin, err)
	}
	if n, err := io.Copy(io.Discard, rd); n < int64(len(made)) || err != nil {
		t.Errorf("%d bytes, %v", n, err)
	}
}
