package catalogue

import "strings"

// rowsAtOnce is how many rows one statement inserts: a statement for each would
// cost as much again as what it does.
const rowsAtOnce = 16

// inserts are rows of one table that wait to be written together. Nothing may ask
// for them before flush.
type inserts struct {
	one, many string // the statements
	columns   int
	args      []any
}

// insertsInto returns inserts of the columns, whose names are separated by commas.
func insertsInto(table, columns string) inserts {
	n := strings.Count(columns, ",") + 1
	head := `INSERT INTO ` + table + ` (` + columns + `) VALUES `
	row := `(?` + strings.Repeat(`,?`, n-1) + `)`
	return inserts{one: head + row, many: head + row + strings.Repeat(`,`+row, rowsAtOnce-1), columns: n}
}

func (in *inserts) add(w *work, row ...any) {
	in.args = append(in.args, row...)
	if len(in.args) == rowsAtOnce*in.columns {
		w.exec(in.many, in.args...)
		in.args = in.args[:0]
	}
}

// flush writes what waits.
func (in *inserts) flush(w *work) {
	for at := 0; at < len(in.args); at += in.columns {
		w.exec(in.one, in.args[at:at+in.columns]...)
	}
	in.args = in.args[:0]
}

var (
	recordInserts = insertsInto(`record`, `id, author, kind, item, key, body`)
	itemInserts   = insertsInto(`item`, `id, hash, size, holders, names, own, vault, kept, gone, want, verified, damaged, newest, trashed`)
)
