package syncproto

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"maps"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protodelim"
	"google.golang.org/protobuf/proto"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
	"homeroll/syncproto/internal/wire"
)

// framed returns a message as it stands in a manifest stream before compression.
func framed(f frame, m proto.Message) []byte {
	var b bytes.Buffer
	if err := writeFrame(&b, f, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func delimited(m proto.Message) []byte {
	var b bytes.Buffer
	if _, err := protodelim.MarshalTo(&b, m); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func blocks(say func(*sender)) []byte {
	var b bytes.Buffer
	s := sender{w: newOutflow(&b)}
	say(&s)
	_ = s.w.Flush()
	return b.Bytes()
}

// messages has one of every kind, with every field set.
func messages() map[string][]byte {
	a := newModel(1)
	a.load(recordRange(1, 200))
	shelf := a.shelf(a.self)
	root, fps := shelf.root, shelf.sorted
	later := root
	later.Epoch, later.Seq = 3, 1
	later.Sig = ed25519.Sign(a.key, later.Message())
	c := *shelf.children("")
	mine := c
	mine[2] = media.Node{}
	delta := media.Delta{From: media.Node{Hash: [32]byte{9}, N: 3}, To: root, Add: recordRange(1, 3), Remove: fps[:1]}
	ask := func(w wire.Want) *wire.Ask {
		return &wire.Ask{Id: 7, Want: w, Device: string(a.self), Root: hashPB(root.Node), N: root.Node.N}
	}
	children, leaves, records := ask(wire.Want_WANT_CHILDREN), ask(wire.Want_WANT_FINGERPRINTS), ask(wire.Want_WANT_RECORDS)
	children.Prefixes, children.Hints = packPrefix(nil, "\x0a\x03"), packHints(nil, &mine)
	leaves.Prefixes = packPrefix(packPrefix(nil, "\x01"), "\x0f")
	records.Fingerprints = packFingerprints(nil, fps[:2])
	subtrees := ask(wire.Want_WANT_SUBTREES)
	subtrees.Prefixes = packPrefix(nil, "")
	differences := ask(wire.Want_WANT_DIFFERENCES)
	differences.Prefixes, differences.Hints = packPrefix(nil, "\x0a"), packTails(nil, fps[:9])
	tails, _ := unpackTails(differences.Hints, 1)
	ok := func(a *wire.Answer) []byte {
		a.Id, a.Outcome = 7, wire.Outcome_OUTCOME_OK
		return framed(frameAnswer, a)
	}
	all := map[string][]byte{
		"hello":               delimited(New(Config{Home: func() media.Home { return testHome }, Version: "0.1.0"}).hello()),
		"hello-later":         delimited(&wire.Hello{Minor: 3, Capabilities: []string{"push", "something new"}, Version: "0.9.0", Home: testHome[:]}),
		"roots-epoch":         framed(frameRoots, &wire.Roots{Roots: []*wire.Root{rootPB(later)}}),
		"roots":               framed(frameRoots, &wire.Roots{Roots: []*wire.Root{rootPB(root)}}),
		"roots-all":           framed(frameRoots, &wire.Roots{All: true}),
		"delta":               framed(frameDelta, deltaPB(delta)),
		"ask-since":           framed(frameAsk, ask(wire.Want_WANT_SINCE)),
		"ask-children":        framed(frameAsk, children),
		"ask-fingerprints":    framed(frameAsk, leaves),
		"ask-subtrees":        framed(frameAsk, subtrees),
		"ask-records":         framed(frameAsk, records),
		"ask-differences":     framed(frameAsk, differences),
		"answer-since":        ok(&wire.Answer{Delta: deltaPB(delta)}),
		"answer-children":     ok(&wire.Answer{Children: packFamily(nil, &c, packHints(nil, &mine))}),
		"answer-fingerprints": ok(&wire.Answer{Fingerprints: packFingerprints([]byte{2}, fps[:2])}),
		"answer-records":      ok(&wire.Answer{Records: packRecord(packRecord(nil, record(1)), record(7))}),
		"answer-subtrees":     ok(&wire.Answer{Records: packRecord(packRecord([]byte{2}, record(1)), record(7))}),
		"answer-differences":  ok(&wire.Answer{Differences: packDifference(nil, tails[0], fps[1:9], recordRange(1, 3))}),
		"answer-unknown":      framed(frameAnswer, &wire.Answer{Id: 7, Outcome: wire.Outcome_OUTCOME_UNKNOWN}),
		"answer-moved-root":   framed(frameAnswer, &wire.Answer{Id: 7, Outcome: wire.Outcome_OUTCOME_MOVED, Children: packFamily(nil, &c, nil), Root: rootPB(root)}),
		"answer-stale":        framed(frameAnswer, &wire.Answer{Id: 7, Outcome: wire.Outcome_OUTCOME_STALE}),
		"answer-moved":        framed(frameAnswer, &wire.Answer{Id: 7, Outcome: wire.Outcome_OUTCOME_MOVED, Records: packRecord(nil, record(7))}),
		"answer-too-large":    framed(frameAnswer, &wire.Answer{Id: 7, Outcome: wire.Outcome_OUTCOME_TOO_LARGE}),
		"request": delimited(&wire.Request{
			Id: bytes.Repeat([]byte{0xab}, 32), Size: 5 << 30, First: 1000, Count: maxRun, Outline: true, Zstd: true,
		}),
		"response":         delimited(&wire.Response{Status: wire.Status_STATUS_OK}),
		"response-refused": delimited(&wire.Response{Status: wire.Status_STATUS_NOT_HELD}),
		"response-paused":  delimited(&wire.Response{Status: wire.Status_STATUS_PAUSED}),
		"response-busy":    delimited(&wire.Response{Status: wire.Status_STATUS_BUSY}),
		"response-size":    delimited(&wire.Response{Status: wire.Status_STATUS_SIZE_DIFFERS}),
		"response-bad":     delimited(&wire.Response{Status: wire.Status_STATUS_BAD_REQUEST}),
		"response-disk":    delimited(&wire.Response{Status: wire.Status_STATUS_UNREADABLE}),
		"blocks": blocks(func(s *sender) {
			_ = s.block([]byte("a group"))
			_ = s.block(nil)
			_ = s.stop(wire.Status_STATUS_PAUSED)
		}),
	}
	maps.Copy(all, patchMessages())
	maps.Copy(all, previewMessages())
	return all
}

func TestMessagesHaveTheirGoldenBytes(t *testing.T) { formattest.Golden(t, messages()) }

// bare are the messages that travel outside of frames, by what the names of
// their golden files begin with; nil is no message. A new one belongs here.
var bare = map[string]func() proto.Message{
	"hello":    func() proto.Message { return new(wire.Hello) },
	"request":  func() proto.Message { return new(wire.Request) },
	"response": func() proto.Message { return new(wire.Response) },
	"blocks":   nil,

	"patchrequest":  func() proto.Message { return new(wire.PatchRequest) },
	"patchresponse": func() proto.Message { return new(wire.PatchResponse) },

	"previewrequest": func() proto.Message { return new(wire.PreviewRequest) },
	"previewanswer":  func() proto.Message { return new(wire.PreviewAnswer) },
}

func TestNoMessageIsWithoutGoldenBytes(t *testing.T) {
	var all []proto.Message
	for name, b := range messages() {
		m, err := readMessage(name, b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if m != nil {
			all = append(all, m)
		}
	}
	formattest.Covers(t, wire.File_wire_proto, all...)
	formattest.Covers(t, wire.File_patch_proto, all...)
	formattest.Covers(t, wire.File_preview_proto, all...)
}

func readMessage(name string, b []byte) (proto.Message, error) {
	kind, _, _ := strings.Cut(name, "-")
	r := bufio.NewReader(bytes.NewReader(b))
	empty, ok := bare[kind]
	if !ok {
		return readFrame(r)
	}
	if empty == nil {
		return nil, nil
	}
	m := empty()
	return m, protodelim.UnmarshalFrom(r, m)
}
