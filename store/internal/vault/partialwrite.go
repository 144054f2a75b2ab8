package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"homeroll/store/media"
)

// Write verifies the i-th group and writes it.
func (p *Partial) Write(i int64, group []byte) error {
	if !p.HasOutline() {
		return fmt.Errorf("group %d of %s: no outline to verify it by", i, p.item.ID)
	}
	if err := p.outline.Verify(p.item, i, group); err != nil {
		return err
	}
	if p.have.get(i) {
		return nil
	}
	if err := p.create(); err != nil {
		return err
	}
	if err := p.put(i, group); err != nil {
		if p.have.count == 0 {
			p.Discard()
		}
		return err
	}
	p.have.set(i)
	if p.have.count == p.have.n {
		p.out.send() // nothing else comes
	}
	return nil
}

// put has a group written, now or soon.
func (p *Partial) put(i int64, group []byte) error {
	if p.groups == nil {
		p.groups = &groupFile{File: p.f, wants: p.item.Size >= directFrom}
		p.out = &outbox{f: p.groups, places: p.v.chunks}
	}
	for p.out.full() {
		if err := p.take(true); err != nil {
			return err
		}
	}
	at := i * media.GroupSize
	if p.item.Size >= directFrom && p.out.put(group, at) {
		return p.take(false)
	}
	if err := p.groups.write(group, at); err != nil {
		return p.unwritten(err)
	}
	return nil
}

// take learns what became of what was being written: of the next part, or of what is
// over by now.
func (p *Partial) take(wait bool) error {
	for {
		w, ok := p.out.take(wait)
		if !ok {
			return nil
		}
		if w.err != nil {
			for i := range w.groups {
				p.have.clear(w.first + i)
			}
			return p.unwritten(w.err)
		}
		if wait {
			return nil
		}
	}
}

// unwritten says that bytes could not be written.
func (p *Partial) unwritten(err error) error {
	return noSpace(fmt.Errorf("write partial file: %w", err))
}

// settle waits until all that came is written, or could not be.
func (p *Partial) settle() (err error) {
	if p.out == nil {
		return nil
	}
	out := p.out
	out.send()
	out.end()
	for out.flying > 0 {
		err = errors.Join(err, p.take(true))
	}
	p.out, p.groups = nil, nil
	return err
}

// create makes the file. One that an earlier run left and nobody could use is
// replaced, not emptied: a crash may have left it under its final name, too.
func (p *Partial) create() error {
	if p.f != nil {
		return nil
	}
	name := p.item.ID.String()
	err := p.v.partials.in(func(dir *os.Root) (err error) {
		p.f, err = dir.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) && dir.Remove(name) == nil {
			p.f, err = dir.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		}
		return err
	})
	if err != nil {
		p.f = nil
		return noSpace(fmt.Errorf("make partial file: %w", err))
	}
	return nil
}
