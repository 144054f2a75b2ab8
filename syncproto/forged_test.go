package syncproto

import (
	"bufio"
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// liar is a library that answers wrongly, as its fields say.
type liar struct {
	*model
	children     func(*[media.Fanout]media.Node)
	fingerprints func([]media.Fingerprint)
	records      func([]media.Record)
	roots        func([]media.Root)
}

func (l liar) Children(ctx context.Context, by media.Device, p media.Prefix) (*[media.Fanout]media.Node, error) {
	c, err := l.model.Children(ctx, by, p)
	if err == nil && l.children != nil {
		l.children(c)
	}
	return c, err
}

func (l liar) Fingerprints(ctx context.Context, by media.Device, p media.Prefix) ([]media.Fingerprint, error) {
	f, err := l.model.Fingerprints(ctx, by, p)
	if err == nil && l.fingerprints != nil {
		l.fingerprints(f)
	}
	return f, err
}

func (l liar) Records(ctx context.Context, by media.Device, fps []media.Fingerprint) ([]media.Record, error) {
	r, err := l.model.Records(ctx, by, fps)
	if err == nil && l.records != nil {
		l.records(r)
	}
	return r, err
}

func (l liar) Roots(ctx context.Context) ([]media.Root, error) {
	r, err := l.model.Roots(ctx)
	if err == nil && l.roots != nil {
		l.roots(r)
	}
	return r, err
}

func TestForgedManifestsAreRefusedAndTheirBringerNamed(t *testing.T) {
	swapRecord := func(r []media.Record) {
		if len(r) > 0 {
			r[len(r)/2] = record(1 << 30)
		}
	}
	for name, c := range map[string]struct {
		plain bool // capabilities of an older version: children, leaves, records
		lie   liar
	}{
		"a child's hash":            {true, liar{children: func(c *[media.Fanout]media.Node) { c[3].Hash[9] ^= 1 }}},
		"a child's count":           {true, liar{children: func(c *[media.Fanout]media.Node) { c[3].N++ }}},
		"a child's hash with hints": {false, liar{children: func(c *[media.Fanout]media.Node) { c[3].Hash[9] ^= 1 }}},
		"a leaf's fingerprint": {true, liar{fingerprints: func(f []media.Fingerprint) {
			if len(f) > 0 {
				f[0][31] ^= 1
			}
		}}},
		"a record of many":    {false, liar{records: swapRecord}},
		"a root's signature":  {false, liar{roots: func(r []media.Root) { r[0].Sig = slices.Clone(r[0].Sig); r[0].Sig[5] ^= 1 }}},
		"a root's node":       {false, liar{roots: func(r []media.Root) { r[0].Node.Hash[0] ^= 1 }}},
		"a root's epoch":      {false, liar{roots: func(r []media.Root) { r[0].Epoch++ }}},
		"a root's author":     {false, liar{roots: func(r []media.Root) { r[0].Device = newModel(9).self }}},
		"a root of a bad key": {false, liar{roots: func(r []media.Root) { r[0].Device = "nobody" }}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lan, a, b := newLAN(), newModel(1), newModel(2)
				a.load(recordRange(0, 6000))
				if name == "a child's hash with hints" {
					s := b.shelf(a.self)
					s.fill(recordRange(0, 5000))
				}
				ea, eb := lan.node(a), lan.node(b)
				c.lie.model = a
				ea.cfg.Library = c.lie
				if c.plain {
					ea.can = nil
				}
				err := eb.Follow(t.Context(), a.self)
				var peer *PeerError
				if !errors.Is(err, ErrForged) && !errors.Is(err, ErrMalformed) || !errors.As(err, &peer) || peer.Peer != a.self || !Misbehaved(err) {
					t.Errorf("%v", err)
				}
				if b.shelf(a.self).known {
					t.Error("the manifest was adopted")
				}
				for _, r := range b.shelf(a.self).records {
					if _, ok := a.shelf(a.self).records[r.Fingerprint()]; !ok {
						t.Error("a forged record was stored")
					}
				}
				ea.Close()
				lan.served.Wait()
			})
		})
	}
}

func TestForgedRecordOfALeafIsRefused(t *testing.T) {
	b := newModel(2)
	f := newFollower(newLAN().node(b), newModel(1).self)
	w := &walk{f: f, lib: b, by: newModel(1).self}
	batch := []*leaf{{missing: []media.Fingerprint{record(1).Fingerprint(), record(2).Fingerprint()}}}
	answer := &wire.Answer{Records: packRecord(packRecord(nil, record(1)), record(3))}
	if err := w.tookRecords(t.Context(), batch, answer); !errors.Is(err, ErrForged) || b.sets > 0 {
		t.Error(err)
	}
}

func TestRootsOfStrangersAndRefusalsStopNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan, a, b, removed := newLAN(), newModel(1), newModel(2), newModel(3)
		a.load(recordRange(0, 300))
		removed.load(recordRange(300, 900))
		s := a.shelf(removed.self)
		s.fill(recordRange(300, 900))
		s.root, s.known = removed.shelf(removed.self).root, true
		b.refuse[removed.self] = true
		ea, eb := lan.node(a), lan.node(b)
		up := connect(ea, eb)
		settled()
		equalShelves(t, a, b, a.self)
		if len(b.shelf(removed.self).records) > 0 {
			t.Error("records of a stranger")
		}
		if s, _ := eb.Peer(a.self); !s.Synced {
			t.Error("what is not taken over counts as a difference")
		}
		b.mu.Lock()
		b.refuse = nil // admitted at last
		b.broadcast()
		b.mu.Unlock()
		settled()
		equalShelves(t, a, b, removed.self)
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		lan.served.Wait()
	})
}

func TestRestoredDatabaseLearnsThatItWasOutrun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := newLAN()
		a, b, ea, eb := pairOf(lan, 10)
		a.write(recordRange(10, 20), nil)
		up := connect(ea, eb)
		settled()
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		// a loses everything since its first day.
		a.shelves = map[media.Device]*shelf{}
		a.publish(0)
		up = connect(ea, eb)
		settled()
		if len(a.outrun) != 1 {
			t.Errorf("told %d times", len(a.outrun))
		}
		equalShelves(t, a, b, a.self)
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		lan.served.Wait()
	})
}

func TestOlderAndNewerNodesTellEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan, a, b := newLAN(), newModel(1), newModel(2)
		a.load(recordRange(0, 3000))
		ea, eb := lan.node(a), lan.node(b)
		ea.can = []string{canPush, canHints, canZstd, canPatch, canPreview, "trash"}
		ea.cfg.Version = "0.2.0"
		eb.cfg.Name = func(media.Device) string { return "nas" }
		up := connect(ea, eb)
		settled()
		equalShelves(t, a, b, a.self)
		state, _ := eb.Peer(a.self)
		want := []string{"nas (0.2.0) cannot send a whole catalogue quickly", "nas (0.2.0) cannot tell what is new without listing what is not", `this device (0.1.0) cannot do "trash", which nas (0.2.0) can: update homeroll here`}
		if !slices.Equal(state.Missing, want) {
			t.Errorf("%q", state.Missing)
		}
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		lan.served.Wait()
	})
}

func TestPeerOfAnotherHomeIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan, a, b := newLAN(), newModel(1), newModel(2)
		ea, eb := lan.node(a), lan.node(b)
		ea.cfg.Home = func() media.Home { return media.Home{7} }
		if err := eb.Follow(t.Context(), a.self); !errors.Is(err, ErrOtherHome) {
			t.Error(err)
		}
		if _, ok := eb.Peer(a.self); ok {
			t.Error("the state outlived the stream")
		}
		lan.served.Wait()
	})
}

// TestNonsenseEndsTheStream speaks to a node as no correct peer does.
func TestNonsenseEndsTheStream(t *testing.T) {
	ask := func(m *wire.Ask) func(*session) { return func(s *session) { _ = s.send(frameAsk, m) } }
	for name, c := range map[string]struct {
		say  func(*session)
		want string
	}{
		"an answer": {func(s *session) { _ = s.send(frameAnswer, &wire.Answer{}) }, "statement"},
		"a long frame": {func(s *session) {
			_, _ = s.enc.Write([]byte{byte(frameAsk), 0xff, 0xff, 0xff, 0x7f})
			_ = s.enc.Flush()
			_ = s.out.Flush()
		}, "more than"},
		"no zstd":  {func(s *session) { _, _ = s.link.Write([]byte("GET / HTTP/1.1\r\n\r\n")) }, "malformed"},
		"a prefix": {ask(&wire.Ask{Want: wire.Want_WANT_CHILDREN, Prefixes: []byte{1, 16}}), "malformed"},
		"hints":    {ask(&wire.Ask{Want: wire.Want_WANT_CHILDREN, Prefixes: []byte{0}, Hints: []byte{1}}), "hints"},
		"tails":    {ask(&wire.Ask{Want: wire.Want_WANT_DIFFERENCES, Prefixes: []byte{0}, Hints: []byte{1, 2, 3, 4}}), "tails"},
		"prefixes": {ask(&wire.Ask{Want: wire.Want_WANT_CHILDREN, Prefixes: make([]byte, maxPrefixes+1)}), "more than"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newModel(1)
				e := newLAN().node(a)
				ours, theirs := net.Pipe()
				done := make(chan error, 1)
				go func() { done <- e.Serve(t.Context(), "peer", ManifestProtocol, theirs) }()
				peer := New(Config{Home: func() media.Home { return testHome }})
				s, err := peer.open(&link{Conn: ours, in: &peer.wire.mediaIn, out: &peer.wire.mediaOut, stall: stallAfter})
				if err != nil {
					t.Fatal(err)
				}
				go func() {
					for {
						if _, err := s.receive(); err != nil {
							return
						}
					}
				}()
				c.say(s)
				if err := <-done; !Misbehaved(err) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v", err)
				}
				_ = ours.Close()
			})
		})
	}
}

func TestSilentPeerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan, b := newLAN(), newModel(2)
		a := newModel(1)
		a.load(recordRange(0, 10))
		eb := lan.node(b)
		lan.nodes[a.self] = New(Config{Self: a.self, Home: func() media.Home { return testHome }})
		ours, theirs := net.Pipe()
		lan.pipe = func() (net.Conn, net.Conn) { return ours, nil }
		lan.wrap = func(asking, _ net.Conn) (net.Conn, net.Conn) {
			x, y := net.Pipe()
			_ = y.Close()
			return asking, x // the real node's end is dead; the test answers
		}
		go func() {
			e := New(Config{Home: func() media.Home { return testHome }})
			l := &link{Conn: theirs, in: &e.wire.mediaIn, out: &e.wire.mediaOut, stall: stallAfter}
			_, _ = protodelim.MarshalTo(l, e.hello())
			r := bufio.NewReader(l)
			_ = protodelim.UnmarshalFrom(r, new(wire.Hello))
			s, _ := newSession(l, r, greeting{})
			_ = s.send(frameRoots, &wire.Roots{Roots: []*wire.Root{rootPB(a.shelf(a.self).root)}, All: true})
			for { // hears every question and says nothing
				if _, err := s.receive(); err != nil {
					return
				}
			}
		}()
		if err := eb.Follow(t.Context(), a.self); !errors.Is(err, ErrStalled) {
			t.Error(err)
		}
		lan.served.Wait()
	})
}
