package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"homeroll/store/internal/catalogue"
)

// absence is why nothing may be concluded from what a folder's place shows; the
// zero value if all is well.
type absence struct {
	missing string // it cannot be looked at at all
	halt    *halt
}

// absence looks at the folder's place. had is how many of its files are on
// record.
func (f *folder) absence(ctx context.Context, had int64) (absence, error) {
	empty, err := f.present()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return absence{missing: "it is not there: is its disk connected? What is known of it stays as it is"}, nil
	case err != nil:
		return absence{missing: fmt.Sprintf("it cannot be read (%s); what is known of it stays as it is", plainError(err))}, nil
	}
	seen := f.s.places.folder(f.id)
	last := had
	if last == 0 {
		last = seen.Files // the catalogue was lost
	}
	if last > 0 && empty {
		return f.absent(haltEmptied, last, last), nil
	}
	if last > 0 && f.otherDisk(seen) {
		lost, err := f.countGone(ctx)
		if had == 0 {
			lost = last
		}
		if (loss{had: last, lost: lost, gone: lost, other: true}).tooMuch() || lost == last && err == nil {
			return f.absent(haltOtherDisk, lost, last), nil
		}
		return absence{}, err
	}
	return absence{}, nil
}

func (f *folder) absent(kind haltKind, lost, had int64) absence {
	return absence{halt: &halt{Kind: kind, Lost: lost, Had: had, At: time.Now().UTC()}}
}

// present reports whether the folder is there and readable, and whether it has
// no entry at all. If it is not there, nothing may be concluded from what
// cannot be seen in it.
func (f *folder) present() (empty bool, err error) {
	d, err := os.Open(f.root)
	if err != nil {
		return false, err
	}
	defer func() { _ = d.Close() }()
	names, err := d.Readdirnames(1)
	if len(names) > 0 {
		return false, nil
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	return true, nil
}

// otherDisk reports whether the folder's place is on another mount than when it
// was last seen.
func (f *folder) otherDisk(seen seenFolder) bool {
	now := f.s.identify(f.root)
	return seen.Disk != "" && now != "" && seen.Disk != now
}

// countGone counts the files on record that are not there. A filesystem that
// only changed its identity, as some do at each mount, still has them.
func (f *folder) countGone(ctx context.Context) (gone int64, err error) {
	err = f.eachFile(ctx, "", func(file catalogue.File) bool {
		if _, err := os.Lstat(f.abs(file.Path)); err != nil && isGone(err) {
			gone++
		}
		return ctx.Err() == nil
	})
	return gone, errors.Join(err, ctx.Err())
}
