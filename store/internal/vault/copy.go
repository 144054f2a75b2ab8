package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"time"

	"homeroll/store/internal/disk"
	"homeroll/store/media"
)

// Copy makes a durable file with the bytes of src and this modification time,
// which waits under the returned path for its name: blocks shared where the
// filesystem can, else bytes copied. Bytes are hashed on the way and must be
// the item's, media.ErrCorrupt otherwise.
func (v *Vault) Copy(ctx context.Context, src *os.File, it media.Item, mtime time.Time) (tmp string, err error) {
	tmp = path.Join(partialDir, "copy-"+randomName())
	dst, err := v.root.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", noSpace(fmt.Errorf("make copy: %w", err))
	}
	err = fill(ctx, dst, src, it)
	if err == nil {
		err = v.root.Chtimes(tmp, time.Time{}, mtime)
	}
	if err == nil {
		err = dst.Sync()
	}
	if err = errors.Join(err, dst.Close()); err != nil {
		_ = v.root.Remove(tmp)
		return "", noSpace(fmt.Errorf("copy %s: %w", it.ID, err))
	}
	return tmp, nil
}

func fill(ctx context.Context, dst, src *os.File, it media.Item) error {
	r := io.Reader(io.NewSectionReader(src, 0, it.Size+1))
	if disk.Clone(dst, src) == nil {
		r = io.NewSectionReader(dst, 0, it.Size+1)
	} else {
		r = io.TeeReader(r, dst)
	}
	got, _, err := media.Hash(ctx, r)
	if err == nil && got != it {
		err = fmt.Errorf("source of %s: %w", it.ID, media.ErrCorrupt)
	}
	return err
}

// Forget removes a file that Copy made and that found no name.
func (v *Vault) Forget(tmp string) { _ = v.root.Remove(tmp) }
