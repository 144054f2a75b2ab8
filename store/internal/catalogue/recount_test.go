package catalogue

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"reflect"
	"slices"

	"homeroll/store/media"
)

// recount derives everything anew, slowly and in another way, from records,
// files and vault files, and compares it with what is stored.
func recount(t fataler, p *place) {
	t.Helper()
	r := read(t, p)
	r.checkTries(t)
	r.checkOwn(t)
	r.checkItems(t)
	r.checkPlacement(t)
	r.checkFolders(t)
	r.checkPictures(t)
	r.checkStatedNames(t)
	r.checkMarks(t)
}

type stated struct {
	row      int64
	author   int
	fp       media.Fingerprint
	record   media.Record
	v        any
	unplaced bool
}

const selectNodes = `SELECT id, body FROM node`

const selectRecords = `SELECT id, author, body, unplaced FROM record`

type stored struct {
	p         *place
	s         *state
	records   []stated
	files     []File
	vault     []VaultFile
	noted     []VaultFile
	displaced map[string]bool
	items     map[media.Item]itemState
	marks     map[string][]stated // by subject
}

func read(t fataler, p *place) *stored {
	t.Helper()
	ctx := context.Background()
	r := &stored{p: p, displaced: map[string]bool{}, items: map[media.Item]itemState{}, marks: map[string][]stated{}}
	r.s = must(loadState(ctx, p.readers))(t)
	if !reflect.DeepEqual(r.s, p.state.Load()) {
		t.Fatalf("state in memory is not the stored one: counts %+v and %+v", p.state.Load().counts, r.s.counts)
	}
	r.records = must(list(ctx, p.readers, func(s scanner) (x stated, err error) {
		var body []byte
		err = s.Scan(&x.row, &x.author, &body, &x.unplaced)
		x.record, x.fp = body, media.Record(body).Fingerprint()
		x.v = must(x.record.Decode())(t)
		return x, err
	}, selectRecords))(t)
	for _, x := range r.records {
		if m, ok := x.v.(media.Mark); ok {
			r.marks[string(m.Subject())] = append(r.marks[string(m.Subject())], x)
		}
	}
	r.records = append(r.records, r.plainHoldings(t)...)
	r.files = must(list(ctx, p.readers, scanFile, selectFile))(t)
	for _, d := range must(list(ctx, p.readers, scanDisplaced, selectVaultFile))(t) {
		r.vault = append(r.vault, d.VaultFile)
	}
	for _, n := range must(list(ctx, p.readers, scanNoted, selectNoted))(t) {
		n.Item = must(list(ctx, p.readers, scanItemRow, `SELECT `+itemColumns+` FROM item WHERE id=?`, n.item))(t)[0].item
		r.noted = append(r.noted, n.VaultFile)
	}
	for _, d := range must(p.Displaced(ctx, 0, 1<<30))(t) {
		r.displaced[d.Path] = true
	}
	for _, row := range must(list(ctx, p.readers, scanItemRow, `SELECT `+itemColumns+` FROM item`))(t) {
		r.items[row.item] = row.cur
	}
	return r
}

// plainHoldings returns the records that leaves state without a row.
func (r *stored) plainHoldings(t fataler) (all []stated) {
	t.Helper()
	for _, n := range must(list(context.Background(), r.p.readers, scanNode, selectNodes))(t) {
		for _, row := range n.rows {
			item, ok := heldItem(row)
			if !ok {
				continue
			}
			rows := must(list(context.Background(), r.p.readers, scanItemRow, `SELECT `+itemColumns+` FROM item WHERE id=?`, item))(t)
			if len(rows) != 1 {
				t.Fatalf("a leaf states a holding of item %d, which is stored %d times", item, len(rows))
			}
			h := media.Holding{Item: rows[0].item}
			x := stated{row: row, author: int(n.id >> authorShift), record: must(media.EncodeRecord(h))(t), v: h}
			x.fp = x.record.Fingerprint()
			all = append(all, x)
		}
	}
	return all
}

// naive derives a trie from its definition: its node at p, and the rows that
// must be stored.
func naive(author int, p media.Prefix, records []stated, rows map[nodeID][]byte) media.Node {
	if len(records) <= media.LeafMax {
		var l leaf
		for _, x := range records {
			l.fps, l.rows = append(l.fps, x.fp), append(l.rows, x.row)
		}
		if len(records) > 0 {
			rows[nodeIDOf(author, p)] = encodeLeaf(l)
		}
		return media.LeafNode(l.fps)
	}
	var kids [media.Fanout]media.Node
	for i := range kids {
		var below []stated
		for _, x := range records {
			if x.fp.Digit(len(p)) == i {
				below = append(below, x)
			}
		}
		kids[i] = naive(author, p.Child(i), below, rows)
	}
	rows[nodeIDOf(author, p)] = encodeInner(&kids)
	return media.InnerNode(&kids)
}

func (r *stored) checkTries(t fataler) {
	t.Helper()
	want := map[nodeID][]byte{}
	for bit, a := range r.s.authors {
		var mine []stated
		for _, x := range r.records {
			if x.author == bit {
				mine = append(mine, x)
			}
		}
		slices.SortFunc(mine, func(a, b stated) int { return a.fp.Compare(b.fp) })
		if node := naive(bit, "", mine, want); node != a.node {
			t.Fatalf("author %d: trie is %v, its %d records make %v", bit, a.node, len(mine), node)
		}
	}
	type row struct {
		id   nodeID
		body []byte
	}
	rows := must(list(context.Background(), r.p.readers, func(s scanner) (n row, err error) {
		return n, s.Scan(&n.id, &n.body)
	}, selectNodes))(t)
	for _, n := range rows {
		if !bytes.Equal(n.body, want[n.id]) {
			t.Fatalf("node %x is not what its records make", int64(n.id))
		}
	}
	if len(rows) != len(want) {
		t.Fatalf("%d nodes stored, %d expected", len(rows), len(want))
	}
	r.checkNodeCache(t, want)
	r.checkItemCache(t)
	me := r.s.authors[self]
	if err := me.root.Check(r.s.home); err != nil || me.root.Node != me.node {
		t.Fatalf("own root %v does not state the manifest %v: %v", me.root, me.node, err)
	}
}

// checkNodeCache compares what the writer remembers with the nodes that must be
// stored.
func (r *stored) checkNodeCache(t fataler, want map[nodeID][]byte) {
	t.Helper()
	r.p.writing.Lock()
	defer r.p.writing.Unlock()
	c, bytesNow := &r.p.writer.nodes, 0
	for id, n := range c.nodes {
		body := encodeLeaf(n.leaf)
		if n.kids != nil {
			body = encodeInner(n.kids)
		}
		if !bytes.Equal(body, want[id]) {
			t.Fatalf("node %x is remembered otherwise than stored", int64(id))
		}
		bytesNow += n.bytes()
	}
	if c.bytes != bytesNow || len(c.nodes) > 1 && c.bytes > c.limit() {
		t.Fatalf("%d nodes of %d bytes are remembered, counted as %d, at most %d", len(c.nodes), bytesNow, c.bytes, c.limit())
	}
}

// checkItemCache compares what the writer remembers with the rows that are stored.
func (r *stored) checkItemCache(t fataler) {
	t.Helper()
	r.p.writing.Lock()
	defer r.p.writing.Unlock()
	c, stored := &r.p.writer.items, map[media.Item]*itemRow{}
	for _, row := range must(list(context.Background(), r.p.writer, scanItemRow, `SELECT `+itemColumns+` FROM item`))(t) {
		stored[row.item] = row
	}
	for it := range c.rows {
		known, _ := c.get(it)
		if row := stored[it]; row == nil || row.id != known.id || row.cur != known.cur || !known.stored {
			t.Fatalf("item %s is remembered as %+v, stored as %+v", it.ID, known, row)
		}
	}
	if len(c.rows) > c.limit() || c.all && len(c.rows) != len(stored) {
		t.Fatalf("%d of %d items are remembered (all: %v), at most %d", len(c.rows), len(stored), c.all, c.limit())
	}
}

// named returns how many names each item has, and how many of them by others.
func (r *stored) named() (all, others map[media.Item]int) {
	all, others = map[media.Item]int{}, map[media.Item]int{}
	for _, x := range r.records {
		if n, ok := x.v.(media.Name); ok {
			all[n.Item]++
			if x.author != self {
				others[n.Item]++
			}
		}
	}
	return all, others
}

// due reports whether Kept records of vault items wait for the end of a walk.
func (r *stored) due(t fataler) bool {
	t.Helper()
	authors := must(list(context.Background(), r.p.readers, scanInt, `SELECT DISTINCT author FROM due`))(t)
	for _, bit := range authors {
		if r.s.authors[bit].complete() {
			t.Fatalf("author %d: the walk has ended, and kept names still wait for it", bit)
		}
	}
	return len(authors) > 0
}

func (r *stored) isUpload(v VaultFile) bool {
	return v.Folder == media.Uploads && v.Origin == r.s.authors[self].device && !v.Version
}

func (r *stored) checkOwn(t fataler) {
	t.Helper()
	want, have := map[string]bool{}, map[string]bool{}
	add := func(v any) { want[string(must(media.EncodeRecord(v))(t))] = true }
	for _, f := range r.files {
		add(media.Name{Folder: f.Folder, Path: f.Path, Item: f.Item, MTime: f.MTime})
		if !f.Damaged {
			add(media.Holding{Item: f.Item})
		}
	}
	for _, f := range must(r.p.Folders(context.Background()))(t) {
		add(f.Folder)
	}
	waiting := r.due(t)
	names, _ := r.named()
	for _, v := range r.vault {
		if r.isUpload(v) {
			add(media.Name{Folder: v.Folder, Path: v.Name, Item: v.Item, MTime: v.MTime})
		}
	}
	for _, v := range r.vault {
		if v.Damaged {
			continue
		}
		add(media.Holding{Item: v.Item})
		if names[v.Item] == 0 && !r.s.unheard(v.Origin) && !waiting {
			add(v.kept())
		}
	}
	for _, v := range r.noted {
		if r.items[v.Item].vault > 0 && names[v.Item] == 0 && !r.s.unheard(v.Origin) && !waiting {
			add(v.kept())
		}
	}
	for _, x := range r.records {
		if _, mark := x.v.(media.Mark); mark {
			continue
		}
		if f, ok := x.v.(media.Folder); ok && f.ID == media.Uploads {
			continue // stays once it is stated
		}
		if _, profile := x.v.(media.Profile); x.author != self || profile || waiting && x.record.Kind() == media.KindKept {
			continue
		}
		have[string(x.record)] = true
	}
	if !maps.Equal(want, have) {
		for r := range have {
			if !want[r] {
				v, err := media.Record(r).Decode()
				t.Errorf("there, and not wanted: %+v %v", v, err)
			}
		}
		for r := range want {
			if !have[r] {
				v, err := media.Record(r).Decode()
				t.Errorf("wanted, and not there: %+v %v", v, err)
			}
		}
		t.Fatalf("own records: %d wanted, %d there", len(want), len(have))
	}
}

// originals returns how many files of this device's folders each item has, damaged
// ones too.
func (r *stored) originals() map[media.Item]int {
	n := map[media.Item]int{}
	for _, f := range r.files {
		n[f.Item]++
	}
	return n
}

func (r *stored) checkItems(t fataler) {
	t.Helper()
	want := map[media.Item]itemState{}
	edit := func(it media.Item, f func(*itemState)) {
		s := want[it]
		f(&s)
		want[it] = s
	}
	for _, x := range r.records {
		switch v := x.v.(type) {
		case media.Name:
			edit(v.Item, func(s *itemState) { s.names++ })
		case media.Holding:
			edit(v.Item, func(s *itemState) { s.holders |= 1 << x.author })
		case media.Kept:
			edit(v.Item, func(s *itemState) { s.kept++ })
		}
	}
	for _, f := range r.files {
		if !f.Damaged {
			edit(f.Item, func(s *itemState) { s.own++ })
		}
	}
	for _, v := range r.vault {
		edit(v.Item, func(s *itemState) { *s.copies(v.Damaged)++ })
	}
	tally := map[tallyKey]Count{}
	var c counts
	for _, v := range r.vault {
		c.vaultFiles++
		c.vaultBytes += v.Item.Size
	}
	c.unplaced = r.s.counts.unplaced
	for it, have := range r.items {
		s := want[it]
		s.gone, s.verified, s.newest, s.trashed = have.gone, have.verified, have.newest, r.trashed(it.ID)
		if s != have || !s.live() {
			t.Fatalf("%v is %+v, want %+v", it, have, s)
		}
		if k, ok := s.tally(); ok {
			tally[k] = tally[k].add(1, it.Size)
		}
		c.library = c.library.step(false, s.own > 0, it.Size)
		c.vault = c.vault.step(false, s.vault > 0, it.Size)
		delete(want, it)
	}
	if len(want) > 0 {
		t.Fatalf("%d items are not stored", len(want))
	}
	if c != r.s.counts {
		t.Fatalf("counts are %+v, want %+v", r.s.counts, c)
	}
	r.checkTally(t, tally)
	r.checkWanted(t)
}

func (r *stored) checkTally(t fataler, want map[tallyKey]Count) {
	t.Helper()
	got := must(r.p.Tally(context.Background()))(t)
	if len(got.Rows) != len(want) {
		t.Fatalf("tally has %d rows, want %d", len(got.Rows), len(want))
	}
	for _, row := range got.Rows {
		k := tallyKey{named: row.Named, wanted: row.Wanted}
		for _, d := range row.Holders {
			k.holders |= 1 << r.s.bits[d]
		}
		if want[k] != row.Count {
			t.Fatalf("tally of %+v is %+v, want %+v", k, row.Count, want[k])
		}
	}
}

// checkWanted asks with every member online.
func (r *stored) checkWanted(t fataler) {
	t.Helper()
	var online []media.Device
	for d := range r.s.bits {
		online = append(online, d)
	}
	want := map[media.Item]bool{}
	_, others := r.named()
	walking := slices.ContainsFunc(r.s.authors, func(a author) bool { return a.active && a.root.Node != a.node })
	for it, s := range r.items {
		if !s.trashed && (s.names+s.kept > 0 || !walking) && s.own+s.vault == 0 && s.holders&r.s.active() != 0 && (!s.gone || others[it] > 0) {
			want[it] = true
		}
	}
	got := must(r.p.Wanted(context.Background(), online, 1<<30))(t)
	if !slices.IsSortedFunc(got, func(a, b Wanted) int { return cmp.Compare(len(a.Holders), len(b.Holders)) }) {
		t.Fatal("those with fewer holders do not come first")
	}
	for _, w := range got {
		if !want[w.Item] {
			t.Fatalf("%v is offered, but not wanted", w.Item)
		}
		delete(want, w.Item)
	}
	if len(want) > 0 {
		t.Fatalf("%d wanted items are not offered", len(want))
	}
}

func (r *stored) checkPlacement(t fataler) {
	t.Helper()
	type full struct {
		d    media.Device
		f    media.FolderID
		path string
	}
	named := map[full][]media.Item{}
	var unplaced, listed int64
	for _, x := range r.records {
		n, ok := x.v.(media.Name)
		if !ok || x.author == self {
			continue
		}
		d := r.s.authors[x.author].device
		named[full{d, n.Folder, n.Path}] = append(named[full{d, n.Folder, n.Path}], n.Item)
		want := r.items[n.Item].holders&1 == 1 && !r.trashed(n.Item.ID) && !slices.ContainsFunc(append(slices.Clip(r.vault), r.noted...), func(v VaultFile) bool {
			return !v.Version && !v.Damaged && v.Origin == d && v.Folder == n.Folder && v.Name == n.Path && v.Item == n.Item && v.MTime.Equal(n.MTime)
		})
		if want != x.unplaced {
			t.Fatalf("%s of %s: unplaced is %v", n.Path, d.Short(), x.unplaced)
		}
		if want {
			unplaced++
		}
		if a := r.s.authors[x.author]; want && (!a.active || a.root.Node == a.node) {
			listed++
		}
	}
	got, tally := must(r.p.Unplaced(context.Background(), 0, 1<<30))(t), must(r.p.Tally(context.Background()))(t)
	if int64(len(got)) != listed || tally.Unplaced != listed || r.s.counts.unplaced != unplaced {
		t.Fatalf("%d names listed as unplaced, %d of %d counted, want %d of %d", len(got), tally.Unplaced, r.s.counts.unplaced, listed, unplaced)
	}
	for _, v := range r.noted {
		items := named[full{v.Origin, v.Folder, v.Name}]
		if s := r.items[v.Item]; s.vault+s.damaged == 0 || (len(items) > 0 && !slices.Contains(items, v.Item)) {
			t.Fatalf("noted name %s of %v, which the vault has %d times, stands for %v", v.Name, v.Item.ID, s.vault, items)
		}
	}
	for _, v := range r.vault {
		items := named[full{v.Origin, v.Folder, v.Name}]
		want := !v.Version && len(items) > 0 && !slices.Contains(items, v.Item) && !r.trashed(v.Item.ID)
		if want != r.displaced[v.Path] {
			t.Fatalf("vault file %s: displaced is %v", v.Path, r.displaced[v.Path])
		}
	}
}

func (r *stored) checkFolders(t fataler) {
	t.Helper()
	for _, f := range must(r.p.Folders(context.Background()))(t) {
		seen := map[media.Item]bool{}
		var want Folder
		for _, file := range r.files {
			if file.Folder != f.ID {
				continue
			}
			want.Files++
			if !seen[file.Item] {
				seen[file.Item] = true
				want.Items++
				want.Bytes += file.Item.Size
			}
		}
		if f.Files != want.Files || f.Items != want.Items || f.Bytes != want.Bytes {
			t.Fatalf("folder counts are %+v, want %+v", f, want)
		}
	}
}
