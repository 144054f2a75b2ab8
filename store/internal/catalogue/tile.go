package catalogue

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"

	"homeroll/store/media"
)

// Tile is what a row of the timeline shows, small enough that an index has it.
type Tile struct {
	Item          media.Item
	At            Cursor
	Width, Height int    // as shown, oriented; 0 = unknown
	Type          string // MIME
	Seconds       float64
	Kind          media.GroupKind
	Members       int    // of the group, itself included
	Thumb         []byte // thumbhash
	Held          bool   // here
	Favourite     bool
}

// Local returns the wall clock of a place in the timeline, and false if nothing says
// when.
func (c Cursor) Local() (time.Time, bool) {
	return time.Unix(0, c.Taken).UTC(), c.Taken != undated
}

// maxThumb bounds a thumbhash, in bytes.
const maxThumb = 32

// ratioOne is a square's ratio as it is counted. Those of extreme or unknown
// sizes count as ratioLeast, ratioMost, or that of most photos.
const (
	ratioOne     = 1024
	ratioLeast   = ratioOne / 8
	ratioMost    = 8 * ratioOne
	ratioUnknown = ratioOne * 4 / 3
)

// shownSize returns the size of a picture as it is shown.
func shownSize(p *media.Picture) (width, height int) {
	if p.Orientation >= 5 && p.Orientation <= 8 {
		return p.Height, p.Width
	}
	return p.Width, p.Height
}

func ratioOf(p *media.Picture) int64 {
	w, h := shownSize(p)
	if w <= 0 || h <= 0 {
		return ratioUnknown
	}
	return min(max(int64(w)*ratioOne/int64(h), ratioLeast), ratioMost)
}

// tile encodes what the timeline shows: the hash, then as uvarints the size,
// width, height, type (word.id), milliseconds, kind and members, then the
// thumbhash.
func (ix *indexing) tile(row *pictureRow) []byte {
	width, height := shownSize(&row.picture)
	b := slices.Grow(slices.Clone(row.item.ID[:]), 24+len(row.thumb))
	for _, v := range []int64{
		row.item.Size, int64(width), int64(height), ix.word(row.picture.Type), row.picture.Duration.Milliseconds(),
		int64(kindNumber(row.kind)), int64(row.members),
	} {
		b = binary.AppendUvarint(b, uint64(max(v, 0)))
	}
	return append(b, row.thumb...)
}

var errTile = errors.New("a tile of the timeline is garbled")

// parse reads what tile encodes. It keeps b.
func (t *Tile) parse(b []byte, word func(int64) string) error {
	if len(b) < len(t.Item.ID) {
		return errTile
	}
	rest := b[copy(t.Item.ID[:], b):]
	var v [7]int64
	for i := range v {
		n, size := binary.Uvarint(rest)
		if size <= 0 || n > math.MaxInt64 {
			return errTile
		}
		v[i], rest = int64(n), rest[size:]
	}
	t.Item.Size, t.Width, t.Height, t.Type = v[0], int(v[1]), int(v[2]), word(v[3])
	t.Seconds, t.Members, t.Thumb = float64(v[4])/1000, int(v[6]), rest
	if v[5] < int64(len(kinds)) {
		t.Kind = kinds[v[5]]
	}
	return nil
}
