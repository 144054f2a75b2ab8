package syncproto

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"

	"homeroll/store/media"
)

// This file is a second, least implementation of both media protocols, written
// from docs/protocol.md: it shares no code with the first, has no capability,
// and hashes with the BLAKE3 of blake3_test.go.

// second is a device with one manifest and one item.
type second struct {
	key     ed25519.PrivateKey
	id      string
	home    [32]byte
	records map[[32]byte][]byte
	item    []byte
	asked   []string // what the other end asked for
	mu      sync.Mutex
}

func newSecond(seed byte, records [][]byte, item []byte) *second {
	s := &second{key: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)), home: testHome, records: map[[32]byte][]byte{}, item: item}
	// Identity multihash of the libp2p protobuf of an Ed25519 key, in base58.
	s.id = base58(append([]byte{0x00, 0x24, 0x08, 0x01, 0x12, 0x20}, s.key.Public().(ed25519.PublicKey)...))
	for _, r := range records {
		s.records[hash3(r)] = r
	}
	return s
}

func (s *second) below(prefix []byte) (fps [][32]byte) {
	for f := range s.records {
		if hasPrefix(f, prefix) {
			fps = append(fps, f)
		}
	}
	slices.SortFunc(fps, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	return fps
}

func hasPrefix(f [32]byte, digits []byte) bool {
	for i, d := range digits {
		if f[i/2]>>(4*(1-i%2))&15 != d {
			return false
		}
	}
	return true
}

// trieNode is the hash and the count of a subtree.
type trieNode struct {
	hash [32]byte
	n    uint64
}

func nodeOver(fps [][32]byte, depth int) trieNode {
	n := trieNode{n: uint64(len(fps))}
	switch {
	case len(fps) == 0:
	case len(fps) <= 128:
		n.hash = hash3(append([]byte{0x4c}, bytes.Join(slicesOf(fps), nil)...))
	default:
		b := []byte{0x49}
		for d := range byte(16) {
			var part [][32]byte
			for _, f := range fps {
				if f[depth/2]>>(4*(1-depth%2))&15 == d {
					part = append(part, f)
				}
			}
			c := nodeOver(part, depth+1)
			b = binary.BigEndian.AppendUint64(append(b, c.hash[:]...), c.n)
		}
		n.hash = hash3(b)
	}
	return n
}

func slicesOf(fps [][32]byte) (out [][]byte) {
	for i := range fps {
		out = append(out, fps[i][:])
	}
	return out
}

func rootMessage(home [32]byte, id string, epoch, seq uint64, n trieNode) []byte {
	b := append([]byte("homeroll root 1\x00"), home[:]...)
	b = append(append(b, byte(len(id))), id...)
	b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, epoch), seq)
	return binary.BigEndian.AppendUint64(append(b, n.hash[:]...), n.n)
}

// fields are those of one message, by number; of each the values in order.
type fields map[protowire.Number][][]byte

func (f fields) bytes(n protowire.Number) []byte {
	if len(f[n]) == 0 {
		return nil
	}
	return f[n][len(f[n])-1]
}

func (f fields) number(n protowire.Number) uint64 {
	v, _ := protowire.ConsumeVarint(f.bytes(n))
	return v
}

func parse(b []byte) (fields, error) {
	f := fields{}
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 {
			return nil, errors.New("bad tag")
		}
		b = b[n:]
		n = protowire.ConsumeFieldValue(num, typ, b)
		if n < 0 {
			return nil, errors.New("bad field")
		}
		v := b[:n]
		if typ == protowire.BytesType {
			v, _ = protowire.ConsumeBytes(b)
		}
		f[num] = append(f[num], v)
		b = b[n:]
	}
	return f, nil
}

func text(b []byte, n protowire.Number, v []byte) []byte {
	if len(v) == 0 {
		return b
	}
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), v)
}

func number(b []byte, n protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, n, protowire.VarintType), v)
}

func readDelimited(r *bufio.Reader, most uint64) (fields, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil || n > most {
		return nil, cmp.Or(err, errors.New("too long"))
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, err
	}
	return parse(b)
}

func prefixed(m []byte) []byte { return append(binary.AppendUvarint(nil, uint64(len(m))), m...) }

// manifestStream is one after both hellos.
type manifestStream struct {
	conn net.Conn
	out  *zstd.Encoder
	in   *bufio.Reader
	peer fields // its hello
}

func (s *second) greet(conn net.Conn) (*manifestStream, error) {
	hello := prefixed(text(text(nil, 3, []byte("second")), 4, s.home[:]))
	sent := make(chan error, 1)
	go func() { _, err := conn.Write(hello); sent <- err }()
	r := bufio.NewReader(conn)
	theirs, err := readDelimited(r, 8<<10)
	if err = errors.Join(err, <-sent); err != nil {
		return nil, err
	}
	if !bytes.Equal(theirs.bytes(4), s.home[:]) {
		return nil, errors.New("another home")
	}
	m := &manifestStream{conn: conn, peer: theirs}
	if m.out, err = zstd.NewWriter(conn, zstd.WithWindowSize(256<<10), zstd.WithEncoderConcurrency(1)); err != nil {
		return nil, err
	}
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
	m.in = bufio.NewReader(d)
	return m, err
}

func (m *manifestStream) say(frame byte, message []byte) error {
	if _, err := m.out.Write(append([]byte{frame}, prefixed(message)...)); err != nil {
		return err
	}
	return m.out.Flush()
}

func (m *manifestStream) hear() (byte, fields, error) {
	frame, err := m.in.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	f, err := readDelimited(m.in, 1<<20)
	return frame, f, err
}

// statedRoot is one that a peer stated.
type statedRoot struct {
	id         string
	epoch, seq uint64
	node       trieNode
}

func (s *second) checkedRoot(b []byte) (statedRoot, error) {
	f, err := parse(b)
	if err != nil {
		return statedRoot{}, err
	}
	r := statedRoot{string(f.bytes(1)), f.number(2), f.number(3), trieNode{n: f.number(5)}}
	copy(r.node.hash[:], f.bytes(4))
	key := unbase58(r.id)[6:]
	if !ed25519.Verify(key, rootMessage(s.home, r.id, r.epoch, r.seq, r.node), f.bytes(6)) {
		return r, errors.New("forged root")
	}
	return r, nil
}

// follow takes over the manifest of the device that the stream leads to, and
// returns its records.
func (s *second) follow(conn net.Conn, of string) (map[[32]byte][]byte, statedRoot, error) {
	m, err := s.greet(conn)
	if err != nil {
		return nil, statedRoot{}, err
	}
	var root statedRoot
	for all := false; !all; {
		frame, f, err := m.hear()
		if err != nil || frame != 2 {
			return nil, root, fmt.Errorf("frame %d: %w", frame, err)
		}
		for _, b := range f[1] {
			r, err := s.checkedRoot(b)
			if err != nil {
				return nil, root, err
			}
			if r.id == of {
				root = r
			}
		}
		all = f.number(2) == 1
	}
	got := map[[32]byte][]byte{}
	return got, root, s.walk(m, root, nil, root.node, got)
}

func (s *second) ask(m *manifestStream, root statedRoot, want uint64, n protowire.Number, what []byte) (fields, error) {
	ask := number(nil, 1, 77)
	ask = number(ask, 2, want)
	ask = text(ask, 3, []byte(root.id))
	ask = number(text(ask, 4, root.node.hash[:]), 5, root.node.n)
	if err := m.say(1, text(ask, n, what)); err != nil {
		return nil, err
	}
	for {
		frame, f, err := m.hear()
		if err != nil {
			return nil, err
		}
		if frame != 4 {
			continue // something newer is stated meanwhile
		}
		if f.number(1) != 77 || f.number(2) != 1 {
			return nil, fmt.Errorf("answer %d: outcome %d", f.number(1), f.number(2))
		}
		return f, nil
	}
}

func (s *second) walk(m *manifestStream, root statedRoot, prefix []byte, want trieNode, got map[[32]byte][]byte) error {
	packed := append([]byte{byte(len(prefix))}, prefix...)
	switch {
	case want.n == 0:
		return nil
	case want.n <= 128:
		return s.leaf(m, root, packed, want, got)
	}
	a, err := s.ask(m, root, 2, 6, packed)
	if err != nil {
		return err
	}
	family := a.bytes(3)
	present := binary.BigEndian.Uint16(family)
	if binary.BigEndian.Uint16(family[2:]) != 0 {
		return errors.New("equal to hints that were not given")
	}
	family = family[4:]
	var kids [16]trieNode
	over := []byte{0x49}
	for i := range kids {
		if present>>i&1 != 0 {
			copy(kids[i].hash[:], family)
			v, n := binary.Uvarint(family[32:])
			kids[i].n, family = v, family[32+n:]
		}
		over = binary.BigEndian.AppendUint64(append(over, kids[i].hash[:]...), kids[i].n)
	}
	if hash3(over) != want.hash {
		return errors.New("forged children")
	}
	for i := range kids {
		if err := s.walk(m, root, append(prefix[:len(prefix):len(prefix)], byte(i)), kids[i], got); err != nil {
			return err
		}
	}
	return nil
}

func (s *second) leaf(m *manifestStream, root statedRoot, packed []byte, want trieNode, got map[[32]byte][]byte) error {
	a, err := s.ask(m, root, 3, 6, packed)
	if err != nil {
		return err
	}
	count, n := binary.Uvarint(a.bytes(4))
	list := a.bytes(4)[n:]
	if uint64(len(list)) != 32*count || hash3(append([]byte{0x4c}, list...)) != want.hash {
		return errors.New("forged leaf")
	}
	if a, err = s.ask(m, root, 5, 8, list); err != nil {
		return err
	}
	records := a.bytes(5)
	for ; len(list) > 0; list = list[32:] {
		size, n := binary.Uvarint(records)
		r := records[n:][:size]
		records = records[n+int(size):]
		if hash3(r) != [32]byte(list[:32]) {
			return errors.New("forged record")
		}
		got[[32]byte(list[:32])] = r
	}
	return nil
}

// answer is the telling end of a manifest stream.
func (s *second) answer(conn net.Conn) error {
	m, err := s.greet(conn)
	if err != nil {
		return err
	}
	node := nodeOver(s.below(nil), 0)
	root := number(number(text(nil, 1, []byte(s.id)), 2, 1), 3, 5)
	root = number(text(root, 4, node.hash[:]), 5, node.n)
	root = text(root, 6, ed25519.Sign(s.key, rootMessage(s.home, s.id, 1, 5, node)))
	if err := errors.Join(m.say(2, text(nil, 1, root)), m.say(2, number(nil, 2, 1))); err != nil {
		return err
	}
	for {
		frame, ask, err := m.hear()
		if err != nil || frame != 1 {
			return fmt.Errorf("frame %d: %w", frame, err)
		}
		reply := number(number(nil, 1, ask.number(1)), 2, 1)
		s.note(fmt.Sprint("question ", ask.number(2)))
		switch ask.number(2) {
		case 2:
			reply = text(reply, 3, s.families(ask.bytes(6)))
		case 3:
			reply = text(reply, 4, s.lists(ask.bytes(6)))
		case 5:
			reply = text(reply, 5, s.named(ask.bytes(8)))
		default:
			reply = number(number(nil, 1, ask.number(1)), 2, 4) // unknown
		}
		if err := m.say(4, reply); err != nil {
			return err
		}
	}
}

func (s *second) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.asked, what) {
		s.asked = append(s.asked, what)
	}
}

func (s *second) families(prefixes []byte) (out []byte) {
	for ; len(prefixes) > 0; prefixes = prefixes[1+prefixes[0]:] {
		p := prefixes[1:][:prefixes[0]]
		var present uint16
		var nodes []byte
		for d := range byte(16) {
			c := nodeOver(s.below(append(p[:len(p):len(p)], d)), len(p)+1)
			if c.n > 0 {
				present |= 1 << d
				nodes = binary.AppendUvarint(append(nodes, c.hash[:]...), c.n)
			}
		}
		out = append(append(binary.BigEndian.AppendUint16(out, present), 0, 0), nodes...)
	}
	return out
}

func (s *second) lists(prefixes []byte) (out []byte) {
	for ; len(prefixes) > 0; prefixes = prefixes[1+prefixes[0]:] {
		fps := s.below(prefixes[1:][:prefixes[0]])
		out = append(binary.AppendUvarint(out, uint64(len(fps))), bytes.Join(slicesOf(fps), nil)...)
	}
	return out
}

func (s *second) named(fps []byte) (out []byte) {
	for ; len(fps) > 0; fps = fps[32:] {
		out = append(out, prefixed(s.records[[32]byte(fps[:32])])...)
	}
	return out
}

const secondGroup = 256 << 10

// fetch asks for a whole item and proves each group before it counts.
func (s *second) fetch(conn net.Conn, id [32]byte, size int) ([]byte, error) {
	groups := max(1, (size+secondGroup-1)/secondGroup)
	request := number(number(text(nil, 1, id[:]), 2, uint64(size)), 4, uint64(groups))
	request = number(number(request, 5, 1), 6, 1)
	if _, err := conn.Write(prefixed(request)); err != nil {
		return nil, err
	}
	r := bufio.NewReader(conn)
	response, err := readDelimited(r, 64)
	if err != nil || response.number(1) != 1 {
		return nil, fmt.Errorf("status %d: %w", response.number(1), err)
	}
	outline := make([][32]byte, groups)
	if groups > 1 {
		for i := range outline {
			if _, err := io.ReadFull(r, outline[i][:]); err != nil {
				return nil, err
			}
		}
		if rootOver(outline) != id {
			return nil, errors.New("forged outline")
		}
	}
	var item []byte
	for i := range groups {
		group, err := readBlock(r, min(secondGroup, size-i*secondGroup))
		if err != nil {
			return nil, err
		}
		if groups > 1 && valueOf(group, uint64(i)*256) != outline[i] || groups == 1 && hash3(group) != id {
			return nil, errors.New("forged group")
		}
		item = append(item, group...)
	}
	return item, nil
}

func readBlock(r *bufio.Reader, size int) ([]byte, error) {
	n, err := binary.ReadUvarint(r)
	if err != nil || n == 0 || n > uint64(size)+1 {
		return nil, fmt.Errorf("block of %d: %w", n, err)
	}
	b := make([]byte, n-1)
	if _, err := io.ReadFull(r, b); err != nil || len(b) == size {
		return b, err
	}
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	out, err := d.DecodeAll(b, nil)
	if err == nil && len(out) != size {
		err = errors.New("of another length")
	}
	return out, err
}

// send is the answering end of a fetch stream.
func (s *second) send(conn net.Conn) error {
	r := bufio.NewReader(conn)
	for {
		m, err := readDelimited(r, 256)
		if err != nil {
			return err
		}
		s.note("item")
		if !bytes.Equal(m.bytes(1), slicesOf([][32]byte{hash3(s.item)})[0]) {
			if _, err := conn.Write(prefixed(number(nil, 1, 2))); err != nil { // not held
				return err
			}
			continue
		}
		out := prefixed(number(nil, 1, 1))
		if m.number(5) == 1 && len(s.item) > secondGroup {
			for i := 0; i < len(s.item); i += secondGroup {
				cv := valueOf(s.item[i:min(len(s.item), i+secondGroup)], uint64(i/1024))
				out = append(out, cv[:]...)
			}
		}
		for i := range int(m.number(4)) {
			at := (int(m.number(3)) + i) * secondGroup
			group := s.item[at:min(len(s.item), at+secondGroup)]
			out = append(binary.AppendUvarint(out, uint64(len(group))+1), group...)
		}
		if _, err := conn.Write(out); err != nil {
			return err
		}
	}
}

// Dial lets the first implementation reach the second.
func (s *second) Dial(_ context.Context, _ media.Device, protocol string) (net.Conn, error) {
	x, y := net.Pipe()
	go func() {
		defer y.Close()
		if protocol == "/homeroll/manifest/1" {
			_ = s.answer(y)
		} else {
			_ = s.send(y)
		}
	}()
	return x, nil
}

func TestSecondImplementationReconcilesAndFetchesBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel(1)
		m.load(recordRange(1, 700))
		raw := bytes.Repeat([]byte("raw "), 3*secondGroup/4+10) // travels compressed
		c := m.hold(raw)
		s := newSecond(2, [][]byte{{200, 1, 2, 3}}, noise(2*secondGroup+7, 5))
		for _, r := range recordRange(1000, 1400) {
			s.records[hash3(r)] = r
		}
		if s.id != string(newModel(2).self) {
			t.Fatalf("device ID %s", s.id)
		}
		e := New(Config{Self: m.self, Home: func() media.Home { return testHome }, Library: m, Dialer: s})
		open := func(protocol string) net.Conn {
			x, y := net.Pipe()
			go func() { _ = e.Serve(t.Context(), media.Device(s.id), protocol, y) }()
			return x
		}

		conn := open("/homeroll/manifest/1")
		got, root, err := s.follow(conn, string(m.self))
		if err != nil || root.node.n != 699 || len(got) != 699 {
			t.Errorf("%d records of %d: %v", len(got), root.node.n, err)
		}
		_ = conn.Close()

		conn = open("/homeroll/fetch/1")
		if item, err := s.fetch(conn, c.item.ID, len(raw)); err != nil || !bytes.Equal(item, raw) {
			t.Errorf("fetched %d bytes: %v", len(item), err)
		}
		_ = conn.Close()

		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- e.Follow(ctx, media.Device(s.id)) }()
		time.Sleep(time.Second)
		synctest.Wait()
		if r := m.shelf(media.Device(s.id)).root; r.Node.N != 401 || r.Seq != 5 || len(m.shelf(media.Device(s.id)).records) != 401 {
			t.Errorf("the first has adopted %+v", r)
		}
		sink := newSink(media.Item{ID: hash3(s.item), Size: int64(len(s.item))})
		if err := e.Fetch(ctx, media.Device(s.id), sink); err != nil || !bytes.Equal(sink.data, s.item) {
			t.Errorf("the first fetches: %v", err)
		}
		if want := []string{"question 2", "question 3", "question 5", "item"}; !slices.Equal(s.asked, want) {
			t.Errorf("asked for %q, want %q", s.asked, want)
		}
		cancel()
		<-done
		e.Close()
	})
}
