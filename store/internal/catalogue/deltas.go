package catalogue

import (
	"homeroll/store/media"
)

// Bounds of what is remembered for peers that lag a little behind.
const (
	maxDeltas     = 256       // of all authors
	maxDeltaBytes = 1 << 20   // of one
	sinceBytes    = 640 << 10 // of what Since returns, if it is more than one: what an answer holds
	maxLogBytes   = 4 << 20
)

// deltaLog remembers recent deltas of all authors, oldest first. Those of one
// author follow on each other without a gap.
type deltaLog struct {
	all   []media.Delta
	bytes int
}

func (l *deltaLog) append(d media.Delta) {
	size := deltaBytes(d)
	if size > maxDeltaBytes {
		l.forget(d.To.Device)
		return
	}
	l.all = append(l.all, d)
	l.bytes += size
	for len(l.all) > maxDeltas || l.bytes > maxLogBytes {
		l.bytes -= deltaBytes(l.all[0])
		l.all = l.all[1:]
	}
}

// forget drops what is remembered of an author: the chain is broken.
func (l *deltaLog) forget(by media.Device) {
	kept := make([]media.Delta, 0, len(l.all))
	l.bytes = 0
	for _, d := range l.all {
		if d.To.Device != by {
			kept = append(kept, d)
			l.bytes += deltaBytes(d)
		}
	}
	l.all = kept
}

// since merges what led from a root to the present one, or to one before it if that
// is too much at once.
func (l *deltaLog) since(now media.Root, from media.Node) (media.Delta, bool) {
	if from == now.Node {
		return media.Delta{From: from, To: now}, true
	}
	chain := l.chain(now, from)
	if chain == nil {
		return media.Delta{}, false
	}
	n, size := 0, 0
	for n < len(chain) && (n == 0 || size+deltaBytes(chain[n]) <= sinceBytes) {
		size += deltaBytes(chain[n])
		n++
	}
	merged := media.MergeDeltas(chain[:n])
	if n == len(chain) {
		merged.To = now // its newest root, of the same manifest
	}
	return merged, true
}

// chain returns an author's deltas from a node, when it was there last, to its root.
func (l *deltaLog) chain(now media.Root, from media.Node) []media.Delta {
	var chain []media.Delta
	for _, d := range l.all {
		if d.To.Device != now.Device {
			continue
		}
		if d.From == from {
			chain = chain[:0]
		}
		if d.From == from || chain != nil {
			chain = append(chain, d)
		}
	}
	if len(chain) == 0 || chain[len(chain)-1].To.Node != now.Node {
		return nil
	}
	return chain
}

func (t *trieChange) delta(from media.Node, to media.Root) media.Delta {
	d := media.Delta{From: from, To: to}
	for fp, a := range t.add {
		if !t.remove[fp] {
			d.Add = append(d.Add, a.record)
		}
	}
	for fp := range t.remove {
		if _, back := t.add[fp]; !back {
			d.Remove = append(d.Remove, fp)
		}
	}
	return d
}

func deltaBytes(d media.Delta) int {
	n := len(d.Remove) * len(media.Fingerprint{})
	for _, r := range d.Add {
		n += len(r)
	}
	return n
}
