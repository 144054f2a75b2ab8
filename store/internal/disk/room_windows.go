package disk

import (
	"fmt"

	"golang.org/x/sys/windows"
)

// RoomOf returns the space of the filesystem that path is on.
func RoomOf(path string) (Room, error) {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return Room{}, err
	}
	var free, total uint64
	if err := windows.GetDiskFreeSpaceEx(p, &free, &total, nil); err != nil {
		return Room{}, fmt.Errorf("read space of %s: %w", path, err)
	}
	return Room{Free: int64(free), Total: int64(total)}, nil
}
