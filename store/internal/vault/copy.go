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

// copyPrefix begins the names of copies that wait for theirs.
const copyPrefix = "copy-"

// Copy makes a durable file with the bytes of src and this modification time,
// which waits under the returned path for its name: blocks shared where the
// filesystem can, else bytes copied. Bytes are hashed on the way and must be
// the item's, media.ErrCorrupt otherwise.
func (v *Vault) Copy(ctx context.Context, src *os.File, it media.Item, mtime time.Time) (tmp string, err error) {
	return v.copyBy(ctx, fillAnyhow, src, it, mtime)
}

// filling gives dst, an empty file, the bytes of src.
type filling func(ctx context.Context, dst, src *os.File, it media.Item) error

func (v *Vault) copyBy(ctx context.Context, fill filling, src *os.File, it media.Item, mtime time.Time) (tmp string, err error) {
	tmp = path.Join(partialDir, copyPrefix+randomName())
	dst, err := v.root.OpenFile(tmp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return "", noSpace(fmt.Errorf("make copy: %w", err))
	}
	err = fill(ctx, dst, src, it)
	if err == nil {
		err = v.setOpenTime(v.root, tmp, dst, mtime)
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

func fillAnyhow(ctx context.Context, dst, src *os.File, it media.Item) error {
	err := share(ctx, dst, src, it)
	if !errors.Is(err, disk.ErrUnsupported) {
		return err
	}
	return check(ctx, io.TeeReader(io.NewSectionReader(src, 0, it.Size+1), dst), it)
}

func share(ctx context.Context, dst, src *os.File, it media.Item) error {
	if err := disk.Clone(dst, src); err != nil {
		return err
	}
	return check(ctx, io.NewSectionReader(dst, 0, it.Size+1), it)
}

// check reads all and compares it with the item.
func check(ctx context.Context, r io.Reader, it media.Item) error {
	got, _, err := media.Hash(ctx, r)
	if err == nil && got != it {
		err = fmt.Errorf("source of %s: %w", it.ID, media.ErrCorrupt)
	}
	return err
}

// Forget removes a file that Copy made and that found no name.
func (v *Vault) Forget(tmp string) { _ = v.root.Remove(tmp) }

// Touch gives a file in place this modification time, durably.
func (v *Vault) Touch(p string, mtime time.Time) error {
	if err := v.setTime(p, mtime); err != nil {
		return fmt.Errorf("set time of %s: %w", p, err)
	}
	return v.syncFile(p)
}

// Share makes a durable file that shares the blocks of one of the vault, which
// waits under the returned path for its name; disk.ErrUnsupported where the
// filesystem cannot.
func (v *Vault) Share(ctx context.Context, p string, it media.Item, mtime time.Time) (tmp string, err error) {
	if !v.traits.Clones {
		return "", disk.ErrUnsupported
	}
	src, err := v.root.Open(p)
	if err != nil {
		return "", err
	}
	defer func() { _ = src.Close() }()
	return v.copyBy(ctx, share, src, it, mtime)
}

// Settle makes a file that was found in place, and the directories above it,
// durable.
func (v *Vault) Settle(p string) error {
	if err := v.syncFile(p); err != nil {
		return err
	}
	for dir := path.Dir(p); ; dir = path.Dir(dir) {
		if err := v.syncDir(dir); err != nil || dir == "." {
			return err
		}
	}
}
