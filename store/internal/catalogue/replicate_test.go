package catalogue

import (
	"context"
	"errors"
	"slices"
	"testing"

	"homeroll/store/media"
)

// pair returns two members of a home, both of which know a's first files.
func pair(t *testing.T) (a, b *place) {
	dir := t.TempDir()
	a, b = newPlace(t, dir, 1), newPlace(t, dir, 2)
	t.Cleanup(func() { _ = a.Close(); _ = b.Close() })
	introduce(t, a, b)
	fillFiles(t, a, 0, 300)
	pull(t, b, a, a.key.Device(), false)
	return a, b
}

// delta returns what leads b to a's present manifest.
func delta(t *testing.T, a, b *place) media.Delta {
	t.Helper()
	by := a.key.Device()
	d, ok, err := a.Since(context.Background(), by, must(b.Node(context.Background(), by, ""))(t))
	if err != nil || !ok {
		t.Fatal("no delta: ", err)
	}
	return d
}

func TestPushedDeltaIsAppliedEntirelyOrNotAtAll(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	old := delta(t, a, b)
	fillFiles(t, a, 300, 10)
	d := delta(t, a, b)
	forged, other := d, d
	forged.To.Sig = slices.Clone(d.To.Sig)
	forged.To.Sig[5] ^= 1
	other.To.Home = media.Home{9}
	other.To.Sig = a.key.Sign(other.To.Message())
	short, elsewhere, twice := d, d, d
	short.Add = d.Add[1:]
	elsewhere.From.N++
	twice.Add = append(slices.Clone(d.Add), d.Add[0])
	broken, unknown := d, d
	broken.Add = append(slices.Clone(d.Add), media.Record{byte(media.KindName), 0xff})
	unknown.To.Device = newKey(3).Device()
	unknown.To.Sig = newKey(3).Sign(unknown.To.Message())
	for name, c := range map[string]struct {
		d    media.Delta
		want error
	}{
		"forged signature": {forged, media.ErrSignature}, "another home": {other, nil}, "record missing": {short, media.ErrStale},
		"other start": {elsewhere, media.ErrStale}, "record twice": {twice, media.ErrStale}, "malformed record": {broken, media.ErrRecord},
		"not a member": {unknown, ErrMember},
	} {
		err := b.Apply(ctx, c.d)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	recount(t, b)
	if err := b.Apply(ctx, d); err != nil {
		t.Fatal(err)
	}
	if err := b.Apply(ctx, d); !errors.Is(err, media.ErrStale) {
		t.Errorf("applied twice: %v", err)
	}
	if err := b.Adopt(ctx, old.To); !errors.Is(err, media.ErrStale) {
		t.Errorf("older root: %v", err)
	}
	if err := b.Adopt(ctx, d.To); err != nil {
		t.Errorf("same root again: %v", err)
	}
	recount(t, b)
}

func TestUnfinishedWalkIsNotOffered(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	by := a.key.Device()
	if err := b.SetSubtrees(ctx, by, []media.Subtree{{Prefix: "\x03", Keep: nil, Add: nil}}); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.root(t, by); ok {
		t.Error("a manifest that does not recompute is offered")
	}
	b.reopen(t)
	known, _ := a.root(t, by)
	if err := b.Adopt(ctx, known); !errors.Is(err, media.ErrStale) {
		t.Errorf("adopted without its records: %v", err)
	}
	pull(t, b, a, by, false)
	if r, ok := b.root(t, by); !ok || r.Node != known.Node {
		t.Error("the walk did not end at the known root")
	}
	recount(t, b)
	outside := must(media.EncodeRecord(media.Holding{Item: testItem(1)}))(t)
	below := media.Prefix([]byte{byte(outside.Fingerprint().Digit(0)+1) % media.Fanout})
	if err := b.SetSubtrees(ctx, by, []media.Subtree{{Prefix: below, Keep: nil, Add: []media.Record{outside}}}); !errors.Is(err, media.ErrRecord) {
		t.Errorf("record outside its subtree: %v", err)
	}
	if err := b.SetSubtrees(ctx, b.key.Device(), []media.Subtree{{Prefix: "", Keep: nil, Add: nil}}); !errors.Is(err, ErrMember) {
		t.Errorf("own manifest from outside: %v", err)
	}
}

// publish makes b adopt a manifest of exactly these records.
func publish(t *testing.T, b *place, author key, seq uint64, records ...media.Record) {
	t.Helper()
	ctx := context.Background()
	if err := b.SetSubtrees(ctx, author.Device(), []media.Subtree{{Prefix: "", Keep: nil, Add: records}}); err != nil {
		t.Fatal(err)
	}
	r := media.Root{Home: testHome, Device: author.Device(), Epoch: 7, Seq: seq, Node: must(b.Node(ctx, author.Device(), ""))(t)}
	r.Sig = author.Sign(r.Message())
	if err := b.Adopt(ctx, r); err != nil {
		t.Fatal(err)
	}
	recount(t, b)
}

// Who waits for something to fetch need not wait for the end of a walk.
func TestWhatAWalkHasStoredIsWantedAtOnce(t *testing.T) {
	ctx := context.Background()
	a, b := newPlace(t, t.TempDir(), 1), newPlace(t, t.TempDir(), 2)
	defer a.Close()
	defer b.Close()
	introduce(t, a, b)
	fillFiles(t, a, 0, 300)
	by := a.key.Device()
	changed := b.Changed()
	if err := b.SetSubtrees(ctx, by, []media.Subtree{{Prefix: "", Add: a.own(t)[:500]}}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-changed:
	default:
		t.Error("nobody heard of what was stored")
	}
	if page := must(b.Wanted(ctx, []media.Device{by}, 1000))(t); len(page) < 100 {
		t.Errorf("%d items are wanted half way", len(page))
	}
	recount(t, b)
}

func TestRecordsOfALaterVersionAreKeptAndUnderstoodAsFarAsPossible(t *testing.T) {
	b, author := newPlace(t, t.TempDir(), 2), newKey(1)
	defer b.Close()
	if err := b.SetMembers(context.Background(), []media.Device{author.Device()}); err != nil {
		t.Fatal(err)
	}
	plain := must(media.EncodeRecord(media.Holding{Item: testItem(1)}))(t)
	richer := append(slices.Clone(plain), 0x78, 0x05) // an unknown field 15
	unknown := media.Record{0xee, 1, 2, 3}
	held := func() bool {
		w := must(b.Wanted(context.Background(), []media.Device{author.Device()}, 10))(t)
		return len(w) == 1 && w[0].Item == testItem(1) && !w[0].Named
	}
	publish(t, b, author, 1, plain, unknown)
	publish(t, b, author, 2, plain, richer, unknown)
	publish(t, b, author, 3, richer, unknown)
	if !held() {
		t.Error("a holding stated twice is gone with one of its records")
	}
	got := must(b.Records(context.Background(), author.Device(), []media.Fingerprint{unknown.Fingerprint(), plain.Fingerprint()}))(t)
	if len(got) != 1 || !slices.Equal(got[0], unknown) {
		t.Errorf("unknown record became %x", got)
	}
	publish(t, b, author, 4)
	if held() {
		t.Error("a holding outlives its record")
	}
}

func TestLogOfDeltasHasNoGapAfterAWalk(t *testing.T) {
	ctx := context.Background()
	for _, adopted := range []bool{true, false} {
		a, b := pair(t)
		by := a.key.Device()
		start := must(b.Node(ctx, by, ""))(t)
		fillFiles(t, a, 300, 2)
		pull(t, b, a, by, true) // pushed
		fillFiles(t, a, 302, 2)
		if adopted {
			pull(t, b, a, by, false)
		} else { // overtaken
			steps := 1 << 30
			walk(t, b, a, by, "", &steps)
		}
		fillFiles(t, a, 304, 2)
		pull(t, b, a, by, true)
		if d, ok, err := b.Since(ctx, by, start); ok || err != nil {
			t.Errorf("remembered across a gap: %d records, %v", len(d.Add), err)
		}
		recount(t, b)
	}
}

// While a folder's renaming is being walked, old names go before new ones come:
// no name is said to be kept meanwhile.
func TestWalkSaysNothingBeforeItsEnd(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	fetch(t, a, b)
	before, _ := b.root(t, b.key.Device())
	old := a.record(t, media.KindName)
	if err := b.SetSubtrees(ctx, a.key.Device(), []media.Subtree{{Prefix: "", Keep: nil, Add: nil}}); err != nil {
		t.Fatal(err)
	}
	if after, _ := b.root(t, b.key.Device()); after.Seq != before.Seq {
		t.Error("an unfinished walk changed this device's manifest")
	}
	steps := 1 << 30
	walk(t, b, a, a.key.Device(), "", &steps) // back to where it was
	recount(t, b)

	n := must(old.Decode())(t).(media.Name)
	edited := n
	edited.Item = testItem(9)
	publish(t, b, a.key, 9, old, must(media.EncodeRecord(edited))(t))
	if d := must(b.Displaced(ctx, 0, 1000))(t); len(d) != 0 {
		t.Error("displaced while its name is still there")
	}
	publish(t, b, a.key, 10, must(media.EncodeRecord(edited))(t))
	if d := must(b.Displaced(ctx, 0, 1000))(t); len(d) != 1 || d[0].Name != n.Path {
		t.Errorf("displaced after the edit: %+v", d)
	}
}

// record returns some record of the place's own.
func (p *place) record(t *testing.T, kind media.Kind) media.Record {
	t.Helper()
	return must(list(context.Background(), p.readers, scanBytes, `SELECT body FROM record WHERE author=0 AND kind=? LIMIT 1`, int(kind)))(t)[0]
}

func TestSizeThatADeviceInventsHurtsNobodyElse(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	liar := newKey(5)
	if err := b.SetMembers(ctx, []media.Device{a.key.Device(), liar.Device()}); err != nil {
		t.Fatal(err)
	}
	lie := benchItem(1)
	lie.Size++
	publish(t, b, liar, 1, must(media.EncodeRecord(media.Holding{Item: lie}))(t))
	for _, w := range must(b.Wanted(ctx, []media.Device{a.key.Device()}, 1000))(t) {
		if w.Item == lie || w.Item == benchItem(1) && !slices.Equal(w.Holders, []media.Device{a.key.Device()}) {
			t.Errorf("wanted: %+v", w)
		}
	}
}

func TestOutrunDeviceRaisesItsEpoch(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	me := a.key.Device()
	mine, _ := a.root(t, me)
	if err := a.Outrun(ctx, mine); err != nil {
		t.Fatal(err)
	}
	if n, _ := a.Outruns(); n != 0 {
		t.Error("own root counts as another's")
	}
	seen := mine
	seen.Seq += 40
	seen.Node.N++
	if err := a.Outrun(ctx, seen); !errors.Is(err, media.ErrSignature) {
		t.Errorf("unsigned: %v", err)
	}
	for i, change := range []func(*media.Root){
		func(r *media.Root) { r.Seq += 40 },
		func(r *media.Root) { r.Node.N++ }, // another one of the same number
	} {
		seen, _ = a.root(t, me)
		change(&seen)
		seen.Sig = a.key.Sign(seen.Message())
		for range 2 { // the second time it is old news
			if err := a.Outrun(ctx, seen); err != nil {
				t.Fatal(err)
			}
		}
		r, _ := a.root(t, me)
		if n, at := a.Outruns(); !r.Newer(seen) || r.Epoch != seen.Epoch+1 || r.Check(testHome) != nil || n != i+1 || at.IsZero() {
			t.Errorf("after %d outruns root is %d.%d", n, r.Epoch, r.Seq)
		}
	}
	d := delta(t, a, b)
	if len(d.Add)+len(d.Remove) != 0 {
		t.Error("a new epoch costs more than its root")
	}
	if err := b.Apply(ctx, d); err != nil {
		t.Error(err)
	}
}

func TestRecentDeltasAreMergedAndOldOnesForgotten(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	fillFiles(t, a, 300, 5)
	var back Changes
	for _, f := range benchFiles(300, 5).Put {
		back.Drop = append(back.Drop, FileKey{f.Folder, f.Path})
	}
	if err := a.ChangeFiles(ctx, back); err != nil {
		t.Fatal(err)
	}
	fillFiles(t, a, 400, 3)
	if d := delta(t, a, b); len(d.Add) != 6 || len(d.Remove) != 0 {
		t.Errorf("merged delta adds %d and removes %d", len(d.Add), len(d.Remove))
	}
	for i := range maxDeltas {
		fillFiles(t, a, 500+i, 1)
	}
	if _, ok, err := a.Since(ctx, a.key.Device(), must(b.Node(ctx, a.key.Device(), ""))(t)); ok || err != nil {
		t.Errorf("remembered for ever: %v", err)
	}
	pull(t, b, a, a.key.Device(), true)
	if must(b.Node(ctx, a.key.Device(), ""))(t) != must(a.Node(ctx, a.key.Device(), ""))(t) {
		t.Error("the walk did not converge")
	}
}
