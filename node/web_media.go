package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"path"
	"strings"

	"homeroll/node/internal/web/home"
	"homeroll/store"
	"homeroll/store/media"
)

var _ home.Originals = (*page)(nil)

// Preview opens a small upright JPEG.
func (p *page) Preview(ctx context.Context, id media.ID, pixels int) (io.ReadSeekCloser, error) {
	r, _, err := (*Node)(p).Preview(ctx, id, pixels)
	return r, forPage(err)
}

// Rendition opens a JPEG in full size. Of what only others hold there is the
// large preview, until somebody asks its holder.
func (p *page) Rendition(ctx context.Context, id media.ID) (io.ReadSeekCloser, error) {
	r, err := p.store.Rendition(ctx, id)
	if errors.Is(err, media.ErrNotHeld) {
		return p.Preview(ctx, id, int(store.PreviewLarge))
	}
	return r, forPage(err)
}

// Original opens the bytes of an item, from here or from those that hold it.
func (p *page) Original(ctx context.Context, id media.ID) (*home.File, error) {
	info, err := p.store.Lookup(ctx, id.String())
	if err != nil {
		return nil, forPage(err)
	}
	file := fileOf(info)
	source, err := p.store.Read(ctx, id)
	switch {
	case err == nil:
		file.ReadSeekCloser = &held{io.NewSectionReader(source, 0, info.Item.Size), source}
	case errors.Is(err, media.ErrNotHeld):
		r, err := (*Node)(p).openRemote(ctx, info.Item)
		if err != nil {
			return nil, err
		}
		file.ReadSeekCloser = r
	default:
		return nil, err
	}
	return file, nil
}

// Motion opens the video within a Motion Photo.
func (p *page) Motion(ctx context.Context, id media.ID) (*home.File, error) {
	info, err := p.store.Lookup(ctx, id.String())
	if err != nil {
		return nil, forPage(err)
	}
	v, err := p.store.MotionVideo(ctx, id)
	if err != nil {
		return nil, forPage(err)
	}
	file := fileOf(info)
	file.ReadSeekCloser, file.Size, file.Type = v, v.Size(), "video/mp4"
	file.Name = strings.TrimSuffix(file.Name, path.Ext(file.Name)) + ".mp4"
	return file, nil
}

// KeepPoster keeps a frame that a browser drew of a video.
func (p *page) KeepPoster(ctx context.Context, id media.ID, jpeg []byte) error {
	return forPage(p.store.KeepPoster(ctx, id, jpeg))
}

// Tile is the neutral picture (SVG) that stands for a type.
func (p *page) Tile(mime string) []byte { return store.Tile(mime) }

// held is an item of this device.
type held struct {
	*io.SectionReader
	io.Closer
}

// fileOf is what an item is called, without its bytes: by its first name, or by
// its hash.
func fileOf(info store.Info) *home.File {
	f := &home.File{Name: info.Item.ID.String()[:16], Size: info.Item.Size}
	if len(info.Names) > 0 {
		f.Name, f.MTime = path.Base(info.Names[0].Path), info.Names[0].MTime
	}
	if info.Picture != nil {
		f.Type = info.Picture.Type
	}
	if f.Type == "" {
		f.Type = mime.TypeByExtension(strings.ToLower(path.Ext(f.Name)))
	}
	return f
}

// forPage puts an error into the words of package home.
func forPage(err error) error {
	switch {
	case errors.Is(err, store.ErrNoPreview):
		return fmt.Errorf("%w: %w", home.ErrNoPreview, err)
	case errors.Is(err, media.ErrNotHeld):
		return fmt.Errorf("%w: %w", home.ErrNotHeld, err)
	}
	return err
}
