// Package mdns announces this device on the local network and finds others, by
// DNS-SD over multicast DNS (RFC 6762, RFC 6763), as service _homeroll._tcp.
//
// It wraps grandcat/zeroconf and lives with its faults, each of which was seen:
// a resolver stops querying, so each browse is short and has a new one; a
// consumer that does not drain blocks it, so entries are always drained;
// changing the text of a running server races, so any change is a new
// registration, with the goodbye of the old one before it; joining the groups
// of both families fails where one is missing, so browsing falls back to one.
//
// What is found is a hint and nothing more. Start with [Service].
package mdns

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"homeroll/discovery/internal/links"
)

// ServiceType is the DNS-SD service that every homeroll device announces.
const ServiceType = "_homeroll._tcp"

const (
	// An epoch is one browse; its length varies, so that devices do not ask in step.
	epochMin = 3 * time.Second
	epochMax = 5 * time.Second
	// Between epochs, when all is quiet.
	pauseMin = 15 * time.Second
	pauseMax = 30 * time.Second
	// eager is how long after a start or a change of the network the epochs
	// follow each other without a pause.
	eager = 30 * time.Second
	// maxEntries bounds what one epoch delivers.
	maxEntries = 256
	// retry is the time after which a failed registration is tried again.
	retry = 5 * time.Second
)

// Record is what this device announces.
type Record struct {
	Instance  string // ASCII, at most 63 bytes
	Port      int
	Addresses []netip.Addr
	Text      []string // "key=value", each at most 255 bytes
}

// Entry is what another one announces.
type Entry struct {
	Port      int
	Addresses []netip.Addr
	Text      map[string]string
}

// Config is what a Service needs.
type Config struct {
	Log   *slog.Logger
	Found func(Entry) // for each announcement seen, in every epoch anew; must not block
}

// Service announces and browses while it runs. Safe for concurrent use.
type Service struct {
	cfg      Config
	announce chan struct{} // levels
	look     chan struct{}

	mu      sync.Mutex
	record  Record
	links   []links.Link
	renewal int // raised by Refresh
	hunts   int
	excited time.Time // since when browsing is eager
	mode    int       // index into modes that worked last
}

// New returns a Service that announces nothing yet.
func New(cfg Config) *Service {
	return &Service{cfg: cfg, announce: make(chan struct{}, 1), look: make(chan struct{}, 1)}
}

// Run announces and browses until ctx ends. It says goodbye before it returns.
func (s *Service) Run(ctx context.Context) {
	keepQuiet(s.cfg.Log)
	s.excite()
	var work sync.WaitGroup
	work.Go(func() { s.keepAnnounced(ctx) })
	work.Go(func() { s.browse(ctx) })
	work.Wait()
}

// Announce replaces what is announced, if it differs.
func (s *Service) Announce(r Record) {
	s.mu.Lock()
	s.record = r
	s.mu.Unlock()
	raise(s.announce)
}

// SetLinks says which links there are now; only those are used.
func (s *Service) SetLinks(up []links.Link) {
	s.mu.Lock()
	s.links = up
	s.mode = 0
	s.mu.Unlock()
	raise(s.announce)
	s.excite()
}

// Refresh announces anew and browses at once, as after suspension.
func (s *Service) Refresh() {
	s.mu.Lock()
	s.renewal++
	s.mu.Unlock()
	raise(s.announce)
	s.excite()
}

// Hunt browses without pause until the function that it returns is called.
func (s *Service) Hunt() (stop func()) {
	add := func(n int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hunts += n
	}
	add(1)
	raise(s.look)
	return sync.OnceFunc(func() { add(-1) })
}

func (s *Service) excite() {
	s.mu.Lock()
	s.excited = time.Now()
	s.mu.Unlock()
	raise(s.look)
}

func raise(level chan struct{}) {
	select {
	case level <- struct{}{}:
	default:
	}
}

// between returns a time from low to high, by chance.
func between(low, high time.Duration) time.Duration {
	return low + rand.N(high-low)
}

// multicast returns the interfaces that multicast DNS runs on.
func multicast(up []links.Link) []net.Interface {
	var out []net.Interface
	for _, l := range up {
		if l.Multicast() {
			out = append(out, l.Interface)
		}
	}
	return out
}
