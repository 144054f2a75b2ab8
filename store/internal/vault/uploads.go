package vault

import (
	"errors"
	"fmt"
	"os"
	"path"
	"time"
)

// uploadsDir is where uploads lie that are not whole yet.
const uploadsDir = stateDir + "/uploads"

// UploadDir returns the directory, from the root of the filesystems, in which
// uploads grow. It is made if it is not there. Who writes there cleans up.
func (v *Vault) UploadDir() (string, error) {
	if err := v.root.MkdirAll(uploadsDir, 0o700); err != nil {
		return "", noSpace(fmt.Errorf("make directory for uploads: %w", err))
	}
	return v.Abs(uploadsDir), nil
}

// Take makes a file of UploadDir durable under a modification time, and returns
// the path below which it waits for its name.
func (v *Vault) Take(name string, mtime time.Time) (tmp string, err error) {
	tmp = path.Join(uploadsDir, path.Base(name))
	f, err := v.root.OpenFile(tmp, os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("open upload: %w", err)
	}
	err = v.setOpenTime(v.root, tmp, f, mtime)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return "", noSpace(fmt.Errorf("sync upload: %w", err))
	}
	return tmp, nil
}
