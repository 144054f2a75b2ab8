package syncproto

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"homeroll/store/media"
)

var testHome = media.Home{1, 2, 3}

// model is a Library of maps.
type model struct {
	key    ed25519.PrivateKey
	self   media.Device
	noLog  bool // remembers no deltas
	refuse map[media.Device]bool

	mu      sync.Mutex
	shelves map[media.Device]*shelf
	changed chan struct{}
	items   map[media.ID]*content
	outrun  []media.Root
	sets    int // subtrees set
	applied int
}

func newModel(seed byte) *model {
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	m := &model{
		key: key, self: media.DeviceOf(key.Public().(ed25519.PublicKey)), refuse: map[media.Device]bool{},
		shelves: map[media.Device]*shelf{}, changed: make(chan struct{}), items: map[media.ID]*content{},
	}
	m.shelf(m.self)
	m.publish(0)
	return m
}

func (m *model) shelf(by media.Device) *shelf {
	s := m.shelves[by]
	if s == nil {
		s = newShelf()
		m.shelves[by] = s
	}
	return s
}

func (m *model) broadcast() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// publish signs the own shelf as it is. m.mu is held, or m is not shared yet.
func (m *model) publish(epoch uint64) {
	s := m.shelf(m.self)
	r := media.Root{Home: testHome, Device: m.self, Epoch: max(epoch, s.root.Epoch), Seq: s.root.Seq + 1, Node: s.node("")}
	r.Sig = ed25519.Sign(m.key, r.Message())
	s.root, s.known = r, true
	m.broadcast()
}

// write changes the own manifest.
func (m *model) write(add []media.Record, remove []media.Fingerprint) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.shelf(m.self)
	from := s.root.Node
	s.change(add, remove)
	m.publish(0)
	m.remember(s, media.Delta{From: from, To: s.root, Add: add, Remove: remove})
}

func (m *model) load(records []media.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shelf(m.self).fill(records)
	m.publish(0)
}

func (m *model) remember(s *shelf, d media.Delta) {
	if m.noLog {
		return
	}
	s.log = append(s.log, d)
	if len(s.log) > 20 {
		s.log = s.log[1:]
	}
}

func (m *model) Roots(context.Context) (out []media.Root, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.shelves {
		if s.known && s.node("") == s.root.Node {
			out = append(out, s.root)
		}
	}
	return out, nil
}

func (m *model) Member(by media.Device) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.refuse[by]
}

func (m *model) Node(_ context.Context, by media.Device, p media.Prefix) (media.Node, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.shelf(by).node(p), nil
}

func (m *model) Children(_ context.Context, by media.Device, p media.Prefix) (*[media.Fanout]media.Node, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shelf(by).node(p).N <= media.LeafMax {
		return nil, errors.New("children of a leaf")
	}
	return m.shelf(by).children(p), nil
}

func (m *model) Fingerprints(_ context.Context, by media.Device, p media.Prefix) ([]media.Fingerprint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.shelf(by)
	from, to := s.below(p)
	if to-from > media.LeafMax {
		return nil, errors.New("not a leaf")
	}
	return slices.Clone(s.sorted[from:to]), nil
}

func (m *model) Records(_ context.Context, by media.Device, fps []media.Fingerprint) (out []media.Record, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range slices.Backward(fps) { // in no helpful order
		if r, ok := m.shelf(by).records[f]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

func (m *model) Since(_ context.Context, by media.Device, from media.Node) (d media.Delta, ok bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.shelf(by)
	i := slices.IndexFunc(s.log, func(d media.Delta) bool { return d.From == from })
	if i < 0 || s.log[len(s.log)-1].To.Node != s.root.Node {
		return d, false, nil
	}
	d = media.Delta{From: from, To: s.root}
	final := map[media.Fingerprint]media.Record{}
	for _, step := range s.log[i:] {
		for _, f := range step.Remove {
			final[f] = nil
		}
		for _, r := range step.Add {
			final[r.Fingerprint()] = r
		}
	}
	for f, r := range final {
		if r == nil {
			d.Remove = append(d.Remove, f)
		} else {
			d.Add = append(d.Add, r)
		}
	}
	return d, true, nil
}

var errNotMember = errors.New("not a member")

func (m *model) SetSubtrees(_ context.Context, by media.Device, trees []media.Subtree) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse[by] {
		return errNotMember
	}
	all := 0
	for _, t := range trees {
		m.setSubtree(m.shelf(by), t)
		all += len(t.Add)
	}
	if all > 2*maxSubtree {
		panic("too much at once")
	}
	return nil
}

func (m *model) setSubtree(s *shelf, t media.Subtree) {
	m.sets++
	with := map[media.Fingerprint]media.Record{}
	for _, f := range t.Keep {
		r, ok := s.records[f]
		if !ok || !t.Prefix.Contains(f) {
			panic("keeps what is not there")
		}
		with[f] = r
	}
	for _, r := range t.Add {
		f := r.Fingerprint()
		if !t.Prefix.Contains(f) {
			panic("adds outside the subtree")
		}
		with[f] = bytes.Clone(r)
	}
	if len(with) > 4096 || len(with) != len(t.Keep)+len(t.Add) {
		panic("too much at once")
	}
	s.replace(t.Prefix, with)
}

func (m *model) Adopt(_ context.Context, r media.Root) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse[r.Device] {
		return errNotMember
	}
	s := m.shelf(r.Device)
	if s.node("") != r.Node || s.known && s.root.Newer(r) {
		return media.ErrStale
	}
	s.root, s.known = r, true
	m.broadcast()
	return nil
}

func (m *model) Apply(_ context.Context, d media.Delta) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse[d.To.Device] {
		return errNotMember
	}
	s := m.shelf(d.To.Device)
	if s.node("") != d.From || !s.known || !d.To.Newer(s.root) {
		return media.ErrStale
	}
	records, sorted := cloneMap(s.records), slices.Clone(s.sorted)
	s.change(d.Add, d.Remove)
	if s.node("") != d.To.Node {
		s.records, s.sorted, s.memo = records, sorted, map[media.Prefix]media.Node{}
		return media.ErrStale
	}
	s.root = d.To
	m.applied++
	m.remember(s, d)
	m.broadcast()
	return nil
}

func cloneMap(m map[media.Fingerprint]media.Record) map[media.Fingerprint]media.Record {
	c := make(map[media.Fingerprint]media.Record, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func (m *model) Outrun(_ context.Context, seen media.Root) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.outrun = append(m.outrun, seen)
	m.publish(seen.Epoch + 1)
	return nil
}

func (m *model) Expect(context.Context, []media.ID) {}

func (m *model) Read(_ context.Context, id media.ID) (media.Source, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.items[id]
	if !ok {
		return nil, fmt.Errorf("read: %w", media.ErrNotHeld)
	}
	return c, nil
}

func (m *model) Changed() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.changed
}

// record returns the n-th of an endless sequence of records, some of a kind
// that this version does not know.
func record(n uint64) media.Record {
	if n%7 == 0 {
		return binary.BigEndian.AppendUint64(media.Record{200}, n)
	}
	var id media.ID
	binary.BigEndian.PutUint64(id[:], n)
	r, err := media.EncodeRecord(media.Name{Path: fmt.Sprintf("2024/10/IMG_%d.JPG", n), Item: media.Item{ID: id, Size: int64(n)}})
	if err != nil {
		panic(err)
	}
	return r
}

func recordRange(from, to uint64) (out []media.Record) {
	for n := from; n < to; n++ {
		out = append(out, record(n))
	}
	return out
}

func noise(n int, seed uint64) []byte {
	p := make([]byte, n)
	var s [32]byte
	binary.BigEndian.PutUint64(s[:], seed)
	_, _ = rand.NewChaCha8(s).Read(p)
	return p
}

func equalShelves(t testing.TB, a, b *model, by media.Device) {
	t.Helper()
	a.mu.Lock()
	x, n := a.shelf(by).root, a.shelf(by).node("")
	a.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.shelf(by)
	if !s.known || s.root.Epoch != x.Epoch || s.root.Seq != x.Seq || s.node("") != n || s.root.Node != n {
		t.Errorf("manifest of %s: %d/%d with %d records, want %d/%d with %d", by.Short(), s.root.Epoch, s.root.Seq, s.node("").N, x.Epoch, x.Seq, n.N)
	}
}
