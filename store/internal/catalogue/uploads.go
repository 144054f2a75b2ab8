package catalogue

import (
	"context"

	"homeroll/store/media"
)

// uploadsLabel is the label of media.Uploads.
const uploadsLabel = "Uploads"

// isUpload reports a vault file that is this device's own: it was uploaded to it.
func (w *work) isUpload(n fullName) bool {
	return n.folder == media.Uploads && n.device == w.state.authors[self].device
}

// settleUploads has this device name what was uploaded to it, as it names the
// files of its folders: from the vault files of those items. Two files may have
// one name for a moment, while one is being found again under another path; the
// name is stated once.
func (w *work) settleUploads() {
	for id := range w.uploads {
		w.settleUpload(w.itemByID(id))
	}
}

func (w *work) settleUpload(it *itemRow) {
	want := map[media.Fingerprint]media.Name{}
	for _, v := range rowsOf(w, scanVaultRow, selectVaultRow+` WHERE v.item=? AND v.version=0`, it.id) {
		if !w.isUpload(v.fullName()) {
			continue
		}
		n := media.Name{Folder: v.Folder, Path: v.Name, Item: it.item, MTime: v.MTime}
		s, err := stating(n)
		if err != nil {
			w.fail(err)
			return
		}
		want[s.fp] = n
	}
	for _, fp := range rowsOf(w, scanFingerprint, `SELECT body FROM record WHERE item=? AND author=? AND kind=?`, it.id, self, int(media.KindName)) {
		if _, ok := want[fp]; ok {
			delete(want, fp)
			continue
		}
		it.cur.names--
		w.dropOwnRecord(fp)
	}
	for _, n := range want {
		it.cur.names++
		w.addOwn(n)
		w.labelUploads()
	}
}

// labelUploads says, once and for all, what the folder of uploads is called.
func (w *work) labelUploads() {
	f := media.Folder{ID: media.Uploads, Label: uploadsLabel}
	s, err := stating(f)
	if err != nil {
		w.fail(err)
		return
	}
	if _, there := w.stored(self, s.fp); !there {
		w.own[s.fp] = s
	}
}

// VaultFilesNamed returns the vault files of one original name, whatever they
// contain and wherever they lie, replaced versions aside.
func (c *Catalogue) VaultFilesNamed(ctx context.Context, d media.Device, f media.FolderID, name string) ([]VaultFile, error) {
	found, err := few(ctx, c.readers, scanVaultFile, selectVaultFile+` WHERE v.key=? AND v.version=0`, nameKey(d, f, name))
	var same []VaultFile
	for _, v := range found {
		if v.Origin == d && v.Folder == f && v.Name == name {
			same = append(same, v)
		}
	}
	return same, err
}
