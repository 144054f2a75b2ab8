package volume

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"unicode"
)

// Exact reports a filesystem that holds every name, up to its length, and takes
// none for another.
func (t Traits) Exact() bool {
	return !t.Folds() && !t.Windows && !t.ASCII && !t.Unicode && !t.Units && t.Refuses == ""
}

// maxFAT is the largest file of FAT, in bytes.
const maxFAT = 1<<32 - 1

// MaxFile returns how large a file can be on a filesystem of that type, 0 if
// nothing is known of a limit.
func MaxFile(fstype string) int64 {
	fstype = strings.ToLower(fstype)
	if fstype != "exfat" && strings.Contains(fstype, "fat") || fstype == "msdos" {
		return maxFAT
	}
	return 0
}

// Asker asks a filesystem about characters beyond ASCII, each once: no probe can
// try them all beforehand. Close it.
type Asker struct {
	root  *os.Root
	dir   string
	knows map[rune]bool
	ready bool
}

// NewAsker asks with files in a directory of its own, which it makes in dir when
// it is asked first.
func NewAsker(root *os.Root, dir string) *Asker {
	return &Asker{root: root, dir: path.Join(dir, ProbePrefix+random()), knows: map[rune]bool{}}
}

// Close removes what was made for asking.
func (a *Asker) Close() error { return a.root.RemoveAll(a.dir) }

// Refused returns the characters of the name that no name here can have.
func (a *Asker) Refused(name string) (refused string) {
	for _, r := range name {
		if r <= unicode.MaxASCII || r == unicode.ReplacementChar {
			continue // Probe has asked
		}
		held, known := a.knows[r]
		if !known {
			held = a.ask("a" + string(r) + ".jpg")
			a.knows[r] = held
		}
		if !held {
			refused += string(r)
		}
	}
	return refused
}

// ask reports no only where a plain name is held and this one is not, or is listed
// as another one.
func (a *Asker) ask(name string) bool {
	if !a.ready {
		if a.root.Mkdir(a.dir, 0o700) != nil || a.make(control) != nil {
			return true // nothing can be said
		}
		a.ready = true
	}
	if err := a.make(name); err != nil {
		return !a.isPlainHeld()
	}
	defer func() { _ = a.root.Remove(path.Join(a.dir, name)) }()
	d, err := a.root.Open(a.dir)
	if err != nil {
		return true
	}
	defer func() { _ = d.Close() }()
	listed, err := d.Readdirnames(-1)
	for _, l := range listed {
		if Fold(l) == Fold(name) {
			return true
		}
	}
	return err != nil
}

// isPlainHeld reports whether it is the name, and not the disk, that is at fault.
func (a *Asker) isPlainHeld() bool {
	_ = a.root.Remove(path.Join(a.dir, control))
	return a.make(control) == nil
}

func (a *Asker) make(name string) error {
	f, err := a.root.OpenFile(path.Join(a.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Refuses reports whether a name that some directory was not permitted to have is
// one that the filesystem cannot hold: fusefat says the one for the other. It is
// tried in a directory made for it in dir, beside a plain name, which must be
// held there. A plain name is never at fault.
func Refuses(root *os.Root, dir, name string) bool {
	if Plain(name) == name {
		return false
	}
	a := NewAsker(root, dir)
	defer func() { _ = a.Close() }()
	if root.Mkdir(a.dir, 0o700) != nil || a.make(control) != nil {
		return false
	}
	return errors.Is(a.make(name), fs.ErrPermission) && a.isPlainHeld()
}
