package main

import "path/filepath"

// disk is a mounted filesystem that could hold a vault; sizes in bytes.
type disk struct {
	mount      string
	free, size int64
}

// homeDisk is the fallback where disks cannot be listed: the one of the home directory.
func homeDisk() []disk {
	home, err := homeDir()
	if err != nil {
		home = string(filepath.Separator)
	}
	free, size, err := diskSpace(home)
	if err != nil {
		return nil
	}
	return []disk{{home, free, size}}
}

// freeSpace returns the bytes that this user may still write at a path, -1 where the
// filesystem does not say.
func freeSpace(path string) (int64, error) {
	free, total, err := diskSpace(path)
	if err == nil && total == 0 {
		free = -1
	}
	return free, err
}
