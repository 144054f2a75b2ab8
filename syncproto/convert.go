package syncproto

import (
	"crypto/ed25519"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// maxDeltaRecords bounds how many changes one delta may name, each way.
const maxDeltaRecords = 1 << 14

func rootPB(r media.Root) *wire.Root {
	return &wire.Root{Device: string(r.Device), Epoch: r.Epoch, Seq: r.Seq, Hash: hashPB(r.Node), N: r.Node.N, Sig: r.Sig}
}

func hashPB(n media.Node) []byte {
	if n.N == 0 {
		return nil
	}
	return n.Hash[:]
}

func nodeOf(hash []byte, n uint64) (node media.Node, err error) {
	node.N = n
	if n > maxManifest {
		return node, malformed("manifest of %d records", n)
	}
	if n == 0 && len(hash) == 0 {
		return node, nil
	}
	if n == 0 || len(hash) != len(node.Hash) {
		return node, malformed("node of %d records with a hash of %d bytes", n, len(hash))
	}
	copy(node.Hash[:], hash)
	return node, nil
}

// rootOf reads a root of this home; its signature is yet to be checked.
func rootOf(home media.Home, m *wire.Root) (r media.Root, err error) {
	if len(m.GetDevice()) > maxWord || len(m.GetSig()) != ed25519.SignatureSize {
		return r, malformed("root")
	}
	r = media.Root{Home: home, Device: media.Device(m.Device), Epoch: m.Epoch, Seq: m.Seq, Sig: m.Sig}
	r.Node, err = nodeOf(m.Hash, m.N)
	return r, err
}

func deltaPB(d media.Delta) *wire.Delta {
	m := &wire.Delta{FromHash: hashPB(d.From), FromN: d.From.N, To: rootPB(d.To), Remove: packFingerprints(nil, d.Remove)}
	for _, r := range d.Add {
		m.Add = packRecord(m.Add, r)
	}
	return m
}

func deltaSize(d media.Delta) (n int) {
	for _, r := range d.Add {
		n += len(r) + 3
	}
	return n + fpLen*len(d.Remove)
}

// deltaFits reports whether a peer accepts d as one message of size bytes.
func deltaFits(d media.Delta, size int) bool {
	return len(d.Add) <= maxDeltaRecords && len(d.Remove) <= maxDeltaRecords && deltaSize(d) <= size
}

func deltaOf(home media.Home, m *wire.Delta) (d media.Delta, err error) {
	if d.From, err = nodeOf(m.GetFromHash(), m.GetFromN()); err != nil {
		return d, err
	}
	if d.To, err = rootOf(home, m.GetTo()); err != nil {
		return d, err
	}
	if d.Add, err = unpackRecords(m.Add, maxDeltaRecords); err != nil {
		return d, err
	}
	d.Remove, err = unpackFingerprints(m.Remove, maxDeltaRecords)
	return d, err
}
