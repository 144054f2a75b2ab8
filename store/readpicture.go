package store

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strings"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/picture"
	"homeroll/store/internal/picture/capture"
	"homeroll/store/internal/place"
	"homeroll/store/media"
)

// readPicture reads what the bytes of an item say. A fault of a reader in the
// face of odd bytes must not end a backup: it is logged, and nothing is known
// of that file.
func (s *Store) readPicture(ctx context.Context, p catalogue.Pending) (r catalogue.Read, err error) {
	r = catalogue.Read{Row: p.Row, Item: p.Item}
	if !p.Read {
		return r, nil
	}
	f, err := s.openItem(ctx, p.Item)
	if err != nil {
		return r, err
	}
	defer func() { _ = f.Close() }()
	defer func() {
		if fault := recover(); fault != nil {
			s.log.Error("a file broke the reader of pictures", "item", p.Item.ID, "fault", fault, "stack", string(debug.Stack()))
			r.Picture, err = &media.Picture{}, nil
		}
	}()
	found, err := picture.Read(ctx, f, p.Item.Size)
	if err != nil {
		return r, fmt.Errorf("read picture: %w", err)
	}
	r.Picture = &found
	if !isVisual(found.Type) {
		err = s.readSidecar(f, &r)
	}
	r.Place = placeOf(r.Picture.GPS)
	return r, err
}

// placeOf names a position as catalogue.Read has it.
func placeOf(p *media.Position) string {
	if p == nil {
		return ""
	}
	name, also := place.Name(*p)
	if also != "" {
		name += "\t" + also
	}
	return name
}

// readSidecar adds what a sidecar says of the picture beside it.
func (s *Store) readSidecar(f *os.File, r *catalogue.Read) error {
	r.Sidecar = r.Picture.Type != "" || slices.Contains(s.cfg.Types.Sidecars, extension(f.Name()))
	if r.Item.Size > capture.MaxSidecar {
		return nil
	}
	b, err := io.ReadAll(io.NewSectionReader(f, 0, r.Item.Size))
	if err != nil {
		return fmt.Errorf("read sidecar: %w", err)
	}
	said, ok := capture.ReadSidecar(b)
	if !ok {
		return nil
	}
	r.Sidecar, r.Title = true, said.Title
	r.Picture.Taken, r.Picture.Orientation = said.Taken, said.Orientation
	if r.Picture.Type != "application/json" { // Takeout's place is where its picture was taken, and often only a guess
		r.Picture.GPS = said.GPS
	}
	return nil
}

// isVisual reports a type that people look at.
func isVisual(mime string) bool {
	switch mime {
	case "application/vnd.adobe.photoshop", "application/mxf":
		return true
	}
	return strings.HasPrefix(mime, "image/") || strings.HasPrefix(mime, "video/")
}

func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}
