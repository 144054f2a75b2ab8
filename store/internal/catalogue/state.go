package catalogue

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"homeroll/store/media"
)

// maxAuthors bounds the devices of a home: each has a bit of a signed integer.
const maxAuthors = 62

// self is this device's bit.
const self = 0

// state is the small part of the database that is also kept in memory. A
// published state is immutable; a transaction changes a clone.
type state struct {
	home    media.Home
	authors []author // by bit
	bits    map[media.Device]int
	counts  counts
}

// author is a row of the table of that name.
type author struct {
	device media.Device
	active bool
	node   media.Node // of the trie as stored
	root   media.Root // newest adopted; no Sig if there is none
	asOf   time.Time
}

// counts are those of the table home.
type counts struct {
	library, vault         Count
	vaultFiles, vaultBytes int64
	unplaced               int64
}

// complete reports whether the stored manifest is that of the adopted root.
func (a author) complete() bool { return a.root.Sig != nil && a.root.Node == a.node }

func (s *state) clone() *state {
	c := *s
	c.authors = slices.Clone(s.authors)
	c.bits = maps.Clone(s.bits)
	return &c
}

// holders returns the devices of a mask.
func (s *state) holders(mask uint64) []media.Device {
	var all []media.Device
	for bit, a := range s.authors {
		if mask&(1<<bit) != 0 {
			all = append(all, a.device)
		}
	}
	return all
}

// active returns the mask of active members.
func (s *state) active() (mask uint64) {
	for bit, a := range s.authors {
		if a.active {
			mask |= 1 << bit
		}
	}
	return mask
}

// walked returns the mask of the authors whose manifests are not in the middle of
// a walk, or never will be further.
func (s *state) walked() (mask int64) {
	for bit, a := range s.authors {
		if !a.active || a.root.Node == a.node {
			mask |= 1 << bit
		}
	}
	return mask
}

// unheard reports an active member whose manifest was never complete here: what
// it names is not known yet.
func (s *state) unheard(d media.Device) bool {
	bit, ok := s.bits[d]
	return ok && s.authors[bit].active && s.authors[bit].root.Sig == nil
}

func loadState(ctx context.Context, p preparer) (*state, error) {
	s := &state{bits: map[media.Device]int{}}
	_, found, err := one(ctx, p, func(r scanner) (bool, error) {
		var home []byte
		n := &s.counts
		err := r.Scan(&home, &n.library.Items, &n.library.Bytes, &n.vault.Items, &n.vault.Bytes, &n.vaultFiles, &n.vaultBytes, &n.unplaced)
		copy(s.home[:], home)
		return true, err
	}, `SELECT home, library_items, library_bytes, vault_items, vault_bytes, vault_files, vault_filebytes, unplaced FROM home`)
	if err != nil || !found {
		return nil, err
	}
	authors, err := list(ctx, p, scanAuthor, selectAuthors)
	for i := range authors {
		authors[i].root.Home = s.home
		s.bits[authors[i].device] = i
	}
	s.authors = authors
	return s, err
}

const selectAuthors = `SELECT device, active, node_hash, node_n, epoch, seq, root_hash, root_n, sig, as_of FROM author ORDER BY bit`

func scanAuthor(r scanner) (a author, err error) {
	var node, root []byte
	var nodeN, rootN, epoch, seq, asOf int64
	err = r.Scan(&a.device, &a.active, &node, &nodeN, &epoch, &seq, &root, &rootN, &a.root.Sig, &asOf)
	copy(a.node.Hash[:], node)
	copy(a.root.Node.Hash[:], root)
	a.node.N, a.root.Node.N = uint64(nodeN), uint64(rootN)
	a.root.Device, a.root.Epoch, a.root.Seq = a.device, uint64(epoch), uint64(seq)
	a.asOf = timeOf(asOf)
	return a, err
}

// save writes what differs from before.
func (s *state) save(w *work, before *state) {
	if s.counts != before.counts || s.home != before.home {
		n := s.counts
		w.exec(`UPDATE home SET home=?, library_items=?, library_bytes=?, vault_items=?, vault_bytes=?, vault_files=?, vault_filebytes=?, unplaced=?`,
			s.home[:], n.library.Items, n.library.Bytes, n.vault.Items, n.vault.Bytes, n.vaultFiles, n.vaultBytes, n.unplaced)
	}
	for bit, a := range s.authors {
		if bit < len(before.authors) && a.equal(before.authors[bit]) {
			continue
		}
		w.exec(`INSERT OR REPLACE INTO author (bit, device, active, node_hash, node_n, epoch, seq, root_hash, root_n, sig, as_of)
			VALUES (?,?,?,?,?,?,?,?,?,?,?)`, bit, string(a.device), a.active, a.node.Hash[:], int64(a.node.N),
			int64(a.root.Epoch), int64(a.root.Seq), a.root.Node.Hash[:], int64(a.root.Node.N), a.root.Sig, nanosOf(a.asOf))
	}
	if len(s.authors) < len(before.authors) {
		w.exec(`DELETE FROM author WHERE bit >= ?`, len(s.authors))
	}
}

func (a author) equal(b author) bool {
	return a.device == b.device && a.active == b.active && a.node == b.node && a.asOf.Equal(b.asOf) &&
		a.root.Home == b.root.Home && a.root.Epoch == b.root.Epoch && a.root.Seq == b.root.Seq &&
		a.root.Node == b.root.Node && bytes.Equal(a.root.Sig, b.root.Sig)
}

// nanosOf returns Unix nanoseconds, 0 for the zero time.
func nanosOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func timeOf(nanos int64) time.Time {
	if nanos == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanos).UTC()
}
