package store

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

// FuzzMarksLog reads logs of anything: what can be read is written back the same, and
// whatever is before it does not hide a line that is whole.
func FuzzMarksLog(f *testing.F) {
	whole := media.Mark{About: media.AboutCaption, Item: media.ID{1}, Generation: 7, Text: "a\n\"b\""}
	album := media.Mark{About: media.AboutAlbum, Album: media.AlbumID{2}, Generation: 1, On: true, Text: "t", Maker: newSigner(f).Device()}
	f.Add([]byte(`{"about":1,"item":"` + strings.Repeat("0a", 32) + `","generation":1,"on":true}`))
	f.Add([]byte("{}\n\n{\"about\":4}\n\x00\xff"))
	f.Add(bytes.Repeat([]byte("x"), maxMark+1))
	f.Fuzz(func(t *testing.T, before []byte) {
		l := &marksLog{path: filepath.Join(t.TempDir(), marksName)}
		if err := os.WriteFile(l.path, before, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := l.append([]media.Mark{whole, album}); err != nil {
			t.Fatal(err)
		}
		var all []media.Mark
		formattest.Bounded(t, 1<<20+64*uint64(len(before)), func() {
			if _, err := l.read(func(some []media.Mark) error { all = append(all, some...); return nil }); err != nil {
				t.Error(err)
			}
		})
		if n := len(all); n < 2 || !reflect.DeepEqual(all[n-2:], []media.Mark{whole, album}) {
			t.Fatalf("of what was appended, %+v can be read", all)
		}
		again := &marksLog{path: l.path + "2"}
		if err := again.append(all); err != nil {
			t.Fatal(err)
		}
		var back []media.Mark
		if _, err := again.read(func(some []media.Mark) error { back = append(back, some...); return nil }); err != nil || !reflect.DeepEqual(back, all) {
			t.Fatalf("%+v became %+v, %v", all, back, err)
		}
	})
}
