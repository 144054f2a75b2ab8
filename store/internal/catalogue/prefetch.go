package catalogue

import (
	"bytes"
	"slices"
	"strings"

	"homeroll/store/media"
)

// prefetchAtOnce is how many items one query looks for: a question for each
// would cost more than the answer.
const askAtOnce = 64

var selectItems = `SELECT ` + itemColumns + ` FROM item WHERE (hash, size) IN (VALUES (?,?)` + strings.Repeat(`,(?,?)`, askAtOnce-1) + `)`

// manyMarks are the places of manyArgs in a query.
var manyMarks = `?` + strings.Repeat(`,?`, askAtOnce-1)

// manyArgs are up to askAtOnce values, one or more, the last of them repeated.
func manyArgs(values []int64) []any {
	args := make([]any, askAtOnce)
	for i := range args {
		args[i] = values[min(i, len(values)-1)]
	}
	return args
}

// expectItems makes the rows of what files are, in the order of the index of items.
func (w *work) expectItems(files []File) {
	items := make([]media.Item, len(files))
	for i := range files {
		items[i] = files[i].Item
	}
	slices.SortFunc(items, func(a, b media.Item) int { return bytes.Compare(a.ID[:], b.ID[:]) })
	w.prefetch(items)
	for _, it := range items {
		w.item(it)
	}
}

// prefetch makes the rows of items that a large change is about to touch.
func (w *work) prefetch(items []media.Item) {
	if len(items) < 2 {
		return
	}
	var ask []media.Item
	for _, it := range items {
		if row, absent := w.known().get(it); w.items[it] == nil && row == nil && !absent {
			ask = append(ask, it)
		}
	}
	for some := range slices.Chunk(ask, askAtOnce) {
		w.prefetchSome(some)
	}
}

func (w *work) prefetchSome(items []media.Item) {
	args := make([]any, 0, 2*askAtOnce)
	for i := range askAtOnce {
		it := &items[min(i, len(items)-1)]
		args = append(args, it.ID[:], it.Size)
	}
	for _, row := range rowsOf(w, scanItemRow, selectItems, args...) {
		if w.items[row.item] == nil {
			w.items[row.item], w.byID[row.id] = row, row
		}
	}
	for _, it := range items {
		if w.items[it] == nil && w.err == nil {
			row := w.newItem(it)
			w.items[it], w.byID[row.id] = row, row
		}
	}
}
