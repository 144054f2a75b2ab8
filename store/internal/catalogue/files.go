package catalogue

import (
	"fmt"

	"context"

	"homeroll/store/media"
)

// ChangeFiles records changes to watched folders, all or none, and publishes
// them in this device's manifest. The folders must have been put; their files
// must have valid paths (media.ValidPath).
func (c *Catalogue) ChangeFiles(ctx context.Context, ch Changes) error {
	return c.change(ctx, durable, func(w *work) {
		f := filesWork{work: w, folders: map[media.FolderID]*folderRow{}, delta: map[folderItem]int64{}, fresh: map[FileKey]bool{}}
		put := make(map[FileKey]bool, len(ch.Put))
		for i := range ch.Put {
			put[FileKey{ch.Put[i].Folder, ch.Put[i].Path}] = true
		}
		for _, k := range ch.Drop {
			if !put[k] {
				f.drop(k)
			}
		}
		items := make([]media.Item, len(ch.Put))
		for i := range ch.Put {
			items[i] = ch.Put[i].Item
		}
		w.prefetch(items)
		for i := range ch.Put {
			f.put(&ch.Put[i])
		}
		f.countFolders()
		w.putOutlines(ch.Outlines)
	})
}

// filesWork is the part of a transaction that changes files.
type filesWork struct {
	*work
	folders map[media.FolderID]*folderRow
	delta   map[folderItem]int64 // files of the item that came or went
	fresh   map[FileKey]bool     // put in this transaction
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
	it.letGo = it.letGo || !w.fresh[k]
	if !row.damaged {
		it.cur.own--
	}
	it.cur.names--
	f.files--
	w.delta[folderItem{f, it}]--
	w.dropOwn(media.Name{Folder: k.Folder, Path: k.Path, Item: it.item, MTime: row.mtime.time()})
	it.renamed = true
}

func (w *filesWork) put(file *File) {
	f, it, mtime := w.folder(file.Folder), w.item(file.Item), stampOf(file.MTime)
	it.verify(file.Verified)
	key := FileKey{file.Folder, file.Path}
	if !w.insert(f, it, file) {
		row, _ := w.row(f, file.Path)
		if row.item == it.id && row.mtime == mtime && row.damaged == file.Damaged {
			w.exec(`UPDATE file SET ctime=?, inode=? WHERE id=?`, nanosOf(file.CTime), int64(file.Inode), row.id)
			return
		}
		w.withdraw(f, key, row)
		w.exec(`UPDATE file SET item=?, mtime=?, nanos=?, ctime=?, inode=?, damaged=? WHERE id=?`,
			it.id, mtime.sec, mtime.nanos, nanosOf(file.CTime), int64(file.Inode), file.Damaged, row.id)
	}
	if it.rotten = it.rotten || file.Damaged; !file.Damaged {
		it.cur.own++
	}
	it.cur.names++
	f.files++
	w.delta[folderItem{f, it}]++
	w.fresh[key] = true
	w.addOwn(media.Name{Folder: file.Folder, Path: file.Path, Item: file.Item, MTime: mtime.time()})
	it.renamed = true
}

// insert writes the row of a file, and reports false if there is one of that name.
func (w *filesWork) insert(f *folderRow, it *itemRow, file *File) bool {
	mtime := stampOf(file.MTime)
	return w.exec(`INSERT INTO file (folder, path, item, mtime, nanos, ctime, inode, damaged) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (folder, path) DO NOTHING`,
		f.id, []byte(file.Path), it.id, mtime.sec, mtime.nanos, nanosOf(file.CTime), int64(file.Inode), file.Damaged) == 1
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
