package catalogue

import (
	"strings"

	"homeroll/store/media"
)

// prefetchAtOnce is how many items one query looks for: a question for each
// would cost more than the answer.
const prefetchAtOnce = 64

var selectItems = `SELECT ` + itemColumns + ` FROM item WHERE (hash, size) IN (VALUES (?,?)` + strings.Repeat(`,(?,?)`, prefetchAtOnce-1) + `)`

// prefetch makes the rows of items that a large change is about to touch.
func (w *work) prefetch(items []media.Item) {
	for len(items) >= prefetchAtOnce {
		w.prefetchSome(items[:prefetchAtOnce])
		items = items[prefetchAtOnce:]
	}
}

func (w *work) prefetchSome(items []media.Item) {
	args := make([]any, 0, 2*prefetchAtOnce)
	for i := range items {
		args = append(args, items[i].ID[:], items[i].Size)
	}
	for _, row := range rowsOf(w, scanItemRow, selectItems, args...) {
		if w.items[row.item] == nil {
			w.items[row.item], w.byID[row.id] = row, row
		}
	}
	for _, it := range items {
		if w.items[it] == nil && w.err == nil {
			row := &itemRow{id: w.newItemID(), item: it}
			w.items[it], w.byID[row.id] = row, row
		}
	}
}
