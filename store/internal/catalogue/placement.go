package catalogue

import (
	"fmt"
	"maps"
	"slices"

	"homeroll/store/media"
)

// fullName is what a name key stands for.
type fullName struct {
	device media.Device
	folder media.FolderID
	path   string
}

func (n fullName) key() int64 { return nameKey(n.device, n.folder, n.path) }

// nameRow is another author's Name record, vaultRow a vault file, both within
// a transaction.
type nameRow struct {
	id, item int64
	unplaced bool
	name     fullName
	mtime    stamp
}

type vaultRow struct {
	VaultFile
	id, item  int64
	displaced bool
}

func (v vaultRow) fullName() fullName { return fullName{v.Origin, v.Folder, v.Name} }

// newName has a name settled that another device has just stated. Until its content
// is here, or something else is under its key, it is as it should be.
func (w *work) newName(key int64, it *itemRow) {
	if w.newNames[key] != nil {
		w.keys[key] = true
	}
	w.newNames[key] = it
}

// settlePlacement decides anew, for each name that something happened to,
// whether it has its file in the vault and whether that file is still its.
func (w *work) settlePlacement() {
	w.settleNewNames()
	noted := len(w.keys) > 0 && w.anyNoted()
	for keys := range slices.Chunk(slices.Sorted(maps.Keys(w.keys)), askAtOnce) {
		names, files := map[int64][]nameRow{}, map[int64][]vaultRow{}
		for _, n := range rowsOf(w, w.scanNameRow, selectNameRows, manyArgs(keys)...) {
			names[n.name.key()] = append(names[n.name.key()], n)
		}
		for _, v := range rowsOf(w, scanVaultRow, selectVaultRows, manyArgs(keys)...) {
			files[v.fullName().key()] = append(files[v.fullName().key()], v)
		}
		for _, key := range keys {
			var notes []notedRow
			if noted {
				notes = w.notedAt(key)
			}
			for _, n := range names[key] {
				w.settleName(n, files[key], notes)
			}
			for _, v := range files[key] {
				w.settleVaultFile(v, names[key])
			}
		}
	}
}

// settleNewNames finds those of them that are to be settled like others.
func (w *work) settleNewNames() {
	var alone []int64
	for key, it := range w.newNames {
		if it.cur.held() {
			w.keys[key] = true
		} else if !w.keys[key] {
			alone = append(alone, key)
		}
	}
	if w.state.counts.vaultFiles == 0 {
		return
	}
	slices.Sort(alone)
	for keys := range slices.Chunk(alone, askAtOnce) {
		for _, key := range rowsOf(w, scanInt, selectVaultKeys, manyArgs(keys)...) {
			w.keys[key] = true
		}
	}
}

const selectNameRow = `SELECT id, author, item, unplaced, body FROM record`

var (
	selectNameRows  = selectNameRow + ` WHERE key IN (` + manyMarks + `)`
	selectVaultKeys = `SELECT key FROM vault_file WHERE version=0 AND key IN (` + manyMarks + `)`
	selectVaultRows = selectVaultRow + ` WHERE v.version=0 AND v.key IN (` + manyMarks + `)`
)

func (w *work) scanNameRow(r scanner) (n nameRow, err error) {
	var by int
	var body []byte
	if err = r.Scan(&n.id, &by, &n.item, &n.unplaced, &body); err != nil {
		return n, err
	}
	name, err := decodeName(body)
	n.name = fullName{w.state.authors[by].device, name.Folder, name.Path}
	n.mtime = stampOf(name.MTime)
	return n, err
}

func (w *work) namesAt(key int64) []nameRow {
	return rowsOf(w, w.scanNameRow, selectNameRow+` WHERE key=?`, key)
}

func (w *work) settleName(n nameRow, files []vaultRow, noted []notedRow) {
	unplaced := w.itemByID(n.item).cur.placed()
	for _, v := range files {
		if !v.Damaged && v.item == n.item && v.fullName() == n.name && stampOf(v.MTime) == n.mtime {
			unplaced = false
		}
	}
	for _, v := range noted {
		if v.item == n.item && v.fullName() == n.name && stampOf(v.MTime) == n.mtime {
			unplaced = false
		}
	}
	if unplaced == n.unplaced {
		return
	}
	w.exec(`UPDATE record SET unplaced=? WHERE id=?`, unplaced, n.id)
	if unplaced {
		w.state.counts.unplaced++
	} else {
		w.state.counts.unplaced--
	}
}

func (w *work) settleVaultFile(v vaultRow, names []nameRow) {
	var same, other bool
	for _, n := range names {
		if n.name == v.fullName() {
			same = same || n.item == v.item
			other = other || n.item != v.item
		}
	}
	displaced := other && !same && !w.itemByID(v.item).cur.trashed
	if displaced != v.displaced {
		w.exec(`UPDATE vault_file SET displaced=? WHERE id=?`, displaced, v.id)
		w.trashings++ // it may be in the trash, and free to go back
	}
}

func decodeName(body []byte) (media.Name, error) {
	v, err := media.Record(body).Decode()
	n, ok := v.(media.Name)
	if err == nil && !ok {
		err = fmt.Errorf("%w: a record is not the name it was", ErrCorrupt)
	}
	return n, err
}
