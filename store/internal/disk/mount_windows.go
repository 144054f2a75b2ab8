package disk

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/windows"
)

// MountOf returns the mount that an existing, resolved path lies on.
func MountOf(path string) (Mount, error) {
	p, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return Mount{}, err
	}
	root := make([]uint16, windows.MAX_PATH+1)
	if err := windows.GetVolumePathName(p, &root[0], uint32(len(root))); err != nil {
		return Mount{}, fmt.Errorf("read volume of %s: %w", path, err)
	}
	var serial uint32
	var name [windows.MAX_PATH + 1]uint16
	err = windows.GetVolumeInformation(&root[0], nil, 0, &serial, nil, nil, &name[0], uint32(len(name)))
	if err != nil {
		return Mount{}, fmt.Errorf("read volume of %s: %w", path, err)
	}
	m := Mount{Type: windows.UTF16ToString(name[:]), ID: []string{"serial", strconv.FormatUint(uint64(serial), 16)}}
	if windows.GetDriveType(&root[0]) == windows.DRIVE_REMOTE {
		m.Deaf = true
		m.Remote = shareOf(windows.UTF16ToString(root), serial)
	}
	return m, nil
}

// shareOf names a share by its server where the path says it, else by the
// serial number that every client of it sees.
func shareOf(root string, serial uint32) string {
	if vol := filepath.VolumeName(root); strings.HasPrefix(vol, `\\`) {
		return strings.ToLower(vol)
	}
	return "serial:" + strconv.FormatUint(uint64(serial), 16)
}
