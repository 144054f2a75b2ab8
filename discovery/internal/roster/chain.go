package roster

import (
	"fmt"

	"homeroll/store/media"
)

// Chain returns the statements that prove a member's admission: from the
// founding to it, with the countersignatures that it rests on.
func (r *Roster) Chain(d media.Device) ([]Statement, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m, ok := r.view.members[d]
	if !ok {
		return nil, fmt.Errorf("%s: %w", d.Short(), ErrNotMember)
	}
	p := proof{view: r.view, has: map[ID]bool{}}
	p.admission(incarnation{m.Device, m.Epoch})
	return p.statements, nil
}

// Introduce takes the chain that d presents as its own, durably, if it makes d
// a member; if not, nothing of it is kept. The error is [ErrRemoved] where d
// was admitted once and removals have ended it, and then removal proves so; or
// [ErrNotMember].
func (r *Roster) Introduce(d media.Device, chain []Statement) (removal []Statement, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.view.members[d]; ok {
		return nil, nil
	}
	next, bad := merge(r.home, r.all, chain)
	if next == nil {
		next = r.all
	}
	v := evaluate(next)
	switch {
	case v.members[d].Device == d && !onlyAdmissions(next, r.all):
		return nil, fmt.Errorf("%w: not a chain of admissions", ErrStatement)
	case v.members[d].Device == d:
		return nil, r.commitLocked(next)
	case v.devices[d]:
		return proofOfRemoval(v, d), fmt.Errorf("%s: %w", d.Short(), ErrRemoved)
	case bad != nil:
		return nil, fmt.Errorf("chain of %s: %w", d.Short(), bad)
	}
	return nil, fmt.Errorf("%s: %w", d.Short(), ErrNotMember)
}

// onlyAdmissions reports whether the set grew by nothing but what a chain
// holds. A newcomer is not heard on anything else.
func onlyAdmissions(grown, old map[ID]*statement) bool {
	for id, s := range grown {
		switch s.body.(type) {
		case found, admit, countersign:
		default:
			if old[id] == nil {
				return false
			}
		}
	}
	return true
}

// ProofOfRemoval returns the statements that prove that d, once admitted, is
// not a member any more, or nil.
func (r *Roster) ProofOfRemoval(d media.Device) []Statement {
	r.mu.Lock()
	defer r.mu.Unlock()
	return proofOfRemoval(r.view, d)
}

// proofOfRemoval holds the removals of d and of those by whom it was admitted,
// each with the chain of its author.
func proofOfRemoval(v *view, d media.Device) []Statement {
	p := proof{view: v, has: map[ID]bool{}}
	for in := range v.reached {
		if in.device == d {
			p.ends(in)
		}
	}
	return p.statements
}

// proof collects statements, each once, those that others rest on first.
type proof struct {
	view       *view
	has        map[ID]bool
	statements []Statement
}

func (p *proof) add(s *statement) {
	if !p.has[s.id] {
		p.has[s.id] = true
		p.statements = append(p.statements, s.raw)
	}
}

// admission adds the chain of a properly admitted incarnation.
func (p *proof) admission(in incarnation) {
	s := p.view.admitted[in]
	if p.has[s.id] {
		return
	}
	if s.by != in {
		p.admission(s.by)
	}
	if _, ok := s.body.(admit); ok && !p.view.counts(s) {
		c := p.view.voucher(s)
		p.admission(c.by)
		p.add(c)
	}
	p.add(s)
}

// reach adds a chain of admissions, good or void, to an incarnation.
func (p *proof) reach(in incarnation) {
	s := p.view.reached[in]
	if s.by != in {
		p.reach(s.by)
	}
	p.add(s)
}

// ends adds every removal on the way to an incarnation.
func (p *proof) ends(in incarnation) {
	for _, r := range p.view.removalsOf(in) {
		p.reach(r.by)
		p.add(r)
	}
	if s := p.view.reached[in]; s.by != in {
		p.ends(s.by)
	}
}
