package syncproto

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"google.golang.org/protobuf/proto"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// nearly returns two leaves of sorted fingerprints, of which the second lacks
// some records of the first and has others.
func nearly() (have []media.Fingerprint, spot spot, want []media.Record) {
	a, b := newShelf(), newShelf()
	a.fill(recordRange(1, 60))
	b.fill(recordRange(4, 64))
	return a.sorted, spotOf(b), recordRange(4, 64)
}

func spotOf(s *shelf) spot { return spot{want: s.node(""), local: media.Node{N: 1}} }

func TestDifferenceOfALeafMakesUpTheLeaf(t *testing.T) {
	have, s, want := nearly()
	tails, err := unpackTails(packTails(nil, have), 1)
	if err != nil {
		t.Fatal(err)
	}
	shelf := newShelf()
	shelf.fill(want)
	missing := without(shelf.sorted, tails[0])
	if len(missing) != 4 {
		t.Fatalf("%d records are missing, want 4", len(missing))
	}
	var records []media.Record
	for _, f := range missing {
		records = append(records, shelf.records[f])
	}
	packed := packDifference(nil, tails[0], shelf.sorted, records)
	u := unpacker{rest: packed}
	keep, add := u.difference(have)
	if u.err != nil || u.more() || len(keep) != 56 || !makesUp(s, keep, add) {
		t.Errorf("%d kept and %d added do not make up the leaf: %v", len(keep), len(add), u.err)
	}
	for cut := range packed {
		u := unpacker{rest: packed[:cut]}
		if keep, add := u.difference(have); u.err == nil && makesUp(s, keep, add) {
			t.Fatalf("%d of %d bytes make up the leaf", cut, len(packed))
		}
	}
}

// Where tails are taken for others the leaf does not recompute: its
// fingerprints are asked for, and nobody is blamed.
func TestTailsThatLeadAstrayAreAskedForPlainly(t *testing.T) {
	have, s, _ := nearly()
	lib := newModel(2)
	w := &walk{f: newFollower(newLAN().node(lib), newModel(1).self), lib: lib, by: newModel(1).self}
	all := bytes.Repeat([]byte{0xff}, (len(have)+7)/8) // it has them all, and nothing else
	answer := &wire.Answer{Outcome: wire.Outcome_OUTCOME_OK, Differences: append(all, 0)}
	err := w.tookDifferences(t.Context(), []spot{s}, [][]media.Fingerprint{have}, answer)
	if err != nil || len(w.leaves) != 1 || lib.sets > 0 {
		t.Errorf("%d leaves to ask for, %d stored, %v", len(w.leaves), lib.sets, err)
	}
	answer.Outcome = wire.Outcome_OUTCOME_MOVED
	if err := w.tookDifferences(t.Context(), []spot{s}, [][]media.Fingerprint{have}, answer); err != nil || !w.moved || len(w.leaves) != 1 {
		t.Errorf("of another root: %v, moved %v", err, w.moved)
	}
	answer.Differences = append(answer.Differences, 0)
	if err := w.tookDifferences(t.Context(), []spot{s}, [][]media.Fingerprint{have}, answer); !errors.Is(err, ErrMalformed) {
		t.Errorf("trailing bytes: %v", err)
	}
}

// Leaves full of changes, where the differences do not fit one answer.
func TestLargeDifferencesAreAskedForInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lan := newLAN()
		a, b, ea, eb := pairOf(lan, 3000)
		a.noLog = true
		var fat []media.Record
		for n := range uint64(400) {
			fat = append(fat, append(media.Record{201}, noise(6000, n)...))
		}
		a.write(fat, slices.Clone(a.shelf(a.self).sorted[:700]))
		up := connect(ea, eb)
		settled()
		equalShelves(t, a, b, a.self)
		if err := up.stop(); err != nil {
			t.Error(err)
		}
		lan.served.Wait()
	})
}

// fullLeaves has as many fingerprints below each prefix as a leaf may have.
type fullLeaves struct{ Library }

func (fullLeaves) Fingerprints(context.Context, media.Device, media.Prefix) ([]media.Fingerprint, error) {
	return make([]media.Fingerprint, media.LeafMax), nil
}

func TestAskForTheDifferencesOfFullLeavesIsNotTooLarge(t *testing.T) {
	w := &walk{lib: fullLeaves{}}
	for i := range maxPrefixes {
		p := media.Prefix("").Child(i % 16).Child(i / 16).Child(1).Child(2)
		w.near = append(w.near, spot{p: p, want: media.Node{N: 1}, local: media.Node{N: media.LeafMax}})
	}
	q, err := w.askDifferences(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := proto.Size(q.ask); n > maxAsk || len(w.near) == maxPrefixes {
		t.Errorf("%d bytes, at most %d; %d leaves are left", n, maxAsk, len(w.near))
	}
}
