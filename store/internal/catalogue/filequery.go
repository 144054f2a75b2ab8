package catalogue

import (
	"context"
	"math"

	"homeroll/store/media"
)

const selectFile = `SELECT d.folder, f.path, i.hash, i.size, f.mtime, f.nanos, f.ctime, f.inode, i.verified, f.damaged
	FROM file f JOIN folder d ON d.id=f.folder JOIN item i ON i.id=f.item`

func scanFile(r scanner) (f File, err error) {
	var folder, path, hash []byte
	var mtime stamp
	var ctime, inode, verified int64
	err = r.Scan(&folder, &path, &hash, &f.Item.Size, &mtime.sec, &mtime.nanos, &ctime, &inode, &verified, &f.Damaged)
	copy(f.Folder[:], folder)
	copy(f.Item.ID[:], hash)
	f.Path, f.MTime, f.CTime, f.Inode, f.Verified = string(path), mtime.time(), timeOf(ctime), uint64(inode), timeOf(verified)
	return f, err
}

// File returns the file, and false if none is recorded there.
func (c *Catalogue) File(ctx context.Context, k FileKey) (File, bool, error) {
	return one(ctx, c.readers, scanFile, selectFile+` WHERE d.folder=? AND f.path=?`, k.Folder[:], []byte(k.Path))
}

// Files returns up to limit files of the folder in byte order of their paths,
// from the first after that path.
func (c *Catalogue) Files(ctx context.Context, folder media.FolderID, after string, limit int) ([]File, error) {
	return list(ctx, c.readers, scanFile, selectFile+` WHERE f.folder=(SELECT id FROM folder WHERE folder=?) AND f.path>? ORDER BY f.path LIMIT ?`,
		folder[:], []byte(after), limit)
}

// FilesByInode returns the whole files with this inode and size, in any folder.
func (c *Catalogue) FilesByInode(ctx context.Context, inode uint64, size int64) ([]File, error) {
	if inode == 0 {
		return nil, nil
	}
	return few(ctx, c.readers, scanFile, selectFile+` WHERE f.inode=? AND f.inode!=0 AND i.size=? AND f.damaged=0`, int64(inode), size)
}

// EachInode calls yield with every inode on record, once, in the order of signed
// integers. Other changes go on meanwhile.
func (c *Catalogue) EachInode(ctx context.Context, yield func(uint64)) error {
	const pageSize = 10_000
	for last := int64(math.MinInt64); ; {
		page, err := list(ctx, c.readers, scanInt, `SELECT inode FROM file WHERE inode != 0 AND inode > ? ORDER BY inode LIMIT ?`, last, pageSize)
		if err != nil {
			return err
		}
		for _, inode := range page {
			if inode != last {
				yield(uint64(inode))
			}
			last = inode
		}
		if len(page) < pageSize {
			return nil
		}
	}
}

// FilesOf returns this device's files of an item, damaged ones aside.
func (c *Catalogue) FilesOf(ctx context.Context, it media.Item) ([]File, error) {
	return few(ctx, c.readers, scanFile, selectFile+` WHERE i.hash=? AND i.size=? AND f.damaged=0 ORDER BY f.id`, it.ID[:], it.Size)
}
