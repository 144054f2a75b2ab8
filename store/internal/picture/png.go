package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"io"
	"slices"
	"strings"
)

const pngHead = "\x89PNG\r\n\x1a\n"

// maxChunk bounds, in bytes, a chunk that is read, and what it unpacks to.
const maxChunk = 1 << 20

// png reads a PNG (ISO 15948, third edition: with eXIf and animations).
func (f *facts) png(r *file) {
	const most = 100_000 // screenshots are written in chunks of a few KiB
	at := int64(len(pngHead))
	for range most {
		head := r.peek(at, 8)
		if len(head) < 8 {
			return
		}
		size, kind := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		body := at + 8
		switch kind {
		case "IHDR":
			if b := r.Bytes(body, 8); len(b) == 8 {
				f.size(int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:])))
			}
		case "acTL":
			f.picture.Type = "image/apng"
		case "eXIf", "zxIf":
			b := r.Bytes(body, int(min(size, maxChunk)))
			f.exifBlock(block(bytes.TrimPrefix(b, []byte("Exif\x00\x00"))), 0)
		case "tEXt", "zTXt", "iTXt":
			f.pngText(kind, r.Bytes(body, int(min(size, maxChunk))))
		case "IEND":
			return
		}
		at = body + size + 4
	}
}

// keywords are those of text chunks that are read, in lower case.
var keywords = []string{
	"xml:com.adobe.xmp", "raw profile type exif", "raw profile type app1", "raw profile type xmp",
	"raw profile type iptc", "creation time", "create-date",
}

func (f *facts) pngText(kind string, b []byte) {
	keyword, rest, ok := bytes.Cut(b, []byte{0})
	name := strings.ToLower(string(keyword))
	if !ok || !slices.Contains(keywords, name) {
		return
	}
	value := rest
	switch kind {
	case "zTXt":
		value = f.unpack(rest[min(1, len(rest)):])
	case "iTXt":
		value = f.international(rest)
	}
	switch name {
	case "xml:com.adobe.xmp":
		f.packet(value)
	case "raw profile type exif", "raw profile type app1":
		f.profile(rawProfile(value))
	case "raw profile type xmp":
		f.packet(rawProfile(value))
	case "raw profile type iptc":
		f.resources(block(rawProfile(value)), 0, maxResources)
	case "creation time", "create-date":
		f.created = string(value)
	}
}

// profile reads what was the body of an APP1 segment.
func (f *facts) profile(b []byte) {
	switch {
	case bytes.HasPrefix(b, exifHead) && len(b) > 6:
		f.exifBlock(block(b[6:]), 0)
	case bytes.HasPrefix(b, xmpHead):
		f.packet(b[len(xmpHead):])
	default:
		f.exifBlock(block(b), 0)
	}
}

// international is the text of an iTXt chunk after its keyword: whether and how
// it is packed, language, translated keyword.
func (f *facts) international(b []byte) []byte {
	if len(b) < 2 {
		return nil
	}
	packed := b[0] == 1
	_, rest, ok1 := bytes.Cut(b[2:], []byte{0})
	_, value, ok2 := bytes.Cut(rest, []byte{0})
	switch {
	case !ok1 || !ok2:
		return nil
	case packed:
		return f.unpack(value)
	}
	return value
}

// unpack inflates what there is; of all chunks together at most 4 × maxChunk bytes.
func (f *facts) unpack(b []byte) []byte {
	z, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	defer z.Close()
	out, _ := io.ReadAll(io.LimitReader(z, int64(min(maxChunk, 4*maxChunk-f.unpacked))))
	f.unpacked += len(out)
	return out
}

// rawProfile reads ImageMagick's form: a name, a length and hex digits in lines.
func rawProfile(b []byte) []byte {
	lines := bytes.SplitN(bytes.TrimLeft(b, "\n"), []byte{'\n'}, 3)
	if len(lines) < 3 {
		return nil
	}
	digits := bytes.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r >= 'A' && r <= 'F' {
			return r
		}
		return -1
	}, lines[2])
	out := make([]byte, len(digits)/2)
	n, _ := hex.Decode(out, digits[:len(digits)&^1])
	return out[:n]
}
