package picture

import (
	"context"
	"encoding/binary"
	"io"
	"strings"

	"homeroll/store/media"
)

// Video is where in a Motion Photo's file its video stands, in bytes.
type Video struct{ Offset, Length int64 }

// MotionVideo finds the video that a still carries in its file; false if there
// is none. An error means that r could not be read, or ctx ended.
func MotionVideo(ctx context.Context, r io.ReaderAt, size int64) (Video, bool, error) {
	f := newFile(ctx, r, size)
	k := sniff(f.Bytes(0, headSize))
	facts := facts{picture: media.Picture{Type: k.mime}}
	if k.read != nil {
		k.read(&facts, f)
	}
	facts.settle()
	found := facts.motion(f)
	if f.failed != nil {
		return Video{}, false, f.failed
	}
	return found, found.Length > 0, nil
}

// motion finds the video that stands behind the still in its file, as the still
// says: the word alone counts for nothing, since editors and messengers keep it
// and cut off the video. It is zero if there is none.
func (f *facts) motion(r *file) Video {
	if f.video.Length > 0 {
		return f.video
	}
	if f.picture.Type != kindJPEG && f.picture.Type != "image/heic" && f.picture.Type != "image/heif" && f.picture.Type != "image/avif" {
		return Video{}
	}
	for _, length := range f.appended() {
		if length > 0 && length < r.size && isVideo(r.peek(r.size-length, 12)) {
			return Video{r.size - length, length}
		}
	}
	return samsungMotion(r)
}

// appended are the lengths, in bytes, that XMP gives the video at the end of
// the file: MicroVideo 1, what some phones wrote in between, and Motion Photo 1.0, where other items may follow.
func (f *facts) appended() []int64 {
	p := &f.xmp
	if p.Get("GCamera:MotionPhoto") != "1" && p.Get("GCamera:MicroVideo") != "1" {
		return nil
	}
	lengths := []int64{number(p.Get("GCamera:MicroVideoOffset")), number(p.Get("GCamera:MotionPhotoOffset"))}
	var behind int64
	for i := len(p.Items) - 1; i >= 0; i-- {
		item := p.Items[i]
		length := number(item["Item:Length"])
		if length < 0 || length > 1<<40 {
			break
		}
		behind += length
		if item["Item:Semantic"] == "MotionPhoto" || strings.HasPrefix(item["Item:Mime"], "video/") {
			lengths = append(lengths, behind, behind+number(item["Item:Padding"]))
		}
	}
	return lengths
}

// samsungMotion looks into the trailer that Samsung's cameras append: blocks,
// then "SEFH" with a table of them, then its length and "SEFT".
func samsungMotion(r *file) Video {
	tail := r.peek(r.size-8, 8)
	if len(tail) < 8 || string(tail[4:]) != "SEFT" {
		return Video{}
	}
	size := int64(binary.LittleEndian.Uint32(tail))
	at := r.size - 8 - size
	const most = 12 + 12*100
	table := r.peek(at, int(min(size, most)))
	if len(table) < 12 || string(table[:4]) != "SEFH" {
		return Video{}
	}
	for n, e := binary.LittleEndian.Uint32(table[8:]), table[12:]; n > 0 && len(e) >= 12; n, e = n-1, e[12:] {
		const motionPhoto = 0x0a30
		if binary.LittleEndian.Uint16(e[2:]) != motionPhoto {
			continue
		}
		begin := at - int64(binary.LittleEndian.Uint32(e[4:]))
		head := r.peek(begin, 8+64+12)
		if len(head) < 8 {
			continue
		}
		name := int(min(binary.LittleEndian.Uint32(head[4:]), 64))
		if len(head) >= 8+name && isVideo(head[8+name:]) {
			length := min(int64(binary.LittleEndian.Uint32(e[8:])), at-begin) - int64(8+name)
			if length > 0 {
				return Video{begin + int64(8+name), length}
			}
		}
	}
	return Video{}
}
