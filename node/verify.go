package node

import (
	"context"
	"fmt"
	"os"

	"homeroll/store/media"
)

// HashFile returns the hash of a file's bytes in the form that status and copies show, read anew
// from the disk: for checks that must not believe the catalogue.
func HashFile(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("hash file: %w", err)
	}
	defer f.Close()
	item, _, err := media.Hash(ctx, f)
	if err != nil {
		return "", fmt.Errorf("hash file: %w", err)
	}
	return item.ID.String(), nil
}

// OwnDisk makes a node (see Config.Disk) take all that it has for one disk of its own, named by
// label. It is for homes that are played on one machine, whose copies would rightly count once.
func OwnDisk(label string) func(string) (media.Disk, error) {
	return func(string) (media.Disk, error) { return media.DiskOf("played disk", label), nil }
}
