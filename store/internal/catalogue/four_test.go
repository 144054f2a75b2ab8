package catalogue

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"testing"
	"time"

	"homeroll/store/media"
)

// The manifests of four devices that each hold a million items, one of which
// named them all: what knowing them takes of memory while some of it arrives, when the database is opened
// again, and at a reconnect with a peer that knows the same. It lasts some
// minutes, so it wants HOMEROLL_MILLION=1 (or another number of items).
func TestManifestsOfFourDevicesWithAMillion(t *testing.T) {
	items := millionItems(t)
	const bar = 200 << 20
	p := newPlace(t, t.TempDir(), 1)
	defer func() { _ = p.Close() }()
	keys := []key{newKey(2), newKey(3), newKey(4)}
	members := []media.Device{p.key.Device()}
	for _, k := range keys {
		members = append(members, k.Device())
	}
	if err := p.SetMembers(context.Background(), members); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	fillMillion(t, p, items)
	t.Logf("own manifest after %v, %s", time.Since(began).Round(time.Second), memory())
	for i, k := range keys {
		stateHoldings(t, p, k, items)
		walkAgain(t, p, k)
		t.Logf("%d. peer's after %v, %s", i+1, time.Since(began).Round(time.Second), memory())
	}
	notMore(t, "while manifests came", bar)
	p.reopen(t)
	debug.FreeOSMemory()
	forgetPeak(t)
	var records uint64
	for _, by := range members {
		root, ok := p.root(t, by)
		if !ok || root.Node.N < uint64(items) {
			t.Errorf("manifest of %s is not whole: %d records", by.Short(), root.Node.N)
		}
		records += root.Node.N
	}
	for range 2 {
		cpu := cpuTime()
		k := connect(t, p, &place{Catalogue: p.Catalogue, key: keys[0]}) // as if the peer had the same database
		k.settle(t)
		cpu = cpuTime() - cpu
		t.Logf("reconnect with %d records known: %d bytes, %v of CPU, %s", records, k.end(t), cpu, memory())
	}
	notMore(t, "at a reconnect", bar)
}

// millionItems returns how many items HOMEROLL_MILLION asks for.
func millionItems(t *testing.T) int {
	t.Helper()
	items := 0
	switch n, err := fmt.Sscan(os.Getenv("HOMEROLL_MILLION"), &items); {
	case n == 0 || err != nil:
		t.Skip("HOMEROLL_MILLION is not set")
	case items == 1:
		items = 1_000_000
	}
	return items
}

// stateHoldings makes p know that another device holds the items.
func stateHoldings(t *testing.T, p *place, by key, items int) {
	t.Helper()
	for n := 0; n < items; n += benchBatch {
		var records []media.Record
		for i := n; i < min(n+benchBatch, items); i++ {
			records = append(records, must(media.EncodeRecord(media.Holding{Item: benchItem(i)}))(t))
		}
		p.take(t, by.Device(), records)
	}
	r := media.Root{Home: testHome, Device: by.Device(), Epoch: 1, Seq: 1, Node: must(p.Node(context.Background(), by.Device(), ""))(t)}
	r.Sig = by.Sign(r.Message())
	if err := p.Adopt(context.Background(), r); err != nil {
		t.Fatal(err)
	}
}

// walkAgain loses a sixteenth of a manifest and takes it over again, in pieces as
// a walk brings them.
func walkAgain(t *testing.T, p *place, by key) {
	t.Helper()
	ctx := context.Background()
	kids := must(p.Children(ctx, by.Device(), "\x03"))(t)
	for i, kid := range kids {
		var records []media.Record
		at := media.Prefix("\x03").Child(i)
		for _, leaf := range p.leavesBelow(t, by.Device(), at, kid) {
			records = append(records, must(p.Records(ctx, by.Device(), leaf))(t)...)
		}
		for _, add := range [][]media.Record{nil, records[:min(len(records), 4096)], records} {
			if err := p.SetSubtrees(ctx, by.Device(), []media.Subtree{{Prefix: at, Keep: nil, Add: add}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, whole := p.root(t, by.Device()); !whole {
		t.Error("a manifest that was walked again is not whole")
	}
}

func (p *place) leavesBelow(t fataler, by media.Device, at media.Prefix, n media.Node) (leaves [][]media.Fingerprint) {
	if n.N <= media.LeafMax {
		return append(leaves, must(p.Fingerprints(context.Background(), by, at))(t))
	}
	for i, kid := range must(p.Children(context.Background(), by, at))(t) {
		leaves = append(leaves, p.leavesBelow(t, by, at.Child(i), kid)...)
	}
	return leaves
}

// forgetPeak lets VmHWM begin anew, on Linux.
func forgetPeak(t *testing.T) {
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil {
		t.Log("the peak is that of the whole test: ", err)
	}
}

// notMore fails if this process has taken more memory than the bar at once. The race
// detector takes its own.
func notMore(t *testing.T, when string, bar int) {
	t.Helper()
	var kib int
	text := memory()
	if n, err := fmt.Sscanf(text, "VmHWM: %d kB", &kib); n != 1 || err != nil {
		t.Logf("%s: %s", when, text)
		return
	}
	if kib<<10 > bar {
		t.Errorf("%d MB %s, want at most %d", kib>>10, when, bar>>20)
	}
}
