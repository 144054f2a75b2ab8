package media

import (
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// Deltas merged do what they do one after the other, and state nothing that
// would not fit the manifest they start at.
func TestMergedDeltasDoTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := map[Fingerprint]Record{}
		start := rapid.SliceOfDistinct(rapid.ByteRange(0, 9), rapid.ID[byte]).Draw(t, "start")
		for _, b := range start {
			records[Record{b}.Fingerprint()] = Record{b}
		}
		before := maps.Clone(records)
		var chain []Delta
		for range rapid.IntRange(1, 5).Draw(t, "deltas") {
			d := Delta{From: Node{N: uint64(len(chain))}, To: Root{Node: Node{N: uint64(len(chain) + 1)}}}
			for _, b := range rapid.SliceOfDistinct(rapid.ByteRange(0, 9), rapid.ID[byte]).Draw(t, "changes") {
				r := Record{b}
				if _, there := records[r.Fingerprint()]; there {
					d.Remove = append(d.Remove, r.Fingerprint())
					delete(records, r.Fingerprint())
				} else {
					d.Add = append(d.Add, r)
					records[r.Fingerprint()] = r
				}
			}
			chain = append(chain, d)
		}
		merged := MergeDeltas(chain)
		if merged.From.N != 0 || merged.To.Node.N != uint64(len(chain)) {
			t.Fatalf("merged from %v to %v", merged.From, merged.To)
		}
		for _, fp := range merged.Remove {
			if _, there := before[fp]; !there {
				t.Fatal("removes what was not there")
			}
			delete(before, fp)
		}
		for _, r := range merged.Add {
			if _, there := before[r.Fingerprint()]; there {
				t.Fatal("adds what was there")
			}
			before[r.Fingerprint()] = r
		}
		if len(before) != len(records) {
			t.Fatalf("%d records after the merged delta, %d after all", len(before), len(records))
		}
		for fp := range records {
			if _, there := before[fp]; !there {
				t.Fatal("a record is missing")
			}
		}
	})
}
