package syncproto

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protodelim"
	"pgregory.net/rapid"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
	"homeroll/syncproto/internal/pieces"
	"homeroll/syncproto/internal/wire"
)

// patchPair is fetchPair whose second exchange has heard what the first can do.
func patchPair(t testing.TB) (a *model, ea, eb *Exchange, lan *lan) {
	a, ea, eb, lan = fetchPair(t, net.Pipe)
	greet(t, eb, a.self)
	return a, ea, eb, lan
}

// greet follows a peer until the test ends.
func greet(t testing.TB, e *Exchange, peer media.Device) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = e.Follow(ctx, peer)
	}()
	t.Cleanup(func() { stop(); <-ended })
	for {
		if s, ok := e.Peer(peer); ok && s.Version != "" {
			return
		}
		runtime.Gosched()
	}
}

// tagged is a JPEG with these tags, and noise for pixels.
func tagged(tags []byte, pixels []byte) []byte {
	b := []byte{0xff, 0xd8}
	for len(tags) > 0 {
		n := min(len(tags), 60_000)
		b = append(b, 0xff, 0xe1)
		b = binary.BigEndian.AppendUint16(b, uint16(n+2))
		b, tags = append(b, tags[:n]...), tags[n:]
	}
	b = append(b, 0xff, 0xda, 0, 4, 1, 1)
	b = append(b, pixels...)
	return append(b, 0xff, 0xd9)
}

func patched(t testing.TB, e *Exchange, from media.Device, c *content, bases ...media.Source) *memSink {
	t.Helper()
	s := newSink(c.item)
	if err := e.Patch(context.Background(), from, s, bases); err != nil {
		t.Fatal(err)
	}
	return s
}

func missing(s *memSink) (groups int64) {
	for from := int64(0); ; {
		first, n := s.NextMissing(from)
		if n == 0 {
			return groups
		}
		groups, from = groups+n, first+n
	}
}

func TestAnEditOfTheTagsCostsWhatItChanges(t *testing.T) {
	a, _, eb, _ := patchPair(t)
	rapid.Check(t, func(r *rapid.T) {
		pixels := noise(rapid.IntRange(100_000, 5*group).Draw(r, "pixels"), rapid.Uint64().Draw(r, "seed"))
		tags := noise(rapid.IntRange(0, 130_000).Draw(r, "tags"), 2)
		at := rapid.IntRange(0, len(tags)).Draw(r, "at")
		gone := rapid.IntRange(0, min(2000, len(tags)-at)).Draw(r, "gone")
		edit := rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(r, "new")
		old, edited := newContent(tagged(tags, pixels)), a.hold(tagged(slices.Concat(tags[:at], edit, tags[at+gone:]), pixels))
		before := eb.Stats()
		s := patched(t, eb, a.self, edited, old)
		after := eb.Stats()
		if missing(s) > 0 || !bytes.Equal(s.data, edited.data) {
			r.Fatalf("%d groups are missing", missing(s))
		}
		if in, out := after.MediaIn-before.MediaIn, after.MediaOut-before.MediaOut; in+out > 16<<10 {
			r.Fatalf("%d bytes came, %d went", in, out)
		}
	})
}

func TestAMovieWhoseTablesGrewIsCopied(t *testing.T) {
	a, _, eb, _ := patchPair(t)
	box := func(kind string, body []byte) []byte {
		return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
	}
	mdat, tables := box("mdat", noise(9*group+77, 1)), noise(200_000, 2)
	old := newContent(slices.Concat(box("ftyp", []byte("isom")), box("moov", tables), mdat))
	edited := a.hold(slices.Concat(box("ftyp", []byte("isom")), mdat, box("moov", append([]byte("a title"), tables...))))
	s := patched(t, eb, a.self, edited, old)
	if missing(s) > 0 || !bytes.Equal(s.data, edited.data) {
		t.Fatalf("%d groups are missing", missing(s))
	}
	if in := eb.Stats().MediaIn; in > 8<<10 {
		t.Errorf("%d bytes came", in)
	}
}

// A file of a type whose pixels are not known apart is cut as a whole.
func TestAnyOtherFileIsPatchedInPieces(t *testing.T) {
	a, _, eb, _ := patchPair(t)
	b := noise(16*group, 1)
	edited := a.hold(slices.Concat([]byte("II*\x00"), b[:900], []byte("other tags"), b[1000:3_000_000], []byte("new"), b[3_000_000:]))
	s := patched(t, eb, a.self, edited, newContent(noise(200_000, 9)), newContent(append([]byte("II*\x00"), b...)))
	if missing(s) > 0 || !bytes.Equal(s.data, edited.data) {
		t.Fatalf("%d groups are missing", missing(s))
	}
	if st := eb.Stats(); st.MediaIn+st.MediaOut > 64<<10 {
		t.Errorf("%d bytes came, %d went", st.MediaIn, st.MediaOut)
	}
}

// flaky is a base that is not what it was.
type flaky struct {
	*content
	left *atomic.Int64 // reads before it is gone
}

func (f flaky) ReadAt(b []byte, off int64) (int, error) {
	if f.left.Add(-1) < 0 {
		return 0, os.ErrNotExist
	}
	return f.content.ReadAt(b, off)
}

func TestADamagedOrVanishedBaseLeavesTheRestToTheFetch(t *testing.T) {
	pixels := noise(8*group, 1)
	for name, spoil := range map[string]func(*content) (media.Source, int64){
		"a damaged group": func(c *content) (media.Source, int64) {
			c.data[5*group] ^= 1
			return c, 1
		},
		"gone in the middle": func(c *content) (media.Source, int64) {
			f := flaky{c, new(atomic.Int64)}
			f.left.Store(12)
			return f, -1
		},
		"gone at once": func(c *content) (media.Source, int64) { return flaky{c, new(atomic.Int64)}, 9 },
		"cut off": func(c *content) (media.Source, int64) {
			c.data = c.data[:6*group]
			return c, 3
		},
		"another end": func(c *content) (media.Source, int64) {
			c.data = append(c.data[:7*group], noise(3*group, 5)...)
			c.item.Size = int64(len(c.data))
			return c, 2
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, _, eb, _ := patchPair(t)
			edited := a.hold(tagged([]byte("new tags"), pixels))
			base, want := spoil(newContent(tagged([]byte("old"), pixels)))
			s := patched(t, eb, a.self, edited, base)
			if n := missing(s); want >= 0 && n != want || want < 0 && (n == 0 || n == 9) {
				t.Errorf("%d groups are missing, want %d", n, want)
			}
			if err := eb.Fetch(context.Background(), a.self, s); err != nil || !bytes.Equal(s.data, edited.data) {
				t.Errorf("fetch of the rest: %v", err)
			}
		})
	}
}

func TestAPeerThatIsOlderOrHasNothingAlikeIsLeftAlone(t *testing.T) {
	pixels := noise(3*group, 1)
	base := newContent(tagged([]byte("old"), pixels))
	for name, setup := range map[string]func(a *model, ea *Exchange) *content{
		"older": func(a *model, ea *Exchange) *content {
			ea.can = slices.DeleteFunc(allCapabilities(), func(c string) bool { return c == canPatch })
			return a.hold(tagged([]byte("new"), pixels))
		},
		"other pixels": func(a *model, _ *Exchange) *content { return a.hold(tagged([]byte("new"), noise(3*group, 2))) },
		"paused": func(a *model, ea *Exchange) *content {
			ea.SetPaused(true)
			return a.hold(tagged([]byte("new"), pixels))
		},
		"not held": func(*model, *Exchange) *content { return newContent(tagged([]byte("new"), pixels)) },
		"unreadable": func(a *model, _ *Exchange) *content {
			c := a.hold(tagged([]byte("new"), pixels))
			c.fail = io.ErrNoProgress
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, ea, eb, _ := fetchPair(t, net.Pipe)
			c := setup(a, ea)
			greet(t, eb, a.self)
			if s := patched(t, eb, a.self, c, base); missing(s) != 4 {
				t.Errorf("%d groups are missing", missing(s))
			}
			if in := eb.Stats().MediaIn; in > 16 {
				t.Errorf("%d bytes came", in)
			}
		})
	}
}

func TestTheSinksErrorIsItsOwn(t *testing.T) {
	a, _, eb, _ := patchPair(t)
	pixels := noise(3*group, 1)
	s := newSink(a.hold(tagged([]byte("new"), pixels)).item)
	s.fail = errors.New("disk full")
	err := eb.Patch(context.Background(), a.self, s, []media.Source{newContent(tagged([]byte("old"), pixels))})
	if !errors.Is(err, s.fail) || errors.As(err, new(*PeerError)) {
		t.Error(err)
	}
}

// storyteller answers every question with these bytes.
type storyteller struct{ says []byte }

func (l storyteller) Dial(_ context.Context, _ media.Device, _ string) (net.Conn, error) {
	x, y := net.Pipe()
	go func() {
		r := bufio.NewReader(y)
		_ = (protodelim.UnmarshalOptions{MaxSize: maxPatchRequest}).UnmarshalFrom(r, new(wire.PatchRequest))
		_, _ = y.Write(l.says)
		_ = y.Close()
	}()
	return x, nil
}

func zstdOf(b []byte) []byte {
	z, err := zstd.NewWriter(nil)
	if err != nil {
		panic(err)
	}
	return z.EncodeAll(b, nil)
}

func packOutline(o media.Outline) (b []byte) {
	for i := range o {
		b = append(b, o[i][:]...)
	}
	return b
}

func answerOf(steps []step, rest ...[]byte) []byte {
	m := delimited(&wire.PatchResponse{Status: wire.PatchStatus_PATCH_STATUS_OK, Recipe: packRecipe(steps)})
	return append(m, slices.Concat(rest...)...)
}

func TestALyingPeerIsNamedAndNothingWrongIsTaken(t *testing.T) {
	pixels := noise(3*group, 1)
	want, base := newContent(tagged([]byte("new"), pixels)), newContent(tagged([]byte("old"), pixels))
	outline, size := packOutline(want.outline), want.item.Size
	forged := bytes.Clone(outline)
	forged[40] ^= 1
	head := want.data[:len(want.data)-len(pixels)-8]
	right := []step{{length: int64(len(head))}, {length: size - int64(len(head)), copied: true, piece: 1}}
	for name, tc := range map[string]struct {
		says    []byte
		blamed  bool
		missing int64
	}{
		"the truth":            {answerOf(right, outline, zstdOf(head)), false, 0},
		"a forged outline":     {answerOf(right, forged, zstdOf(head)), true, 4},
		"other fresh bytes":    {answerOf(right, outline, zstdOf(bytes.Repeat([]byte{7}, len(head)))), false, 1},
		"too few fresh bytes":  {answerOf(right, outline, zstdOf(head[:3])), false, 4},
		"no compression":       {answerOf(right, outline, head), true, 4},
		"another piece":        {answerOf([]step{right[0], {length: right[1].length, copied: true}}, outline, zstdOf(head)), false, 4},
		"a piece too many":     {answerOf([]step{right[0], {length: right[1].length, copied: true, piece: 99}}, outline, zstdOf(head)), true, 4},
		"too short a recipe":   {answerOf(right[:1], outline, zstdOf(head)), true, 4},
		"too long a recipe":    {answerOf([]step{{length: size + 1, copied: true}}, outline), true, 4},
		"no recipe":            {answerOf(nil, outline), true, 4},
		"nothing":              {nil, false, 4},
		"half an outline":      {answerOf(right, outline[:50]), false, 4},
		"a message too large":  {[]byte{0xff, 0xff, 0xff, 0x7f}, true, 4},
		"something else":       {[]byte{3, 0xff, 0xff, 0xff}, true, 4},
		"a later status":       {delimited(&wire.PatchResponse{Status: 99}), false, 4},
		"endless fresh bytes":  {answerOf(right, outline, zstdOf(append(bytes.Clone(head), make([]byte, 1<<20)...))), true, 4},
		"a huge zstd window":   {answerOf(right, outline, []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0}), true, 4},
		"a step that is empty": {answerOf([]step{{length: 0}, {length: size, copied: true, piece: 1}}, outline), true, 4},
	} {
		t.Run(name, func(t *testing.T) {
			e := New(Config{Self: "me", Home: func() media.Home { return testHome }, Library: newModel(1), Dialer: storyteller{tc.says}})
			defer e.Close()
			f := newFollower(e, "peer")
			f.s, f.greeted = &session{greeting: greeting{can: allCapabilities()}}, true
			e.followers["peer"] = f
			s := newSink(want.item)
			err := e.Patch(context.Background(), "peer", s, []media.Source{base})
			var peer *PeerError
			if named := errors.As(err, &peer) && Misbehaved(err); named != tc.blamed || !named && err != nil {
				t.Errorf("%v", err)
			}
			if n := missing(s); n != tc.missing {
				t.Errorf("%d groups are missing, want %d", n, tc.missing)
			}
			for i, have := range s.have {
				from, to := i*group, min(len(s.data), (i+1)*group)
				if have && !bytes.Equal(s.data[from:to], want.data[from:to]) {
					t.Errorf("group %d is wrong", i)
				}
			}
		})
	}
}

// drip is a stream on which a byte comes now and then.
type drip struct{ net.Conn }

func (c drip) Read(p []byte) (int, error) {
	time.Sleep(stallAfter - time.Second)
	return c.Conn.Read(p[:1])
}

func TestAPatchThatHardlyComesIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan, a := newLAN(), newModel(1)
		ea, eb := lan.node(a), lan.node(newModel(2))
		up := connect(eb, ea)
		for {
			if s, ok := eb.Peer(a.self); ok && s.Version != "" {
				break
			}
			time.Sleep(time.Millisecond)
		}
		lan.wrap = func(x, y net.Conn) (net.Conn, net.Conn) { return drip{x}, y }
		pixels := noise(3*group, 1)
		began := time.Now()
		patched(t, eb, a.self, a.hold(tagged(noise(2000, 2), pixels)), newContent(tagged([]byte("old"), pixels)))
		if took := time.Since(began); took > 3*stallAfter {
			t.Errorf("given up after %v", took)
		}
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		eb.Close()
		ea.Close()
		lan.served.Wait()
	})
}

func TestAPauseStopsAPatchUnderWay(t *testing.T) {
	a, ea, eb, _ := patchPair(t)
	pixels, tags := noise(20*group, 1), noise(4*group, 2)
	edited := a.hold(tagged(tags, pixels))
	edited.read = func(p []byte, off int64) {
		if off > group && off < 2*group && eb.Stats().MediaIn > 0 { // compared already
			ea.SetPaused(true)
		}
	}
	s := patched(t, eb, a.self, edited, newContent(tagged([]byte("old"), pixels)))
	if in := eb.Stats().MediaIn; in > 3*group || missing(s) == 0 {
		t.Errorf("%d bytes came, %d groups are missing", in, missing(s))
	}
}

func TestRecipesSayWhatTheyMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var steps []step
		size := int64(0)
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			s := step{length: rapid.Int64Range(1, maxFresh/20).Draw(t, "length"), copied: rapid.Bool().Draw(t, "copied")}
			if s.copied {
				s.piece = rapid.IntRange(0, maxKeys-1).Draw(t, "piece")
			}
			steps, size = append(steps, s), size+s.length
		}
		got, err := unpackRecipe(packRecipe(steps), size, maxKeys)
		if err != nil || !slices.Equal(got, steps) {
			t.Fatalf("%v became %v, %v", steps, got, err)
		}
	})
}

// patchMemory is what reading an answer may allocate: the message, its steps,
// the outline of what was asked for and the decoder's window.
const patchMemory = 8 << 20

func FuzzPatchAnswer(f *testing.F) {
	pixels := noise(group, 1)
	want, old := newContent(tagged([]byte("new"), pixels)), newContent(tagged([]byte("old"), pixels))
	head := want.data[:len(want.data)-len(pixels)-8]
	f.Add(answerOf([]step{{length: int64(len(head))}, {length: want.item.Size - int64(len(head)), copied: true, piece: 1}}, packOutline(want.outline), zstdOf(head)))
	f.Add(answerOf([]step{{length: want.item.Size}}, packOutline(want.outline), zstdOf(want.data)))
	e := New(Config{Home: func() media.Home { return testHome }, Library: newModel(1)})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := newSink(want.item)
		p := &patch{e: e, peer: "peer", sink: s, item: want.item}
		if !p.cut(context.Background(), []media.Source{old}) {
			t.Fatal("no pieces")
		}
		formattest.Bounded(t, patchMemory, func() { _ = p.answer(context.Background(), bufio.NewReader(bytes.NewReader(data))) })
		for i, have := range s.have {
			if from, to := i*group, min(len(s.data), (i+1)*group); have && !bytes.Equal(s.data[from:to], want.data[from:to]) {
				t.Errorf("group %d is wrong", i)
			}
		}
	})
}

func FuzzPatchRequest(f *testing.F) {
	m := newModel(1)
	c := m.hold(tagged([]byte("new"), noise(group, 1)))
	e := New(Config{Home: func() media.Home { return testHome }, Library: m})
	for name, b := range patchMessages() {
		if name == "patchrequest" {
			f.Add(b)
		}
	}
	f.Add(delimited(&wire.PatchRequest{Id: c.item.ID[:], Size: uint64(c.item.Size), Grain: pieces.MinGrain, Bases: [][]byte{make([]byte, 8)}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		formattest.Bounded(t, patchMemory, func() {
			m := new(wire.PatchRequest)
			if (protodelim.UnmarshalOptions{MaxSize: maxPatchRequest}).UnmarshalFrom(bufio.NewReader(bytes.NewReader(data)), m) != nil {
				return
			}
			a := e.findPatch(context.Background(), m)
			defer a.close()
			if a.status == wire.PatchStatus_PATCH_STATUS_OK {
				if _, err := unpackRecipe(packRecipe(a.steps), int64(m.Size), maxKeys); err != nil {
					t.Errorf("own recipe: %v", err)
				}
			}
		})
	})
}

// patchMessages are those of the patch protocol, for the golden bytes.
func patchMessages() map[string][]byte {
	status := func(s wire.PatchStatus) []byte { return delimited(&wire.PatchResponse{Status: s}) }
	return map[string][]byte{
		"patchrequest": delimited(&wire.PatchRequest{
			Id: bytes.Repeat([]byte{0xab}, 32), Size: 4_000_000, Outline: true, Grain: 9,
			Bases: [][]byte{bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 2), {9, 10, 11, 12, 13, 14, 15, 16}},
		}),
		"patchresponse": delimited(&wire.PatchResponse{Status: wire.PatchStatus_PATCH_STATUS_OK, Recipe: packRecipe([]step{
			{length: 3_000, copied: true}, {length: 700}, {length: 3_996_300, copied: true, piece: 300},
		})}),
		"patchresponse-none": status(wire.PatchStatus_PATCH_STATUS_NONE),
		"patchresponse-busy": status(wire.PatchStatus_PATCH_STATUS_BUSY),
		"patchresponse-bad":  status(wire.PatchStatus_PATCH_STATUS_BAD_REQUEST),
	}
}
