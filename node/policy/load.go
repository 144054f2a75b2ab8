package policy

import (
	"slices"
	"time"

	"homeroll/store/media"
)

// perItem is what an item weighs beside its bytes when the load of peers is
// compared: a request costs about as much as this many bytes.
const perItem = 64 << 10

// What a peer may owe at once, large items aside: what it sends in window at its
// measured speed, at least minOwed; trial while its speed is not known and
// others could be asked. assumed is its speed until then.
const (
	window  = 4 * time.Second
	minOwed = 8 << 20
	trial   = 8 << 20
	assumed = 8 << 20
)

// inRuns is about what a peer owes at once of an item that is divided.
const inRuns = 4 << 20

// overdueAfter the time that all that it owes should take, a peer is not waited
// for any longer.
const overdueAfter = 3 * time.Second

// load is what an online peer has been asked for.
type load struct {
	speed int64 // bytes a second, 0 = not known
	bytes int64 // with perItem for each item
}

// time returns how long a peer needs for what it owes and so many bytes more.
func (l *load) time(more int64) time.Duration {
	speed := l.speed
	if speed <= 0 {
		speed = assumed
	}
	return time.Duration(float64(l.bytes+more) / float64(speed) * float64(time.Second))
}

// takes reports whether a peer may be asked for more. Each may owe something.
func (l *load) takes(size int64, others bool) bool {
	switch {
	case l.bytes == 0 || !others:
		return true
	case l.speed <= 0:
		return l.bytes+size <= trial
	}
	return l.bytes+size <= max(minOwed, l.speed*int64(window/time.Second))
}

// divided reports whether an item is asked of all its holders at once.
func (p *planner) divided(it media.Item) bool { return it.Size >= p.rules.Divide }

// choose returns whom of the holders to ask now, none if all have enough to do.
func (p *planner) choose(it media.Item, from []media.Device) []media.Device {
	if p.divided(it) {
		return from
	}
	var best media.Device
	others := len(p.loads) > 1
	for _, d := range from {
		l := p.loads[d]
		if !l.takes(it.Size+perItem, others) {
			continue
		}
		if best == "" || l.time(it.Size) < p.loads[best].time(it.Size) {
			best = d
		}
	}
	if best == "" {
		return nil
	}
	return []media.Device{best}
}

// share adds an item to what its peers owe.
func (p *planner) share(it media.Item, from []media.Device) {
	size := it.Size
	if p.divided(it) {
		size = min(size, inRuns)
	}
	for _, d := range from {
		if l := p.loads[d]; l != nil {
			l.bytes += size + perItem
		}
	}
}

// overdue reports whether an item should be here by now.
func (p *planner) overdue(f *Flight) bool {
	late := overdueAfter
	for _, d := range f.From {
		if l := p.loads[d]; l != nil {
			late = max(late, overdueAfter+l.time(0))
		}
	}
	return p.view.Now.Sub(f.Since) > late && slices.ContainsFunc(p.view.Online, func(d media.Device) bool { return !slices.Contains(f.From, d) })
}
