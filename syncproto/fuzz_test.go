package syncproto

import (
	"bufio"
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
	"homeroll/syncproto/internal/wire"
)

// frameMemory is what reading and unpacking one frame may allocate: the frame,
// protobuf's copy of its fields, and a slice header for each small record.
const frameMemory = 8 << 20

func FuzzFrame(f *testing.F) {
	for name, m := range messages() {
		if !strings.HasPrefix(name, "request") {
			f.Add(m)
		}
	}
	f.Add(framed(frameRoots, &wire.Roots{Roots: slices.Repeat([]*wire.Root{{}}, maxRoots/2-2)}))
	f.Add(framed(frameDelta, &wire.Delta{To: &wire.Root{}, Add: bytes.Repeat([]byte{1, 9}, maxDelta/2-10)}))
	f.Add(framed(frameAnswer, &wire.Answer{Outcome: wire.Outcome_OUTCOME_OK, Records: bytes.Repeat([]byte{1, 9}, maxAnswer/2-10)}))
	f.Add([]byte{99, 2, 1, 1, byte(frameAsk), 0})
	f.Add(append([]byte{byte(frameAnswer)}, 0x80, 0x80, 0x40))
	f.Fuzz(func(t *testing.T, data []byte) {
		formattest.Bounded(t, frameMemory, func() {
			m, err := readFrame(bufio.NewReader(bytes.NewReader(data)))
			if err == nil {
				unpackAll(t, m)
			}
		})
	})
}

func unpackAll(t *testing.T, m proto.Message) {
	switch m := m.(type) {
	case *wire.Roots:
		for _, r := range m.Roots {
			got, err := rootOf(testHome, r)
			if err != nil {
				return // as the follower does, which hears no more of them
			}
			again(t, rootPB(got), r)
		}
	case *wire.Delta:
		if d, err := deltaOf(testHome, m); err == nil {
			again(t, deltaPB(d), m)
		}
	case *wire.Ask:
		a := &answerer{e: New(Config{Library: newModel(1)})}
		_, _ = a.answer(context.Background(), m)
	case *wire.Answer:
		walkWith(m)
	}
}

// again requires that a message that was taken says the same when it is sent on.
func again(t *testing.T, sent, got proto.Message) {
	sent.ProtoReflect().SetUnknown(nil)
	got.ProtoReflect().SetUnknown(nil)
	if r, ok := got.(*wire.Delta); ok {
		r.To.ProtoReflect().SetUnknown(nil)
	}
	if !proto.Equal(sent, got) {
		t.Errorf("%v became %v", got, sent)
	}
}

// walkWith gives the answer to every kind of question.
func walkWith(m *wire.Answer) {
	b := newModel(2)
	ctx := context.Background()
	node := func(n uint64) media.Node { return media.Node{Hash: [32]byte{1}, N: n} }
	f := newFollower(New(Config{Library: b, Home: func() media.Home { return testHome }}), "peer")
	f.s = &session{greeting: greeting{can: allCapabilities()}}
	w := &walk{f: f, lib: b, by: "author"}
	mine := make([][media.Fanout]media.Node, 2)
	spots := []spot{{p: "\x01", want: node(300)}, {p: "\x02", want: node(300)}}
	_ = w.tookChildren(ctx, spots, mine, true, m)
	_ = w.tookChildren(ctx, spots, mine, false, m)
	_ = w.tookDifferences(ctx, []spot{{p: "\x01", want: node(3)}}, [][]media.Fingerprint{{{1}, {2}}}, m)
	_ = w.tookFingerprints(ctx, []spot{{p: "\x01", want: node(3)}}, m)
	_ = w.tookSubtrees(ctx, []spot{{p: "", want: node(math.MaxUint16)}}, m)
	_ = w.tookRecords(ctx, []*leaf{{missing: []media.Fingerprint{record(1).Fingerprint()}}}, m)
	if len(b.shelf("author").records) > 1 {
		panic("unproven records stored")
	}
}

func FuzzHello(f *testing.F) {
	f.Add(messages()["hello"])
	f.Fuzz(func(t *testing.T, data []byte) {
		formattest.Bounded(t, 1<<20, func() {
			var m wire.Hello
			if (protodelim.UnmarshalOptions{MaxSize: maxHello}).UnmarshalFrom(bufio.NewReader(bytes.NewReader(data)), &m) != nil {
				return
			}
			g, err := greetingOf(testHome, &m)
			if err != nil {
				return
			}
			for _, s := range g.missing("nas", "0.1.0") {
				if printable(s[:min(len(s), maxWord)]) != s[:min(len(s), maxWord)] {
					t.Errorf("unprintable %q", s)
				}
			}
		})
	})
}

func FuzzRequests(f *testing.F) {
	a := newModel(1)
	c := a.hold(noise(3*group+1, 1))
	f.Add(messages()["request"])
	f.Add(delimited(&wire.Request{Id: c.item.ID[:], Size: uint64(c.item.Size), Count: 4, Outline: true, Zstd: true}))
	f.Add(delimited(&wire.Request{Id: c.item.ID[:], Size: uint64(c.item.Size), First: math.MaxUint64, Count: 2}))
	e := New(Config{Library: a})
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		s := &sender{e: e, r: bufio.NewReader(bytes.NewReader(data)), w: newOutflow(&out)}
		formattest.Bounded(t, 16<<20+uint64(len(data))*8<<10, func() { _ = s.run(context.Background()) })
	})
}

// FuzzResponses reads answers to a request; nothing but the item itself may
// reach the sink, whose Write panics on anything else through its length.
func FuzzResponses(f *testing.F) {
	c := newContent(noise(2*group+9, 1))
	honest := delimited(&wire.Response{Status: wire.Status_STATUS_OK})
	for i := range c.outline {
		honest = append(honest, c.outline[i][:]...)
	}
	f.Add(append(bytes.Clone(honest), messages()["blocks"]...))
	f.Add(append(honest, 0, 3))
	f.Add(messages()["response-refused"])
	e := New(Config{})
	f.Fuzz(func(t *testing.T, data []byte) {
		sink := newSink(c.item)
		l := e.pool("peer").small[0]
		r := newTransfer(t.Context(), sink).next(&source{peer: "peer", lane: l}, time.Now())
		s := &fetchStream{lane: l, r: bufio.NewReader(bytes.NewReader(data))}
		formattest.Bounded(t, 4<<20, func() { _, _ = s.read(r) })
		for i, have := range sink.have {
			if have && !bytes.Equal(sink.data[i*group:min((i+1)*group, len(c.data))], c.data[i*group:min((i+1)*group, len(c.data))]) {
				t.Error("a wrong group was taken")
			}
		}
	})
}

func FuzzExpand(f *testing.F) {
	codec := newBlockCodec()
	z, _ := codec.shrink(nil, bytes.Repeat([]byte("abc"), 5000))
	f.Add(z)
	f.Add(codec.enc.EncodeAll(make([]byte, 1<<20), nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		guard := bytes.Repeat([]byte{0x5a}, 15_064)
		formattest.Bounded(t, 2<<20, func() { _ = codec.expand(guard[:15_000], data) })
		if bytes.Count(guard[15_000:], []byte{0x5a}) != 64 {
			t.Error("written beyond the group")
		}
	})
}
