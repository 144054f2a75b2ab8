package media_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"homeroll/store/media"
)

// mark is one that every check lets through.
func mark(about media.About) media.Mark {
	m := media.Mark{About: about, Generation: 1}
	if about != media.AboutAlbum {
		m.Item = media.ID{1}
	}
	if about == media.AboutAlbum || about == media.AboutEntry {
		m.Album = media.AlbumID{2}
	}
	if about == media.AboutAlbum {
		m.On, m.Text, m.Maker = true, "title", testDevice
	}
	return m
}

func TestMarksThatNoAuthorWritesAreRefused(t *testing.T) {
	change := func(about media.About, f func(*media.Mark)) media.Mark {
		m := mark(about)
		f(&m)
		return m
	}
	for name, m := range map[string]media.Mark{
		"without a generation":     change(media.AboutFavourite, func(m *media.Mark) { m.Generation = 0 }),
		"beyond all generations":   change(media.AboutFavourite, func(m *media.Mark) { m.Generation = media.MaxGeneration + 1 }),
		"about nothing":            {Generation: 1, Item: media.ID{1}},
		"of no item":               change(media.AboutTrash, func(m *media.Mark) { m.Item = media.ID{} }),
		"of no album":              change(media.AboutEntry, func(m *media.Mark) { m.Album = media.AlbumID{} }),
		"of an album, too":         change(media.AboutTrash, func(m *media.Mark) { m.Album = media.AlbumID{1} }),
		"favourite with a text":    change(media.AboutFavourite, func(m *media.Mark) { m.Text = "x" }),
		"caption that is long":     change(media.AboutCaption, func(m *media.Mark) { m.Text = strings.Repeat("ä", media.MaxCaption+1) }),
		"caption with an escape":   change(media.AboutCaption, func(m *media.Mark) { m.Text = "a\x1b[31m" }),
		"caption that is no UTF-8": change(media.AboutCaption, func(m *media.Mark) { m.Text = "a\xff" }),
		"title that is long":       change(media.AboutAlbum, func(m *media.Mark) { m.Text = strings.Repeat("ä", media.MaxTitle+1) }),
		"title of two lines":       change(media.AboutAlbum, func(m *media.Mark) { m.Text = "a\nb" }),
		"no title":                 change(media.AboutAlbum, func(m *media.Mark) { m.Text = " " }),
		"album of nobody":          change(media.AboutAlbum, func(m *media.Mark) { m.Maker = "x" }),
		"said by nobody":           change(media.AboutTrash, func(m *media.Mark) { m.By = "x" }),
	} {
		if _, err := media.EncodeRecord(m); err == nil {
			t.Errorf("a mark %s is written", name)
		}
	}
	longest := change(media.AboutCaption, func(m *media.Mark) { m.Text = strings.Repeat("\U0001F600", media.MaxCaption) })
	if _, err := media.EncodeRecord(longest); err != nil {
		t.Errorf("the longest caption: %v", err)
	}
}

// What a later version says is passed on, never refused.
func TestMarkAboutSomethingNewerIsUnknown(t *testing.T) {
	r, err := media.EncodeRecord(mark(media.AboutFavourite))
	if err != nil {
		t.Fatal(err)
	}
	newer := append(media.Record{byte(media.KindMark), 0x08, 99}, r[3:]...)
	if v, err := newer.Decode(); v != nil || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	none := append(media.Record{byte(media.KindMark), 0x08, 0}, r[3:]...)
	if _, err := none.Decode(); !errors.Is(err, media.ErrRecord) {
		t.Errorf("about nothing: %v", err)
	}
}

func TestRankPutsGenerationThenWhatKeepsMoreThenTheDevice(t *testing.T) {
	with := func(about media.About, g uint64, on bool, text string) media.Mark {
		m := mark(about)
		m.Generation, m.On, m.Text = g, on, text
		return m
	}
	passed := with(media.AboutTrash, 2, true, "")
	passed.By = "B"
	for _, row := range []struct {
		what    string
		lower   media.Mark
		by      media.Device
		higher  media.Mark
		and     media.Device
		sameSay bool
	}{
		{"a later generation", with(media.AboutTrash, 2, false, ""), "Z", with(media.AboutTrash, 3, true, ""), "A", false},
		{"in a tie, what is not trashed", with(media.AboutTrash, 2, true, ""), "Z", with(media.AboutTrash, 2, false, ""), "A", false},
		{"in a tie, a favourite", with(media.AboutFavourite, 2, false, ""), "Z", with(media.AboutFavourite, 2, true, ""), "A", false},
		{"in a tie, an album that is there", with(media.AboutAlbum, 2, false, ""), "Z", with(media.AboutAlbum, 2, true, "a"), "A", false},
		{"in a tie, the longer caption", with(media.AboutCaption, 2, false, "ab"), "Z", with(media.AboutCaption, 2, false, "abc"), "A", false},
		{"else the larger device", with(media.AboutTrash, 2, true, ""), "A", with(media.AboutTrash, 2, true, ""), "B", true},
		{"as who said it first", with(media.AboutTrash, 2, true, ""), "A", passed, "A", true},
	} {
		if bytes.Compare(row.lower.Rank(row.by), row.higher.Rank(row.and)) >= 0 {
			t.Errorf("%s does not win", row.what)
		}
		if row.lower.Says(row.higher) != row.sameSay {
			t.Errorf("%s: says the same is %v", row.what, !row.sameSay)
		}
		if !bytes.Equal(row.lower.Subject(), row.higher.Subject()) {
			t.Errorf("%s: other subjects", row.what)
		}
	}
	if passed.By = "B"; !bytes.Equal(passed.Rank("A"), with(media.AboutTrash, 2, true, "").Rank("B")) {
		t.Error("what is passed on ranks otherwise than what was said")
	}
}
