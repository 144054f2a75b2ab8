package catalogue

import (
	"slices"
	"testing"

	"homeroll/store/media"
)

func TestEditsAreFoundByTheNamesOfWhatTheyReplace(t *testing.T) {
	at := func(path string, it media.Item, n int) File {
		return File{Folder: testFolder(0).ID, Path: path, Item: it, MTime: testTime(n)}
	}
	sized := func(n int, size int64) media.Item { return media.Item{ID: testItem(n).ID, Size: size} }
	old, edited, other := sized(1, 4_000_000), sized(2, 4_010_000), sized(3, 4_000_500)
	for name, tc := range map[string]struct {
		before []File
		then   Changes
		want   []media.Item
	}{
		"in its place": {
			[]File{at("x.jpg", old, 1)}, Changes{Put: []File{at("x.jpg", edited, 2)}}, []media.Item{old},
		},
		"with a backup beside it": {
			[]File{at("x.jpg", old, 1)}, Changes{Put: []File{at("x.jpg", edited, 2), at("x.jpg_original", old, 1)}}, []media.Item{old},
		},
		"and renamed": {
			[]File{at("x.jpg", old, 1), at("y.jpg", other, 3)}, Changes{Drop: []FileKey{{testFolder(0).ID, "x.jpg"}}, Put: []File{at("z.jpg", edited, 2)}}, []media.Item{old},
		},
		"renamed, with another size": {
			[]File{at("x.jpg", sized(1, 3_000_000), 1)}, Changes{Drop: []FileKey{{testFolder(0).ID, "x.jpg"}}, Put: []File{at("z.jpg", edited, 2)}}, nil,
		},
		"something new": {
			[]File{at("x.jpg", old, 1)}, Changes{Put: []File{at("z.jpg", edited, 2)}}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t)
			change(t, a, b, Changes{Put: tc.before})
			fetch(t, a, b)
			change(t, a, b, tc.then)
			got := must(b.EditOf(t.Context(), edited, 4))(t)
			if !slices.Equal(got, tc.want) {
				t.Errorf("it may be an edit of %v, want %v", got, tc.want)
			}
			if own := must(a.EditOf(t.Context(), edited, 4))(t); len(own) > 0 {
				t.Errorf("its own device finds %v", own)
			}
		})
	}
}
