package syncproto

import (
	"context"
	"crypto/ed25519"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"homeroll/store/media"
)

// teller counts what a library gives away in answers.
type teller struct {
	*model
	children, fingerprints, records atomic.Int64
}

func (l *teller) Children(ctx context.Context, by media.Device, p media.Prefix) (*[media.Fanout]media.Node, error) {
	l.children.Add(1)
	return l.model.Children(ctx, by, p)
}

func (l *teller) Fingerprints(ctx context.Context, by media.Device, p media.Prefix) ([]media.Fingerprint, error) {
	l.fingerprints.Add(1)
	return l.model.Fingerprints(ctx, by, p)
}

func (l *teller) Records(ctx context.Context, by media.Device, fps []media.Fingerprint) ([]media.Record, error) {
	out, err := l.model.Records(ctx, by, fps)
	l.records.Add(int64(len(out)))
	return out, err
}

// signed returns a root that the model has, or could have, published.
func (m *model) signed(seq uint64, node media.Node) media.Root {
	r := media.Root{Home: testHome, Device: m.self, Seq: seq, Node: node}
	r.Sig = ed25519.Sign(m.key, r.Message())
	return r
}

// No record travels to a device that has it, and none twice: whatever the first
// meeting of two manifests finds, exactly the missing records are told.
func TestOnlyMissingRecordsAreTold(t *testing.T) {
	const n = 12_000
	for name, c := range map[string]struct {
		have, gone uint64 // the peer has this many of the n, and of others that the author has removed
		bytes      int64  // beside 15 for each missing record
	}{
		"nothing differs":       {n, 0, 1_500},
		"nearly equal":          {n - 40, 40, 20_000},
		"half of them differ":   {n / 2, n / 2, 60_000},
		"the peer has nothing":  {0, 0, 3_000},
		"the peer has too much": {n, n / 4, 80_000},
		"the peer has all else": {0, n, 60_000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lan, a, b := newLAN(), newModel(1), newModel(2)
				a.load(recordRange(0, n))
				a.noLog = true
				s := b.shelf(a.self)
				s.fill(slices.Concat(recordRange(0, c.have), recordRange(n, n+c.gone)))
				s.root, s.known = a.signed(1, s.node("")), c.have+c.gone > 0
				told := &teller{model: a}
				ea, eb := lan.node(a), lan.node(b)
				ea.cfg.Library = told
				up := connect(ea, eb)
				settled()
				equalShelves(t, a, b, a.self)
				cost := manifestBytes(eb)
				t.Logf("%d records, %d leaves and %d inner nodes told in %d bytes", told.records.Load(), told.fingerprints.Load(), told.children.Load(), cost)
				if got := uint64(told.records.Load()); got != n-c.have {
					t.Errorf("%d records told, %d were missing", got, n-c.have)
				}
				if most := c.bytes + 15*int64(n-c.have); cost > most {
					t.Errorf("%d bytes, want at most %d", cost, most)
				}
				if err := up.stop(); err != nil {
					t.Error(err)
				}
				lan.served.Wait()
			})
		})
	}
}
