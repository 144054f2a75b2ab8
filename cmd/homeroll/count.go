package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"homeroll/node/config"
)

// mediaCount is how many files of media some folders hold, by their names alone: a first
// impression, before the scan looks at content.
type mediaCount struct {
	photos, videos int64
	bytes          int64
	more           bool // there was no time to count all
}

// countMedia looks through folders for at most the given time.
func countMedia(ctx context.Context, folders []config.Folder, types config.Media, atMost time.Duration) mediaCount {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	kinds := map[string]*int64{}
	var n mediaCount
	for _, ext := range types.Photos {
		kinds["."+ext] = &n.photos
	}
	for _, ext := range types.Raw {
		kinds["."+ext] = &n.photos
	}
	for _, ext := range types.Videos {
		kinds["."+ext] = &n.videos
	}
	for _, f := range folders {
		err := filepath.WalkDir(f.Path, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				return nil //nolint:nilerr // the scan will name it; this is a first impression
			case entry.IsDir() && path != f.Path && strings.HasPrefix(entry.Name(), "."):
				return fs.SkipDir
			case !entry.Type().IsRegular():
				return nil
			}
			if kind := kinds[strings.ToLower(filepath.Ext(path))]; kind != nil {
				*kind++
				if info, err := entry.Info(); err == nil {
					n.bytes += info.Size()
				}
			}
			return nil
		})
		n.more = n.more || errors.Is(err, context.DeadlineExceeded)
	}
	return n
}

// String writes "1,204 photos and 31 videos, 5.7 GB".
func (n mediaCount) String() string {
	text := plural(n.photos, "photo", "photos")
	if n.videos > 0 {
		text += " and " + plural(n.videos, "video", "videos")
	}
	if n.more {
		text = "more than " + text
	}
	if n.bytes > 0 {
		text += ", " + bytesText(n.bytes)
	}
	return text
}
