package syncproto

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"testing"

	"homeroll/store/media"
)

var testHome = media.Home{1, 2, 3}

// shelf is one device's manifest in a model.
type shelf struct {
	records map[media.Fingerprint]media.Record
	sorted  []media.Fingerprint
	memo    map[media.Prefix]media.Node
	root    media.Root
	known   bool // root is set
	log     []media.Delta
}

func newShelf() *shelf {
	return &shelf{records: map[media.Fingerprint]media.Record{}, memo: map[media.Prefix]media.Node{}}
}

func (s *shelf) below(p media.Prefix) (from, to int) {
	lo, hi := p.Range()
	from, _ = slices.BinarySearchFunc(s.sorted, lo, media.Fingerprint.Compare)
	to, found := slices.BinarySearchFunc(s.sorted, hi, media.Fingerprint.Compare)
	if found {
		to++
	}
	return from, to
}

func (s *shelf) node(p media.Prefix) media.Node {
	if n, ok := s.memo[p]; ok {
		return n
	}
	from, to := s.below(p)
	n := media.LeafNode(nil)
	if to-from <= media.LeafMax {
		n = media.LeafNode(s.sorted[from:to])
	} else {
		n = media.InnerNode(s.children(p))
	}
	s.memo[p] = n
	return n
}

func (s *shelf) children(p media.Prefix) *[media.Fanout]media.Node {
	var c [media.Fanout]media.Node
	for i := range c {
		c[i] = s.node(p.Child(i))
	}
	return &c
}

func (s *shelf) forget(p media.Prefix) {
	if _, ok := s.memo[p]; !ok {
		return
	}
	delete(s.memo, p)
	for i := range media.Fanout {
		s.forget(p.Child(i))
	}
}

// replace makes the range below p exactly the records.
func (s *shelf) replace(p media.Prefix, with map[media.Fingerprint]media.Record) {
	from, to := s.below(p)
	for _, f := range s.sorted[from:to] {
		delete(s.records, f)
	}
	var fps []media.Fingerprint
	for f, r := range with {
		s.records[f] = r
		fps = append(fps, f)
	}
	slices.SortFunc(fps, media.Fingerprint.Compare)
	s.sorted = slices.Replace(s.sorted, from, to, fps...)
	s.forget(p)
	for i := range len(p) {
		delete(s.memo, p[:i])
	}
}

func (s *shelf) change(add []media.Record, remove []media.Fingerprint) {
	for _, f := range remove {
		if i, ok := slices.BinarySearchFunc(s.sorted, f, media.Fingerprint.Compare); ok {
			s.sorted = slices.Delete(s.sorted, i, i+1)
			delete(s.records, f)
		}
	}
	for _, r := range add {
		f := r.Fingerprint()
		if i, ok := slices.BinarySearchFunc(s.sorted, f, media.Fingerprint.Compare); !ok {
			s.sorted = slices.Insert(s.sorted, i, f)
			s.records[f] = r
		}
	}
	s.memo = map[media.Prefix]media.Node{}
}

func (s *shelf) fill(records []media.Record) {
	for _, r := range records {
		s.records[r.Fingerprint()] = r
	}
	s.sorted = s.sorted[:0]
	for f := range s.records {
		s.sorted = append(s.sorted, f)
	}
	slices.SortFunc(s.sorted, media.Fingerprint.Compare)
	s.memo = map[media.Prefix]media.Node{}
}

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
	sets    int // calls of SetSubtree
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

func (m *model) SetSubtree(_ context.Context, by media.Device, p media.Prefix, keep []media.Fingerprint, add []media.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.refuse[by] {
		return errNotMember
	}
	m.sets++
	s := m.shelf(by)
	with := map[media.Fingerprint]media.Record{}
	for _, f := range keep {
		r, ok := s.records[f]
		if !ok || !p.Contains(f) {
			panic("keeps what is not there")
		}
		with[f] = r
	}
	for _, r := range add {
		if f := r.Fingerprint(); !p.Contains(f) {
			panic("adds outside the subtree")
		}
		with[r.Fingerprint()] = bytes.Clone(r)
	}
	if len(with) > 4096 || len(with) != len(keep)+len(add) {
		panic("too much at once")
	}
	s.replace(p, with)
	return nil
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

// content is an item in memory, and its Source.
type content struct {
	item    media.Item
	data    []byte
	outline media.Outline
	fail    error
	open    int
}

func (c *content) Item() media.Item                { return c.item }
func (c *content) Outline() (media.Outline, error) { return c.outline, nil }
func (c *content) Close() error                    { return nil }
func (c *content) ReadAt(p []byte, off int64) (int, error) {
	if c.fail != nil {
		return 0, c.fail
	}
	if off >= int64(len(c.data)) {
		return 0, io.EOF
	}
	n := copy(p, c.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func newContent(data []byte) *content {
	it, outline, err := media.Hash(context.Background(), bytes.NewReader(data))
	if err != nil {
		panic(err)
	}
	return &content{item: it, data: data, outline: outline}
}

func (m *model) hold(data []byte) *content {
	c := newContent(data)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items[c.item.ID] = c
	return c
}

// memSink is a Sink in memory that keeps what was proven.
type memSink struct {
	item    media.Item
	outline media.Outline
	whole   bool // has its outline
	data    []byte
	have    []bool
	fail    error
	wrote   func(i int64)
}

func newSink(it media.Item) *memSink {
	g := media.Groups(it.Size)
	return &memSink{item: it, whole: g == 1, data: make([]byte, it.Size), have: make([]bool, g)}
}

func (s *memSink) Item() media.Item { return s.item }
func (s *memSink) HasOutline() bool { return s.whole }
func (s *memSink) SetOutline(o media.Outline) error {
	if err := o.Check(s.item); err != nil {
		return err
	}
	s.outline, s.whole = o, true
	return nil
}

func (s *memSink) NextMissing(from int64) (first, n int64) {
	for first = from; first < int64(len(s.have)) && s.have[first]; first++ {
	}
	for first+n < int64(len(s.have)) && !s.have[first+n] {
		n++
	}
	return first, n
}

func (s *memSink) Write(i int64, group []byte) error {
	if s.fail != nil {
		return s.fail
	}
	if !s.whole {
		return errors.New("written before its outline")
	}
	if err := s.outline.Verify(s.item, i, group); err != nil {
		return err
	}
	copy(s.data[i*media.GroupSize:], group)
	s.have[i] = true
	if s.wrote != nil {
		s.wrote(i)
	}
	return nil
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

// lan connects exchanges. Streams run through wrap, if set.
type lan struct {
	mu     sync.Mutex
	nodes  map[media.Device]*Exchange
	wrap   func(asking, telling net.Conn) (net.Conn, net.Conn)
	pipe   func() (net.Conn, net.Conn)
	served sync.WaitGroup
	down   bool
}

func newLAN() *lan { return &lan{nodes: map[media.Device]*Exchange{}, pipe: net.Pipe} }

type dialer struct {
	lan  *lan
	self media.Device
}

func (d dialer) Dial(ctx context.Context, to media.Device, protocol string) (net.Conn, error) {
	d.lan.mu.Lock()
	peer, down := d.lan.nodes[to], d.lan.down
	d.lan.mu.Unlock()
	if peer == nil || down || ctx.Err() != nil {
		return nil, errors.New("no connection")
	}
	a, b := d.lan.pipe()
	if d.lan.wrap != nil {
		a, b = d.lan.wrap(a, b)
	}
	d.lan.served.Go(func() { _ = peer.Serve(peer.ctx, d.self, protocol, b) })
	return a, nil
}

func (l *lan) node(m *model) *Exchange {
	e := New(Config{Self: m.self, Home: func() media.Home { return testHome }, Library: m, Dialer: dialer{l, m.self}, Version: "0.1.0"})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nodes[m.self] = e
	return e
}

// tcpPipe returns both ends of a loopback connection.
func tcpPipe(t testing.TB) func() (net.Conn, net.Conn) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	var mu sync.Mutex
	return func() (net.Conn, net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		a, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			panic(err)
		}
		b, err := ln.Accept()
		if err != nil {
			panic(err)
		}
		return a, b
	}
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
