package main

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

// picturesDir returns the user's Pictures directory, wherever it was moved to.
func picturesDir() string {
	if dir, err := windows.KnownFolderPath(windows.FOLDERID_Pictures, 0); err == nil {
		return dir
	}
	home, err := homeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, "Pictures")
}
