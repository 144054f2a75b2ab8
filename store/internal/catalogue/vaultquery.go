package catalogue

import (
	"context"

	"homeroll/store/media"
)

const selectVaultFile = `SELECT v.path, i.hash, i.size, v.mtime, v.nanos, o.device, o.folder, v.label, v.name, v.version, i.verified, v.id, v.damaged
	FROM vault_file v JOIN origin o ON o.id=v.origin JOIN item i ON i.id=v.item`

func scanVaultFile(r scanner) (VaultFile, error) {
	d, err := scanDisplaced(r)
	return d.VaultFile, err
}

func scanDisplaced(r scanner) (v Displaced, err error) {
	var path, hash, folder, name []byte
	var mtime stamp
	var verified int64
	err = r.Scan(&path, &hash, &v.Item.Size, &mtime.sec, &mtime.nanos, &v.Origin, &folder, &v.Label, &name, &v.Version, &verified, &v.Row, &v.Damaged)
	copy(v.Item.ID[:], hash)
	copy(v.Folder[:], folder)
	v.Path, v.Name, v.MTime, v.Verified = string(path), string(name), mtime.time(), timeOf(verified)
	return v, err
}

// VaultFile returns the vault file at a path, and false if none is recorded there.
func (c *Catalogue) VaultFile(ctx context.Context, path string) (VaultFile, bool, error) {
	return one(ctx, c.readers, scanVaultFile, selectVaultFile+` WHERE v.path=?`, []byte(path))
}

// VaultFilesOf returns the vault files of an item, damaged ones aside.
func (c *Catalogue) VaultFilesOf(ctx context.Context, it media.Item) ([]VaultFile, error) {
	return few(ctx, c.readers, scanVaultFile, selectVaultFile+` WHERE i.hash=? AND i.size=? AND v.damaged=0 ORDER BY v.id`, it.ID[:], it.Size)
}

// VaultFiles returns up to limit vault files in byte order of their paths, from
// the first after that path.
func (c *Catalogue) VaultFiles(ctx context.Context, after string, limit int) ([]VaultFile, error) {
	return list(ctx, c.readers, scanVaultFile, selectVaultFile+` WHERE v.path>? ORDER BY v.path LIMIT ?`, []byte(after), limit)
}

// VaultCount sizes the vault; it is cheap.
func (c *Catalogue) VaultCount(context.Context) (VaultCount, error) {
	return c.state.Load().counts.vaultCount(), nil
}

func (n counts) vaultCount() VaultCount {
	return VaultCount{Count: n.vault, Files: n.vaultFiles, FileBytes: n.vaultBytes}
}

// Displaced returns up to limit vault files whose name now stands for other
// content, from the first after that row (0 = from the start). They are to be
// set aside before that content takes the name.
func (c *Catalogue) Displaced(ctx context.Context, after int64, limit int) ([]Displaced, error) {
	return list(ctx, c.readers, scanDisplaced, selectVaultFile+` WHERE v.displaced=1 AND v.id>? ORDER BY v.id LIMIT ?`, after, limit)
}

// Unplaced returns up to limit names of other devices whose content is held
// here but has no vault file under that name, from the first after that row.
// Names of a manifest that is being walked wait for its end: another name of the
// same content may be about to go, and then its file is moved, not copied.
func (c *Catalogue) Unplaced(ctx context.Context, after int64, limit int) ([]Unplaced, error) {
	all, err := list(ctx, c.readers, c.scanUnplaced, `SELECT id, author, body FROM record
		WHERE unplaced=1 AND (?>>author)&1=1 AND id>? ORDER BY id LIMIT ?`, c.state.Load().walked(), after, limit)
	labels := map[origin]string{}
	for i := range all {
		u := &all[i]
		o := origin{u.Device, u.Folder}
		if _, ok := labels[o]; !ok {
			if labels[o], err = c.FolderLabel(ctx, u.Device, u.Folder); err != nil {
				return nil, err
			}
		}
		u.Label = labels[o]
		if u.Stale, err = c.Stale(ctx, u.Item); err != nil {
			return nil, err
		}
	}
	return all, err
}

func (c *Catalogue) scanUnplaced(r scanner) (u Unplaced, err error) {
	var by int
	var body []byte
	if err = r.Scan(&u.Row, &by, &body); err != nil {
		return u, err
	}
	u.Device = c.deviceOf(by)
	u.Name, err = decodeName(body)
	return u, err
}

// deviceOf returns an author that a row names; "" if it was forgotten since.
func (c *Catalogue) deviceOf(bit int) media.Device {
	if s := c.state.Load(); bit < len(s.authors) {
		return s.authors[bit].device
	}
	return ""
}

// Stale returns the vault files of an item whose origin does not name it so any
// more. Files of this device's own are none: its names follow from files.
func (c *Catalogue) Stale(ctx context.Context, it media.Item) ([]VaultFile, error) {
	files, err := c.VaultFilesOf(ctx, it)
	if err != nil {
		return nil, err
	}
	var stale []VaultFile
	for _, v := range files {
		live, err := c.live(ctx, v)
		if err != nil {
			return nil, err
		}
		if !live {
			stale = append(stale, v)
		}
	}
	return stale, nil
}

// live reports whether the file's origin names exactly this.
func (c *Catalogue) live(ctx context.Context, v VaultFile) (bool, error) {
	if v.Origin == c.signer.Device() {
		return true, nil
	}
	if v.Version {
		return false, nil
	}
	name := fullName{v.Origin, v.Folder, v.Name}
	all, err := list(ctx, c.readers, c.scanUnplaced, `SELECT id, author, body FROM record WHERE key=?`, name.key())
	for _, n := range all {
		if (fullName{n.Device, n.Folder, n.Path}) == name && n.Item == v.Item && stampOf(n.MTime) == stampOf(v.MTime) {
			return true, nil
		}
	}
	return false, err
}
