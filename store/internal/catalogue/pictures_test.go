package catalogue

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// model is a Deriver that is simple enough to be right: what shares a stem or a
// content ID is one group, and the earliest that anything says is the time.
type model struct{}

// Stem leaves out the last character, so that about ten names share a stem.
func (model) Stem(base string) string {
	name, _, _ := strings.Cut(base, ".")
	return name[:max(0, len(name)-1)]
}

func (d model) Derive(members []Member) []Derived {
	all := make([]Derived, len(members))
	for i := range all {
		all[i].Lead = i
	}
	for changed := true; changed; {
		changed = false
		for i := range members {
			for j := range members {
				if all[i].Lead < all[j].Lead && d.tied(members[i], members[j]) {
					all[j].Lead, changed = all[i].Lead, true
				}
			}
		}
	}
	for i, m := range members {
		all[i].Taken = m.Picture.Taken
		if all[i].Taken.Local.IsZero() && m.Item.ID[0]%5 != 0 {
			all[i].Taken = media.Taken{Local: d.earliest(m), Source: "mtime"}
		}
		if slices.ContainsFunc(all, func(o Derived) bool { return o.Lead == all[i].Lead && o.Lead != i }) || all[i].Lead != i {
			all[i].Kind = media.GroupBurst
		}
	}
	return all
}

func (d model) tied(a, b Member) bool {
	if a.Picture.ContentID != "" && a.Picture.ContentID == b.Picture.ContentID {
		return true
	}
	for _, f := range a.Files {
		for _, g := range b.Files {
			if !f.Version && !g.Version && f.Device == g.Device && f.Folder == g.Folder && path.Dir(f.Path) == path.Dir(g.Path) &&
				d.Stem(path.Base(f.Path)) == d.Stem(path.Base(g.Path)) {
				return true
			}
		}
	}
	return false
}

func (model) earliest(m Member) (t time.Time) {
	for _, f := range m.Files {
		if t.IsZero() || f.MTime.Before(t) {
			t = f.MTime
		}
	}
	return t
}

// testPicture is what the bytes of an item say; it depends on the item alone.
func testPicture(it media.Item) Read {
	n := int(it.ID[0]) + int(it.ID[1])<<8
	offset := 3600 * (n % 3)
	p := &media.Picture{
		Type: []string{"image/jpeg", "video/mp4", ""}[n%3], Width: n, Height: 2 * n, Orientation: n % 9, Make: fmt.Sprint("maker ", n%4),
		Duration: time.Duration(n) * time.Millisecond, Motion: n%7 == 0,
	}
	if n%4 > 0 {
		local := testTime(n * 500_000)
		p.Taken = media.Taken{Local: local, UTC: local.Add(-time.Duration(offset) * time.Second), Offset: &offset, Source: "EXIF DateTimeOriginal"}
	}
	if n%10 == 1 {
		p.GPS = &media.Position{Latitude: float64(n) / 3, Longitude: -1.25}
	}
	if n%20 < 2 {
		p.ContentID = fmt.Sprint("content ", n/20)
	}
	return Read{Item: it, Picture: p, Sidecar: n%6 == 5}
}

const selectPendingAll = `SELECT id, hash, size, pending FROM item WHERE holders & 1 = 1 AND pending & 3 != 0`

// askOfPictures runs every query about them.
func askOfPictures(t fataler, p *place) {
	t.Helper()
	ctx := context.Background()
	if err := p.SetReaders(ctx, Readers{1, 1}); err != nil {
		t.Fatal(err)
	}
	indexSome(t, p, 1<<30)
	if err := p.SetReaders(ctx, Readers{2, 2}); err != nil {
		t.Fatal(err)
	}
	indexSome(t, p, 1<<30)
	page := must(p.Timeline(ctx, Newest, 10))(t)
	pic := page[0]
	pic.Payload[0], pic.Looked, pic.Kind = 1, true, media.GroupRaw
	seen := []Seen{{Row: pic.At.Row, Item: pic.Item, Note: NoteLarge, At: testTime(1)}}
	must(p.Months(ctx))(t)
	must(p.GroupOf(ctx, pic))(t)
	must(p.Same(ctx, pic))(t)
	must(p.Alike(ctx, pic, 3))(t)
	must(p.Unseen(ctx, 0, 10))(t)
	must(p.Notes(ctx, 0, 10))(t)
	must(p.CountNotes(ctx))(t)
	must(p.PendingBeside(ctx, pic.Item, model{}.Stem))(t)
	if err := p.PutSeen(ctx, seen); err != nil {
		t.Fatal(err)
	}
}

// index does some of what an indexer does.
func (h *history) index(t *rapid.T) {
	p := h.any(t)
	indexSome(t, p, rapid.SampledFrom([]int{1, 7, 1 << 20}).Draw(t, "items"))
	for _, u := range must(p.Unseen(context.Background(), 0, 3))(t) {
		seen := Seen{Row: u.Row, Item: u.Item, Look: uint64(u.Item.ID[0]) << 60, Looked: true, Note: Note(u.Item.ID[0] % 3), At: testTime(5)}
		copy(seen.Payload[:], u.Item.ID[:1])
		if err := p.PutSeen(context.Background(), []Seen{seen}); err != nil {
			t.Fatal(err)
		}
	}
}

// placeStrange gives what only others hold its place, as an indexer does.
func placeStrange(t fataler, p *place, n int) {
	t.Helper()
	page := must(p.Strange(context.Background(), 0, n))(t)
	var reads []Read
	for _, u := range page {
		r := Read{Row: u.Row, Item: u.Item, Lent: Guessed}
		if u.Read {
			r.Picture = &media.Picture{Type: "image/guessed"}
		}
		reads = append(reads, r)
	}
	if err := p.PutPictures(context.Background(), reads, model{}); err != nil {
		t.Fatal(err)
	}
}

func indexSome(t fataler, p *place, n int) {
	t.Helper()
	placeStrange(t, p, n)
	for n > 0 {
		page := must(p.Unread(context.Background(), 0, min(n, 50)))(t)
		if len(page) == 0 {
			return
		}
		n -= len(page)
		var reads []Read
		for _, u := range page {
			r := Read{Row: u.Row, Item: u.Item}
			if u.Read {
				r = testPicture(u.Item)
				r.Row = u.Row
			}
			reads = append(reads, r)
		}
		if err := p.PutPictures(context.Background(), reads, model{}); err != nil {
			t.Fatal(err)
		}
	}
}

// checkPictures compares what is kept of pictures with what follows from files
// and from what their bytes say.
func (r *stored) checkPictures(t fataler) {
	t.Helper()
	ctx := context.Background()
	rows := must(list(ctx, r.p.readers, scanPictureRow, selectPicture))(t)
	shown, months := []*pictureRow{}, map[int64]monthCount{}
	for _, row := range rows {
		if s := r.items[row.item]; s.holders == 0 || s.held() != row.held || !s.held() && row.note != NoteNone {
			t.Fatalf("%v has a picture, held %v, note %v, but is %+v", row.item, row.held, row.note, s)
		}
		if row.shown {
			shown = append(shown, row)
			n := months[monthOf(takenKey(row.taken))]
			months[monthOf(takenKey(row.taken))] = monthCount{n.pictures + 1, n.ratio + ratioOf(&row.picture)}
		}
	}
	r.checkTimeline(t, shown, months)
	pending := must(list(ctx, r.p.readers, scanPending, selectPendingAll))(t)
	strange := must(r.p.Strange(ctx, 0, 1<<30))(t)
	if got := must(r.p.Unread(ctx, 0, 1<<30))(t); len(got) != len(pending) {
		t.Fatalf("%d items are offered to be read, %d are unread", len(got), len(pending))
	}
	if len(pending)+len(strange) == 0 {
		r.checkDerived(t, rows)
	}
}

// checkTimeline reads it page by page.
func (r *stored) checkTimeline(t fataler, shown []*pictureRow, months map[int64]monthCount) {
	t.Helper()
	slices.SortFunc(shown, func(a, b *pictureRow) int {
		return cmp.Or(cmp.Compare(takenKey(b.taken), takenKey(a.taken)), cmp.Compare(b.id, a.id))
	})
	at, i := Newest, 0
	for {
		page := must(r.p.Timeline(context.Background(), at, 7))(t)
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			if i >= len(shown) || p.Item != shown[i].item {
				t.Fatalf("row %d of the timeline is %v", i, p.Item)
			}
			at, i = p.At, i+1
		}
	}
	if i != len(shown) {
		t.Fatalf("the timeline has %d rows, want %d", i, len(shown))
	}
	got := map[int64]monthCount{}
	for _, m := range must(r.p.Months(context.Background()))(t) {
		key := int64(0)
		if m.Year != 0 {
			key = int64(m.Year)*12 + int64(m.Month) - 1
		}
		got[key] = monthCount{m.Pictures, int64(m.Ratio * ratioOne)}
		r.checkTiles(t, MonthKey{m.Year, m.Month}, shown)
	}
	if !reflect.DeepEqual(got, months) {
		t.Fatalf("months are %v, want %v", got, months)
	}
}

// checkTiles compares the tiles of a month with the rows that they are of.
func (r *stored) checkTiles(t fataler, m MonthKey, shown []*pictureRow) {
	t.Helper()
	var want []Tile
	for _, row := range shown {
		if month := monthOf(takenKey(row.taken)); month == m.number() {
			w, h := shownSize(&row.picture)
			want = append(want, Tile{
				Item: row.item, At: Cursor{takenKey(row.taken), row.id}, Width: w, Height: h, Type: row.picture.Type, Seconds: row.picture.Duration.Seconds(),
				Kind: row.kind, Members: row.members, Thumb: append([]byte{}, row.thumb...), Held: row.held, Favourite: row.favourite,
			})
		}
	}
	if got := must(r.p.Tiles(context.Background(), m))(t); !reflect.DeepEqual(got, want) {
		t.Fatalf("tiles of %v are\n%+v, want\n%+v", m, got, want)
	}
}

// checkDerived derives everything at once.
func (r *stored) checkDerived(t fataler, rows []*pictureRow) {
	t.Helper()
	held := 0
	for _, s := range r.items {
		if s.holders != 0 {
			held++
		}
	}
	if held != len(rows) {
		t.Fatalf("%d items are held, but %d have pictures", held, len(rows))
	}
	slices.SortFunc(rows, func(a, b *pictureRow) int { return slices.Compare(a.item.ID[:], b.item.ID[:]) })
	for _, hidden := range []bool{false, true} {
		some := slices.DeleteFunc(slices.Clone(rows), func(row *pictureRow) bool { return row.hidden != hidden })
		members := make([]Member, len(some))
		for i, row := range some {
			members[i] = r.checkSaid(t, row)
		}
		for i, d := range (model{}).Derive(members) {
			row, lead := some[i], some[d.Lead]
			if shown := d.Lead == i && !row.sidecar && !hidden; row.lead != lead.id || row.kind != d.Kind || row.shown != shown || !reflect.DeepEqual(row.taken, d.Taken) {
				t.Fatalf("%v: lead %d, kind %q, shown %v, taken %v; want lead %d, kind %q, shown %v, taken %v",
					row.item, row.lead, row.kind, row.shown, row.taken, lead.id, d.Kind, shown, d.Taken)
			}
		}
	}
}

// checkSaid compares what is kept of an item's bytes with what they say.
func (r *stored) checkSaid(t fataler, row *pictureRow) Member {
	t.Helper()
	read := testPicture(row.item)
	if row.lent == Guessed {
		read = Read{Picture: &media.Picture{Type: "image/guessed"}}
	}
	said := row.picture
	said.Taken, said.Payload, said.Look, said.Looked = row.said, media.ID{}, 0, false
	if !reflect.DeepEqual(said, *read.Picture) || row.held && row.lent != Own {
		t.Fatalf("%v (%v) says %+v, was told %+v", row.item, row.lent, said, *read.Picture)
	}
	return Member{Item: row.item, Picture: *read.Picture, Sidecar: read.Sidecar, Files: r.filesOf(row.item)}
}

func (r *stored) filesOf(it media.Item) (files []MemberFile) {
	for _, f := range r.files {
		if f.Item == it {
			files = append(files, MemberFile{Device: r.p.key.Device(), Folder: f.Folder, Path: f.Path, MTime: f.MTime})
		}
	}
	for _, v := range r.vault {
		if v.Item == it {
			files = append(files, MemberFile{Device: v.Origin, Folder: v.Folder, Path: v.Name, MTime: v.MTime, Version: v.Version})
		}
	}
	if len(files) > 0 {
		return files
	}
	for _, s := range r.records {
		switch v := s.v.(type) {
		case media.Name:
			if v.Item == it {
				files = append(files, MemberFile{Device: r.s.authors[s.author].device, Folder: v.Folder, Path: v.Path, MTime: v.MTime})
			}
		case media.Kept:
			if v.Item == it {
				files = append(files, MemberFile{Device: v.Origin, Folder: v.Folder.ID, Path: v.Path, MTime: v.MTime})
			}
		}
	}
	return files
}

// Random lives of one device's files: groups, timeline and months equal what a
// recomputation of everything gives.
func TestPicturesEqualARecomputation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, tempDir(t))
		h.places = h.places[:1]
		t.Repeat(map[string]func(*rapid.T){
			"files":  h.changeFiles,
			"vault":  h.changeVault,
			"index":  h.index,
			"reopen": func(t *rapid.T) { h.any(t).reopen(t) },
			"":       func(t *rapid.T) { read(t, h.places[0]).checkPictures(t) },
		})
		indexSome(t, h.places[0], 1<<30)
		read(t, h.places[0]).checkPictures(t)
	})
}

// Another version of the readers reads everything again; the same version
// reads nothing again, also after a restart.
func TestNewReadersReadAgain(t *testing.T) {
	ctx := t.Context()
	p := newPlace(t, t.TempDir(), 1)
	defer func() { _ = p.Close() }()
	introduce(t, p)
	fillFiles(t, p, 0, 50)
	unread := func() int { return len(must(p.Unread(ctx, 0, 1000))(t)) }
	set := func(v Readers) {
		t.Helper()
		if err := p.SetReaders(ctx, v); err != nil {
			t.Fatal(err)
		}
	}
	set(Readers{1, 1})
	if unread() != 50 {
		t.Fatalf("%d items are unread at first", unread())
	}
	indexSome(t, p, 1<<30)
	for _, v := range []struct {
		readers      Readers
		read, unseen int
	}{{Readers{1, 1}, 0, 50}, {Readers{2, 1}, 50, 0}, {Readers{2, 2}, 0, 50}} {
		p.reopen(t)
		set(v.readers)
		if n := unread(); n != v.read {
			t.Errorf("%+v: %d items are to be read again, want %d", v.readers, n, v.read)
		}
		indexSome(t, p, 1<<30)
		if n := len(must(p.Unseen(ctx, 0, 1000))(t)); v.unseen > 0 && n != v.unseen {
			t.Errorf("%+v: %d items are to be looked at, want %d", v.readers, n, v.unseen)
		}
	}
}

// Alike finds exactly what a comparison with each picture finds.
func TestAlikeIsAComparisonWithEach(t *testing.T) {
	ctx := t.Context()
	p := newPlace(t, t.TempDir(), 1)
	defer func() { _ = p.Close() }()
	introduce(t, p)
	fillFiles(t, p, 0, 400)
	indexSome(t, p, 1<<30)
	looks := map[media.Item]uint64{}
	rapid.Check(t, func(t *rapid.T) {
		centre := rapid.Uint64().Draw(t, "centre")
		var all []Seen
		for _, u := range must(list(ctx, p.readers, scanPending, `SELECT id, hash, size, pending FROM item`))(t) {
			look := centre
			for range rapid.IntRange(0, 9).Draw(t, "flips") {
				look ^= 1 << rapid.IntRange(0, 63).Draw(t, "bit")
			}
			looks[u.Item] = look
			s := Seen{Row: u.Row, Item: u.Item, Look: look, Looked: true}
			s.Payload[9] = byte(look) | 1
			all = append(all, s)
		}
		if err := p.PutSeen(ctx, all); err != nil {
			t.Fatal(err)
		}
		of := all[0].Item
		pic, _, err := p.Picture(ctx, of)
		if err != nil {
			t.Fatal(err)
		}
		differing := rapid.IntRange(0, MaxAlike).Draw(t, "differing")
		got := map[media.Item]int{}
		for _, a := range must(p.Alike(ctx, pic, differing))(t) {
			got[a.Item] = a.Bits
		}
		want := map[media.Item]int{}
		for it, look := range looks {
			if n := onesOf(look ^ looks[of]); it != of && n <= differing {
				want[it] = n
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		same := 0
		for it, look := range looks {
			if it != of && byte(look)|1 == byte(looks[of])|1 {
				same++
			}
		}
		if n := len(must(p.Same(ctx, pic))(t)); n != same {
			t.Fatalf("%d have the same payload, want %d", n, same)
		}
	})
}

func onesOf(x uint64) (n int) {
	for ; x != 0; x &= x - 1 {
		n++
	}
	return n
}
