//go:build unix

package catalogue

import (
	"context"
	"path"
	"testing"
	"time"

	"homeroll/store/media"
)

// What the catalogues of two devices cost while one takes over all that the
// other has, stage by stage: its scan, its manifest, its pictures, and the news of
// each batch of them. go test -run '^$' -bench Travel -benchtime 1x
func BenchmarkTravel(b *testing.B) {
	for b.Loop() {
		travel(b, 50_000)
	}
}

const (
	scanAtOnce    = 2500
	walkedAtOnce  = 4096
	arriveAtOnce  = 400
	plannedAtOnce = 2048
)

func travel(b *testing.B, files int) {
	ctx := context.Background()
	dir := b.TempDir()
	src, dst := newPlace(b, dir, 1), newPlace(b, dir, 2)
	defer src.Close()
	defer dst.Close()
	introduce(b, src, dst)
	if err := src.PutFolder(ctx, testFolder(0), "/pictures"); err != nil {
		b.Fatal(err)
	}
	start := cpuTime()
	stage := func(name string) {
		now := cpuTime()
		b.ReportMetric((now - start).Seconds(), name+"-cpu-s")
		start = now
	}
	for n := 0; n < files; n += scanAtOnce {
		if err := src.ChangeFiles(ctx, benchFiles(n, scanAtOnce)); err != nil {
			b.Fatal(err)
		}
	}
	stage("scan")
	by := src.key.Device()
	takeOver(b, dst, src, by)
	stage("walk")
	var news, arrivals, plans time.Duration
	for n := 0; n < files; n += plannedAtOnce {
		began := cpuTime()
		page := must(dst.Wanted(ctx, []media.Device{by}, plannedAtOnce))(b)
		var items []media.Item
		for _, w := range page {
			items = append(items, w.Item)
		}
		names := must(dst.StatedNames(ctx, items))(b)
		plans += cpuTime() - began
		for len(items) > 0 {
			some := items[:min(arriveAtOnce, len(items))]
			items = items[len(some):]
			began := cpuTime()
			var ch VaultChanges
			for _, it := range some {
				n := names[it][0]
				ch.Put = append(ch.Put, VaultFile{Path: path.Join("peer", n.Path), Item: it, MTime: n.MTime, Origin: n.Device, Folder: n.Folder, Label: n.Label, Name: n.Path})
			}
			from, _ := dst.root(b, dst.key.Device())
			if err := dst.ChangeVault(ctx, ch); err != nil {
				b.Fatal(err)
			}
			arrivals += cpuTime() - began
			began = cpuTime()
			d, ok, err := dst.Since(ctx, dst.key.Device(), from.Node)
			if !ok || err != nil {
				b.Fatal(ok, err)
			}
			if n == 0 && len(items)+len(some) == len(page) {
				must(0, src.SetSubtrees(ctx, dst.key.Device(), []media.Subtree{{Prefix: "", Add: d.Add}}))(b)
				must(0, src.Adopt(ctx, d.To))(b)
			} else if err := src.Apply(ctx, d); err != nil {
				b.Fatal(err)
			}
			news += cpuTime() - began
		}
	}
	b.ReportMetric(plans.Seconds(), "plan-cpu-s")
	b.ReportMetric(arrivals.Seconds(), "arrive-cpu-s")
	b.ReportMetric(news.Seconds(), "news-cpu-s")
	start = cpuTime()
	for n := 0; n < files; n += 32 {
		var ids []media.ID
		for i := range 32 {
			ids = append(ids, benchItem(n+i).ID)
		}
		must(src.HeldAll(ctx, ids))(b)
	}
	stage("held")
}

// takeOver has dst store all that src states, in the order that a walk of a first
// manifest asks for it, and adopt it.
func takeOver(b *testing.B, dst, src *place, by media.Device) {
	ctx := context.Background()
	root, _ := src.root(b, by)
	var trees []media.Subtree
	n := 0
	flush := func() {
		if err := dst.SetSubtrees(ctx, by, trees); err != nil {
			b.Fatal(err)
		}
		trees, n = nil, 0
	}
	var gather func(p media.Prefix, node media.Node) []media.Record
	gather = func(p media.Prefix, node media.Node) (all []media.Record) {
		if node.N > media.LeafMax {
			kids := must(src.Children(ctx, by, p))(b)
			for i := range kids {
				all = append(all, gather(p.Child(i), kids[i])...)
			}
			return all
		}
		return must(src.Records(ctx, by, must(src.Fingerprints(ctx, by, p))(b)))(b)
	}
	var visit func(p media.Prefix, node media.Node)
	visit = func(p media.Prefix, node media.Node) {
		if node.N > walkedAtOnce {
			kids := must(src.Children(ctx, by, p))(b)
			for i := range kids {
				visit(p.Child(i), kids[i])
			}
			return
		}
		records := gather(p, node)
		trees = append(trees, media.Subtree{Prefix: p, Add: records})
		if n += len(records); n >= walkedAtOnce {
			flush()
		}
	}
	visit("", root.Node)
	flush()
	if err := dst.Adopt(ctx, root); err != nil {
		b.Fatal(err)
	}
}
