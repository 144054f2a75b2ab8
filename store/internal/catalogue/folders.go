package catalogue

import (
	"context"

	"homeroll/store/media"
)

// dropBatch is how many files DropFolder withdraws in one transaction.
const dropBatch = 2000

// PutFolder adds a folder, or changes its label or path.
func (c *Catalogue) PutFolder(ctx context.Context, f media.Folder, path string) error {
	return c.change(ctx, durable, func(w *work) {
		before, ok := w.folderLabel(f.ID)
		if ok {
			w.exec(`UPDATE folder SET label=?, path=? WHERE folder=?`, f.Label, []byte(path), f.ID[:])
			w.dropOwn(media.Folder{ID: f.ID, Label: before})
		} else {
			w.exec(`INSERT INTO folder (folder, label, path) VALUES (?,?,?)`, f.ID[:], f.Label, []byte(path))
		}
		w.addOwn(f)
	})
}

// DropFolder withdraws a folder and all its files, in batches; if interrupted,
// call it again.
func (c *Catalogue) DropFolder(ctx context.Context, id media.FolderID) error {
	for {
		files, err := c.Files(ctx, id, "", dropBatch)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			break
		}
		var ch Changes
		for _, f := range files {
			ch.Drop = append(ch.Drop, FileKey{id, f.Path})
		}
		if err := c.ChangeFiles(ctx, ch); err != nil {
			return err
		}
	}
	return c.change(ctx, durable, func(w *work) {
		if label, ok := w.folderLabel(id); ok {
			w.exec(`DELETE FROM folder WHERE folder=?`, id[:])
			w.dropOwn(media.Folder{ID: id, Label: label})
		}
	})
}

func (w *work) folderLabel(id media.FolderID) (string, bool) {
	return rowOf(w, scanString, `SELECT label FROM folder WHERE folder=?`, id[:])
}

// Folders returns the folders in the order of adding.
func (c *Catalogue) Folders(ctx context.Context) ([]Folder, error) {
	return list(ctx, c.readers, func(r scanner) (f Folder, err error) {
		var id, path []byte
		err = r.Scan(&id, &f.Label, &path, &f.Files, &f.Items, &f.Bytes)
		copy(f.ID[:], id)
		f.Path = string(path)
		return f, err
	}, `SELECT folder, label, path, files, items, bytes FROM folder ORDER BY id`)
}
