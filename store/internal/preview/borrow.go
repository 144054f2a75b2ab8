package preview

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"homeroll/store/media"
)

// ErrBroken reports that what another device sent is not a preview.
var ErrBroken = errors.New("not a preview")

// maxBorrowed bounds, in bytes, what is taken for a preview at all.
const maxBorrowed = 1 << 20

// Borrow keeps a preview that another device made of an item that need not be
// here, until this cache makes its own; ErrBroken. Nothing of its bytes is kept:
// it is decoded, as a picture of one pass whose header was looked at before, and
// encoded again.
func (c *Cache) Borrow(ctx context.Context, id media.ID, s Size, body []byte) error {
	img, err := decodeBorrowed(body, s)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		return fmt.Errorf("encode preview: %w", err)
	}
	if err := c.lend(id, s, entry{body: out.Bytes(), borrowed: true}); err != nil {
		return err
	}
	c.evict(ctx)
	return nil
}

// lend writes a borrowed preview unless there is an own one.
func (c *Cache) lend(id media.ID, s Size, e entry) error {
	c.placing.Lock()
	defer c.placing.Unlock()
	if there, err := c.files.read(id, s); err == nil && !there.borrowed {
		return nil
	}
	return c.files.write(id, s.kind(), e)
}

// Made is Get of what this cache has made itself; ErrNotMade, or why there is
// none.
func (c *Cache) Made(id media.ID, s Size) ([]byte, error) {
	e, err := c.files.read(id, Small)
	if err == nil && !e.borrowed && s == Large && !e.whole() {
		e, err = c.files.read(id, Large)
	}
	if err == nil && !e.borrowed {
		return e.body, nil
	}
	if refused := c.refused(id); refused != nil {
		return nil, refused
	}
	if err == nil {
		err = ErrNotMade
	}
	return nil, err
}

// Origin is where a preview in the cache comes from.
type Origin int

// The origins.
const (
	Nowhere  Origin = iota // there is none
	Own                    // made here
	Borrowed               // from another device
)

// Origin tells whose preview of an item there is.
func (c *Cache) Origin(id media.ID, s Size) Origin {
	e, err := c.files.read(id, s)
	if err != nil {
		return Nowhere
	}
	return e.origin()
}

func (e entry) origin() Origin {
	if e.borrowed {
		return Borrowed
	}
	return Own
}

// Lacks reports whether there is no preview of an item, without reading one.
func (c *Cache) Lacks(id media.ID, s Size) bool { return !c.files.has(id, s) }

// Crowded reports whether there is little room left for what nobody waits for.
func (c *Cache) Crowded() bool { return c.files.crowded() }

// decodeBorrowed decodes a baseline JPEG of at most so many pixels in either
// direction. A fault of the decoder is the sender's.
func decodeBorrowed(body []byte, s Size) (img image.Image, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			img, err = nil, fmt.Errorf("%w: it broke the decoder: %v", ErrBroken, fault)
		}
	}()
	if len(body) > maxBorrowed {
		return nil, fmt.Errorf("%w: %d bytes", ErrBroken, len(body))
	}
	if err := baseline(body, int(s)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if img, err = jpeg.Decode(bytes.NewReader(body)); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if b := img.Bounds(); max(b.Dx(), b.Dy()) > int(s) {
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrBroken, b.Dx(), b.Dy())
	}
	return img, nil
}

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markerSOI  = 0xd8
	markerSOF0 = 0xc0
	markerDHT  = 0xc4
	markerJPG  = 0xc8
	markerDAC  = 0xcc
	markerSOF  = 0xcf // the last of them
	markerSOS  = 0xda
)

// baseline checks the header of a JPEG before anything is decoded: one frame, of
// one pass over its pixels (progressive ones may have thousands for few bytes).
func baseline(b []byte, most int) error {
	if len(b) < 4 || b[0] != 0xff || b[1] != markerSOI {
		return errors.New("no JPEG")
	}
	for at := 2; ; {
		if at+4 > len(b) || b[at] != 0xff {
			return errors.New("no frame")
		}
		kind, length := b[at+1], int(b[at+2])<<8|int(b[at+3])
		segment := b[at+4:]
		if length < 2 || length-2 > len(segment) {
			return errors.New("a segment beyond the end")
		}
		segment = segment[:length-2]
		switch {
		case kind == markerSOF0:
			return frame(segment, most)
		case kind > markerSOF0 && kind <= markerSOF && kind != markerDHT && kind != markerJPG && kind != markerDAC:
			return fmt.Errorf("a frame of kind %x", kind)
		case kind == markerSOS || kind == 0xff || kind < markerSOF0:
			return fmt.Errorf("segment %x before the frame", kind)
		}
		at += 2 + length
	}
}

func frame(b []byte, most int) error {
	if len(b) < 6 {
		return errors.New("a short frame")
	}
	height, width, components := int(b[1])<<8|int(b[2]), int(b[3])<<8|int(b[4]), b[5]
	switch {
	case b[0] != 8 || components != 1 && components != 3:
		return fmt.Errorf("%d components of %d bits", components, b[0])
	case width == 0 || height == 0 || max(width, height) > most:
		return fmt.Errorf("%d × %d pixels", width, height)
	}
	return nil
}
