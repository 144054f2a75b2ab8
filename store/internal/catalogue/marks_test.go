package catalogue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// kept is a log of marks that never fails.
func kept([]media.Mark) error { return nil }

func drawMark(t *rapid.T, maker media.Device) media.Mark {
	m := media.Mark{About: media.About(rapid.IntRange(1, 5).Draw(t, "about")), On: rapid.Bool().Draw(t, "on")}
	item, text := testItem(rapid.IntRange(0, 149).Draw(t, "item")).ID, strings.Repeat("t", rapid.IntRange(1, 3).Draw(t, "text"))
	switch m.About {
	case media.AboutCaption:
		m.Item, m.On, m.Text = item, false, text
	case media.AboutAlbum:
		m.Album, m.Maker = media.AlbumID{byte(rapid.IntRange(1, 3).Draw(t, "album"))}, maker
		if m.On {
			m.Text, m.Cover = text, item
		}
	case media.AboutEntry:
		m.Album, m.Item = media.AlbumID{byte(rapid.IntRange(1, 3).Draw(t, "album"))}, item
	default:
		m.Item = item
	}
	return m
}

// say states marks, and says now and then again what a log had of them.
func (h *history) say(t *rapid.T) {
	p := h.any(t)
	var marks, said []media.Mark
	for range rapid.SampledFrom([]int{1, 5, 60}).Draw(t, "marks") {
		marks = append(marks, drawMark(t, p.key.Device()))
	}
	if err := p.Say(context.Background(), marks, func(all []media.Mark) error { said = all; return nil }); err != nil {
		t.Fatal(err)
	}
	for _, m := range said {
		if !must(p.States(context.Background(), m))(t) {
			t.Fatalf("%+v was said, and is not stated", m)
		}
	}
	if rapid.IntRange(0, 3).Draw(t, "restore") == 0 {
		before := must(p.Node(context.Background(), p.key.Device(), ""))(t)
		if err := p.RestoreMarks(context.Background(), said); err != nil {
			t.Fatal(err)
		}
		if now := must(p.Node(context.Background(), p.key.Device(), ""))(t); now != before {
			t.Fatal("restored marks that are stated change the manifest")
		}
	}
}

// checkSayings compares what all devices believe once they know the same.
func (h *history) checkSayings(t *rapid.T) {
	want := sayings(t, h.places[0])
	for _, p := range h.places[1:] {
		if got := sayings(t, p); !maps.Equal(got, want) {
			t.Fatalf("%s believes\n%v, others\n%v", p.key.Device().Short(), got, want)
		}
	}
}

// sayings returns what is projected, by subject.
func sayings(t fataler, p *place) map[string]string {
	t.Helper()
	all := map[string]string{}
	add := func(query string) {
		rows := must(list(context.Background(), p.readers, func(r scanner) (kv [2]string, err error) {
			return kv, r.Scan(&kv[0], &kv[1])
		}, query))(t)
		for _, kv := range rows {
			all[kv[0]] = kv[1]
		}
	}
	for _, query := range []string{selectAllSaid, selectAllAlbums, selectAllEntries} {
		add(query)
	}
	return all
}

const (
	selectAllSaid    = `SELECT 'said ' || hex(hash), favourite || ' ' || trashed || ' ' || caption FROM said WHERE favourite + trashed > 0 OR caption != ''`
	selectAllAlbums  = `SELECT 'album ' || hex(id), title || ' ' || coalesce(hex(cover), '') || ' ' || maker FROM album`
	selectAllEntries = `SELECT 'entry ' || hex(album) || hex(hash), '' FROM album_item`
	selectAllMarks   = `SELECT record FROM mark`
)

// trashed derives from the records whether an item is in the trash.
func (r *stored) trashed(id media.ID) bool {
	m, ok := r.best(media.Mark{About: media.AboutTrash, Item: id}.Subject())
	return ok && m.On
}

func (r *stored) best(subject []byte) (best media.Mark, found bool) {
	var rank []byte
	for _, x := range r.marks[string(subject)] {
		m := x.v.(media.Mark)
		if have := m.Rank(r.s.authors[x.author].device); bytes.Compare(have, rank) > 0 {
			best, rank, found = m, have, true
		}
	}
	return best, found
}

// checkMarks derives from the records what all of them together say.
func (r *stored) checkMarks(t fataler) {
	t.Helper()
	want := map[string]string{}
	type saying struct {
		favourite, trashed int
		caption            string
	}
	items := map[media.ID]saying{}
	for subject := range r.marks {
		m, _ := r.best([]byte(subject))
		s := items[m.Item]
		switch {
		case m.About == media.AboutFavourite && m.On:
			s.favourite = 1
		case m.About == media.AboutTrash && m.On:
			s.trashed = 1
		case m.About == media.AboutCaption:
			s.caption = m.Text
		case m.About == media.AboutEntry && m.On:
			want[fmt.Sprintf("entry %X%X", m.Album[:], m.Item[:])] = ""
			continue
		case m.About == media.AboutAlbum && m.On:
			cover := fmt.Sprintf("%X", m.Cover[:])
			if m.Cover.IsZero() {
				cover = ""
			}
			want[fmt.Sprintf("album %X", m.Album[:])] = m.Text + " " + cover + " " + string(m.Maker)
			continue
		default:
			continue
		}
		items[m.Item] = s
	}
	for id, s := range items {
		if s != (saying{}) {
			want[fmt.Sprintf("said %X", id[:])] = fmt.Sprint(s.favourite, s.trashed, " ", s.caption)
		}
	}
	if got := sayings(t, r.p); !maps.Equal(got, want) {
		t.Fatalf("what is said is kept as\n%v, but the marks say\n%v", got, want)
	}
	rows := must(list(context.Background(), r.p.readers, scanInt, selectAllMarks))(t)
	n := 0
	for _, all := range r.marks {
		n += len(all)
		own := slices.DeleteFunc(slices.Clone(all), func(x stated) bool { return x.author != self })
		if len(own) > 1 {
			t.Fatalf("this device says %d things of one subject", len(own))
		}
	}
	if len(rows) != n {
		t.Fatalf("%d rows of %d marks", len(rows), n)
	}
}

// A device that left the home, and everybody who knew it, may be gone: what it said
// reaches those who come later, and ranks as before.
func TestMarksOutliveTheDevicesThatSaidThem(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	a, b, c := newPlace(t, dir, 1), newPlace(t, dir, 2), newPlace(t, dir, 3)
	defer a.Close()
	defer b.Close()
	defer c.Close()
	introduce(t, a, b)
	it := testItem(1).ID
	say := func(p *place, marks ...media.Mark) {
		t.Helper()
		if err := p.Say(ctx, marks, kept); err != nil {
			t.Fatal(err)
		}
	}
	album := media.Mark{About: media.AboutAlbum, Album: media.AlbumID{1}, On: true, Text: "Oslo", Maker: a.key.Device()}
	say(a, album, media.Mark{About: media.AboutEntry, Album: album.Album, Item: it, On: true}, media.Mark{About: media.AboutFavourite, Item: it, On: true})
	pull(t, b, a, a.key.Device(), false)
	want := sayings(t, b)
	if len(want) != 3 {
		t.Fatal(want)
	}
	introduce(t, b, c) // a is removed
	if n := b.PassedOn(); n != 3 {
		t.Errorf("%d marks taken over", n)
	}
	pull(t, c, b, b.key.Device(), false)
	if got := sayings(t, c); !maps.Equal(got, want) {
		t.Fatalf("the new device believes %v, the old one %v", got, want)
	}
	recount(t, b)
	introduce(t, b, c)
	say(c, media.Mark{About: media.AboutFavourite, Item: it})
	pull(t, b, c, c.key.Device(), true)
	if got := sayings(t, b); len(got) != 2 {
		t.Errorf("what is said later does not count: %v", got)
	}
	// Alone in another home, all of it is its own.
	before := sayings(t, b)
	if err := b.SetHome(ctx, media.Home{9}); err != nil {
		t.Fatal(err)
	}
	if got := sayings(t, b); !maps.Equal(got, before) {
		t.Errorf("after leaving the home: %v, before %v", got, before)
	}
	recount(t, b)
}

// A log that cannot be written undoes what was to be said.
func TestWhatIsNotKeptIsNotSaid(t *testing.T) {
	p := newPlace(t, t.TempDir(), 1)
	defer p.Close()
	full := errors.New("disk full")
	err := p.Say(t.Context(), []media.Mark{{About: media.AboutTrash, Item: media.ID{1}, On: true}}, func([]media.Mark) error { return full })
	if !errors.Is(err, full) || len(sayings(t, p)) > 0 {
		t.Errorf("%v, %v", err, sayings(t, p))
	}
	recount(t, p)
}

// askOfMarks asks all that can be asked of what is said.
func askOfMarks(t *testing.T, p *place) {
	t.Helper()
	ctx, id := t.Context(), must(p.VaultFiles(t.Context(), "", 1))(t)[0].Item.ID
	album := media.Mark{About: media.AboutAlbum, Album: media.AlbumID{1}, On: true, Text: "Oslo", Maker: p.key.Device()}
	marks := []media.Mark{album, {About: media.AboutEntry, Album: album.Album, Item: id, On: true}, {About: media.AboutTrash, Item: id, On: true}}
	for _, err := range []error{p.Say(ctx, marks, kept), p.RestoreMarks(ctx, marks[:0])} {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(p.Said(ctx, id))(t)
	must(p.Albums(ctx))(t)
	must(p.Knows(ctx, id))(t)
	must(p.Together(ctx, id))(t)
	must(p.Trashed(ctx, id))(t)
	if rows := must(p.ToTrash(ctx, ".trash", 0, 10))(t); len(rows) != 1 {
		t.Errorf("to the trash: %+v", rows)
	}
	must(p.FromTrash(ctx, ".trash", 0, 10))(t)
	must(p.DropTrash(ctx, ".trash", testTime(1), 10))(t)
	if _, _, err := p.Trash(ctx, 10); err != nil {
		t.Error(err)
	}
	if _, _, err := p.OwnMarks(ctx, 0, 10); err != nil {
		t.Error(err)
	}
}
