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
	written   int64 // rows
}

// insertsInto returns inserts of the columns, whose names are separated by commas, by
// the statement that begins so. taken is its clause about rows that are there, or "".
func insertsInto(begin, columns, taken string) inserts {
	n := strings.Count(columns, ",") + 1
	head := begin + ` (` + columns + `) VALUES `
	row := `(?` + strings.Repeat(`,?`, n-1) + `)`
	return inserts{one: head + row + taken, many: head + row + strings.Repeat(`,`+row, rowsAtOnce-1) + taken, columns: n}
}

func (in *inserts) add(w *work, row ...any) {
	in.args = append(in.args, row...)
	if len(in.args) == rowsAtOnce*in.columns {
		in.written += w.exec(in.many, in.args...)
		in.args = in.args[:0]
	}
}

// flush writes what waits.
func (in *inserts) flush(w *work) {
	for at := 0; at < len(in.args); at += in.columns {
		in.written += w.exec(in.one, in.args[at:at+in.columns]...)
	}
	in.args = in.args[:0]
}

var (
	fileInserts   = insertsInto(`INSERT INTO file`, `id, folder, path, item, mtime, nanos, ctime, inode, damaged`, ` ON CONFLICT (folder, path) DO NOTHING`)
	itemInserts   = insertsInto(`INSERT INTO item`, `id, hash, size, holders, names, own, vault, kept, gone, want, verified, damaged, newest, trashed`, ``)
	nodeInserts   = insertsInto(`INSERT OR REPLACE INTO node`, `id, body`, ``)
	recordInserts = insertsInto(`INSERT INTO record`, `id, author, kind, item, key, body`, ``)
)
