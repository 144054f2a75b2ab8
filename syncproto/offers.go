package syncproto

import (
	"context"
	"fmt"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// listen takes what the peer says until the stream ends.
func (f *follower) listen() error {
	for {
		m, err := f.s.receive()
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case *wire.Roots:
			err = f.heardRoots(m)
		case *wire.Delta:
			err = f.heardDelta(m)
		case *wire.Answer:
			err = f.heardAnswer(m)
		default:
			err = malformed("a question to the asking end")
		}
		if err != nil {
			return err
		}
	}
}

func (f *follower) heardRoots(m *wire.Roots) error {
	for _, pb := range m.Roots {
		r, err := rootOf(f.home, pb)
		if err != nil {
			return err
		}
		if err := f.offer(r, nil); err != nil {
			return err
		}
	}
	if m.All {
		f.mu.Lock()
		f.told = true
		f.mu.Unlock()
	}
	f.signal()
	return nil
}

func (f *follower) heardDelta(m *wire.Delta) error {
	d, err := deltaOf(f.home, m)
	if err != nil {
		return err
	}
	if err := f.offer(d.To, &d); err != nil {
		return err
	}
	f.signal()
	return nil
}

// offer remembers the newest root that the peer has of a device, and the delta
// that leads there.
func (f *follower) offer(r media.Root, d *media.Delta) error {
	f.mu.Lock()
	old, ok := f.offers[r.Device]
	n := len(f.offers)
	f.mu.Unlock()
	if ok && !r.Newer(old) {
		return nil
	}
	if !ok {
		if err := limited("devices", n+1, maxAuthors); err != nil {
			return err
		}
	}
	if err := r.Check(f.home); err != nil {
		return fmt.Errorf("root of %s: %w: %w", r.Device.Short(), ErrForged, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.offers[r.Device] = r
	if d != nil && len(f.deltas) < maxDeltas {
		f.deltas = append(f.deltas, *d)
	}
	return nil
}

func (f *follower) offered(by media.Device) (media.Root, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, ok := f.offers[by]
	return r, ok
}

func (f *follower) signal() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// roots returns the library's roots by device.
func (e *Exchange) roots(ctx context.Context) (map[media.Device]media.Root, error) {
	list, err := e.cfg.Library.Roots(ctx)
	if err != nil {
		return nil, fmt.Errorf("read roots: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	m := make(map[media.Device]media.Root, len(list))
	for _, r := range list {
		m[r.Device] = r
		if r.Newer(e.reached[r.Device]) {
			e.reached[r.Device] = r
		}
	}
	return m, nil
}

// newest returns the newest root of a device that the library ever had whole
// since the exchange was made. The library itself tells of none while a walk
// has changed the manifest and not reached its end.
func (e *Exchange) newest(by media.Device) media.Root {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.reached[by]
}

// has reports the newest root of by that peer is known to have.
func (e *Exchange) has(peer, by media.Device) (media.Root, bool) {
	e.mu.Lock()
	f := e.followers[peer]
	e.mu.Unlock()
	if f == nil {
		return media.Root{}, false
	}
	return f.offered(by)
}
