package catalogue

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"homeroll/store/media"
)

// Pages of a few each go through all that is lacked, the newest first, whatever
// its size and whoever holds it.
func TestLackingGoesFromTheNewestToTheOldest(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	var files []File
	for i := range 200 {
		f := file(fmt.Sprint(i), 1000+i)
		f.MTime = testTime(0).Add(time.Duration(i*37%100) * time.Hour) // two of each time
		if i%20 == 0 {
			f.Item.Size = 64<<20 + int64(i)
		}
		files = append(files, f)
	}
	change(t, a, b, Changes{Put: files})
	online := []media.Device{a.key.Device()}
	whole := must(b.Lacking(ctx, online, Newest, 1000))(t)
	if wanted := must(b.Wanted(ctx, online, 1000))(t); len(whole) < 200 || len(whole) != len(wanted) {
		t.Fatalf("%d are lacked, %d wanted", len(whole), len(wanted))
	}
	var paged []Lacking
	for at := Newest; ; {
		page := must(b.Lacking(ctx, online, at, 7))(t)
		if len(page) == 0 {
			break
		}
		paged, at = append(paged, page...), page[len(page)-1].At
	}
	same := func(x, y Lacking) bool { return x.Item == y.Item && slices.Equal(x.Holders, online) }
	if !slices.EqualFunc(whole, paged, same) {
		t.Errorf("%d in pages, %d in one", len(paged), len(whole))
	}
	if !slices.IsSortedFunc(whole, func(x, y Lacking) int { return int(y.At.Taken - x.At.Taken) }) {
		t.Error("not the newest first")
	}
	if got := must(b.Lacking(ctx, nil, Newest, 10))(t); len(got) > 0 {
		t.Errorf("%d without anybody online", len(got))
	}
	for _, query := range slices.Sorted(maps.Keys(b.readers.stmts)) { // checkPlan adds to them
		checkPlan(t, b, query)
	}
}
