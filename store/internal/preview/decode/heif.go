package decode

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"runtime"
	"slices"
	"time"

	"homeroll/store/internal/preview/colour"
	"homeroll/store/internal/preview/raster"
	"homeroll/store/internal/preview/sandbox"
)

// maxTiles bounds the parts of a picture; a phone's 48 million pixels are 192.
const maxTiles = 4096

// heifPatience bounds the time of one picture: tens of times what is needed for
// the bytes and pixels that are allowed where decoders are compiled.
const heifPatience = 2 * time.Minute

// What decoders in the sandbox need, in bytes: the decoder itself, and for each
// pixel the decoded frame, copies of it and what was learned about its blocks.
const (
	sandboxBase    = 40 << 20
	hevcPixelBytes = 9
	av1PixelBytes  = 17
)

// libheif as it was built does not free its last copy of a picture: every so
// many bytes, its memory is thrown away.
const (
	leakedPixelBytes = 3
	maxLeaked        = 16 << 20
)

// A coded picture that is longer than its samples would be holds something else.
const (
	codedBase       = 64 << 10
	codedPixelBytes = 6
)

// heifFile decodes HEIC and AVIF.
func (d *Decoder) heifFile(in *input) (Result, error) {
	f, err := readHEIF(in)
	if err != nil {
		return Result{}, err
	}
	item := f.items[f.primary]
	orientation := f.orientation(item)
	// A picture that is another one as it is, but for what was said about it.
	if item.kind == "iden" && len(item.parts) == 1 && f.items[item.parts[0]] != nil {
		item = f.items[item.parts[0]]
	}
	w, h := f.size(item)
	if err := in.pixels(w, h); err != nil {
		return Result{}, err
	}
	r := Result{Orientation: orientation}
	r.Coding, r.Profile = f.colours(item, f.codedCoding(item))
	switch item.kind {
	case "hvc1", "hev1":
		r.Image, err = d.coded(in, f, item)
	case "grid":
		r.Image, err = d.grid(in, f, item)
		if av1 := f.firstPart(item); av1 != nil && av1.kind == "av01" {
			r.Image, err = d.av1(in, w, h)
			r.Coding, r.Cut = colour.JFIF, f.cut(in, item)
		}
	case "av01":
		r.Image, err = d.av1(in, w, h)
		r.Cut = f.cut(in, item)
		r.Coding = colour.JFIF // the decoder gives RGB
	default:
		err = fmt.Errorf("%w: a HEIF of kind %q", ErrUnknown, item.kind)
	}
	return r, err
}

// cut reports whether the samples of a picture, or of one of its tiles, reach
// beyond the end of the file.
func (f *heif) cut(in *input, item *heifItem) bool {
	beyond := func(item *heifItem) bool {
		return item != nil && !item.inData && slices.ContainsFunc(item.extents, func(e extent) bool {
			return e.length > uint64(in.source.Size) || e.offset > uint64(in.source.Size)-e.length
		})
	}
	return beyond(item) || slices.ContainsFunc(item.parts, func(id uint64) bool { return beyond(f.items[id]) })
}

func (f *heif) firstPart(item *heifItem) *heifItem {
	if len(item.parts) == 0 {
		return nil
	}
	return f.items[item.parts[0]]
}

// codedCoding is what the coded picture itself says of its samples.
func (f *heif) codedCoding(item *heifItem) colour.Coding {
	if part := f.firstPart(item); part != nil {
		item = part
	}
	if s, err := readSPS(f.property(item, "hvcC")); err == nil && s.coded {
		return s.coding
	}
	return colour.JFIF
}

// start starts a decoder for pictures of so many pixels, with what is allowed.
func start(in *input, codec *sandbox.Codec, pixels, each int64) (*sandbox.Instance, error) {
	memory := sandboxBase + pixels*each + 2*in.source.Size
	if err := in.afford(memory); err != nil {
		return nil, err
	}
	const page = 64 << 10
	return codec.Start(in.ctx, int((memory+page-1)/page*page))
}

// coded decodes a picture that is coded in one piece.
func (d *Decoder) coded(in *input, f *heif, item *heifItem) (*raster.Image, error) {
	w, h := f.size(item)
	g := &grid{width: w, height: h, tileWidth: w, tileHeight: h, columns: 1, tiles: []*heifItem{item}}
	return d.tiles(in, f, g)
}

// grid is a picture that is put together of equal ones, row by row.
type grid struct {
	width, height         int
	tileWidth, tileHeight int
	columns               int
	tiles                 []*heifItem
}

// grid decodes the tiles one by one and keeps only what the preview needs.
func (d *Decoder) grid(in *input, f *heif, item *heifItem) (*raster.Image, error) {
	g, err := f.readGrid(in, item)
	if err != nil {
		return nil, err
	}
	if g.tiles[0].kind == "av01" {
		return nil, nil
	}
	return d.tiles(in, f, g)
}

// readGrid reads how a picture is put together (ISO/IEC 23008-12, 6.6.2.3).
func (f *heif) readGrid(in *input, item *heifItem) (*grid, error) {
	const most = 12
	data, err := f.read(in, item, most)
	if err != nil {
		return nil, err
	}
	c := &cursor{data: data}
	c.uint(1)
	long := c.uint(1)&1 == 1
	rows, columns := int(c.uint(1))+1, int(c.uint(1))+1
	g := &grid{columns: columns, width: int(c.pick(long, 4, 2)), height: int(c.pick(long, 4, 2))}
	if c.short || rows*columns != len(item.parts) || rows*columns > maxTiles {
		return nil, fmt.Errorf("%w: grid of %d×%d tiles has %d", ErrDamaged, columns, rows, len(item.parts))
	}
	if err := in.pixels(g.width, g.height); err != nil {
		return nil, err
	}
	for _, id := range item.parts {
		tile := f.items[id]
		if tile == nil {
			return nil, fmt.Errorf("%w: a tile is missing", ErrDamaged)
		}
		g.tiles = append(g.tiles, tile)
	}
	g.tileWidth, g.tileHeight = f.size(g.tiles[0])
	// Tiles that reach far beyond the picture would only cost.
	if err := in.pixels(g.tileWidth*columns, g.tileHeight*rows); err != nil {
		return nil, err
	}
	return g, nil
}

func (d *Decoder) tiles(in *input, f *heif, g *grid) (*raster.Image, error) {
	if d.heif == nil {
		d.heif = sandbox.HEIF()
	}
	tilePixels := int64(g.tileWidth) * int64(g.tileHeight)
	decoder, err := start(in, d.heif, tilePixels, hevcPixelBytes)
	if err != nil {
		return nil, err
	}
	defer func() { _ = decoder.Close() }() // only memory
	lost := int64(0)
	step := raster.Step(max(g.width, g.height), in.source.Want)
	var whole *raster.Reducer
	began := time.Now()
	for k, tile := range g.tiles {
		if time.Since(began) > patience() {
			return nil, fmt.Errorf("%w: it takes longer than %v", ErrTooLarge, patience())
		}
		if lost += tilePixels * leakedPixelBytes; k > 0 && lost > maxLeaked {
			_ = decoder.Close() // only memory
			if decoder, err = start(in, d.heif, tilePixels, hevcPixelBytes); err != nil {
				return nil, err
			}
			lost = 0
		}
		part, err := d.tile(in, f, decoder, tile, g)
		if err != nil {
			return nil, err
		}
		if whole == nil {
			whole = raster.NewReducer(part.Model, g.width, g.height, part.StepX, part.StepY, step)
		}
		if err := whole.Add(part, image.Pt(k%g.columns*g.tileWidth, k/g.columns*g.tileHeight)); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return whole.Image(), nil
}

// tile decodes one coded picture, in a file of its own, so that the decoder in
// the sandbox never sees what it could follow in circles.
func (d *Decoder) tile(in *input, f *heif, decoder *sandbox.Instance, tile *heifItem, g *grid) (*raster.Image, error) {
	w, h := f.size(tile)
	if (tile.kind != "hvc1" && tile.kind != "hev1") || w != g.tileWidth || h != g.tileHeight {
		return nil, fmt.Errorf("%w: tile of kind %q, %d×%d", ErrUnknown, tile.kind, w, h)
	}
	if err := in.ctx.Err(); err != nil {
		return nil, err
	}
	configuration := f.property(tile, "hvcC")
	parameters, err := readSPS(configuration)
	if err == nil {
		err = parameters.plausible(w, h)
	}
	if err != nil {
		return nil, err
	}
	data, err := f.read(in, tile, uint64(w*h*codedPixelBytes+codedBase))
	if err != nil {
		return nil, err
	}
	if inBand(data, lengthSize(configuration)) {
		return nil, fmt.Errorf("%w: a coded picture brings parameters of its own", ErrUnknown)
	}
	img, err := decoder.DecodeHEIF(in.ctx, lone(configuration, data, w, h), w, h)
	if err != nil {
		return nil, err
	}
	return raster.From(img, 1), nil
}

// patience is longer where decoders are interpreted.
func patience() time.Duration {
	if runtime.GOARCH == "amd64" || runtime.GOARCH == "arm64" {
		return heifPatience
	}
	return 5 * heifPatience
}

// av1 decodes an AVIF as a whole.
func (d *Decoder) av1(in *input, w, h int) (*raster.Image, error) {
	// These are rare: the codec is not kept.
	codec := sandbox.AVIF()
	defer func() { _ = codec.Close() }() // only memory
	decoder, err := start(in, codec, int64(w)*int64(h), av1PixelBytes)
	if err != nil {
		return nil, err
	}
	defer func() { _ = decoder.Close() }() // only memory
	data, err := in.all(0)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(in.ctx, patience())
	defer cancel()
	img, err := decoder.DecodeAVIF(ctx, data, w, h)
	if err != nil && ctx.Err() != nil && in.ctx.Err() == nil {
		return nil, fmt.Errorf("%w: it takes longer than %v", ErrTooLarge, patience())
	}
	if err != nil {
		return nil, err
	}
	return in.reduced(img), nil
}

// lone makes a HEIF file that holds one coded picture and nothing else.
func lone(configuration, data []byte, w, h int) []byte {
	full := func(kind string, version byte, body ...byte) []byte {
		return box(kind, []byte{version, 0, 0, 0}, body)
	}
	number := func(v int) []byte { return binary.BigEndian.AppendUint32(nil, uint32(v)) }
	brand := box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic"))
	handler := full("hdlr", 0, []byte("\x00\x00\x00\x00pict\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")...)
	primary := full("pitm", 0, 0, 1)
	info := full("iinf", 0, append([]byte{0, 1}, full("infe", 2, []byte("\x00\x01\x00\x00hvc1\x00")...)...)...)
	properties := box("iprp",
		box("ipco", box("hvcC", configuration), box("ispe", make([]byte, 4), number(w), number(h))),
		full("ipma", 0, 0, 0, 0, 1, 0, 1, 2, 0x81, 2))
	location := func(at int) []byte {
		body := []byte{0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1} // 4 bytes for each offset and length; one item, one extent
		return full("iloc", 0, append(append(body, number(at)...), number(len(data))...)...)
	}
	meta := func(at int) []byte {
		return box("meta", make([]byte, 4), handler, primary, location(at), info, properties)
	}
	at := len(brand) + len(meta(0)) + 8
	return append(append(brand, meta(at)...), box("mdat", data)...)
}
