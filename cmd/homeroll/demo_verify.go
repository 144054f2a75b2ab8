package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"homeroll/node"
)

// verifyDemo compares each of owner's files with its plain file in keeper's vault: the same bytes, hashed anew on both
// sides, under the same name, with the same time; and nothing else may be there. It also asks keeper how many copies
// there are.
func verifyDemo(ctx context.Context, owner, keeper *demoDevice) (int, error) {
	kept := filepath.Join(keeper.vault, owner.name, filepath.Base(owner.pictures))
	for _, path := range owner.media {
		if err := verifyFile(ctx, filepath.Join(owner.pictures, filepath.FromSlash(path)), filepath.Join(kept, filepath.FromSlash(path)), keeper); err != nil {
			return 0, err
		}
	}
	files := 0
	err := filepath.WalkDir(kept, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files++
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("look through %s's vault: %w", keeper.name, err)
	}
	if files != len(owner.media) {
		return 0, fmt.Errorf("%s has %d files of %s in %s, not %d", keeper.name, files, owner.name, kept, len(owner.media))
	}
	return files, nil
}

func verifyFile(ctx context.Context, original, copied string, keeper *demoDevice) error {
	want, err := node.HashFile(ctx, original)
	if err != nil {
		return err
	}
	got, err := node.HashFile(ctx, copied)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s differs from %s: %s is not %s", copied, original, got, want)
	}
	a, err := os.Stat(original)
	if err != nil {
		return err
	}
	b, err := os.Stat(copied)
	if err != nil {
		return err
	}
	if !a.ModTime().Truncate(time.Second).Equal(b.ModTime().Truncate(time.Second)) {
		return fmt.Errorf("%s has the time %v, not %v", copied, b.ModTime(), a.ModTime())
	}
	info, err := keeper.client.Copies(ctx, want)
	if err != nil {
		return fmt.Errorf("ask %s for the copies of %s: %w", keeper.name, original, err)
	}
	if info.Copies < 2 {
		return fmt.Errorf("%s says that %s has %s, not 2", keeper.name, original, plural(int64(info.Copies), "copy", "copies"))
	}
	return nil
}
