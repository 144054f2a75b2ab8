//go:build lab && linux

package labtest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// scene is a paired sender and receiver a moment before the receiver is sent
// some hundred files, to be played many times from the same beginning.
type scene struct {
	t              *testing.T
	sender, reader *host
	folder         string            // the sender's
	want           tree              // what is in it, and so what the receiver must have at the end
	old            map[[32]byte]bool // contents that an origin has replaced
	hashes         map[[32]byte]string
	backup         string // of both homes
	ops            int    // of the receiver's disk until all is done; 0 = not counted yet
}

// stage makes a scene with n files to receive: most of a few kilobytes, some of
// several groups, equal contents under several names and in a folder of the
// receiver's own, files that were edited, renamed or given another time since the
// receiver last saw them.
func stage(t *testing.T, n int) *scene {
	t.Helper()
	_, hosts := network(t, 2)
	s := &scene{t: t, sender: hosts[0], reader: hosts[1], old: map[[32]byte]bool{}, hashes: map[[32]byte]string{}}
	s.folder = s.sender.mkdir(s.sender.path("Pictures"))
	for i := range 4 {
		s.put(fmt.Sprintf("2004/first-%d.jpg", i), jpeg(20_000+i, uint64(i)), i)
	}
	own := s.reader.mkdir(s.reader.path("Own"))
	for i := 3; i < min(n, 60); i += 10 {
		s.reader.put(filepath.Join(own, fmt.Sprintf("mine-%d.jpg", i)), received(i), corpusTime(2*n+i))
	}
	s.sender.start(s.folder)
	s.reader.start(own)
	pair(t, s.sender, s.reader)
	awaitComplete(60*time.Second, s.sender, s.reader)
	s.reader.stop()
	s.learn(snapshot(t, s.folder))
	s.sender.stop()
	s.change(n)
	s.sender.start()
	s.sender.await("scanned", 60*time.Second, func(st *status) bool {
		return st.Library.Items == s.want.contents() && st.State == "waiting"
	})
	s.learn(s.want)
	s.sender.stop()
	s.backup = t.TempDir()
	copyTree(t, s.sender.path(".local"), filepath.Join(s.backup, "sender"))
	copyTree(t, s.reader.home, filepath.Join(s.backup, "reader"))
	t.Logf("the receiver lacks %d files, %d bytes", n, s.want.bytes())
	return s
}

// learn asks the sender for the hashes of its files.
func (s *scene) learn(files tree) {
	s.t.Helper()
	client := s.sender.socket()
	for p, f := range files {
		c := peek(client, filepath.Join(s.folder, p))
		if c == nil {
			s.t.Fatalf("%s is not known to its own device", p)
		}
		s.hashes[f.sum] = c.Hash
	}
}

func (s *scene) put(name string, data []byte, n int) {
	s.sender.mkdir(filepath.Dir(filepath.Join(s.folder, name)))
	s.sender.put(filepath.Join(s.folder, name), data, corpusTime(n))
}

// change is what happened in the sender's folder while the receiver was away.
func (s *scene) change(n int) {
	for _, edited := range []string{"2004/first-0.jpg", "2004/first-1.jpg"} {
		s.old[sum(s.t, filepath.Join(s.folder, edited))] = true
		s.put(edited, jpeg(25_000, sum8(edited)), n+1)
	}
	s.sender.mkdir(filepath.Join(s.folder, "Norway"))
	if err := os.Rename(filepath.Join(s.folder, "2004/first-2.jpg"), filepath.Join(s.folder, "Norway/fjord.jpg")); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(s.folder, "2004/first-3.jpg"), corpusTime(n+2), corpusTime(n+2)); err != nil {
		s.t.Fatal(err)
	}
	for i := range n - 2 {
		data, when := received(i), i
		if i%10 == 1 { // the same again, modified at the same time or at another
			data, when = received(i+1), i+1+i/10%2
		}
		s.put(fmt.Sprintf("%d/%s/IMG_%04d.jpg", 2005+i%3, []string{"a", "b"}[i/3%2], i), data, when)
	}
	s.want = snapshot(s.t, s.folder)
}

// received is what the i-th file has in it: some kilobytes, or several groups.
func received(i int) []byte {
	if i%10 == 0 {
		return jpeg(300_000+7_001*i, uint64(1000+i))
	}
	return jpeg(4_000+97*i, uint64(1000+i))
}

// sum8 is a seed from a name.
func sum8(name string) (n uint64) {
	for _, c := range name {
		n = n*31 + uint64(c)
	}
	return n
}

// rewind makes both devices what they were at the beginning, the receiver's home in dir.
func (s *scene) rewind(dir string) {
	s.t.Helper()
	removeTree(s.t, s.sender.path(".local"))
	copyTree(s.t, filepath.Join(s.backup, "sender"), s.sender.path(".local"))
	removeTree(s.t, dir)
	copyTree(s.t, filepath.Join(s.backup, "reader"), dir)
}

// announced returns the hashes that the sender was told the receiver holds.
func (s *scene) announced(client *http.Client) map[string]bool {
	held := map[string]bool{}
	for _, hash := range s.hashes {
		var c *copies
		if _, ok := eventually(20*time.Second, 50*time.Millisecond, func() bool {
			c = peek(client, hash)
			return c != nil
		}); !ok {
			s.t.Fatalf("the sender does not answer for %s", hash)
		}
		for _, h := range c.Holders {
			if h.Device == s.reader.name {
				held[hash] = true
			}
		}
	}
	return held
}

// verdict counts what is wrong with what a receiver has.
type verdict struct {
	announced  int // items that others were told of
	recorded   int // vault files in the catalogue
	missing    int // of both, without a file
	damaged    int // of both, with a file of other bytes
	unrecorded int // announced, and not in the catalogue
	unlogged   int // recorded, and without a line in the names log
	mistimed   int // recorded, and modified at another time
}

func (v verdict) String() string {
	return fmt.Sprintf("%d announced, %d recorded: %d missing, %d damaged, %d unrecorded, %d without their names, %d without their times",
		v.announced, v.recorded, v.missing, v.damaged, v.unrecorded, v.unlogged, v.mistimed)
}

func (v verdict) bad() int { return v.missing + v.damaged + v.unrecorded + v.unlogged + v.mistimed }

func (v *verdict) add(o verdict) {
	v.announced += o.announced
	v.recorded += o.recorded
	v.missing += o.missing
	v.damaged += o.damaged
	v.unrecorded += o.unrecorded
	v.unlogged += o.unlogged
	v.mistimed += o.mistimed
}

// judge compares what the receiver has below home with what it said: to the
// sender, and to itself in its catalogue.
func (s *scene) judge(home string, announced map[string]bool) (v verdict) {
	s.t.Helper()
	vault := filepath.Join(home, "Homeroll")
	there := map[string]bool{}
	files := map[string]string{}    // hash of each, "" if it is none that should be there
	times := map[string]time.Time{} // of those with one name
	err := filepath.WalkDir(vault, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.Contains(p, "/.homeroll") {
			return err
		}
		rel, err := filepath.Rel(vault, p)
		content := sum(s.t, p)
		files[rel] = s.hashes[content]
		there[files[rel]] = true
		if info, infoErr := d.Info(); infoErr == nil && !s.twice(content) {
			times[rel] = info.ModTime()
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	recorded, names := s.vaultRows(home), s.namesLog(vault)
	v.announced, v.recorded = len(announced), len(recorded)
	known := s.ownRows(home)
	for _, f := range snapshot(s.t, filepath.Join(home, "Own")) {
		there[s.hashes[f.sum]] = true
	}
	for path, row := range recorded {
		hash := row.Hash
		known[hash] = true
		got, ok := files[path]
		switch {
		case got == hash && !names[path+" "+hash]:
			v.unlogged++
		case got == hash && !times[path].IsZero() && times[path].UnixNano() != row.Seconds*1e9+row.Nanos && !s.isTimeOf(path, times[path]):
			v.mistimed++
		case got == hash:
		case there[hash]: // moved, a moment before the row was
		case !ok:
			v.missing++
		default:
			v.damaged++
		}
	}
	for hash := range announced {
		if !there[hash] {
			v.missing++
		}
		if !known[hash] {
			v.unrecorded++
		}
	}
	return v
}

// isTimeOf reports whether the sender's file that a path of the vault stands for
// has this modification time now.
func (s *scene) isTimeOf(path string, mtime time.Time) bool {
	f, ok := s.want[strings.TrimPrefix(path, s.sender.name+"/Pictures/")]
	return ok && f.mtime.Equal(mtime)
}

// vaultRow is what the catalogue says of a file of the vault.
type vaultRow struct {
	Path, Hash     string
	Seconds, Nanos int64 // of its modification time
}

// vaultRows reads the vault's files, by their paths, from a copy of the catalogue.
func (s *scene) vaultRows(home string) map[string]vaultRow {
	s.t.Helper()
	var list []vaultRow
	s.query(home, &list, `SELECT CAST(path AS TEXT) AS path, lower(hex(hash)) AS hash, mtime AS seconds, nanos
		FROM vault_file JOIN item ON item.id=vault_file.item`)
	rows := make(map[string]vaultRow, len(list))
	for _, r := range list {
		rows[r.Path] = r
	}
	return rows
}

// ownRows reads the hashes of the receiver's own files.
func (s *scene) ownRows(home string) map[string]bool {
	s.t.Helper()
	var list []struct{ Hash string }
	s.query(home, &list, `SELECT lower(hex(hash)) AS hash FROM item WHERE own > 0`)
	hashes := map[string]bool{}
	for _, r := range list {
		hashes[r.Hash] = true
	}
	return hashes
}

// query asks a copy of the catalogue below home.
func (s *scene) query(home string, list any, query string) {
	s.t.Helper()
	dir := s.t.TempDir()
	defer removeTree(s.t, dir)
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(filepath.Join(home, ".local/share/homeroll/catalogue.db"+suffix))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, "c.db"+suffix), raw, 0o600)
		} else if suffix == "-wal" && os.IsNotExist(err) {
			err = nil
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
	out, err := exec.Command("sqlite3", "-json", filepath.Join(dir, "c.db"), query).CombinedOutput()
	if err != nil {
		s.t.Fatalf("read catalogue: %v: %s", err, out)
	}
	if len(out) > 0 {
		s.sender.decode(out, list)
	}
}

// namesLog reads what the names log says: each path, a space, and the hash.
func (s *scene) namesLog(vault string) map[string]bool {
	names := map[string]bool{}
	raw, err := os.ReadFile(filepath.Join(vault, ".homeroll", "names"))
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		var l struct{ Path, Hash string }
		if json.Unmarshal([]byte(line), &l) == nil && l.Path != "" {
			names[l.Path+" "+l.Hash] = true
		}
	}
	return names
}

// whole waits until the receiver has everything, and compares. It returns what
// is wrong, "" if nothing is.
func (s *scene) whole(limit time.Duration) string {
	s.t.Helper()
	if wrong := s.complete(limit); wrong != "" {
		return wrong
	}
	return s.leftovers()
}

// complete is whole, and does not look for what should have been tidied up.
func (s *scene) complete(limit time.Duration) string {
	s.t.Helper()
	for _, h := range []*host{s.reader, s.sender} {
		var last *status
		if _, ok := eventually(limit, 100*time.Millisecond, func() bool {
			last = h.status()
			return complete(last)
		}); !ok {
			return fmt.Sprintf("%s is not complete but %s (%s)", h.name, last.State, last.Reason)
		}
	}
	return s.difference()
}

// leftovers reports files that are of no use any more.
func (s *scene) leftovers() string {
	for _, pattern := range []string{".local/share/homeroll/catalogue.db.corrupt-*", "Homeroll/.homeroll/partial/*", "Homeroll/*/*/.homeroll-*.part"} {
		if left, _ := filepath.Glob(s.reader.path(pattern)); len(left) > 0 {
			return fmt.Sprintf("%d files like %s are left", len(left), left[0])
		}
	}
	return ""
}

// twice reports whether a content has several names.
func (s *scene) twice(content [32]byte) bool {
	n := 0
	for _, f := range s.want {
		if f.sum == content {
			n++
		}
	}
	return n > 1
}

// difference compares the receiver's vault with the sender's folder, versions set aside included.
func (s *scene) difference() string {
	have := snapshot(s.t, filepath.Join(s.reader.vault(), s.sender.name, "Pictures"))
	for p, f := range s.want {
		switch g, ok := have[p]; {
		case !ok:
			return p + " is missing"
		case g.sum != f.sum:
			return p + " has other bytes"
		case !g.mtime.Equal(f.mtime) && !s.twice(f.sum): // two names of one file have one time
			return fmt.Sprintf("%s is of %v, not %v", p, g.mtime, f.mtime)
		}
	}
	for p := range have {
		if _, ok := s.want[p]; !ok {
			return p + " is in the vault, and has no original"
		}
	}
	if own := filepath.Join(s.reader.vault(), s.reader.name); exists(own) {
		return own + " is there: items came before their names"
	}
	aside := snapshot(s.t, filepath.Join(s.reader.vault(), ".versions", s.sender.name))
	for p, f := range aside {
		if !s.old[f.sum] {
			return p + " was set aside, and nobody replaced it"
		}
	}
	if len(aside) != len(s.old) {
		return fmt.Sprintf("%d files were set aside, not %d", len(aside), len(s.old))
	}
	return ""
}
