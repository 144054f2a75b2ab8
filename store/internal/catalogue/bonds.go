package catalogue

import (
	"hash/fnv"
	"path"
	"slices"
)

// Bounds of what is looked at for one picture: further members of larger sets
// are left as they are.
const (
	maxMates = 500 // items that are grouped together
	maxFiles = 50  // of one item, of each kind
)

// mates returns the items that share a key with an item, by what is stored.
func (ix *indexing) mates(id int64) []int64 {
	return rowsOf(ix.work, scanInt, `SELECT DISTINCT b.item FROM bond a JOIN bond b ON b.key=a.key WHERE a.item=? ORDER BY b.item LIMIT ?`, id, maxMates)
}

// bind makes the keys of an item what they should be.
func (ix *indexing) bind(row *pictureRow) {
	want := ix.keys(row)
	for _, key := range rowsOf(ix.work, scanInt, `SELECT key FROM bond WHERE item=?`, row.id) {
		if want[key] {
			delete(want, key)
			continue
		}
		ix.exec(`DELETE FROM bond WHERE key=? AND item=?`, key, row.id)
	}
	for key := range want {
		ix.exec(`INSERT INTO bond (key, item) VALUES (?,?)`, key, row.id)
	}
}

func (ix *indexing) keys(row *pictureRow) map[int64]bool {
	keys := map[int64]bool{}
	for _, f := range ix.files(row.id) {
		if f.Version {
			continue
		}
		dir := path.Dir(f.Path)
		for _, base := range []string{path.Base(f.Path), row.title} {
			if base != "" {
				keys[keyOf("stem", string(f.Device), string(f.Folder[:]), dir, ix.deriver.Stem(base))] = true
			}
		}
	}
	if row.picture.ContentID != "" {
		keys[keyOf("content", row.picture.ContentID)] = true
	}
	if row.picture.Burst != "" {
		keys[keyOf("burst", row.picture.Burst)] = true
	}
	return keys
}

// keyOf hashes texts. Two that collide are looked at together, and told apart.
func keyOf(parts ...string) int64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write([]byte(p))
		_, _ = h.Write([]byte{0})
	}
	return int64(h.Sum64())
}

// files returns the files of an item, those of the vault by their original names;
// of one that is not here, those that other devices name.
func (ix *indexing) files(id int64) []MemberFile {
	me := ix.c.signer.Device()
	files := rowsOf(ix.work, func(r scanner) (MemberFile, error) {
		f := MemberFile{Device: me}
		return f, scanMemberFile(r, &f)
	}, `SELECT d.folder, f.path, f.mtime, f.nanos FROM file f JOIN folder d ON d.id=f.folder WHERE f.item=? ORDER BY f.id LIMIT ?`, id, maxFiles)
	files = append(files, rowsOf(ix.work, func(r scanner) (f MemberFile, err error) {
		err = scanMemberFile(behind{r, []any{&f.Device, &f.Version}}, &f)
		return f, err
	}, `SELECT o.device, v.version, o.folder, v.name, v.mtime, v.nanos FROM vault_file v JOIN origin o ON o.id=v.origin WHERE v.item=? ORDER BY v.id LIMIT ?`, id, maxFiles)...)
	if len(files) > 0 {
		return files
	}
	for _, n := range rowsOf(ix.work, ix.c.scanName, `SELECT author, body FROM record WHERE item=? AND kind IN (1, 5) ORDER BY id LIMIT ?`, id, maxFiles) {
		files = append(files, MemberFile{Device: n.Device, Folder: n.Folder, Path: n.Path, MTime: n.MTime})
	}
	return files
}

func scanMemberFile(r scanner, f *MemberFile) error {
	var folder, p []byte
	var mtime stamp
	err := r.Scan(&folder, &p, &mtime.sec, &mtime.nanos)
	copy(f.Folder[:], folder)
	f.Path, f.MTime = string(p), mtime.time()
	return err
}

// regroup derives anew what follows for these items and all that are tied to
// them.
func (ix *indexing) regroup(seeds []int64) {
	done := map[int64]bool{}
	for _, seed := range seeds {
		if done[seed] || ix.err != nil {
			continue
		}
		ids := ix.component(seed)
		for _, id := range ids {
			done[id] = true
		}
		ix.deriveAll(ids)
	}
}

// component returns what is tied to an item, directly or not, by row.
func (ix *indexing) component(seed int64) []int64 {
	all, seen := []int64{seed}, map[int64]bool{seed: true}
	for i := 0; i < len(all) && len(all) < maxMates; i++ {
		for _, id := range ix.mates(all[i]) {
			if !seen[id] && len(all) < maxMates {
				seen[id] = true
				all = append(all, id)
			}
		}
	}
	return all
}

// deriveAll derives anew what follows for these, apart for those in the trash.
func (ix *indexing) deriveAll(ids []int64) {
	var shown, hidden []*pictureRow
	for _, id := range ids {
		switch row := ix.row(id); {
		case row == nil:
		case row.hidden:
			hidden = append(hidden, row)
		default:
			shown = append(shown, row)
		}
	}
	ix.deriveRows(shown)
	ix.deriveRows(hidden)
}

func (ix *indexing) deriveRows(rows []*pictureRow) {
	slices.SortFunc(rows, func(a, b *pictureRow) int { return slices.Compare(a.item.ID[:], b.item.ID[:]) })
	members := make([]Member, 0, len(rows))
	for _, row := range rows {
		m := Member{Item: row.item, Picture: row.picture, Sidecar: row.sidecar, Title: row.title, Files: ix.files(row.id)}
		m.Picture.Taken = row.said
		members = append(members, m)
	}
	if ix.err != nil || len(members) == 0 {
		return
	}
	all := ix.deriver.Derive(members)
	sizes := map[int]int{}
	for _, d := range all {
		if d.Kind != "" {
			sizes[d.Lead]++
		}
	}
	for i, d := range all {
		next := *rows[i]
		next.taken, next.lead, next.kind, next.members = d.Taken, rows[d.Lead].id, d.Kind, 1
		if d.Kind != "" {
			next.members = sizes[d.Lead]
		}
		ix.write(rows[i], next)
	}
}
