// Package walk finds the media files of a folder: which directories are
// entered, which files count, and why others do not. It opens nothing but
// directories and the first bytes of files whose extension says nothing, and
// writes nothing at all.
//
// Start with [Rules] and [Walk].
package walk

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"homeroll/store/internal/disk"
	"homeroll/store/internal/filetype"
)

// Marker is the file that makes a directory a vault, which is never scanned.
const Marker = ".homeroll-vault"

// Rules say what of a folder is media.
type Rules struct {
	Base   string // name of the folder's own directory
	Types  filetype.Set
	Ignore Ignore
	Except []string // directories that are not entered, as slash paths in the folder
}

// Class is what becomes of a file.
type Class int

// The classes of files.
const (
	Media   Class = iota
	Skipped       // counted by Verdict.Type
	Ignored       // not even counted: hidden, or by the user's pattern
)

// Types of skipped files that are no extension.
const (
	TypeEmpty       = "empty"
	TypePlaceholder = "cloud placeholder"
	TypeSymlink     = "symlink"
	TypeSpecial     = "socket, pipe or device"
)

// Verdict is the class of a file, and the type as which it is skipped.
type Verdict struct {
	Class Class
	Type  string
}

// caches are directories that programs and systems keep beside pictures:
// trash, thumbnails, versions and databases. Names with a dot are hidden anyway.
var caches = []string{
	"$recycle.bin", "recycler", "system volume information", "@eadir", "@recycle", "@tmp", "#recycle", "#snapshot",
	"lost+found", "found.000", "lrcat-data", "thumbnails.noindex", "__macosx",
}

// EnterDir reports whether the directory at path rel (slashes, in the folder)
// is looked into. Root directories always are.
func (r Rules) EnterDir(rel, name string, fi fs.FileInfo) bool {
	if disk.TraitsOf(name, fi).Hidden || slices.Contains(caches, strings.ToLower(name)) || r.Ignore.Match(rel) || slices.Contains(r.Except, rel) {
		return false
	}
	if r.inLibraryRoot(rel) {
		return name == "originals" || name == "Masters"
	}
	return true
}

// File judges the file at path rel (slashes, in the folder); abs is where it
// is. It opens it only when the extension is unknown.
func (r Rules) File(rel, abs string, fi fs.FileInfo) Verdict {
	name := path.Base(rel)
	if placeholder, ok := iCloudName(name); ok {
		return r.placeholder(placeholder)
	}
	traits := disk.TraitsOf(name, fi)
	switch mode := fi.Mode(); {
	case traits.Hidden || r.Ignore.Match(rel) || r.inLibraryRoot(rel):
		return Verdict{Class: Ignored}
	case mode&fs.ModeSymlink != 0:
		return Verdict{Skipped, TypeSymlink}
	case !mode.IsRegular():
		return Verdict{Skipped, TypeSpecial}
	case traits.Placeholder:
		return r.placeholder(name)
	case r.Types[filetype.Ext(name)]:
		if fi.Size() == 0 {
			return Verdict{Skipped, TypeEmpty}
		}
		return Verdict{Class: Media}
	case fi.Size() > 0 && sniff(abs):
		return Verdict{Class: Media}
	}
	return Verdict{Skipped, filetype.Label(name)}
}

// placeholder counts only those of media as such.
func (r Rules) placeholder(name string) Verdict {
	if r.Types[filetype.Ext(name)] {
		return Verdict{Skipped, TypePlaceholder}
	}
	return Verdict{Skipped, filetype.Label(name)}
}

// iCloudName returns the name that ".NAME.icloud" stands for.
func iCloudName(name string) (string, bool) {
	rest, dot := strings.CutPrefix(name, ".")
	rest, icloud := strings.CutSuffix(rest, ".icloud")
	return rest, dot && icloud && rest != ""
}

// inLibraryRoot reports an entry of an Apple Photos library's own directory, of
// which only the originals are anybody's files.
func (r Rules) inLibraryRoot(rel string) bool {
	return strings.HasSuffix(strings.ToLower(path.Dir(path.Join(r.Base, rel))), ".photoslibrary")
}

func sniff(abs string) bool {
	f, _, err := disk.Open(abs)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, filetype.SniffLen)
	n, _ := f.ReadAt(head, 0)
	return filetype.Sniff(head[:n])
}

// HasMarker reports whether a directory is a vault.
func HasMarker(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, Marker))
	return err == nil
}
