package volume

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path"
	"runtime"
	"strings"
	"time"

	"homeroll/store/internal/disk"
)

// Probe tries what the filesystem of a directory can do, with some dozens of
// small files in a directory of their own that it removes again. fstype is what
// the system calls the filesystem; some of them promise more than they keep.
func Probe(root *os.Root, dir, fstype string) (Traits, error) {
	dir = path.Join(dir, ProbePrefix+random())
	if err := root.Mkdir(dir, 0o700); err != nil {
		return Traits{}, fmt.Errorf("probe filesystem: %w", err)
	}
	p := &probe{root: root, dir: dir, kept: map[string]bool{}}
	t, err := p.run(fstype)
	if cleanErr := root.RemoveAll(dir); cleanErr != nil && err == nil {
		err = fmt.Errorf("probe filesystem: %w", cleanErr)
	}
	return t, err
}

// ProbePrefix begins the name of the directory that a probe makes.
const ProbePrefix = "probe-"

type probe struct {
	root *os.Root
	dir  string
	kept map[string]bool // names as they are listed
}

// control is a file that every filesystem can hold.
const control = "probe.jpg"

func (p *probe) run(fstype string) (t Traits, err error) {
	if err := p.make(control); err != nil {
		return t, fmt.Errorf("probe filesystem: %w", err)
	}
	asked := questions()
	for _, name := range asked {
		_ = p.make(name) // what it cannot hold is not listed
	}
	if err := p.list(); err != nil {
		return t, fmt.Errorf("probe filesystem: %w", err)
	}
	p.names(&t)
	p.folding(&t)
	p.times(&t)
	p.sharing(&t)
	t.distrust(fstype)
	return t, nil
}

// Names that are asked for, by what they ask.
const (
	composed   = "caf\u00e9.jpg"
	decomposed = "cafe\u0301.jpg"
	astral     = "\U0001f600.jpg"
	notUTF8    = "bad\xff.jpg"
	odd        = forbidden + "\x01\n\x7f'&%$#@!^~`=+,;[]{}()" // each is asked for alone
)

var (
	trailing = []string{"dot.", "space ", "con", "aux.jpg", "com1.jpg"}
	long     = strings.Repeat("\u00fc", 200)
)

func questions() []string {
	q := append([]string{composed, astral, notUTF8, long}, trailing...)
	for _, r := range odd {
		if r != '/' {
			q = append(q, oddName(r))
		}
	}
	return q
}

func oddName(r rune) string { return "a" + string(r) + "b.jpg" }

func (p *probe) make(name string) error {
	f, err := p.root.OpenFile(path.Join(p.dir, name), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// list reads the names back: some filesystems change them without a word.
func (p *probe) list() error {
	d, err := p.root.Open(p.dir)
	if err != nil {
		return err
	}
	names, err := d.Readdirnames(-1)
	for _, name := range names {
		p.kept[name] = true
	}
	return errors.Join(err, d.Close())
}

func (p *probe) names(t *Traits) {
	t.ASCII = !p.there(composed)
	t.Unicode = t.ASCII || !p.kept[notUTF8]
	t.Units = p.kept[long]
	t.Windows = runtime.GOOS == "windows"
	for _, name := range trailing {
		t.Windows = t.Windows || !p.kept[name]
	}
	for _, r := range odd {
		switch {
		case r == '/' || p.kept[oddName(r)]:
		case strings.ContainsRune(forbidden, r) || r < ' ':
			t.Windows = true
		default:
			t.Refuses += string(r)
		}
	}
	if !t.ASCII && !p.kept[astral] {
		t.ASCII = true // what else it lacks, nobody can list
	}
}

func (p *probe) there(name string) bool {
	_, err := p.root.Lstat(path.Join(p.dir, name))
	return err == nil
}

func (p *probe) folding(t *Traits) {
	t.FoldsCase = p.there(strings.ToUpper(control))
	t.FoldsForm = !t.ASCII && p.there(decomposed)
}

// bounds are where known filesystems begin and end to know times (FAT, 32 bits,
// NTFS and 64 bits), a day inside so that no zone matters.
var (
	firsts = []time.Time{{}, date(1901, 12, 15), date(1970, 1, 2), date(1980, 1, 2)}
	lasts  = []time.Time{{}, date(2107, 12, 30), date(2106, 2, 6), date(2038, 1, 18)}
)

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

// steps are how exactly known filesystems keep times.
var steps = []time.Duration{1, 100, time.Microsecond, time.Millisecond, 10 * time.Millisecond, time.Second, 2 * time.Second}

func (p *probe) times(t *Traits) {
	at := time.Date(2009, 3, 29, 1, 59, 57, 987654321, time.UTC)
	got, ok := p.setTime(at)
	if t.Timeless = !ok || got.Sub(at).Abs() > zoneSpan; t.Timeless {
		return
	}
	for _, t.Step = range steps {
		if got.Sub(at).Abs() < max(t.Step, 1) && wholeAt(got, t.Step) {
			break
		}
	}
	t.First, t.Last = p.bound(firsts, media1678), p.bound(lasts, media2261)
	if t.Step == 1 {
		t.Step = 0
	}
	p.renaming(t, at)
}

// renaming asks whether a file keeps its time when it is renamed. The system
// remembers attributes for a while, by name: another spelling is asked for anew.
func (p *probe) renaming(t *Traits, at time.Time) {
	before, _ := p.setTime(at)
	from, to := path.Join(p.dir, control), path.Join(p.dir, "renamed.jpg")
	if p.root.Rename(from, to) != nil {
		return
	}
	seen := to
	if t.FoldsCase {
		seen = path.Join(p.dir, "RENAMED.JPG")
	}
	if fi, err := p.root.Lstat(seen); err == nil {
		t.Restamps = !fi.ModTime().Equal(before)
	}
	_ = p.root.Rename(to, from)
}

// Times at the ends of what is ever asked for (media.BoundTime).
var media1678, media2261 = date(1678, 1, 1), date(2261, 12, 31)

// bound returns the widest of the candidates that comes back as it was set. The
// first is no bound at all, for which extreme stands.
func (p *probe) bound(candidates []time.Time, extreme time.Time) time.Time {
	for _, c := range candidates {
		at := c
		if c.IsZero() {
			at = extreme
		}
		got, ok := p.setTime(at)
		// A driver may turn to local time and back by other rules.
		if diff := got.Sub(at); ok && diff.Abs() <= zoneSpan && (diff-diff.Round(zoneStep)).Abs() <= 2*time.Second {
			return c
		}
	}
	return candidates[len(candidates)-1]
}

func (p *probe) setTime(at time.Time) (got time.Time, ok bool) {
	name := path.Join(p.dir, control)
	if err := SetTime(p.root, name, at); err != nil {
		return got, false
	}
	fi, err := p.root.Lstat(name)
	if err != nil {
		return got, false
	}
	return fi.ModTime(), true
}

func (p *probe) sharing(t *Traits) {
	src := path.Join(p.dir, "shared")
	t.Links = p.root.Link(path.Join(p.dir, control), path.Join(p.dir, "link")) == nil
	if err := p.root.WriteFile(src, bytes.Repeat([]byte("homeroll"), 8<<10), 0o600); err != nil {
		return
	}
	from, err := p.root.Open(src)
	if err != nil {
		return
	}
	defer func() { _ = from.Close() }()
	to, err := p.root.Create(path.Join(p.dir, "clone"))
	if err != nil {
		return
	}
	t.Clones = disk.Clone(to, from) == nil
	_ = to.Close()
}

func random() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
