package syncproto

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
	"homeroll/syncproto/internal/wire"
)

// album is a Previewer. What it has to make takes its time.
type album struct {
	mu    sync.Mutex
	made  map[media.ID][]byte
	fail  map[media.ID]error
	takes time.Duration // to make one; 0 = none is made
	order []media.ID    // made so far
}

func (a *album) Preview(ctx context.Context, id media.ID, _ int, e Effort) ([]byte, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.fail[id]; err != nil {
		return nil, err
	}
	if b := a.made[id]; b != nil {
		return b, nil
	}
	if e == IfMade || a.takes == 0 {
		return nil, ErrLater
	}
	select {
	case <-time.After(a.takes):
		a.order = append(a.order, id)
		return id[:9], nil
	case <-ctx.Done():
		return nil, ErrLater
	}
}

// ids returns n different hashes.
func ids(n int) (list []media.ID) {
	for i := range n {
		list = append(list, media.Sum(binary.BigEndian.AppendUint32(nil, uint32(i))))
	}
	return list
}

// previewPair is patchPair whose first exchange has an album.
func previewPair(t testing.TB) (al *album, a *model, ea, eb *Exchange, lan *lan) {
	al = &album{made: map[media.ID][]byte{}, fail: map[media.ID]error{}}
	a, ea, eb, lan = patchPair(t)
	ea.cfg.Previews = al
	return al, a, ea, eb, lan
}

// heard is what was heard of each item.
type heard struct {
	order []int
	jpeg  map[int][]byte
	err   map[int]error
}

func ask(t testing.TB, e *Exchange, peer media.Device, w Wish) (heard, error) {
	t.Helper()
	h := heard{jpeg: map[int][]byte{}, err: map[int]error{}}
	err := e.Previews(context.Background(), peer, w, func(i int, jpeg []byte, err error) {
		h.order, h.jpeg[i], h.err[i] = append(h.order, i), jpeg, err
	})
	return h, err
}

func TestEachItemIsAnsweredOnceWhatIsMadeFirst(t *testing.T) {
	al, a, _, eb, _ := previewPair(t)
	list := ids(7)
	al.takes = time.Nanosecond
	al.made[list[3]] = noise(maxSmallJPEG, 1)
	al.made[list[5]] = []byte("small")
	al.fail[list[0]] = media.ErrNotHeld
	al.fail[list[1]] = &NoPreviewError{NoPreviewProgram}
	al.fail[list[2]] = errors.New("disk on fire")
	al.made[list[6]] = noise(maxSmallJPEG+1, 1)
	h, err := ask(t, eb, a.self, Wish{Pixels: PreviewSmall, Items: list})
	if err != nil || !slices.Equal(h.order, []int{0, 1, 2, 3, 5, 6, 4}) {
		t.Fatalf("%v in order %v", err, h.order)
	}
	var none *NoPreviewError
	if !errors.Is(h.err[0], media.ErrNotHeld) || !errors.Is(h.err[2], ErrLater) ||
		!errors.As(h.err[1], &none) || none.Reason != NoPreviewProgram || !errors.As(h.err[6], &none) || none.Reason != NoPreviewTooLarge {
		t.Error(h.err)
	}
	if !bytes.Equal(h.jpeg[3], al.made[list[3]]) || string(h.jpeg[5]) != "small" || !bytes.Equal(h.jpeg[4], list[4][:9]) {
		t.Error("previews arrived otherwise")
	}
}

// Sixty-four previews need one stream, however long they take to be made, and
// what does not fit in the time is for later.
func TestABatchIsOneStreamOfBoundedTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		al, a, ea, eb, lan := previewPair(t)
		_ = ea
		streams := 0
		lan.wrap = func(x, y net.Conn) (net.Conn, net.Conn) { streams++; return x, y }
		al.takes = 600 * time.Millisecond
		began := time.Now()
		h, err := ask(t, eb, a.self, Wish{Pixels: PreviewLarge, Items: ids(MaxPreviews)})
		if err != nil || streams != 1 || time.Since(began) > previewTime+time.Second {
			t.Fatalf("%v, %d streams, %v", err, streams, time.Since(began))
		}
		if n := len(al.order); n != 33 || !slices.Equal(al.order, ids(n)) {
			t.Errorf("%d were made", n)
		}
		for i := range MaxPreviews {
			if late := errors.Is(h.err[i], ErrLater); late != (i >= len(al.order)) {
				t.Errorf("%d: %v", i, h.err[i])
			}
		}
	})
}

func TestPreviewsAreRefusedAsMediaAre(t *testing.T) {
	al, a, ea, eb, _ := previewPair(t)
	list := ids(2)
	al.made[list[0]], al.made[list[1]] = []byte("x"), []byte("y")
	wish := Wish{Pixels: PreviewSmall, Items: list}
	refused := func(want error) {
		t.Helper()
		h, err := ask(t, eb, a.self, wish)
		var peer *PeerError
		if !errors.Is(err, want) || len(h.order) > 0 || !errors.As(err, &peer) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	ea.SetPaused(true)
	refused(ErrPaused)
	ea.SetPaused(false)
	for range previewsServed {
		leave, _ := ea.previews.enter(eb.cfg.Self)
		defer leave()
	}
	refused(ErrBusy)
	stranger := New(Config{})
	if _, err := ask(t, stranger, a.self, wish); !errors.Is(err, ErrUnable) {
		t.Error(err)
	}
}

// Previews keep to the limits like all media, and are counted with them.
func TestPreviewsKeepToTheLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		al, a, ea, eb, _ := previewPair(t)
		list := ids(40)
		for _, id := range list {
			al.made[id] = noise(25_000, 3)
		}
		ea.SetLimits(Limits{Up: 100_000})
		began := time.Now()
		if _, err := ask(t, eb, a.self, Wish{Pixels: PreviewSmall, Items: list}); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took < 9*time.Second || took > 11*time.Second {
			t.Errorf("a megabyte in %v", took)
		}
		if n := eb.Stats().MediaIn; n < 1_000_000 || n > 1_010_000 {
			t.Errorf("%d bytes counted", n)
		}
	})
}

func TestHostileAnswersEndTheStreamAndNameThePeer(t *testing.T) {
	ok := func(i uint32, n int) []byte {
		return delimited(&wire.PreviewAnswer{Index: i, Status: wire.PreviewStatus_PREVIEW_STATUS_OK, Jpeg: make([]byte, n)})
	}
	for name, said := range map[string][]byte{
		"beyond the limit":           ok(0, maxSmallJPEG+previewFields),
		"just beyond the limit":      ok(0, maxSmallJPEG+1),
		"a length of a gigabyte":     binary.AppendUvarint(nil, 1<<30),
		"a length without an end":    bytes.Repeat([]byte{0xff}, 20),
		"an item that was not asked": ok(2, 9),
		"one item twice":             slices.Concat(ok(1, 9), ok(1, 9)),
		"an empty preview":           ok(0, 0),
		"an unknown status":          delimited(&wire.PreviewAnswer{Status: 99}),
		"no message":                 {3, 0xff, 0xff, 0xff},
		"a bad request":              delimited(&wire.PreviewAnswer{Status: wire.PreviewStatus_PREVIEW_STATUS_BAD_REQUEST}),
	} {
		t.Run(name, func(t *testing.T) {
			a, _, eb, lan := patchPair(t)
			lan.wrap = func(x, _ net.Conn) (net.Conn, net.Conn) {
				near, far := net.Pipe()
				lan.served.Go(func() { _, _ = io.Copy(io.Discard, far) })
				lan.served.Go(func() { _, _ = far.Write(said) })
				return near, x
			}
			var err error
			formattest.Bounded(t, 4<<20, func() { _, err = ask(t, eb, a.self, Wish{Pixels: PreviewSmall, Items: ids(2)}) })
			if !Misbehaved(err) {
				t.Error(err)
			}
		})
	}
}

func TestBadRequestsAreRefused(t *testing.T) {
	one := ids(1)[0]
	for name, m := range map[string]*wire.PreviewRequest{
		"nothing":       {Pixels: PreviewSmall},
		"another size":  {Pixels: 1000, Ids: one[:]},
		"half a hash":   {Pixels: PreviewSmall, Ids: one[:16]},
		"one twice":     {Pixels: PreviewSmall, Ids: append(one[:], one[:]...)},
		"one too many":  {Pixels: PreviewSmall, Ids: packIDs(ids(MaxPreviews + 1))},
		"no size given": {Ids: one[:]},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, ea, _, _ := previewPair(t)
			got := previewBytes(ea, delimited(m))
			if want := delimited(&wire.PreviewAnswer{Status: wire.PreviewStatus_PREVIEW_STATUS_BAD_REQUEST}); !bytes.Equal(got, want) {
				t.Errorf("answered %x", got)
			}
		})
	}
}

func packIDs(list []media.ID) (b []byte) {
	for i := range list {
		b = append(b, list[i][:]...)
	}
	return b
}

// previewBytes sends a request and returns what comes back.
func previewBytes(e *Exchange, sent []byte) []byte {
	ours, theirs := net.Pipe()
	var serving sync.WaitGroup
	serving.Go(func() { _ = e.Serve(context.Background(), newModel(2).self, PreviewProtocol, theirs) })
	serving.Go(func() { _, _ = ours.Write(sent) })
	got, _ := io.ReadAll(ours)
	_ = ours.Close()
	serving.Wait()
	return got
}

// Whatever is asked, the answerer says something of each item or refuses all.
func FuzzPreviewRequest(f *testing.F) {
	for name, b := range previewMessages() {
		if name == "previewrequest" {
			f.Add(b)
		}
	}
	list := ids(5)
	f.Add(delimited(&wire.PreviewRequest{Pixels: PreviewLarge, Ids: packIDs(list)}))
	al := &album{made: map[media.ID][]byte{list[1]: []byte("x")}, fail: map[media.ID]error{list[2]: media.ErrNotHeld}}
	e := New(Config{Previews: al})
	f.Fuzz(func(t *testing.T, data []byte) {
		formattest.Bounded(t, 1<<20, func() {
			m := new(wire.PreviewRequest)
			if (protodelim.UnmarshalOptions{MaxSize: maxPreviewRequest}).UnmarshalFrom(bufio.NewReader(bytes.NewReader(data)), m) != nil {
				return
			}
			items, ok := unpackItems(m.Ids)
			if !ok {
				return
			}
			var out bytes.Buffer
			a := &previewAnswerer{e: e, pixels: PreviewSmall}
			err := send(t.Context(), &out, maxSmallJPEG, func(ctx context.Context, to chan<- []byte) error {
				a.out = to
				return a.answer(ctx, items)
			})
			if err != nil {
				t.Fatal(err)
			}
			r := &previewReader{r: bufio.NewReader(&out), pixels: PreviewSmall, open: make([]bool, len(items))}
			for range items {
				var stop *previewStop
				if _, _, _, err := r.next(); errors.As(err, &stop) {
					t.Fatal(err)
				}
			}
		})
	})
}

func FuzzPreviewAnswers(f *testing.F) {
	for name, b := range previewMessages() {
		if name != "previewrequest" {
			f.Add(b)
		}
	}
	f.Add(binary.AppendUvarint(nil, maxLargeJPEG+previewFields))
	f.Fuzz(func(t *testing.T, data []byte) {
		formattest.Bounded(t, 4<<20+uint64(len(data))*4, func() {
			r := &previewReader{r: bufio.NewReader(bytes.NewReader(data)), pixels: PreviewLarge, open: make([]bool, 3)}
			for range r.open {
				_, _, jpeg, err := r.next()
				if len(jpeg) > maxLargeJPEG || err == nil && len(jpeg) == 0 {
					t.Errorf("%d bytes with %v", len(jpeg), err)
				}
				var stop *previewStop
				if errors.As(err, &stop) {
					return
				}
			}
		})
	})
}

// previewMessages are those of the preview protocol, for the golden bytes.
func previewMessages() map[string][]byte {
	status := func(s wire.PreviewStatus) []byte { return delimited(&wire.PreviewAnswer{Index: 3, Status: s}) }
	none := func(r wire.PreviewReason) []byte {
		return delimited(&wire.PreviewAnswer{Index: 3, Status: wire.PreviewStatus_PREVIEW_STATUS_NONE, Reason: r})
	}
	return map[string][]byte{
		"previewrequest": delimited(&wire.PreviewRequest{Pixels: PreviewLarge, Ids: packIDs(ids(2)), Now: true}),
		"previewanswer": delimited(&wire.PreviewAnswer{
			Index: 3, Status: wire.PreviewStatus_PREVIEW_STATUS_OK, Jpeg: []byte{0xff, 0xd8, 0xff, 0xd9}}),
		"previewanswer-facts": delimited(&wire.PreviewAnswer{
			Index: 3, Status: wire.PreviewStatus_PREVIEW_STATUS_LATER, Facts: packFacts(allFacts())}),
		"previewanswer-nothere": status(wire.PreviewStatus_PREVIEW_STATUS_NOT_HELD),
		"previewanswer-later":   status(wire.PreviewStatus_PREVIEW_STATUS_LATER),
		"previewanswer-paused":  status(wire.PreviewStatus_PREVIEW_STATUS_PAUSED),
		"previewanswer-busy":    status(wire.PreviewStatus_PREVIEW_STATUS_BUSY),
		"previewanswer-bad":     status(wire.PreviewStatus_PREVIEW_STATUS_BAD_REQUEST),
		"previewanswer-type":    none(wire.PreviewReason_PREVIEW_REASON_TYPE),
		"previewanswer-program": none(wire.PreviewReason_PREVIEW_REASON_PROGRAM),
		"previewanswer-large":   none(wire.PreviewReason_PREVIEW_REASON_TOO_LARGE),
		"previewanswer-damaged": none(wire.PreviewReason_PREVIEW_REASON_DAMAGED),
	}
}
