package walk

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"homeroll/store/internal/disk"
)

// Visitor takes what Walk finds. Its methods are called one after the other.
type Visitor interface {
	// Dir is called before a directory is read, to watch it.
	Dir(rel, abs string)
	// File is called for each file. An error ends the walk.
	File(f File) error
	// Failed reports a directory that could not be read, or has an entry of which
	// nothing can be learnt, if only because it is gone again; the walk goes on.
	Failed(rel, abs string, err error)
}

// File is a file as the walk found it.
type File struct {
	Path    string // in the folder, slashes
	Abs     string
	Stamp   disk.Stamp
	Verdict Verdict
}

// batch bounds how many entries of a directory are in memory at once.
const batch = 1000

// Walk visits the directory at path rel of the folder ("." for all of it) and
// everything below that the rules enter, in no order. It follows no link, with
// the exception of the folder itself being one.
func Walk(ctx context.Context, root, rel string, rules Rules, v Visitor) error {
	todo := []string{rel}
	for len(todo) > 0 {
		dir := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		subdirs, err := walkDir(ctx, root, dir, rules, v)
		if err != nil {
			return err
		}
		todo = append(todo, subdirs...)
	}
	return nil
}

func walkDir(ctx context.Context, root, rel string, rules Rules, v Visitor) (subdirs []string, err error) {
	abs := Join(root, rel)
	if HasMarker(abs) {
		return nil, nil
	}
	v.Dir(rel, abs)
	d, err := os.Open(abs)
	if err != nil {
		v.Failed(rel, abs, err)
		return nil, nil
	}
	defer func() { _ = d.Close() }()
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		entries, err := d.ReadDir(batch)
		for _, e := range entries {
			sub, err := visit(root, path.Join(rel, e.Name()), e, rules, v)
			if err != nil {
				return nil, err
			}
			if sub != "" {
				subdirs = append(subdirs, sub)
			}
		}
		if len(entries) == 0 {
			if err != nil && !errors.Is(err, io.EOF) {
				v.Failed(rel, abs, err)
			}
			return subdirs, nil
		}
	}
}

func visit(root, rel string, e fs.DirEntry, rules Rules, v Visitor) (subdir string, err error) {
	fi, err := e.Info()
	if err != nil {
		v.Failed(path.Dir(rel), Join(root, path.Dir(rel)), err)
		return "", nil
	}
	if e.IsDir() {
		if rules.EnterDir(rel, e.Name(), fi) {
			return rel, nil
		}
		return "", nil
	}
	return "", v.File(Judge(root, rel, fi, rules))
}

// Judge returns the file at path rel with its verdict.
func Judge(root, rel string, fi fs.FileInfo, rules Rules) File {
	f := File{Path: rel, Abs: Join(root, rel)}
	f.Verdict = rules.File(rel, f.Abs, fi)
	if f.Verdict.Class == Media {
		f.Stamp = disk.StampOf(f.Abs, fi)
	}
	return f
}

// Entered reports whether a walk of the folder would come to the directory
// rel: none above it is one that the rules leave out.
func Entered(root, rel string, rules Rules) bool {
	if HasMarker(root) {
		return false
	}
	for at := rel; at != "." && at != "/"; at = path.Dir(at) {
		fi, err := os.Lstat(Join(root, at))
		if err != nil || !fi.IsDir() || !rules.EnterDir(at, path.Base(at), fi) || HasMarker(Join(root, at)) {
			return false
		}
	}
	return true
}

// Join returns where the path rel of a folder is.
func Join(root, rel string) string { return filepath.Join(root, filepath.FromSlash(rel)) }
