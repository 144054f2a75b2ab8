package catalogue

import (
	"bytes"
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// TestSinceLeadsOnInPieces follows a log of deltas from any of its nodes: each answer is one
// delta or holds, and leads on until the newest root is reached.
func TestSinceLeadsOnInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const by = media.Device("author")
		var log deltaLog
		root := func(i int, node byte) media.Root {
			return media.Root{Device: by, Epoch: 1, Seq: uint64(i + 1), Node: media.Node{Hash: media.Fingerprint{node}, N: 1}}
		}
		// Few nodes, so that the author comes back to some of them.
		nodes := rapid.SliceOfN(rapid.ByteRange(0, 5), 2, 12).Draw(t, "nodes")
		for i := range nodes[1:] {
			record := bytes.Repeat([]byte{1}, rapid.IntRange(8, 300<<10).Draw(t, "size"))
			binary.BigEndian.PutUint64(record, uint64(i))
			log.append(media.Delta{From: root(i, nodes[i]).Node, To: root(i+1, nodes[i+1]), Add: []media.Record{record}})
		}
		now := root(len(nodes)-1, nodes[len(nodes)-1])
		from := rapid.IntRange(0, len(nodes)-1).Draw(t, "from")
		for at := root(from, nodes[from]); at.Node != now.Node; {
			d, ok := log.since(now, at.Node)
			if !ok {
				t.Fatalf("nothing is remembered from %d on", at.Seq)
			}
			if d.From != at.Node || !d.To.Newer(at) {
				t.Fatalf("from %d a delta to %d", at.Seq, d.To.Seq)
			}
			if len(d.Add) > 1 && deltaBytes(d) > sinceBytes {
				t.Fatalf("%d records of %d bytes at once", len(d.Add), deltaBytes(d))
			}
			at = d.To
		}
	})
}
