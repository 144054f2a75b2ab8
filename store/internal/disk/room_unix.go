//go:build linux || darwin

package disk

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// RoomOf returns the space of the filesystem that path is on.
func RoomOf(path string) (Room, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return Room{}, fmt.Errorf("read space of %s: %w", path, err)
	}
	size := int64(st.Bsize)
	return Room{Free: int64(st.Bavail) * size, Total: int64(st.Blocks) * size}, nil
}
