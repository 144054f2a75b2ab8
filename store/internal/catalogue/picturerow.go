package catalogue

import (
	"database/sql"
	"math"
	"slices"
	"time"

	"homeroll/store/media"
)

// undated is taken's value of a picture of which nothing says when.
const undated = math.MinInt64

// kinds are the groups' by number; the numbers are stored.
var kinds = []media.GroupKind{"", media.GroupLive, media.GroupMotion, media.GroupRaw, media.GroupBurst, media.GroupSidecar}

func kindNumber(k media.GroupKind) int { return max(0, slices.Index(kinds, k)) }

// pictureRow is a row of the table picture.
type pictureRow struct {
	id           int64
	item         media.Item
	picture      media.Picture // Taken aside
	sidecar      bool
	title        string
	said         media.Taken
	taken        media.Taken
	lead         int64
	kind         media.GroupKind
	shown        bool
	note         Note
	noted        int64 // Unix seconds
	members      int
	lent         Lent
	held         bool
	hidden       bool // in the trash
	favourite    bool
	month, ratio int64 // as counted, if shown
	thumb, tile  []byte
	place        string // name of the nearest town
	doc          int64  // search.rowid, 0 = none
}

const selectPicture = `SELECT p.item, i.hash, i.size, coalesce(w1.text, ''), p.sidecar, p.width, p.height, p.orientation,
	coalesce(w2.text, ''), coalesce(w3.text, ''), coalesce(w4.text, ''), p.latitude, p.longitude, p.duration, p.motion,
	p.content, p.burst, p.title, p.said, p.said_utc, p.said_offset, coalesce(w5.text, ''),
	p.taken, p.taken_utc, p.taken_offset, coalesce(w6.text, ''), p.lead, p.kind, p.shown, p.payload, p.look, p.note, p.noted,
	p.members, p.lent, p.held, p.hidden, p.favourite, p.month, p.ratio, p.thumb, p.tile,
	coalesce(w7.text, ''), p.doc
	FROM picture p JOIN item i ON i.id=p.item
	LEFT JOIN word w1 ON w1.id=p.type LEFT JOIN word w2 ON w2.id=p.make LEFT JOIN word w3 ON w3.id=p.model
	LEFT JOIN word w4 ON w4.id=p.lens LEFT JOIN word w5 ON w5.id=p.said_by LEFT JOIN word w6 ON w6.id=p.taken_by LEFT JOIN word w7 ON w7.id=p.place`

func scanPictureRow(r scanner) (*pictureRow, error) {
	row := &pictureRow{}
	p := &row.picture
	var hash, payload []byte
	var latitude, longitude sql.NullFloat64
	var content, burst, title sql.NullString
	var said, taken takenRow
	var kind int
	var look sql.NullInt64
	err := r.Scan(&row.id, &hash, &row.item.Size, &p.Type, &row.sidecar, &p.Width, &p.Height, &p.Orientation,
		&p.Make, &p.Model, &p.Lens, &latitude, &longitude, (*int64)(&p.Duration), &p.Motion,
		&content, &burst, &title, &said.local, &said.utc, &said.offset, &said.source,
		&taken.local, &taken.utc, &taken.offset, &taken.source, &row.lead, &kind, &row.shown, &payload, &look, &row.note, &row.noted,
		&row.members, &row.lent, &row.held, &row.hidden, &row.favourite, &row.month, &row.ratio, &row.thumb, &row.tile, &row.place, &row.doc)
	if err != nil {
		return nil, err
	}
	copy(row.item.ID[:], hash)
	copy(p.Payload[:], payload)
	if latitude.Valid && longitude.Valid {
		p.GPS = &media.Position{Latitude: latitude.Float64, Longitude: longitude.Float64}
	}
	p.ContentID, p.Burst, row.title = content.String, burst.String, title.String
	row.said, row.taken = said.taken(), taken.taken()
	p.Look, p.Looked = uint64(look.Int64), look.Valid
	if kind > 0 && kind < len(kinds) {
		row.kind = kinds[kind]
	}
	return row, nil
}

// takenRow is a media.Taken as columns.
type takenRow struct {
	local, utc, offset sql.NullInt64
	source             string
}

func (r takenRow) taken() media.Taken {
	t := media.Taken{Source: r.source}
	if r.local.Valid && r.local.Int64 != undated {
		t.Local = time.Unix(0, r.local.Int64).UTC()
	}
	if r.utc.Valid {
		t.UTC = time.Unix(0, r.utc.Int64).UTC()
	}
	if r.offset.Valid {
		offset := int(r.offset.Int64)
		t.Offset = &offset
	}
	return t
}

// columnsOf returns NULL for what is unknown, and for times that nanoseconds do
// not reach: no camera is that old.
func columnsOf(t media.Taken) (local, utc, offset sql.NullInt64) {
	local, utc = nanosOrNull(t.Local), nanosOrNull(t.UTC)
	if t.Offset != nil {
		offset = sql.NullInt64{Int64: int64(*t.Offset), Valid: true}
	}
	return local, utc, offset
}

func nanosOrNull(t time.Time) sql.NullInt64 {
	if y := t.Year(); y < 1678 || y > 2261 {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixNano(), Valid: true}
}

// takenKey is the place in the timeline of a wall clock.
func takenKey(t media.Taken) int64 {
	if n := nanosOrNull(t.Local); n.Valid {
		return n.Int64
	}
	return undated
}

// monthOf returns the month of a place in the timeline.
func monthOf(taken int64) int64 {
	if taken == undated {
		return 0
	}
	t := time.Unix(0, taken).UTC()
	return int64(t.Year())*12 + int64(t.Month()) - 1
}

func (r *pictureRow) public() Picture {
	p := Picture{
		Picture: r.picture, Item: r.item, Sidecar: r.sidecar, Note: r.note, Kind: r.kind, Members: r.members, Lent: r.lent, Held: r.held,
		At: Cursor{takenKey(r.taken), r.id}, group: r.lead,
	}
	p.Taken = r.taken
	return p
}

func nullText(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }
