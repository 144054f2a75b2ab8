package catalogue

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"homeroll/store/media"
)

// Filter says which pictures. What is set narrows it down; the zero value lets all
// through that are not in the trash.
type Filter struct {
	Terms     []Term
	From, To  time.Time // wall clock as if in UTC; To is excluded; zero = open
	Area      *Area
	Favourite bool
	Trashed   bool // those in the trash, and no others
	Album     *media.AlbumID
	Chosen    bool       // Only alone
	Only      []media.ID // or their groups
}

// Term is one condition on the words of a picture. Its alternatives are what Text
// says and what Devices name.
type Term struct {
	In      Where
	Text    string
	Devices []media.Device
}

// Where is which words of a picture are looked at.
type Where string

// The places of words.
const (
	Anywhere Where = "name folder camera lens place said"
	InName   Where = "name"
	InFolder Where = "folder" // label, and directories in it
	InCamera Where = "camera"
	InLens   Where = "lens"
	InPlace  Where = "place"
	InType   Where = "facet" // photo, video, raw, live, motion, burst, or an extension
)

// Area is a part of the earth in degrees; West > East crosses the date line.
type Area struct{ South, West, North, East float64 }

func (f *Filter) zero() bool {
	return len(f.Terms) == 0 && f.From.IsZero() && f.To.IsZero() && f.Area == nil && !f.Favourite && !f.Trashed && f.Album == nil && !f.Chosen
}

// The parts of search.rowid: the month, the ratio in 1/32, and picture.item.
// What is in the trash has it negative.
const (
	docMonth     = 48
	docRatio     = 40
	docItem      = 1<<docRatio - 1
	ratioPerStep = ratioOne / 32
)

func docOf(row *pictureRow) int64 {
	doc := row.month<<docMonth | min(row.ratio/ratioPerStep, 255)<<docRatio | row.id
	if row.hidden {
		return -doc
	}
	return doc
}

// match is the expression that the full text search understands, "" if there is
// nothing to be searched for.
func (f *Filter) match(s *state) string {
	var all []string
	for _, t := range f.Terms {
		var any []string
		if words := Words(t.Text); len(words) > 0 {
			if t.In == InType {
				any = append(any, `{facet} : "t`+strings.Join(words, "")+`"`)
			} else {
				any = append(any, `{`+string(t.In)+`} : `+phrase(words))
			}
		}
		for _, d := range t.Devices {
			if bit, ok := s.bits[d]; ok {
				any = append(any, fmt.Sprintf(`{facet} : "d%d"`, bit))
			}
		}
		if len(any) == 0 {
			any = append(any, `{facet} : "none"`) // which no picture has
		}
		all = append(all, "("+strings.Join(any, " OR ")+")")
	}
	return strings.Join(all, " AND ")
}

// selection is a query on picture p, and on search s if words are searched for.
type selection struct {
	from  string
	where []string
	args  []any
	match bool
	only  bool // nothing but words: search alone knows the answer
}

func (q *selection) and(condition string, args ...any) {
	q.where = append(q.where, condition)
	q.args = append(q.args, args...)
}

func (q *selection) query(what, rest string) string {
	return `SELECT ` + what + ` FROM ` + q.from + ` WHERE ` + strings.Join(q.where, " AND ") + rest
}

// selection returns the query of a filter.
func (c *Catalogue) selection(ctx context.Context, f *Filter) (*selection, error) {
	q := &selection{from: "picture p"}
	if match := f.match(c.state.Load()); match != "" {
		q.match, q.only = true, f.From.IsZero() && f.To.IsZero() && f.Area == nil && !f.Favourite && f.Album == nil && !f.Chosen
		q.from = fmt.Sprintf("search s CROSS JOIN picture p ON p.item=(abs(s.rowid) & %d)", int64(docItem))
		q.and("s.search MATCH ?", match)
	}
	if f.Trashed {
		q.and("p.hidden=1 AND p.lead=p.item AND p.sidecar=0")
	} else {
		q.and("p.shown=1")
	}
	if !f.From.IsZero() {
		q.and("p.taken>=?", takenKey(media.Taken{Local: f.From}))
	}
	if !f.To.IsZero() {
		q.and("p.taken<?", takenKey(media.Taken{Local: f.To}))
	}
	if f.From.IsZero() != f.To.IsZero() {
		q.and("p.taken!=?", int64(undated))
	}
	q.place(f.Area)
	if f.Favourite {
		q.and("p.favourite=1")
	}
	if f.Album != nil {
		q.and(`p.item IN (SELECT l.lead FROM album_item a JOIN item i ON i.hash=a.hash JOIN picture l ON l.item=i.id WHERE a.album=?)`, f.Album[:])
	}
	if f.Chosen {
		leads, err := c.leads(ctx, f.Only)
		if err != nil {
			return nil, err
		}
		q.and(`p.item IN (SELECT value FROM json_each(?))`, leads)
	}
	return q, nil
}

func (q *selection) place(a *Area) {
	if a == nil {
		return
	}
	q.and("p.latitude BETWEEN ? AND ?", a.South, a.North)
	if a.West <= a.East {
		q.and("p.longitude BETWEEN ? AND ?", a.West, a.East)
	} else {
		q.and("(p.longitude>=? OR p.longitude<=?)", a.West, a.East)
	}
}

// leads returns, as JSON, the rows of what is shown of items.
func (c *Catalogue) leads(ctx context.Context, ids []media.ID) (string, error) {
	rows := []int64{}
	for some := range slices.Chunk(ids, askAtOnce) {
		args := make([]any, askAtOnce)
		for i := range args {
			args[i] = some[min(i, len(some)-1)][:]
		}
		leads, err := few(ctx, c.readers, scanInt, `SELECT p.lead FROM item i JOIN picture p ON p.item=i.id WHERE i.hash IN (`+manyMarks+`)`, args...)
		if err != nil {
			return "", err
		}
		rows = append(rows, leads...)
	}
	b, err := json.Marshal(rows)
	return string(b), err
}

// MonthsOf counts what a filter lets through by month, the latest first. The slice
// is not to be changed.
func (c *Catalogue) MonthsOf(ctx context.Context, f Filter) ([]Month, error) {
	if f.zero() {
		return c.Months(ctx)
	}
	key, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	version := c.Shown()
	if months, ok := c.counted.get(string(key), version); ok {
		return months, nil
	}
	months, err := c.countMonths(ctx, f)
	if err == nil {
		c.counted.put(string(key), version, months)
	}
	return months, err
}

// countMonths is MonthsOf, counted anew.
func (c *Catalogue) countMonths(ctx context.Context, f Filter) ([]Month, error) {
	q, err := c.selection(ctx, &f)
	if err != nil {
		return nil, err
	}
	query := q.query(`p.month, count(*), sum(p.ratio)`, ` GROUP BY p.month ORDER BY p.month DESC`)
	args := q.args
	if q.only {
		query = fmt.Sprintf(`SELECT abs(rowid)>>%d, count(*), sum((abs(rowid)>>%d & 255)*%d) FROM search WHERE search MATCH ? AND rowid>0
			GROUP BY 1 ORDER BY 1 DESC`, docMonth, docRatio, ratioPerStep)
		if f.Trashed {
			query = strings.Replace(query, "rowid>0", "rowid<0", 1)
		}
		args = args[:1]
	}
	return list(ctx, c.readers, scanMonth, query, args...)
}

// TilesOf returns those of a month, the latest first.
func (c *Catalogue) TilesOf(ctx context.Context, f Filter, m MonthKey) ([]Tile, error) {
	if f.zero() {
		return c.Tiles(ctx, m)
	}
	q, err := c.selection(ctx, &f)
	if err != nil {
		return nil, err
	}
	from, to := m.between()
	q.and("p.taken>=? AND p.taken<?", from, to)
	if q.match {
		first, behind := m.number()<<docMonth, (m.number()+1)<<docMonth
		if f.Trashed {
			first, behind = -behind+1, -first+1
		}
		q.and("s.rowid>=? AND s.rowid<?", first, behind)
	}
	all, err := list(ctx, c.readers, scanTile, q.query(`p.taken, p.item, p.held, p.favourite, p.tile`, ` ORDER BY p.taken DESC, p.item DESC`), q.args...)
	if err != nil {
		return nil, err
	}
	return c.tiles(ctx, all)
}

// counted remembers the months of the filters that were asked for last.
type counted struct {
	mu      sync.Mutex
	version uint64
	months  map[string][]Month
}

// maxCounted bounds the filters, and the bytes of each, that are remembered.
const (
	maxCounted    = 64
	maxCountedKey = 4 << 10
)

func (n *counted) get(key string, version uint64) ([]Month, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	months, ok := n.months[key]
	return months, ok && n.version == version
}

func (n *counted) put(key string, version uint64, months []Month) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.months == nil || n.version != version || len(n.months) >= maxCounted {
		n.version, n.months = version, map[string][]Month{}
	}
	if len(key) <= maxCountedKey {
		n.months[key] = months
	}
}
