package catalogue

import (
	"context"
	"fmt"
	"time"

	"homeroll/store/media"
)

// origin is a folder of a device, in the vault.
type origin struct {
	device media.Device
	folder media.FolderID
}

// ChangeVault records changes to the vault, all or none. The holdings and kept
// names that follow are published in this device's manifest. Each file must
// have a valid origin (media.Device.Key), name and label.
func (c *Catalogue) ChangeVault(ctx context.Context, ch VaultChanges) error {
	return c.change(ctx, durable, func(w *work) {
		put := make(map[string]bool, len(ch.Put))
		for i := range ch.Put {
			put[ch.Put[i].Path] = true
		}
		for _, path := range ch.Drop {
			if !put[path] {
				w.dropVaultFile(path)
			}
		}
		items := make([]media.Item, len(ch.Put))
		for i := range ch.Put {
			items[i] = ch.Put[i].Item
		}
		w.prefetch(items)
		for i := range ch.Put {
			w.putVaultFile(&ch.Put[i])
		}
		for i := range ch.Note {
			w.note(&ch.Note[i])
		}
		w.putOutlines(ch.Outlines)
	})
}

func (w *work) dropVaultFile(path string) {
	v, ok := rowOf(w, scanVaultRow, selectVaultRow+` WHERE v.path=?`, []byte(path))
	if !ok {
		return
	}
	w.exec(`DELETE FROM vault_file WHERE id=?`, v.id)
	it := w.itemByID(v.item)
	*it.cur.copies(v.Damaged)--
	w.state.counts.vaultFiles--
	w.state.counts.vaultBytes -= it.item.Size
	w.touchVault(it, v.fullName())
}

// copies returns where a vault file counts.
func (s *itemState) copies(damaged bool) *int64 {
	if damaged {
		return &s.damaged
	}
	return &s.vault
}

func (w *work) putVaultFile(v *VaultFile) {
	if _, err := media.EncodeRecord(v.kept()); err != nil {
		w.fail(fmt.Errorf("vault file %q: %w", v.Path, err))
		return
	}
	it, mtime := w.item(v.Item), stampOf(v.MTime)
	name := fullName{v.Origin, v.Folder, v.Name}
	insert := func() bool {
		return w.exec(`INSERT INTO vault_file (path, item, mtime, nanos, origin, label, name, version, key, damaged) VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (path) DO NOTHING`,
			[]byte(v.Path), it.id, mtime.sec, mtime.nanos, w.origin(origin{v.Origin, v.Folder}), v.Label, []byte(v.Name), v.Version, name.key(), v.Damaged) == 1
	}
	if !insert() {
		w.dropVaultFile(v.Path)
		insert()
	}
	*it.cur.copies(v.Damaged)++
	if it.cur.trashed {
		w.trashings++
	}
	it.verify(v.Verified)
	w.state.counts.vaultFiles++
	w.state.counts.vaultBytes += it.item.Size
	w.touchVault(it, name)
}

func (w *work) touchVault(it *itemRow, n fullName) {
	w.kept[it.id] = true
	w.keys[n.key()] = true
	it.renamed = true
	if w.isUpload(n) {
		w.uploads[it.id] = true
	}
}

// origin returns the row of an origin, made if there is none.
func (w *work) origin(o origin) int64 {
	id, ok := w.origins[o]
	if ok {
		return id
	}
	w.exec(`INSERT OR IGNORE INTO origin (device, folder) VALUES (?,?)`, string(o.device), o.folder[:])
	id, _ = rowOf(w, scanInt, `SELECT id FROM origin WHERE device=? AND folder=?`, string(o.device), o.folder[:])
	w.origins[o] = id
	return id
}

// kept is what to say of the file if no device names its content any more.
func (v VaultFile) kept() media.Kept {
	return media.Kept{
		Item: v.Item, Origin: v.Origin, Folder: media.Folder{ID: v.Folder, Label: v.Label}, Path: v.Name, MTime: v.MTime,
	}
}

func (it *itemRow) verify(at time.Time) { it.cur.verified = max(it.cur.verified, nanosOf(at)) }

const selectVaultRow = `SELECT v.id, v.item, v.displaced, v.path, v.mtime, v.nanos, o.device, o.folder, v.label, v.name, v.version, v.damaged
	FROM vault_file v JOIN origin o ON o.id=v.origin`

// scanVaultRow leaves Item to the caller: its row may not be written yet.
func scanVaultRow(r scanner) (v vaultRow, err error) {
	var path, folder, name []byte
	var mtime stamp
	err = r.Scan(&v.id, &v.item, &v.displaced, &path, &mtime.sec, &mtime.nanos, &v.Origin, &folder, &v.Label, &name, &v.Version, &v.Damaged)
	copy(v.Folder[:], folder)
	v.Path, v.Name, v.MTime = string(path), string(name), mtime.time()
	return v, err
}
