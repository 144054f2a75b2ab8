//go:build unix

package main

import "golang.org/x/sys/unix"

// diskSpace returns the bytes that this user may write at a path, and the disk's size.
func diskSpace(path string) (free, size int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, 0, err
	}
	block := int64(st.Bsize)
	return int64(st.Bavail) * block, int64(st.Blocks) * block, nil
}
