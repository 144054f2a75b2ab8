package syncproto

import (
	"slices"

	"homeroll/store/media"
)

// shelf is one device's manifest in a model.
type shelf struct {
	records map[media.Fingerprint]media.Record
	sorted  []media.Fingerprint
	memo    map[media.Prefix]media.Node
	root    media.Root
	known   bool // root is set
	log     []media.Delta
}

func newShelf() *shelf {
	return &shelf{records: map[media.Fingerprint]media.Record{}, memo: map[media.Prefix]media.Node{}}
}

func (s *shelf) below(p media.Prefix) (from, to int) {
	lo, hi := p.Range()
	from, _ = slices.BinarySearchFunc(s.sorted, lo, media.Fingerprint.Compare)
	to, found := slices.BinarySearchFunc(s.sorted, hi, media.Fingerprint.Compare)
	if found {
		to++
	}
	return from, to
}

func (s *shelf) node(p media.Prefix) media.Node {
	if n, ok := s.memo[p]; ok {
		return n
	}
	from, to := s.below(p)
	var n media.Node
	if to-from <= media.LeafMax {
		n = media.LeafNode(s.sorted[from:to])
	} else {
		n = media.InnerNode(s.children(p))
	}
	s.memo[p] = n
	return n
}

func (s *shelf) children(p media.Prefix) *[media.Fanout]media.Node {
	var c [media.Fanout]media.Node
	for i := range c {
		c[i] = s.node(p.Child(i))
	}
	return &c
}

func (s *shelf) forget(p media.Prefix) {
	if _, ok := s.memo[p]; !ok {
		return
	}
	delete(s.memo, p)
	for i := range media.Fanout {
		s.forget(p.Child(i))
	}
}

// replace makes the range below p exactly the records.
func (s *shelf) replace(p media.Prefix, with map[media.Fingerprint]media.Record) {
	from, to := s.below(p)
	for _, f := range s.sorted[from:to] {
		delete(s.records, f)
	}
	var fps []media.Fingerprint
	for f, r := range with {
		s.records[f] = r
		fps = append(fps, f)
	}
	slices.SortFunc(fps, media.Fingerprint.Compare)
	s.sorted = slices.Replace(s.sorted, from, to, fps...)
	s.forget(p)
	for i := range len(p) {
		delete(s.memo, p[:i])
	}
}

func (s *shelf) change(add []media.Record, remove []media.Fingerprint) {
	for _, f := range remove {
		if i, ok := slices.BinarySearchFunc(s.sorted, f, media.Fingerprint.Compare); ok {
			s.sorted = slices.Delete(s.sorted, i, i+1)
			delete(s.records, f)
		}
	}
	for _, r := range add {
		f := r.Fingerprint()
		if i, ok := slices.BinarySearchFunc(s.sorted, f, media.Fingerprint.Compare); !ok {
			s.sorted = slices.Insert(s.sorted, i, f)
			s.records[f] = r
		}
	}
	s.memo = map[media.Prefix]media.Node{}
}

func (s *shelf) fill(records []media.Record) {
	for _, r := range records {
		s.records[r.Fingerprint()] = r
	}
	s.sorted = s.sorted[:0]
	for f := range s.records {
		s.sorted = append(s.sorted, f)
	}
	slices.SortFunc(s.sorted, media.Fingerprint.Compare)
	s.memo = map[media.Prefix]media.Node{}
}
