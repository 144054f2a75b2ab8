package catalogue

import (
	"context"
	"fmt"
	"slices"

	"homeroll/store/media"
)

// ChangeFiles records changes to watched folders, all or none, and publishes
// them in this device's manifest. The folders must have been put; their files
// must have valid paths (media.ValidPath). It is quickest where Put is in the order of
// folders and paths.
func (c *Catalogue) ChangeFiles(ctx context.Context, ch Changes) error {
	return c.change(ctx, durable, func(w *work) {
		f := newFilesWork(w)
		f.dropAll(&ch)
		f.putAll(ch.Put)
		f.countFolders()
		w.putOutlines(ch.Outlines)
	})
}

// filesWork is the part of a transaction that changes files.
type filesWork struct {
	*work
	folders map[media.FolderID]*folderRow
	delta   map[folderItem]int64 // files of the item that came or went
	first   int64                // of the rows inserted in this transaction; 0 = none yet
	next    int64
	updated map[int64]bool // rows that were there and were put in this transaction
}

func newFilesWork(w *work) *filesWork {
	return &filesWork{work: w, folders: map[media.FolderID]*folderRow{}, delta: map[folderItem]int64{}, updated: map[int64]bool{}}
}

type folderItem struct {
	folder *folderRow
	item   *itemRow
}

type folderRow struct {
	id                  int64
	files, items, bytes int64
}

// fileRow is what a change needs of the row before it.
type fileRow struct {
	id, item int64
	mtime    stamp
	damaged  bool
}

func (w *filesWork) folder(id media.FolderID) *folderRow {
	if f := w.folders[id]; f != nil {
		return f
	}
	f, ok := rowOf(w.work, func(r scanner) (*folderRow, error) {
		f := &folderRow{}
		return f, r.Scan(&f.id, &f.files, &f.items, &f.bytes)
	}, `SELECT id, files, items, bytes FROM folder WHERE folder=?`, id[:])
	if !ok {
		w.fail(fmt.Errorf("folder %s is not recorded", id))
		f = &folderRow{}
	}
	w.folders[id] = f
	return f
}

func (w *filesWork) row(f *folderRow, path string) (fileRow, bool) {
	return rowOf(w.work, func(r scanner) (row fileRow, err error) {
		err = r.Scan(&row.id, &row.item, &row.mtime.sec, &row.mtime.nanos, &row.damaged)
		return row, err
	}, `SELECT id, item, mtime, nanos, damaged FROM file WHERE folder=? AND path=?`, f.id, []byte(path))
}

func (w *filesWork) dropAll(ch *Changes) {
	if len(ch.Drop) == 0 {
		return
	}
	put := make(map[FileKey]bool, len(ch.Put))
	for i := range ch.Put {
		put[FileKey{ch.Put[i].Folder, ch.Put[i].Path}] = true
	}
	for _, k := range ch.Drop {
		if !put[k] {
			w.drop(k)
		}
	}
}

func (w *filesWork) drop(k FileKey) {
	f := w.folder(k.Folder)
	row, ok := w.row(f, k.Path)
	if !ok {
		return
	}
	w.exec(`DELETE FROM file WHERE id=?`, row.id)
	w.withdraw(f, k, row)
}

// withdraw takes back what a row stated.
func (w *filesWork) withdraw(f *folderRow, k FileKey, row fileRow) {
	it := w.itemByID(row.item)
	it.letGo = it.letGo || !w.isFresh(row.id)
	if !row.damaged {
		it.cur.own--
	}
	it.cur.names--
	f.files--
	w.delta[folderItem{f, it}]--
	w.dropOwn(media.Name{Folder: k.Folder, Path: k.Path, Item: it.item, MTime: row.mtime.time()})
	it.renamed = true
}

// isFresh reports whether a row was put in this transaction.
func (w *filesWork) isFresh(id int64) bool {
	return w.first > 0 && id >= w.first || w.updated[id]
}

func (w *filesWork) putAll(files []File) {
	w.expectItems(files)
	for some := range slices.Chunk(files, rowsAtOnce) {
		w.putSome(some)
	}
}

// putSome puts up to rowsAtOnce files.
func (w *filesWork) putSome(files []File) {
	inserted := w.insert(files)
	for i := range files {
		if inserted != nil && !inserted[i] {
			w.replace(&files[i])
		} else {
			w.stand(&files[i])
		}
	}
}

// replace puts a file of whose name there is a row.
func (w *filesWork) replace(file *File) {
	f, it, mtime := w.folder(file.Folder), w.item(file.Item), stampOf(file.MTime)
	row, _ := w.row(f, file.Path)
	if row.item == it.id && row.mtime == mtime && row.damaged == file.Damaged {
		it.verify(file.Verified)
		w.exec(`UPDATE file SET ctime=?, inode=? WHERE id=?`, nanosOf(file.CTime), int64(file.Inode), row.id)
		return
	}
	w.withdraw(f, FileKey{file.Folder, file.Path}, row)
	w.exec(`UPDATE file SET item=?, mtime=?, nanos=?, ctime=?, inode=?, damaged=? WHERE id=?`,
		it.id, mtime.sec, mtime.nanos, nanosOf(file.CTime), int64(file.Inode), file.Damaged, row.id)
	w.updated[row.id] = true
	w.stand(file)
}

// stand states what a row says that has just been written.
func (w *filesWork) stand(file *File) {
	f, it := w.folder(file.Folder), w.item(file.Item)
	it.verify(file.Verified)
	if it.rotten = it.rotten || file.Damaged; !file.Damaged {
		it.cur.own++
	}
	it.cur.names++
	f.files++
	w.delta[folderItem{f, it}]++
	w.addOwn(media.Name{Folder: file.Folder, Path: file.Path, Item: file.Item, MTime: stampOf(file.MTime).time()})
	it.renamed = true
}

// insert writes the rows of files, other than those of whose name there is one, and
// reports which it has written; nil = all.
func (w *filesWork) insert(files []File) (inserted []bool) {
	first := w.newFileIDs(len(files))
	rows := fileInserts
	for i := range files {
		file, mtime := &files[i], stampOf(files[i].MTime)
		rows.add(w.work, first+int64(i), w.folder(file.Folder).id, []byte(file.Path), w.item(file.Item).id,
			mtime.sec, mtime.nanos, nanosOf(file.CTime), int64(file.Inode), file.Damaged)
	}
	rows.flush(w.work)
	if rows.written == int64(len(files)) || w.err != nil {
		return nil
	}
	inserted = make([]bool, len(files))
	for _, id := range rowsOf(w.work, scanInt, `SELECT id FROM file WHERE id>=? AND id<?`, first, first+int64(len(files))) {
		inserted[id-first] = true
	}
	return inserted
}

// newFileIDs returns the first of n rows that are not taken.
func (w *filesWork) newFileIDs(n int) int64 {
	if w.first == 0 {
		w.first, _ = rowOf(w.work, scanInt, `SELECT coalesce(max(id), 0) + 1 FROM file`)
		w.next = w.first
	}
	w.next += int64(n)
	return w.next - int64(n)
}

// countFolders keeps the counts of distinct items of each folder.
func (w *filesWork) countFolders() {
	for k, delta := range w.delta {
		was, is := w.presence(k, delta)
		n := Count{k.folder.items, k.folder.bytes}.step(was, is, k.item.item.Size)
		k.folder.items, k.folder.bytes = n.Items, n.Bytes
	}
	for _, f := range w.folders {
		w.exec(`UPDATE folder SET files=?, items=?, bytes=? WHERE id=?`, f.files, f.items, f.bytes, f.id)
	}
}

// presence reports whether the folder had the item and whether it has it, from
// the rows as they are now and the change that led to them.
func (w *filesWork) presence(k folderItem, delta int64) (was, is bool) {
	if delta > 0 && k.item.old.names == 0 {
		return false, true
	}
	n, _ := rowOf(w.work, scanInt, `SELECT count(*) FROM (SELECT 1 FROM file WHERE item=? AND folder=? LIMIT ?)`, k.item.id, k.folder.id, max(delta, 0)+1)
	return n-delta > 0, n > 0
}
