package discovery

import (
	"net/netip"
	"sync"

	"homeroll/discovery/internal/wire"
)

// Limits on connections that others make. Members have their own, so that
// strangers can never crowd them out.
const (
	maxHandshakes        = 32 // not yet authenticated, in all
	maxHandshakesAddress = 8  // of them from one address
	maxStrangers         = 8  // authenticated, of no home we know, in all
	maxStrangersAddress  = 3  // of them from one address
	maxMemberConns       = 4  // of one member, for the moments when two meet

	strangerMemory  = 4 * wire.Window // bytes of receive buffers that strangers share
	memberMemory    = 192 << 20       // bytes that members share
	strangerStreams = 4               // open at once on a stranger's connection
	memberStreams   = 64              // open at once on a member's connection
)

// tally counts things by key, with a limit in all and one for each key.
type tally[K comparable] struct {
	all, each int

	mu    sync.Mutex
	total int
	by    map[K]int
}

func newTally[K comparable](all, each int) *tally[K] {
	return &tally[K]{all: all, each: each, by: map[K]int{}}
}

// take counts one more of k, unless that is too many.
func (t *tally[K]) take(k K) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.total >= t.all || t.by[k] >= t.each {
		return false
	}
	t.total++
	t.by[k]++
	return true
}

// crowded reports that k has as many as it may, whatever there is in all.
func (t *tally[K]) crowded(k K) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.by[k] >= t.each
}

func (t *tally[K]) give(k K) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.total--
	if t.by[k]--; t.by[k] == 0 {
		delete(t.by, k)
	}
}

// source is the address that limits count by: one IPv4 address, or the /64 of
// an IPv6 one, in which a single machine may have as many as it likes.
func source(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() && !a.IsLinkLocalUnicast() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}
