//go:build !linux && !darwin && !windows

package disk

import "fmt"

// RoomOf returns the space of the filesystem that path is on.
func RoomOf(path string) (Room, error) {
	return Room{}, fmt.Errorf("read space of %s: %w", path, ErrUnsupported)
}
